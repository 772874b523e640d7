"""Calibrator and thresholds, fitted on what a validation part could look like."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mammoscope.experiment.calibrate import (
    choose_thresholds,
    fit_base_rate,
    fit_isotonic,
    fit_platt,
    fit_temperature,
)
from mammoscope.inference.calibrator import AffineCalibrator, Calibrator, IsotonicCalibrator


def test_platt_scaling_finds_the_line_that_made_the_labels() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, 40_000)
    labels = rng.random(40_000) < 1 / (1 + np.exp(-(0.5 * logits - 1.0)))
    calibrator = fit_platt(logits, labels)
    assert calibrator.slope == pytest.approx(0.5, abs=0.03)
    assert calibrator.intercept == pytest.approx(-1.0, abs=0.05)
    assert calibrator.score(logits).mean() == pytest.approx(labels.mean(), abs=1e-3)


def test_a_temperature_finds_the_slope_and_leaves_zero_at_one_half() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, 40_000)
    calibrator = fit_temperature(logits, rng.random(40_000) < 1 / (1 + np.exp(-0.5 * logits)))
    assert isinstance(calibrator, AffineCalibrator) and calibrator.intercept == 0.0
    assert calibrator.slope == pytest.approx(0.5, abs=0.03)
    assert calibrator.score(np.zeros(1))[0] == 0.5


def test_isotonic_steps_follow_a_risk_that_no_line_follows() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1, 40_000)
    labels = rng.random(40_000) < np.where(logits > 1, 0.8, 0.3)
    calibrator = fit_isotonic(logits, labels)
    assert isinstance(calibrator, IsotonicCalibrator)
    found = calibrator.score(np.array([-1.0, 0.0, 0.8, 1.2, 2.0]))
    assert found == pytest.approx([0.3, 0.3, 0.3, 0.8, 0.8], abs=0.03)


def test_isotonic_scores_never_say_never_nor_always() -> None:
    logits = np.linspace(-3, 3, 98)
    scores = fit_isotonic(logits, logits > 0).score(np.array([-9.0, 9.0]))
    assert scores == pytest.approx([0.01, 0.99])


def test_an_isotonic_step_is_climbed_over_a_twentieth_of_the_spread_at_least() -> None:
    logits = np.array([0.0, 1e-9, 1.0, 1.0 + 1e-9] * 50)
    calibrator = fit_isotonic(logits, np.tile([False, True, False, True], 50) | (logits > 0.5))
    assert isinstance(calibrator, IsotonicCalibrator)
    assert np.diff(calibrator.logits).min() >= np.std(logits) / 20 * (1 - 1e-9)


@pytest.mark.parametrize("fit", [fit_temperature, fit_platt, fit_isotonic])
@pytest.mark.parametrize("logits", [np.linspace(-1, 1, 100), np.linspace(3, 5, 100)])
def test_no_method_turns_the_order_of_a_model_that_is_worse_than_chance(
    fit: Callable[[np.ndarray, np.ndarray], Calibrator], logits: np.ndarray
) -> None:
    labels = logits < logits.mean()
    calibrator = fit(logits, labels)
    scores = calibrator.score(logits)
    assert (np.diff(scores) > 0).all()
    if fit is not fit_temperature or logits[0] < 0:
        assert calibrator == fit_base_rate(logits, labels)


def test_logits_that_are_all_alike_have_the_base_rate() -> None:
    labels = np.array([True, False, False, False])
    assert fit_isotonic(np.full(4, 2.0), labels).score(np.full(1, 2.0))[0] == pytest.approx(0.25)


def test_a_model_worse_than_chance_is_not_turned_round() -> None:
    logits = np.linspace(-1, 1, 100)
    calibrator = fit_platt(logits, logits < 0)
    assert calibrator.slope > 0
    assert calibrator.score(logits).mean() == pytest.approx(0.5, abs=0.05)


def test_thresholds_keep_what_their_names_promise() -> None:
    rng = np.random.default_rng(1)
    labels = rng.random(500) < 0.4
    scores = np.clip(rng.normal(0.4, 0.15, 500) + 0.15 * labels, 0, 1)
    thresholds = choose_thresholds(scores, labels)
    assert list(thresholds) == ["youden", "sensitivity_90", "specificity_90"]
    assert np.mean(scores[labels] >= thresholds["sensitivity_90"]) >= 0.9
    assert np.mean(scores[~labels] < thresholds["specificity_90"]) >= 0.9
    # The next score up would promise too little.
    above = scores[labels & (scores >= thresholds["sensitivity_90"])].min() + 1e-9
    assert np.mean(scores[labels] >= above) < 0.9 + 1 / labels.sum()


def test_a_threshold_lies_between_scores_and_never_on_one() -> None:
    scores = np.array([0.1, 0.2, 0.7, 0.8])
    assert choose_thresholds(scores, scores > 0.5)["youden"] == pytest.approx(0.45)


def test_scores_that_are_all_alike_do_not_crash() -> None:
    thresholds = choose_thresholds(np.full(4, 0.3), np.array([True, False, True, False]))
    assert set(thresholds.values()) == {0.3}


def test_a_threshold_never_lies_within_a_tie() -> None:
    """Isotonic steps tie: all who are tied have one verdict at each operating point."""
    rng = np.random.default_rng(2)
    logits = rng.normal(0, 1, 2000)
    labels = rng.random(2000) < 1 / (1 + np.exp(-logits))
    scores = fit_isotonic(logits, labels).score(logits)
    values, counts = np.unique(scores, return_counts=True)
    assert counts.max() > 50
    for name, threshold in choose_thresholds(scores, labels).items():
        assert threshold not in values, name
        assert 0 < np.mean(scores >= threshold) < 1, name
