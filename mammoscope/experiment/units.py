"""Figures by image, by breast and by woman, with intervals and baselines."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Literal

import numpy as np

from mammoscope.experiment.metrics import METRICS
from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.statistics import (
    Labels,
    Metric,
    Scores,
    UnitScores,
    auc,
    patient_bootstrap,
)
from mammoscope.inference.exam import aggregate
from mammoscope.types import Estimate, EvaluationReport, OperatingPoint, Record

Unit = Literal["image", "breast", "woman"]
UNITS: tuple[Unit, ...] = ("image", "breast", "woman")
# Ends the key of a breast whose side is not known, as `Record.breast` writes it.
NO_SIDE = "/?"
# In years; DICOM's age string (PS3.5, 6.2, AS) is 062Y. In months, weeks or days is no woman.
_AGE = re.compile(r"([0-9]{1,3}(?:\.[0-9]*)?)Y?")


def units_of(predictions: Predictions) -> tuple[Unit, ...]:
    """What these images can be counted by: no breast where the side of one is not known."""
    if any(breast.endswith(NO_SIDE) for breast in predictions.breast):
        return ("image", "woman")
    return UNITS


def at_unit(predictions: Predictions, unit: Unit) -> UnitScores:
    """Scores by image, by breast (`breast_score`) or by woman (max of breasts), a row a seed.

    Where the side of an image is not known there are no breasts, and a woman is the maximum of
    her images.

    Args:
        predictions: of one part; every seed names the same images.
        unit: what to count.

    Raises:
        ValueError: seeds of different images, or breasts where sides are not known.
    """
    if unit not in units_of(predictions):
        raise ValueError(
            "images without a side cannot be counted by breast; count by a unit of units_of"
        )
    seeds = sorted(set(predictions.seed.tolist()))
    rows = [_one_seed(predictions.take(predictions.seed == seed), unit) for seed in seeds]
    first = rows[0]
    if any(list(row.names) != list(first.names) for row in rows):
        raise ValueError("the seeds of a run name different images")
    return replace(
        first,
        scores=np.concatenate([row.scores for row in rows]),
        called=np.concatenate([row.called for row in rows]),
    )


def _one_seed(predictions: Predictions, unit: Unit) -> UnitScores:
    # In one order, whatever the order of training was: seeds and models can then be paired.
    predictions = predictions.take(np.argsort(np.array(predictions.path), kind="stable"))
    names, patients = list(predictions.path), list(predictions.patient)
    scores, labels, threshold = predictions.score, predictions.positive, predictions.threshold
    if unit == "breast" or (unit == "woman" and "breast" in units_of(predictions)):
        names, patients, scores, labels, threshold = _merge(
            predictions.breast, patients, predictions.breast_score, labels, threshold, how="mean"
        )
    if unit == "woman":
        names, patients, scores, labels, threshold = _merge(
            patients, patients, scores, labels, threshold, how="max"
        )
    return UnitScores(
        scores=scores[np.newaxis],
        called=(scores >= threshold)[np.newaxis],
        labels=labels,
        names=names,
        patients=patients,
    )


def _merge(
    groups: Sequence[str],
    patients: Sequence[str],
    scores: Scores,
    labels: Labels,
    threshold: Scores,
    *,
    how: Literal["mean", "max"],
) -> tuple[list[str], list[str], Scores, Labels, Scores]:
    """One row a group; a group is positive if one of its members is."""
    owner = dict(zip(groups, patients, strict=True))
    names, merged = aggregate(scores, groups, how=how)
    _, worst = aggregate(labels.astype(np.float64), groups, how="max")
    # A woman is in one fold, so the images of a group share their threshold.
    _, limit = aggregate(threshold, groups, how="max")
    keys = [str(name) for name in names]
    return keys, [owner[key] for key in keys], merged, worst > 0.5, limit


def report_units(
    predictions: Predictions, *, seed: int, metrics: Mapping[str, Metric] = METRICS
) -> tuple[EvaluationReport, ...]:
    """One report a unit that there is, each score held against the threshold that stands beside it.

    Args:
        predictions: of one part of a split, or out of fold.
        seed: of the bootstrap.
        metrics: name → what to measure.
    """
    reports = []
    for unit in units_of(predictions):
        units = at_unit(predictions, unit)
        reports.append(
            EvaluationReport(
                unit=unit,
                n=len(units.labels),
                n_positive=int(units.labels.sum()),
                n_patients=len(set(units.patients)),
                metrics=patient_bootstrap(units, dict(metrics), seed=seed),
            )
        )
    return tuple(reports)


def report_folds(predictions: Predictions, *, seed: int) -> tuple[dict[str, Any], ...]:
    """Fold by fold the AUC of each unit, as JSON values; empty where there are no folds.

    A pooled AUC also ranks women of different folds, whom different networks have scored; the
    folds' own do not. Folds are small, so their intervals are wide.

    Args:
        predictions: out of fold, of all seeds.
        seed: of the bootstrap.
    """
    folds = np.unique(predictions.fold).tolist()
    if folds == [0]:
        return ()
    return tuple(
        {
            "fold": fold,
            "units": [
                asdict(unit)
                for unit in report_units(
                    predictions.take(predictions.fold == fold), seed=seed, metrics={"auc": auc}
                )
            ],
        }
        for fold in folds
    )


def measure_operating_points(
    predictions: Predictions,
    thresholds: Mapping[str, float],
    *,
    seed: int,
    held_against: Mapping[str, Scores] | None = None,
) -> tuple[OperatingPoint, ...]:
    """Each threshold with its sensitivity and specificity by image; none where a class is absent.

    Args:
        predictions: of one part of a split, or out of fold.
        thresholds: name → what is published.
        seed: of the bootstrap.
        held_against: name → (N,) the threshold that each image is held against, where that is
            not the published one: each fold has its own, chosen without the fold's women.
    """
    points = []
    for name, threshold in thresholds.items():
        limit = np.full_like(predictions.score, threshold)
        if held_against is not None:
            limit = held_against[name]
        estimates = patient_bootstrap(
            at_unit(replace(predictions, threshold=limit), "image"),
            {key: METRICS[key] for key in ("sensitivity", "specificity")},
            seed=seed,
        )
        # A user's own images may lack a class: then nothing can be said of the point.
        if len(estimates) == 2:
            points.append(OperatingPoint(name=name, threshold=threshold, **estimates))
    return tuple(points)


def age_baselines(
    predictions: Predictions, records: Sequence[Record], *, seed: int
) -> dict[str, Estimate]:
    """What it is → AUC of the woman's age alone; empty where an age is not known, or says nothing.

    By breast, or by woman where there are no breasts.

    Args:
        predictions: of the records; only the truth in them is used, of one seed.
        records: with an attribute `age`.
        seed: of the bootstrap.
    """
    age_of = {record.path: parse_age(record.attributes.get("age", "")) for record in records}
    one_seed = predictions.take(predictions.seed == predictions.seed.min())
    ages = [age_of[path] for path in one_seed.path]
    scores = np.array([age for age in ages if age is not None], dtype=np.float64)
    if len(scores) < len(ages):
        return {}
    unit: Unit = "breast" if "breast" in units_of(one_seed) else "woman"
    units = at_unit(one_seed.scored(scores), unit)
    estimates = patient_bootstrap(units, {"auc": auc}, seed=seed)
    return {f"age alone, AUC by {unit}": estimate for estimate in estimates.values()}


def parse_age(text: str) -> float | None:
    """Years; None for what says no age, such as "unknown" or the 000Y of anonymised headers."""
    match = _AGE.fullmatch(text.strip())
    years = float(match[1]) if match else 0.0
    return years if years > 0 else None
