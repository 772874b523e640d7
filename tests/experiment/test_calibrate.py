"""Calibrator and thresholds, fitted on what a validation part could look like."""

from __future__ import annotations

import numpy as np
import pytest

from mammoscope.experiment.calibrate import choose_thresholds, fit_calibrator


def test_platt_scaling_finds_the_line_that_made_the_labels() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, 40_000)
    labels = rng.random(40_000) < 1 / (1 + np.exp(-(0.5 * logits - 1.0)))
    calibrator = fit_calibrator(logits, labels)
    assert calibrator.slope == pytest.approx(0.5, abs=0.03)
    assert calibrator.intercept == pytest.approx(-1.0, abs=0.05)
    assert calibrator.score(logits).mean() == pytest.approx(labels.mean(), abs=1e-3)


def test_a_model_worse_than_chance_is_not_turned_round() -> None:
    logits = np.linspace(-1, 1, 100)
    calibrator = fit_calibrator(logits, logits < 0)
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
