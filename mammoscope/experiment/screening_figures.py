"""Figures of a screening test as JSON values: at fixed points of the ROC, at a prevalence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from mammoscope.experiment.decision_curve import decision_curve
from mammoscope.experiment.operating_characteristics import (
    AveragePrecision,
    NegativeValue,
    PartialAuc,
    PositiveValue,
    SensitivityAt,
    SpecificityAt,
)
from mammoscope.experiment.statistics import Metric, UnitScores, patient_bootstrap
from mammoscope.experiment.unit_counts import count_units
from mammoscope.types import Modality

# Of a screening day's women: 0.5 to 0.7 % have cancer.
PREVALENCE = 0.006
FIXED: Mapping[str, Metric] = {
    "average_precision": AveragePrecision(),
    "partial_auc_specificity_90": PartialAuc(0.90),
    "sensitivity_at_specificity_90": SensitivityAt(0.90),
    "sensitivity_at_specificity_95": SensitivityAt(0.95),
    "specificity_at_sensitivity_90": SpecificityAt(0.90),
    "specificity_at_sensitivity_95": SpecificityAt(0.95),
}
AT_PREVALENCE: Mapping[str, Metric] = {
    "positive_value": PositiveValue(PREVALENCE),
    "negative_value": NegativeValue(PREVALENCE),
}
# Probabilities at which somebody might act; what lies beyond them is hardly ever met.
THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(1, 20))


def measure_screening(
    units: Mapping[Any, UnitScores], modality: Modality, *, seed: int, replicates: int
) -> list[dict[str, Any]]:
    """By each unit the figures of `FIXED`; by woman those of `AT_PREVALENCE` as well.

    The prevalence is one of women, so it says nothing of images or breasts, nor of patches of
    tissue. What is not defined is left out.

    Args:
        units: unit → scores of one model.
        modality: of the images.
        seed, replicates: of the bootstrap.
    """
    rows = []
    for unit, scores in units.items():
        asked = dict(FIXED)
        if unit == "woman" and modality == "mammogram":
            asked |= AT_PREVALENCE
        found = patient_bootstrap(scores, asked, seed=seed, replicates=replicates)
        metrics = {name: asdict(estimate) for name, estimate in found.items()}
        rows.append({"unit": unit, **count_units(scores), "metrics": metrics})
    return rows


def measure_decisions(
    images: Mapping[str, UnitScores], *, seed: int, replicates: int
) -> dict[str, Any]:
    """Net benefit of acting on each model's scores by image, which is what they are calibrated by.

    Args:
        images: model → scores of the same images, both classes among them.
        seed, replicates: of the bootstrap.
    """
    curves = {
        name: decision_curve(scores, THRESHOLDS, seed=seed, replicates=replicates)
        for name, scores in images.items()
    }
    first = next(iter(curves.values()))
    return {
        "unit": "image",
        **count_units(next(iter(images.values()))),
        "prevalence": first[0].prevalence,
        "thresholds": list(THRESHOLDS),
        "everyone": [asdict(point.everyone) for point in first],
        "models": [
            {"name": name, "net_benefit": [asdict(point.model) for point in curve]}
            for name, curve in curves.items()
        ],
    }
