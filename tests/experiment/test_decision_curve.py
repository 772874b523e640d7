"""Net benefit, by hand and where its value is known in advance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from mammoscope.experiment.decision_curve import NetBenefit, at_prevalence, decision_curve
from mammoscope.experiment.statistics import UnitScores


def units(scores: np.ndarray, labels: np.ndarray) -> UnitScores:
    rows = np.atleast_2d(scores)
    count = len(labels)
    return UnitScores(rows, rows >= 0.5, labels, [str(n) for n in range(count)], range(count))


def test_by_hand() -> None:
    scores = np.array([0.1, 0.2, 0.3, 0.6, 0.2, 0.8])
    labels = np.array([False, False, False, False, True, True])
    # At 0.25: found 1, false 2 of 6; a false one costs 1/3 of a found one.
    assert NetBenefit(0.25)(scores, labels, labels) == pytest.approx(1 / 6 - 2 / 6 / 3)
    # All: 2 found, 4 false. A score that equals the threshold is acted on.
    assert NetBenefit(0.25, everyone=True)(scores, labels, labels) == pytest.approx((2 - 4 / 3) / 6)
    assert NetBenefit(0.2)(scores, labels, labels) == pytest.approx(2 / 6 - 3 / 6 / 4)
    # At 1 %: half are found, half of the others are false.
    at = NetBenefit(0.25, prevalence=0.01)(scores, labels, labels)
    assert at == pytest.approx(0.5 * 0.01 - 0.5 * 0.99 / 3)


def test_acting_on_all_gains_nothing_at_the_threshold_that_is_the_prevalence() -> None:
    labels = np.arange(50) < 10
    assert NetBenefit(0.2, everyone=True)(np.zeros(50), labels, labels) == pytest.approx(0.0)


def test_the_curve_stands_beside_treating_all() -> None:
    rng = np.random.default_rng(0)
    risk = rng.beta(1, 3, 2000)
    labels = rng.random(2000) < risk
    points = decision_curve(units(risk, labels), [0.02, 0.3, 0.5], seed=0, replicates=200)
    assert [point.threshold for point in points] == [0.02, 0.3, 0.5]
    for point in points:
        assert point.prevalence == pytest.approx(labels.mean())
        assert point.model.low < point.model.value < point.model.high
        # What is calibrated is never worse than all or none, but for noise.
        assert point.model.value > max(0.0, point.everyone.value) - 0.005
    assert points[1].model.low > max(0.0, points[1].everyone.high)
    assert points[0].model.value == pytest.approx(points[0].everyone.value, abs=0.002)


def test_at_another_prevalence_it_is_the_curve_of_such_a_sample() -> None:
    """Of two normal distributions the best decision is known, and with it the net benefit."""
    rng = np.random.default_rng(1)
    labels = np.arange(200_000) < 100_000
    values = rng.normal(size=200_000) + labels
    # Calibrated at half and half: the log odds are x - 1/2.
    scores = 1 / (1 + np.exp(-(values - 0.5)))
    prevalence, threshold = 0.1, 0.2
    one = units(scores, labels)
    (point,) = decision_curve(one, [threshold], seed=0, prevalence=prevalence, replicates=20)
    cut = 0.5 + np.log(threshold / (1 - threshold)) - np.log(prevalence / (1 - prevalence))
    expected = norm.sf(cut - 1) * prevalence - norm.sf(cut) * (1 - prevalence) * 0.25
    assert point.model.value == pytest.approx(expected, abs=5e-4)
    assert point.everyone.value == pytest.approx(prevalence - (1 - prevalence) * 0.25)
    assert point.everyone.low == point.everyone.high
    assert point.prevalence == prevalence


def test_scores_move_with_the_odds() -> None:
    # 0.5 at half and half is the prevalence itself anywhere else; certainty stays.
    moved = at_prevalence(np.array([[0.0, 0.5, 1.0]]), 0.5, 0.006)
    assert moved.tolist() == [[0.0, pytest.approx(0.006), 1.0]]
    back = at_prevalence(moved, 0.006, 0.5)
    assert back.tolist() == [[0.0, pytest.approx(0.5), 1.0]]


def test_an_absent_class_has_no_curve() -> None:
    assert decision_curve(units(np.zeros(3), np.zeros(3, bool)), [0.1], seed=0) == ()
    assert np.isnan(
        NetBenefit(0.1, prevalence=0.5)(np.zeros(3), np.zeros(3, bool), np.zeros(3, bool))
    )


@pytest.mark.parametrize("value", [0.0, 1.0, 20, float("nan")])
def test_what_is_no_probability_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="expected a probability"):
        NetBenefit(value)
    with pytest.raises(ValueError, match="not percent"):
        NetBenefit(0.1, prevalence=value)
