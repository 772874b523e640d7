"""The first figures of a trained run: on train, validation and test, from its exported graph."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.split import digest, load_split
from mammoscope.experiment.config import TrainConfig
from mammoscope.experiment.data import PartData, Say, prepare_parts
from mammoscope.experiment.graph import run_graph
from mammoscope.experiment.plots import draw_confusion, draw_roc
from mammoscope.experiment.run import Predictions, RunFolder
from mammoscope.experiment.train import load_best, start
from mammoscope.experiment.units import (
    Unit,
    age_baseline,
    at_unit,
    measure_operating_points,
    report_units,
)
from mammoscope.inference.calibrator import AffineCalibrator
from mammoscope.types import DatasetError, PartName

PARTS: tuple[PartName, ...] = ("train", "validation", "test")


def evaluate(run: RunFolder, dataset: Dataset, *, say: Say = lambda line: None) -> dict[str, Any]:
    """Writes `predictions.csv`, `report.json`, ROC and confusion plots into the run.

    Nothing is chosen here: calibrator and thresholds are those that training fitted on
    validation women.

    Args:
        run: trained.
        dataset: that it was trained on.
        say: told of progress, a line at a time.

    Returns:
        The report, as JSON values.

    Raises:
        DatasetError: the run is not trained, or of other data.
    """
    if not run.training.is_file():
        raise DatasetError(f"{run.path} holds no trained run; train it first")
    config = TrainConfig.from_json(run.config.read_text(encoding="utf-8"))
    training = json.loads(run.training.read_text(encoding="utf-8"))
    split = load_split(run.split, dataset)
    if digest(split) != training["split_digest"]:
        raise DatasetError(f"{run.split} is not the split that the run was trained on")
    calibrator = AffineCalibrator.from_dict(training["calibrator"])
    data = prepare_parts(dataset, split, PARTS, config.preprocess, say=say)
    tables = {name: _tabulate(run, name, data[name], calibrator) for name in PARTS}
    tables["train"].joined(tables["validation"]).joined(tables["test"]).write(run.predictions)
    test, thresholds = tables["test"], training["thresholds"]
    say("bootstrap")
    age = age_baseline(test, split.test, seed=config.seed)
    report = {
        "parts": {
            name: [
                asdict(figures)
                for figures in report_units(table, threshold=thresholds["youden"], seed=config.seed)
            ]
            for name, table in tables.items()
        },
        "operating_points": [
            asdict(point) for point in measure_operating_points(test, thresholds, seed=config.seed)
        ],
        "baselines": {} if age is None else {"age alone, AUC by breast": asdict(age)},
        "refused_by_the_gate": {name: part.refused for name, part in data.items()},
        "parity": {
            "images": len(test.score),
            "largest_score_difference": _parity(run, config, dataset, data["test"], calibrator),
        },
        "split_digest": training["split_digest"],
    }
    run.report.write_text(json.dumps(report, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    _draw(run, tables, threshold=thresholds["youden"], classes=dataset.task.classes)
    return report


def _tabulate(
    run: RunFolder, name: PartName, part: PartData, calibrator: AffineCalibrator
) -> Predictions:
    logit = run_graph(run.graph, part.x).logit
    return Predictions(
        part=[name] * len(part.records),
        path=[record.path for record in part.records],
        patient=[record.patient for record in part.records],
        breast=[record.breast for record in part.records],
        positive=part.y > 0.5,
        logit=logit,
        score=calibrator.score(logit),
    )


def _parity(
    run: RunFolder,
    config: TrainConfig,
    dataset: Dataset,
    part: PartData,
    calibrator: AffineCalibrator,
) -> float:
    """Largest difference between the graph's scores and those of the Keras network."""
    # The run's own weights come next: nothing need be downloaded for the start.
    classifier, _ = start(replace(config, init="none"), dataset.task)
    load_best(classifier, run)
    keras_scores = calibrator.score(classifier.predict_logit(part.x)[:, -1])
    graph_scores = calibrator.score(run_graph(run.graph, part.x).logit)
    return float(np.abs(keras_scores - graph_scores).max())


def _draw(
    run: RunFolder,
    tables: dict[PartName, Predictions],
    *,
    threshold: float,
    classes: tuple[str, ...],
) -> None:
    units: tuple[Unit, ...] = ("image", "breast")
    for unit in units:
        curves = {str(name): at_unit(table, unit)[:2] for name, table in tables.items()}
        draw_roc(curves, run.figure(f"roc-{unit}"), title=f"{run.path.name}, by {unit}")
    test = tables["test"]
    draw_confusion(
        test.score,
        test.positive,
        run.figure("confusion"),
        threshold=threshold,
        classes=(classes[0], classes[1]),
    )
