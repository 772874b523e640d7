"""From a finished run to a published model. Nothing is computed here but digests."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from mammoscope.experiment.config import TrainConfig
from mammoscope.experiment.fit import LARGEST_DIFFERENCE, LARGEST_GRAPH_BYTES
from mammoscope.experiment.leak import is_leaked
from mammoscope.experiment.limits import chance_limits, mix_limit, tuning_limits
from mammoscope.experiment.permuted_labels import is_permuted
from mammoscope.experiment.readings import list_readings, reading_limits
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.starts import describe_start
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.inference.calibrator import parse_breasts, parse_calibrator
from mammoscope.inference.card import PREPROCESS_FILE, PublishedModel, write_card
from mammoscope.inference.operating_point import parse_operating_point
from mammoscope.inference.store import add_version, refuse_name
from mammoscope.types import RESEARCH_NOTICE, DatasetError, ModelIntegrityError

OUT_OF_FOLD = (
    "Its figures are those of the networks of the folds, each judging women it never saw; this "
    "network was fitted on all of them afterwards, and nobody is left to measure it on."
)
ALIGNED = (
    "Their logits were first laid over this network's, by mean and deviation on images that each "
    "had learnt from."
)
SEVERAL_SEEDS = (
    "Its figures are the mean of {seeds} trainings that differ in their seed; this network is the "
    "first of them."
)


def publish(run: RunFolder, name: str, *, zoo: Path) -> PublishedModel:
    """Copies a run's graph into the zoo as the next version of `name`, with its card.

    Args:
        run: trained and evaluated.
        name: lower case letters, digits and hyphens.
        zoo: folder of published models.

    Raises:
        DatasetError: the run is not evaluated, or the name is not one for a model.
        ModelIntegrityError: the graph's scores differ from the classifier's own by more than
            1e-3, or it is over 15 MB.
    """
    refuse_name(name)
    if not run.report.is_file():
        raise DatasetError(f"{run.path} holds no evaluated run; train and evaluate it first")
    config = run.read_config()
    training = run.read_training()
    if len(training["dataset"]["classes"]) != 2:
        raise DatasetError(
            f"{run.path} tells {len(training['dataset']['classes'])} classes apart; expected two, "
            "since an answer has one score; train it on a task of two classes"
        )
    report = json.loads(run.report.read_text(encoding="utf-8"))
    difference = report["parity"]["largest_score_difference"]
    if not difference <= LARGEST_DIFFERENCE:
        raise ModelIntegrityError(
            f"ONNX and the classifier's own scores differ by up to {difference:.2g}; "
            f"expected at most {LARGEST_DIFFERENCE:g}; the export is faulty, train again"
        )
    _refuse_unfit(run, training)
    if run.digest_graphs() != training["graph_sha256"]:
        raise ModelIntegrityError(
            f"{run.graph} is not the graph that was trained and measured; evaluate a run that "
            "nobody has changed, or train it again"
        )
    size = sum(graph.stat().st_size for graph in run.graphs)
    if size > LARGEST_GRAPH_BYTES:
        raise ModelIntegrityError(f"the graph has {size:,} bytes; at most {LARGEST_GRAPH_BYTES:,}")
    dataset = training["dataset"]

    def write(folder: Path, version: str) -> None:
        for graph in run.graphs:
            shutil.copyfile(graph, folder / graph.name)
        shutil.copyfile(run.preprocess, folder / PREPROCESS_FILE)
        write_card(
            PublishedModel(
                folder=folder,
                name=name,
                version=version,
                modality=dataset["modality"],
                task=dataset["task"],
                classes=tuple(dataset["classes"]),
                positive=dataset["positive"],
                preprocess=PreprocessConfig.from_json(run.preprocess.read_text(encoding="utf-8")),
                calibrator=parse_calibrator(training["calibrator"]),
                breast_calibrator=parse_breasts(training.get("breast_calibrator")),
                operating_points=tuple(
                    parse_operating_point(point) for point in report["operating_points"]
                ),
                heatmap_scale=training["heatmap_scale"],
                card=_card(run, training, report, config),
                stages=tuple(graph.name for graph in run.graphs),
                explained_by=training.get("explained_by", "evidence"),
            )
        )

    return add_version(zoo, name, write)


def _refuse_unfit(run: RunFolder, training: dict[str, Any]) -> None:
    """Raises `DatasetError` for a run that must not be anybody's answer."""
    if is_leaked(training["dataset"]["name"]):
        raise DatasetError(
            f"{run.path} repeats a leak on purpose: no figure of it may be believed; publish the "
            "model of an honest study"
        )
    if is_permuted(training["dataset"]["name"]):
        raise DatasetError(
            f"{run.path} learnt from permuted labels, to check maps by: it knows nothing; publish "
            "the model that it was made to check"
        )
    if not training.get("whole", True):
        raise DatasetError(
            f"{run.path} was measured without a network of all women; run the study without "
            "--no-refit, then publish it"
        )


def _tested_women(modality: str) -> str:
    return "its test women" if modality == "mammogram" else "its test patches"


def _reading_limits(config: PreprocessConfig, modality: str) -> list[str]:
    size = f"{config.rows} × {config.columns} pixels"
    if modality == "histology":
        return [
            "Tested on patches of the same data set only; expect worse on another laboratory's "
            "stain and scanner.",
            f"It reads one patch at {size}, at the magnification of its training; of a slide or a "
            "patient it says nothing.",
        ]
    return [
        "Tested on women of the same data set only; expect worse on another hospital's images.",
        f"The image is read at {size}: small signs such as microcalcifications are lost.",
        "One view at a time; no earlier examination, no history, no other breast.",
    ]


def _larger(config: PreprocessConfig) -> str:
    """What tells a network of a larger image from the same one of the usual size."""
    usual = PreprocessConfig()
    if config.rows * config.columns <= usual.rows * usual.columns:
        return ""
    return f" at {config.rows} × {config.columns}"


def _chosen_on(training: dict[str, Any]) -> dict[str, int]:
    """Whose images chose epoch, calibrator and thresholds: out of fold, everybody's did."""
    part = "test" if training.get("folds") else "validation"
    return {name: training[name][part] for name in ("women", "images")}


def _whose_figures(training: dict[str, Any]) -> list[str]:
    """What a reader must know where the figures are not of this network alone."""
    seeds = len(training.get("seeds", [0]))
    if training.get("folds"):
        return [f"{OUT_OF_FOLD} {ALIGNED}" if training.get("aligned") else OUT_OF_FOLD]
    return [SEVERAL_SEEDS.format(seeds=seeds)] if seeds > 1 else []


def _card(
    run: RunFolder, training: dict[str, Any], report: dict[str, Any], config: TrainConfig
) -> dict[str, Any]:
    dataset, women, images = training["dataset"], training["women"], training["images"]
    folds = training.get("folds", 0)
    return {
        "title": f"{training['title']}{_larger(config.preprocess)} trained on {dataset['name']}",
        "notice": RESEARCH_NOTICE,
        "architecture": training["title"],
        "parameters": training["parameters"],
        "license": f"weights: {dataset['license']}",
        "trained_on": {
            "dataset": dataset["name"],
            "source": dataset["source"],
            "women": women["train"],
            "images": images["train"],
            "positive_share": training["positive_share"],
            "start": describe_start(training["start"]),
        },
        # Of runs from before this was kept nothing is known.
        "learnt_before": training.get("learnt_before", {}),
        "chosen_on": _chosen_on(training),
        "tested_on": {
            "women": women["test"],
            "images": images["test"],
            **({"folds": training["folds"]} if folds else {}),
        },
        "limits": [
            *chance_limits(report["parts"]["test"], women=_tested_women(dataset["modality"])),
            mix_limit(training["positive_share"]),
            *dataset["notes"],
            *_whose_figures(training),
            *reading_limits(
                list_readings(run), trained_after=training.get("trained_after_readings", 0)
            ),
            *tuning_limits(dataset["name"], config.preprocess.extractor),
            *_reading_limits(config.preprocess, dataset["modality"]),
        ],
        "explanation": training["explanation"],
        **({"calibration": training["calibration"]} if "calibration" in training else {}),
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
