"""From a finished run to a published model. Nothing is computed here but digests."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from mammoscope.experiment.config import TrainConfig
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.train import LARGEST_DIFFERENCE, LARGEST_GRAPH_BYTES
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.inference.calibrator import AffineCalibrator
from mammoscope.inference.card import (
    GRAPH_FILE,
    PREPROCESS_FILE,
    PublishedModel,
    parse_operating_point,
    read_card,
    write_card,
)
from mammoscope.inference.store import MODEL_NAME, ModelStore
from mammoscope.types import RESEARCH_NOTICE, DatasetError, ModelIntegrityError

# How the weights began, in words for the card.
STARTS = {
    "none": "random weights (not ImageNet-initialised)",
    "imagenet": "ImageNet weights of Keras Applications, fine-tuned in stages",
}


def publish(run: RunFolder, name: str, *, zoo: Path) -> PublishedModel:
    """Copies a run's graph into the zoo as the next version of `name`, with its card.

    Args:
        run: trained and evaluated.
        name: lower case letters, digits and hyphens.
        zoo: folder of published models.

    Raises:
        DatasetError: the run is not evaluated, or the name is not one for a model.
        ModelIntegrityError: the graph's scores differ from Keras' by more than 1e-3, or it is
            over 15 MB.
    """
    if not MODEL_NAME.fullmatch(name):
        raise DatasetError(
            f"{name!r} is no model name; expected lower case letters, digits and hyphens"
        )
    if not run.report.is_file():
        raise DatasetError(f"{run.path} holds no evaluated run; train and evaluate it first")
    config = TrainConfig.from_json(run.config.read_text(encoding="utf-8"))
    training = json.loads(run.training.read_text(encoding="utf-8"))
    report = json.loads(run.report.read_text(encoding="utf-8"))
    difference = report["parity"]["largest_score_difference"]
    if not difference <= LARGEST_DIFFERENCE:
        raise ModelIntegrityError(
            f"ONNX and Keras scores differ by up to {difference:.2g}; "
            f"expected at most {LARGEST_DIFFERENCE:g}; the export is faulty, train again"
        )
    size = run.graph.stat().st_size
    if size > LARGEST_GRAPH_BYTES:
        raise ModelIntegrityError(f"the graph has {size:,} bytes; at most {LARGEST_GRAPH_BYTES:,}")
    dataset = training["dataset"]
    version = ModelStore(zoo).versions().get(name, [0])[-1] + 1
    zoo.mkdir(parents=True, exist_ok=True)
    # Written aside and moved into place whole: a half-written model can never be opened.
    with tempfile.TemporaryDirectory(dir=zoo, prefix=".publishing-") as scratch:
        folder = Path(scratch) / "model"
        folder.mkdir()
        shutil.copyfile(run.graph, folder / GRAPH_FILE)
        shutil.copyfile(run.preprocess, folder / PREPROCESS_FILE)
        write_card(
            PublishedModel(
                folder=folder,
                name=name,
                version=str(version),
                modality=dataset["modality"],
                task=dataset["task"],
                classes=tuple(dataset["classes"]),
                positive=dataset["positive"],
                preprocess=PreprocessConfig.from_json(run.preprocess.read_text(encoding="utf-8")),
                calibrator=AffineCalibrator.from_dict(training["calibrator"]),
                operating_points=tuple(
                    parse_operating_point(point) for point in report["operating_points"]
                ),
                heatmap_scale=training["heatmap_scale"],
                card=_card(training, report, config),
            )
        )
        read_card(folder)
        folder.rename(zoo / f"{name}@{version}")
    return ModelStore(zoo).open(f"{name}@{version}")


def _chance(figures: list[dict[str, Any]]) -> list[str]:
    """The first of a model's limits: units by which it cannot be told from guessing."""
    units = [f["unit"] for f in figures if f["metrics"]["auc"]["low"] <= 0.5]
    if not units:
        return []
    return [
        f"By {', '.join(units)} the AUC on its test women cannot be told from guessing (0.5): "
        "the 95 % interval holds it."
    ]


def _card(training: dict[str, Any], report: dict[str, Any], config: TrainConfig) -> dict[str, Any]:
    dataset, women, images = training["dataset"], training["women"], training["images"]
    share = training["positive_share"]
    start = training["start"]
    return {
        "title": f"{training['title']} trained on {dataset['name']}",
        "notice": RESEARCH_NOTICE,
        "architecture": training["title"],
        "parameters": training["parameters"],
        "license": f"weights: {dataset['license']}",
        "trained_on": {
            "dataset": dataset["name"],
            "source": dataset["source"],
            "women": women["train"],
            "images": images["train"],
            "positive_share": share,
            "start": STARTS.get(start, f"{start} (not ImageNet-initialised by us)"),
        },
        "chosen_on": {"women": women["validation"], "images": images["validation"]},
        "tested_on": {"women": women["test"], "images": images["test"]},
        "limits": [
            *_chance(report["parts"]["test"]),
            f"Scores are calibrated for a mix in which {share:.0%} of the images are positive; "
            "a screening population has far fewer, and there the same score means less.",
            "Tested on women of the same data set only; expect worse on another hospital's images.",
            f"The image is read at {config.preprocess.rows} × {config.preprocess.columns} pixels: "
            "small signs such as microcalcifications are lost.",
            "One view at a time; no earlier examination, no history, no other breast.",
        ],
        "explanation": training["explanation"],
        "figures": report["parts"]["test"],
        "baselines": report["baselines"],
        "parity": report["parity"],
        "training": {
            "seconds": training["seconds"],
            "epochs": training["epochs"],
            "best_epoch": training["best_epoch"],
            "seed": config.seed,
        },
        "split_digest": training["split_digest"],
        "versions": training["versions"],
    }
