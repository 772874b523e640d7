"""Figures of a screening test, against scikit-learn and textbook numbers, whole and resampled."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from mammoscope.experiment.metrics import precision, specificity
from mammoscope.experiment.operating_characteristics import (
    AveragePrecision,
    NegativeValue,
    PartialAuc,
    PositiveValue,
    SensitivityAt,
    SpecificityAt,
)
from mammoscope.experiment.resampling import count_draws, draw_patients, units_of_draws
from mammoscope.experiment.statistics import UnitScores, paired_difference, patient_bootstrap
from mammoscope.experiment.weighted_metrics import WeightedMetric

METRICS: tuple[WeightedMetric, ...] = (
    SensitivityAt(0.9),
    SpecificityAt(0.9),
    PartialAuc(0.8),
    AveragePrecision(),
    PositiveValue(0.006),
    NegativeValue(0.006),
)
TABLES = st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=2, max_size=40)


def split(rows: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    scores = np.array([score / 10 for score, _ in rows])
    labels = np.array([label for _, label in rows])
    assume(labels.any() and not labels.all())
    return scores, labels


@settings(deadline=None)
@given(TABLES)
def test_areas_agree_with_scikit_learn(rows: list[tuple[int, bool]]) -> None:
    scores, labels = split(rows)
    for specific in (0.0, 0.25, 0.8, 0.95):
        theirs = roc_auc_score(labels, scores, max_fpr=1 - specific)
        assert PartialAuc(specific)(scores, labels, labels) == pytest.approx(theirs, abs=1e-12)
    theirs = average_precision_score(labels, scores)
    assert AveragePrecision()(scores, labels, labels) == pytest.approx(theirs)


@settings(deadline=None)
@given(TABLES, st.sampled_from([0.0, 0.3, 0.5, 0.9, 0.95, 1.0]))
def test_fixed_points_are_the_best_of_scikit_learns_curve(
    rows: list[tuple[int, bool]], least: float
) -> None:
    scores, labels = split(rows)
    wrong, found, _ = roc_curve(labels, scores, drop_intermediate=False)
    best = max(found[1 - wrong >= least - 1e-9])
    assert SensitivityAt(least)(scores, labels, labels) == pytest.approx(best)
    best = max((1 - wrong)[found >= least - 1e-9])
    assert SpecificityAt(least)(scores, labels, labels) == pytest.approx(best)


def test_nine_of_ten_negatives_are_a_specificity_of_0_9() -> None:
    """0.9 × 10 is not 9 in floating point; the tenth negative stands above a positive."""
    scores = np.array([*np.arange(9.0), 20.0, 10.0, 30.0])
    labels = np.array([False] * 10 + [True] * 2)
    assert SensitivityAt(0.9)(scores, labels, labels) == 1.0
    assert SensitivityAt(0.91)(scores, labels, labels) == 0.5


@pytest.mark.parametrize("metric", METRICS, ids=str)
@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_of_many_draws_it_is_what_it_is_of_each(metric: WeightedMetric, seed: int) -> None:
    rng = np.random.default_rng(seed)
    owner = np.unique(rng.integers(0, 10, 30), return_inverse=True)[1]
    scores, labels = rng.integers(0, 6, 30) / 5, rng.random(30) < 0.2
    called = scores > 0.5
    (drawn,) = draw_patients(owner, rng, replicates=15)
    found = metric.weighted(scores, labels, called, count_draws(owner, drawn))
    expected = [metric(scores[u], labels[u], called[u]) for u in units_of_draws(owner, drawn)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_predictive_values_of_the_textbook() -> None:
    """Eddy 1982: 79.2 % of the sick found, 9.6 % false alarms, 1 % sick: 7.7 % of the called."""
    labels = np.arange(2000) < 1000
    called = np.concatenate([np.arange(1000) < 792, np.arange(1000) < 96])
    scores = called.astype(float)
    assert PositiveValue(0.01)(scores, labels, called) == pytest.approx(0.077, abs=5e-4)
    negative = 0.904 * 0.99 / (0.904 * 0.99 + 0.208 * 0.01)
    assert NegativeValue(0.01)(scores, labels, called) == pytest.approx(negative)


def test_at_the_samples_own_prevalence_it_is_the_share_of_the_sample() -> None:
    rng = np.random.default_rng(0)
    labels, scores = rng.random(100) < 0.3, rng.random(100)
    called = scores > 0.4
    own = float(labels.mean())
    found = PositiveValue(own)(scores, labels, called)
    assert found == pytest.approx(precision(scores, labels, called))
    found = NegativeValue(own)(scores, labels, called)
    assert found == pytest.approx(float((~labels)[~called].mean()))


@pytest.mark.parametrize("metric", METRICS, ids=str)
@pytest.mark.parametrize("positive", [True, False])
def test_an_absent_class_leaves_it_undefined(metric: WeightedMetric, positive: bool) -> None:
    labels = np.full(4, positive)
    found = metric(np.arange(4.0), labels, np.array([True, False, True, False]))
    if positive and isinstance(metric, AveragePrecision):
        assert found == 1.0
    else:
        assert np.isnan(found)


def test_each_has_an_interval_and_a_paired_difference() -> None:
    rng = np.random.default_rng(1)
    labels = np.arange(300) % 3 == 0
    rows = rng.normal(size=300) + 1.5 * labels, rng.normal(size=300)
    names, women = [str(n) for n in range(300)], [n // 2 for n in range(300)]
    good, poor = (UnitScores(r[None], r[None] > 0.7, labels, names, women) for r in rows)
    found = patient_bootstrap(good, {str(m): m for m in METRICS}, seed=0, replicates=200)
    assert list(found) == [str(metric) for metric in METRICS]
    assert all(each.low < each.value < each.high for each in found.values())
    difference = paired_difference(good, poor, PartialAuc(0.8), seed=0, replicates=200)
    assert difference is not None and difference.low > 0
    chosen = specificity(rows[0], labels, rows[0] > 0.7)
    assert SpecificityAt(0.5)(rows[0], labels, labels) > chosen


@pytest.mark.parametrize("share", [-0.1, 90, float("nan")])
def test_percent_are_refused(share: float) -> None:
    for metric in (SensitivityAt, SpecificityAt, PartialAuc, PositiveValue, NegativeValue):
        with pytest.raises(ValueError, match="not percent"):
            metric(share)
    with pytest.raises(ValueError, match="no area"):
        PartialAuc(1.0)
