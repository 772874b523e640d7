"""Figures by image, by breast and by woman, with intervals and baselines."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from mammoscope.experiment.metrics import at_threshold
from mammoscope.experiment.run import Predictions
from mammoscope.experiment.statistics import Labels, Scores, auc, patient_bootstrap
from mammoscope.inference.exam import aggregate
from mammoscope.types import Estimate, EvaluationReport, OperatingPoint, Record

Unit = Literal["image", "breast", "woman"]
UNITS: tuple[Unit, ...] = ("image", "breast", "woman")


def at_unit(predictions: Predictions, unit: Unit) -> tuple[Scores, Labels, list[Hashable]]:
    """Scores, labels and patients by image, by breast (mean of views) or by woman (max)."""
    patients: Sequence[Hashable] = predictions.patient
    scores, labels = predictions.score, predictions.positive
    if unit == "image":
        return scores, labels, list(patients)
    breasts = predictions.breast
    owner = dict(zip(breasts, patients, strict=True))
    names, scores = aggregate(scores, breasts, how="mean")
    _, worst = aggregate(labels.astype(np.float64), breasts, how="max")
    owners = [owner[str(name)] for name in names]
    if unit == "breast":
        return scores, worst > 0.5, owners
    women, scores = aggregate(scores, owners, how="max")
    _, worst = aggregate(worst, owners, how="max")
    return scores, worst > 0.5, women


def report_units(
    predictions: Predictions, *, threshold: float, seed: int
) -> tuple[EvaluationReport, ...]:
    """One report a unit, all at the same threshold on the calibrated score.

    Args:
        predictions: of one part of a split.
        threshold: chosen on validation images.
        seed: of the bootstrap.
    """
    reports = []
    for unit in UNITS:
        scores, labels, patients = at_unit(predictions, unit)
        reports.append(
            EvaluationReport(
                unit=unit,
                n=len(scores),
                n_positive=int(labels.sum()),
                n_patients=len(set(patients)),
                metrics=patient_bootstrap(
                    scores, labels, patients, at_threshold(threshold), seed=seed
                ),
            )
        )
    return tuple(reports)


def measure_operating_points(
    predictions: Predictions, thresholds: dict[str, float], *, seed: int
) -> tuple[OperatingPoint, ...]:
    """Each threshold with its sensitivity and specificity by image."""
    points = []
    for name, threshold in thresholds.items():
        metrics = at_threshold(threshold)
        estimates = patient_bootstrap(
            predictions.score,
            predictions.positive,
            predictions.patient,
            {key: metrics[key] for key in ("sensitivity", "specificity")},
            seed=seed,
        )
        points.append(OperatingPoint(name=name, threshold=threshold, **estimates))
    return tuple(points)


def age_baseline(
    predictions: Predictions, records: Sequence[Record], *, seed: int
) -> Estimate | None:
    """AUC by breast of the woman's age alone; None where a record has no age.

    Args:
        predictions: of the records, in their order; only the truth in them is used.
        records: with an attribute `age`.
        seed: of the bootstrap.
    """
    if any("age" not in record.attributes for record in records):
        return None
    ages = np.array([float(record.attributes["age"]) for record in records])
    scores, labels, patients = at_unit(replace(predictions, score=ages), "breast")
    return patient_bootstrap(scores, labels, patients, {"auc": auc}, seed=seed)["auc"]
