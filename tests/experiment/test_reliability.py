"""Reliability by hand, a null that knows its n, and a Brier score whose parts add up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from mammoscope.experiment.reliability import (
    brier_parts,
    calibration_error,
    reliability_curve,
)
from mammoscope.experiment.share import share


def calibrated(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    scores = rng.beta(1, 2, count)
    return scores, rng.random(count) < scores


def test_the_curve_by_hand() -> None:
    scores = np.array([0.9, 0.1, 0.2, 0.7])
    labels = np.array([True, False, True, True])
    low, high = reliability_curve(scores, labels, "abcd", bins=2)
    assert (low.n, low.score, low.positives.value) == (2, pytest.approx(0.15), 0.5)
    assert (high.n, high.score, high.positives.value) == (2, pytest.approx(0.8), 1.0)
    expected = share([False, True], "bc")
    assert low.positives == expected


def test_the_curve_agrees_with_scikit_learns_quantiles() -> None:
    scores, labels = calibrated(1000, 0)
    theirs, forecast = calibration_curve(labels, scores, n_bins=10, strategy="quantile")
    found = reliability_curve(scores, labels, range(1000))
    assert [one.n for one in found] == [100] * 10
    # It cuts between two units where we cut at one: of 100 units one may stand in the next bin.
    assert [one.positives.value for one in found] == pytest.approx(theirs, abs=0.011)
    assert [one.score for one in found] == pytest.approx(forecast, abs=0.002)


def test_equal_scores_are_in_one_bin() -> None:
    scores = np.array([0.3] * 7 + [0.6] * 3)
    found = reliability_curve(scores, np.arange(10) % 2 == 0, range(10), bins=5)
    assert [one.n for one in found] == [7, 3]


def test_the_error_by_hand() -> None:
    scores = np.array([0.9, 0.1, 0.2, 0.7])
    labels = np.array([True, False, True, True])
    found = calibration_error(scores, labels, seed=0, bins=2, replicates=10)
    assert found.value == pytest.approx((abs(0.15 - 0.5) + abs(0.8 - 1.0)) / 2)


def test_a_perfect_model_of_one_bin_shows_what_theory_says() -> None:
    """N units of score ½: the error is |mean - ½|, of mean √(2 / π) · ½ / √N."""
    scores = np.full(400, 0.5)
    labels = np.arange(400) % 2 == 0
    found = calibration_error(scores, labels, seed=0, replicates=20_000)
    assert found.value == 0.0 and found.p == 1.0
    expected = np.sqrt(2 / np.pi) * 0.5 / np.sqrt(400)
    assert found.perfect.value == pytest.approx(expected, rel=0.02)
    # Ten by ten they are 40 numbers: the error is √10 times as large.
    tens = calibration_error(
        scores, labels, seed=0, replicates=20_000, groups=[n // 10 for n in range(400)]
    )
    assert tens.perfect.value == pytest.approx(np.sqrt(10) * expected, rel=0.03)


def test_the_null_holds_a_calibrated_model_and_not_an_overconfident_one() -> None:
    inside = 0
    for seed in range(100):
        scores, labels = calibrated(300, seed)
        found = calibration_error(scores, labels, seed=seed, replicates=200)
        inside += found.perfect.low <= found.value <= found.perfect.high
        assert found.perfect.value > 0.03  # far from 0 for 300 units in 10 bins
    assert 88 <= inside <= 100
    scores, labels = calibrated(300, 0)
    logit = 3 * np.log(scores / (1 - scores))
    found = calibration_error(1 / (1 + np.exp(-logit)), labels, seed=0)
    assert found.value > found.perfect.high and found.p < 0.01


def test_blocks_of_replicates_decide_nothing_but_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    scores, labels = calibrated(50, 1)
    whole = calibration_error(scores, labels, seed=3, replicates=4000)
    monkeypatch.setattr("mammoscope.experiment.reliability.BLOCK", 50 * 7)
    found = calibration_error(scores, labels, seed=3, replicates=4000)
    assert found.value == whole.value
    assert found.perfect.value == pytest.approx(whole.perfect.value, rel=0.02)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60),
    st.integers(1, 12),
)
def test_the_parts_of_the_brier_score_add_up(rows: list[tuple[float, bool]], bins: int) -> None:
    scores, labels = (np.array(column) for column in zip(*rows, strict=True))
    parts = brier_parts(scores, labels, bins=bins)
    whole = parts.reliability - parts.resolution + parts.uncertainty + parts.within_bins
    assert whole == pytest.approx(parts.score, abs=1e-12)
    assert parts.score == pytest.approx(float(np.mean((scores - labels) ** 2)))
    if labels.any() and not labels.all():
        assert parts.score == pytest.approx(brier_score_loss(labels, scores))


def test_of_scores_that_are_alike_in_a_bin_binning_leaves_nothing() -> None:
    """Murphy 1973: 0.8 of which 3 in 4 are positive, and 0.2 of which 1 in 6 is."""
    scores = np.array([0.8] * 4 + [0.2] * 6)
    labels = np.array([True, True, True, False, True, *[False] * 5])
    parts = brier_parts(scores, labels)
    assert parts.within_bins == pytest.approx(0.0, abs=1e-15)
    assert parts.reliability == pytest.approx((4 * 0.05**2 + 6 * (0.2 - 1 / 6) ** 2) / 10)
    assert parts.resolution == pytest.approx((4 * 0.35**2 + 6 * (0.4 - 1 / 6) ** 2) / 10)
    assert parts.uncertainty == pytest.approx(0.24)


def test_an_absent_class_leaves_reliability_alone() -> None:
    parts = brier_parts(np.array([0.3, 0.3]), np.array([False, False]))
    assert (parts.resolution, parts.uncertainty) == (0.0, 0.0)
    assert parts.score == pytest.approx(parts.reliability) == pytest.approx(0.09)


def test_what_is_no_probability_is_refused() -> None:
    labels = np.array([True, False])
    for scores in (np.array([0.5, 1.5]), np.array([0.5, np.nan])):
        with pytest.raises(ValueError, match="calibrate them first"):
            brier_parts(scores, labels)
    with pytest.raises(ValueError, match="at least one"):
        calibration_error(np.array([]), labels[:0], seed=0)
    with pytest.raises(ValueError, match="0 bins"):
        reliability_curve(np.array([0.5, 0.5]), labels, "ab", bins=0)
