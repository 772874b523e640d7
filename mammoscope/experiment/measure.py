"""What is measured after training, all of it on the exported graph: that is what gets published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoscope.classifiers.network import NetworkClassifier
from mammoscope.datasets.dataset import Dataset
from mammoscope.experiment.calibrate import choose_thresholds, fit_calibrator
from mammoscope.experiment.curves import read_history
from mammoscope.experiment.evaluate import age_baseline, evaluate, measure_operating_points
from mammoscope.experiment.run import Predictions, RunFolder
from mammoscope.inference.calibrator import AffineCalibrator
from mammoscope.inference.runtime import Session
from mammoscope.types import FloatArray, PartName, Record

BATCH = 8
HEATMAP_PERCENTILE = 99.0
VERSIONED = ("mammoscope", "keras", "torch", "onnxruntime")


@dataclass(frozen=True, slots=True, eq=False)
class PartData:
    """One part of a split, prepared: arrays (N, H, W, C) and class indices (N,)."""

    records: Sequence[Record]
    x: FloatArray
    y: FloatArray


def measure(
    run: RunFolder,
    classifier: NetworkClassifier,
    data: dict[PartName, PartData],
    *,
    seed: int,
    split_digest: str,
) -> dict[str, Any]:
    """Writes `predictions.csv` and gives back the evaluation, as JSON values.

    Calibrator, thresholds and colour scale are fitted on validation; the test part is read here,
    once.

    Args:
        run: with its graph and history.
        classifier: that the graph was exported from.
        data: the parts of the split.
        seed: of the bootstrap.
        split_digest: of the split.
    """
    session = Session(run.graph)
    logits = {name: _graph_logits(session, data[name].x) for name in ("validation", "test")}
    calibrator = fit_calibrator(logits["validation"], data["validation"].y > 0.5)
    validation = _tabulate("validation", data["validation"], logits["validation"], calibrator)
    test = _tabulate("test", data["test"], logits["test"], calibrator)
    validation.joined(test).write(run.predictions)
    thresholds = choose_thresholds(validation.score, validation.positive)
    points = measure_operating_points(test, thresholds, seed=seed)
    reports = evaluate(test, threshold=thresholds["youden"], seed=seed, split_digest=split_digest)
    age = age_baseline(data["test"].records, test.positive, seed=seed)
    keras_scores = calibrator.score(classifier.predict_logit(data["test"].x)[:, -1])
    history = read_history(run.history)
    return {
        "title": classifier.title,
        "explanation": classifier.explanation,
        "parameters": classifier.count_parameters(),
        "epochs": len(history["epoch"]),
        "best_epoch": 1 + int(np.argmax(history["val_auc"])),
        "split_digest": split_digest,
        "women": {name: len({r.patient for r in part.records}) for name, part in data.items()},
        "images": {name: len(part.records) for name, part in data.items()},
        "positive_share": float(np.mean(data["train"].y)),
        "calibrator": calibrator.to_dict(),
        "operating_points": [asdict(point) for point in points],
        "heatmap_scale": _heatmap_scale(session, data["validation"].x),
        "parity": {
            "images": len(test.score),
            "largest_score_difference": float(np.abs(keras_scores - test.score).max()),
        },
        "test": [asdict(report) for report in reports],
        "baselines": {} if age is None else {"age alone, AUC by breast": asdict(age)},
        "versions": {name: version(name) for name in VERSIONED},
    }


def describe(dataset: Dataset) -> dict[str, Any]:
    """What a model card cites of a data set and its question."""
    task = dataset.task
    return {
        "name": dataset.name,
        "source": dataset.source,
        "license": dataset.license,
        "task": task.name,
        "classes": task.classes,
        "positive": task.positive,
        "modality": task.modality,
    }


def _graph_logits(session: Session, arrays: FloatArray) -> NDArray[np.float64]:
    batches = range(0, len(arrays), BATCH)
    logits = [session.run(arrays[start : start + BATCH]).logit[:, -1] for start in batches]
    return np.concatenate(logits).astype(np.float64)


def _tabulate(
    name: PartName, part: PartData, logits: NDArray[np.float64], calibrator: AffineCalibrator
) -> Predictions:
    return Predictions(
        part=[name] * len(part.records),
        path=[record.path for record in part.records],
        patient=[record.patient for record in part.records],
        breast=[record.breast for record in part.records],
        positive=part.y > 0.5,
        logit=logits,
        score=calibrator.score(logits),
    )


def _heatmap_scale(session: Session, arrays: FloatArray) -> float:
    """The colour scale's end: a round number of logits that few validation cells exceed."""
    batches = range(0, len(arrays), BATCH)
    evidence = [session.run(arrays[start : start + BATCH]).evidence for start in batches]
    reach = max(float(np.percentile(np.abs(np.concatenate(evidence)), HEATMAP_PERCENTILE)), 1e-3)
    power = 10.0 ** np.floor(np.log10(reach))
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= reach))
