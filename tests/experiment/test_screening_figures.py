"""Figures at fixed points are those of the statistics, and predictive values are by woman alone."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from mammoscope.experiment.comparison_screening import screening_sections
from mammoscope.experiment.decision_curve import decision_curve
from mammoscope.experiment.operating_characteristics import SensitivityAt
from mammoscope.experiment.report_blocks import Picture, Table
from mammoscope.experiment.screening_figures import (
    AT_PREVALENCE,
    FIXED,
    PREVALENCE,
    THRESHOLDS,
    measure_decisions,
    measure_screening,
)
from mammoscope.experiment.statistics import UnitScores, patient_bootstrap


def units(per_woman: int, signal: float = 1.0) -> UnitScores:
    n = 30 * per_woman
    labels = np.arange(n) % 3 == 0
    logits = np.random.default_rng(per_woman).normal(size=(1, n)) + signal * labels
    scores = 1 / (1 + np.exp(-logits))
    return UnitScores(
        scores, scores > 0.6, labels, [str(i) for i in range(n)], [i // per_woman for i in range(n)]
    )


def test_every_unit_has_its_fixed_points_and_women_the_predictive_values() -> None:
    by_unit = {"image": units(2), "woman": units(1)}
    image, woman = measure_screening(by_unit, "mammogram", seed=0, replicates=50)
    assert set(image["metrics"]) == set(FIXED)
    assert set(woman["metrics"]) == set(FIXED) | set(AT_PREVALENCE)
    assert (image["unit"], image["n"], image["n_patients"]) == ("image", 60, 30)
    expected = patient_bootstrap(units(2), {"x": SensitivityAt(0.9)}, seed=0, replicates=50)["x"]
    assert image["metrics"]["sensitivity_at_specificity_90"] == asdict(expected)
    value = woman["metrics"]["positive_value"]["value"]
    one = units(1)
    found = one.called[0][one.labels].mean()
    wrong = one.called[0][~one.labels].mean()
    assert value == pytest.approx(
        found * PREVALENCE / (found * PREVALENCE + wrong * (1 - PREVALENCE))
    )


def test_tissue_has_no_screening_prevalence() -> None:
    (row,) = measure_screening({"woman": units(1)}, "histology", seed=0, replicates=10)
    assert set(row["metrics"]) == set(FIXED)


def test_decisions_are_the_curve_of_each_model_by_image() -> None:
    models = {"a": units(2), "b": units(2, signal=3.0)}
    decision = measure_decisions(models, seed=0, replicates=50)
    assert decision["unit"] == "image" and decision["n"] == 60
    assert decision["prevalence"] == pytest.approx(20 / 60)
    points = decision_curve(models["b"], THRESHOLDS, seed=0, replicates=50)
    assert decision["models"][1]["net_benefit"] == [asdict(point.model) for point in points]
    assert decision["everyone"] == [asdict(point.everyone) for point in points]


def test_the_sections_say_value_interval_n_and_unit() -> None:
    by_unit: dict[Any, UnitScores] = {"image": units(2), "woman": units(1)}
    model = {
        "name": "a",
        "screening": measure_screening(by_unit, "mammogram", seed=0, replicates=20),
        "figures": [
            {
                "unit": "woman",
                "metrics": {
                    name: {"value": 0.5, "low": 0.4, "high": 0.6}
                    for name in ("sensitivity", "specificity")
                },
            }
        ],
    }
    values = {
        "models": [model],
        "replicates": 20,
        "prevalence": PREVALENCE,
        "decision": measure_decisions({"a": units(2)}, seed=0, replicates=20),
    }
    first, second = screening_sections(values)
    fixed, at_prevalence = first.blocks
    assert isinstance(fixed, Table) and isinstance(at_prevalence, Table)
    assert fixed.rows[0][:5] == ("a", "image", "60", "20", "30")
    assert "PPV at 0.6 %" in at_prevalence.header
    assert at_prevalence.rows[0][3] == "0.50 (0.40 to 0.60)"
    (picture,) = second.blocks
    assert isinstance(picture, Picture) and "n 60, 20 positive, 30 women" in picture.alt
