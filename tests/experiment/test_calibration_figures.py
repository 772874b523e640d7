"""Calibration of a comparison is that of the statistics, by image and with every seed."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from scipy.special import expit, logit

from mammoscope.experiment.calibration_figures import BrierScore, measure_calibration
from mammoscope.experiment.calibration_slope import calibration_line
from mammoscope.experiment.statistics import UnitScores


def images(*, slope: float = 1.0, seeds: int = 1, women: int = 100) -> UnitScores:
    """Labels of which `expit(slope · logit of the score)` is the true probability."""
    rng = np.random.default_rng(0)
    n = 2 * women
    logits = rng.normal(size=(seeds, n))
    labels = rng.random(n) < expit(slope * logits[0])
    names = [str(i) for i in range(n)]
    return UnitScores(expit(logits), logits > 0, labels, names, [i // 2 for i in range(n)])


def breasts(units: UnitScores) -> list[str]:
    return [f"b{name}" for name in units.names]


def test_the_brier_score_is_a_mean_of_squares_also_of_draws() -> None:
    units = images()
    expected = np.mean((units.scores[0] - units.labels) ** 2)
    assert BrierScore()(units.scores[0], units.labels, units.called[0]) == pytest.approx(expected)
    found = measure_calibration(units, breasts(units), seed=0, replicates=100)
    assert found["brier"]["value"] == pytest.approx(expected)
    assert found["brier"]["low"] < expected < found["brier"]["high"]
    parts = found["brier_parts"]
    whole = parts["reliability"] - parts["resolution"] + parts["uncertainty"] + parts["within_bins"]
    assert whole == pytest.approx(parts["score"]) == pytest.approx(expected)


def test_the_line_is_that_of_the_logits_with_the_women_as_clusters() -> None:
    units = images(slope=2.0, women=400)
    found = measure_calibration(units, breasts(units), seed=0, replicates=20)
    line = calibration_line(logit(units.scores[0]), units.labels, units.patients)
    assert line is not None and found["slope"] == asdict(line.slope)
    # The scores are half as extreme as they should be.
    assert found["slope"]["low"] > 1
    assert (found["unit"], found["n"], found["n_patients"]) == ("image", 800, 400)


def test_scores_that_are_right_look_like_those_of_a_perfect_model_and_wrong_ones_do_not() -> None:
    right, wrong = images(women=400), images(slope=-1.0, women=400)
    good = measure_calibration(right, breasts(right), seed=0, replicates=200)
    bad = measure_calibration(wrong, breasts(wrong), seed=0, replicates=200)
    assert good["perfect_ece"]["low"] <= good["ece"] <= good["perfect_ece"]["high"]
    assert bad["ece"] > 2 * bad["perfect_ece"]["high"] and bad["p"] < 0.01 < good["p"]


def test_every_seed_is_in_the_bins() -> None:
    units = images(seeds=3)
    found = measure_calibration(units, breasts(units), seed=0, replicates=20)
    assert found["seeds"] == 3 and sum(one["n_of_bin"] for one in found["bins"]) == 3 * found["n"]


def test_a_score_of_0_has_no_logit_and_no_line() -> None:
    units = images()
    units.scores[0, 0] = 0.0
    found = measure_calibration(units, breasts(units), seed=0, replicates=20)
    assert found["slope"] is None and found["in_the_large"] is None
    assert found["ece"] > 0
