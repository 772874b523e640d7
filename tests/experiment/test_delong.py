"""DeLong's variance, against a published example and against pairs that are counted one by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from mammoscope.experiment.delong import (
    auc_covariance,
    delong_auc,
    delong_difference,
    structural_components,
)
from mammoscope.experiment.statistics import UnitScores


def units(scores: np.ndarray, labels: np.ndarray, patients: np.ndarray | None = None) -> UnitScores:
    rows = np.atleast_2d(scores)
    owners = range(len(labels)) if patients is None else patients.tolist()
    names = [str(index) for index in range(len(labels))]
    return UnitScores(rows, rows >= 0.5, labels, names, list(owners))


def covariance_by_pairs(
    scores: np.ndarray, labels: np.ndarray, patients: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """AUCs (K,) and covariance (K, K) of scores (K, N), pair by pair and woman by woman."""
    positives, negatives = np.flatnonzero(labels), np.flatnonzero(~labels)
    m, n = len(positives), len(negatives)
    models = range(len(scores))
    kernel = np.zeros((len(scores), m, n))
    for k in models:
        for i, p in enumerate(positives):
            for j, q in enumerate(negatives):
                a, b = scores[k, p], scores[k, q]
                kernel[k, i, j] = 1.0 if a > b else 0.5 if a == b else 0.0
    theta = kernel.mean(axis=(1, 2))
    women = sorted(set(patients.tolist()))
    above, below = np.zeros((len(scores), len(women))), np.zeros((len(scores), len(women)))
    for w, woman in enumerate(women):
        mine = [i for i, p in enumerate(positives) if patients[p] == woman]
        others = [j for j, q in enumerate(negatives) if patients[q] == woman]
        for k in models:
            above[k, w] = sum(kernel[k, i].mean() for i in mine) - len(mine) * theta[k]
            below[k, w] = sum(kernel[k, :, j].mean() for j in others) - len(others) * theta[k]
    with_p = len(set(patients[positives].tolist()))
    with_n = len(set(patients[negatives].tolist()))
    covariance = np.zeros((len(scores), len(scores)))
    for r in models:
        for s in models:
            s10 = with_p / ((with_p - 1) * m) * sum(above[r] * above[s])
            s01 = with_n / ((with_n - 1) * n) * sum(below[r] * below[s])
            s11 = len(women) / (len(women) - 1)
            mixed = s11 * sum(above[r] * below[s]) + s11 * sum(above[s] * below[r])
            covariance[r, s] = s10 / m + s01 / n + mixed / (m * n)
    return theta, covariance


def test_the_published_example_of_109_ct_images() -> None:
    """Hanley & McNeil 1982, table I: five ratings of 58 normal and 51 abnormal images.

    DeLong's standard error of it, 0.0307, and the interval 0.83295 to 0.95339 stand in the
    manual of Stata (roctab, example 1).
    """
    normal, abnormal = (33, 6, 6, 11, 2), (3, 2, 2, 11, 33)
    ratings = np.repeat(np.tile(np.arange(1.0, 6.0), 2), [*normal, *abnormal])
    labels = np.repeat([False, True], [sum(normal), sum(abnormal)])
    found = delong_auc(units(ratings, labels))
    assert found is not None
    assert found.value == pytest.approx(0.8932, abs=5e-5)
    assert (found.high - found.low) / (2 * 1.959964) == pytest.approx(0.0307, abs=5e-5)
    assert (found.low, found.high) == (
        pytest.approx(0.83295, abs=1e-5),
        pytest.approx(0.95339, abs=1e-5),
    )


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.booleans())
def test_the_fast_way_agrees_with_all_pairs(seed: int, clustered: bool, tied: bool) -> None:
    rng = np.random.default_rng(seed)
    count = 30
    labels = rng.permutation(np.arange(count) < rng.integers(4, 26))
    patients = rng.integers(0, 12, count) if clustered else np.arange(count)
    scores = rng.normal(size=(3, count)) + labels + rng.normal(size=12)[patients % 12]
    scores = np.round(scores) if tied else scores
    owners = patients.tolist()
    if min(len(set(patients[labels])), len(set(patients[~labels]))) < 2:
        return
    theta, expected = covariance_by_pairs(scores, labels, patients)
    components = [structural_components(row, labels) for row in scores]
    found = auc_covariance(components, labels, owners)
    assert np.abs(found - expected).max() < 1e-10
    aucs = [roc_auc_score(labels, row) for row in scores]
    assert [one.auc for one in components] == pytest.approx(aucs, abs=1e-10)
    assert theta == pytest.approx(aucs, abs=1e-10)


def pair(seed: int = 0) -> tuple[UnitScores, UnitScores]:
    rng = np.random.default_rng(seed)
    labels = np.arange(120) % 3 == 0
    ease = rng.normal(size=120) + labels
    scores = (ease + rng.normal(0, 0.5, 120), ease + rng.normal(0, 1.5, 120))
    one, other = (units(row, labels, np.arange(120) // 2) for row in scores)
    return one, other


def test_the_paired_test_is_the_contrast_of_the_covariance() -> None:
    one, other = pair()
    found = delong_difference(one, other)
    rows = np.concatenate([one.scores, other.scores])
    theta, covariance = covariance_by_pairs(rows, one.labels, np.array(one.patients))
    error = np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    assert found is not None
    assert found.difference.value == pytest.approx(theta[0] - theta[1])
    assert found.statistic == pytest.approx((theta[0] - theta[1]) / error, abs=1e-9)
    assert 0 < found.p < 1
    # A test at 5 % and an interval of 95 % say the same.
    holds_zero = found.difference.low <= 0 <= found.difference.high
    assert holds_zero == (found.p > 0.05)
    turned = delong_difference(other, one)
    assert turned is not None and turned.p == pytest.approx(found.p)


def test_a_model_does_not_differ_from_itself() -> None:
    one, _ = pair()
    found = delong_difference(one, one)
    assert found is not None
    assert (found.difference.value, found.statistic, found.p) == (0.0, 0.0, 1.0)


def test_seeds_in_another_order_are_no_difference() -> None:
    """Their means differ by rounding alone: so little over a variance of 0 must prove nothing."""
    labels = np.arange(60) % 3 == 0
    rounded = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        scores = rng.normal(size=(7, 60)) + labels
        found = delong_difference(units(scores, labels), units(rng.permutation(scores), labels))
        assert found is not None
        rounded += found.difference.value != 0.0
        assert (found.statistic, found.p) == (0.0, 1.0)
    assert rounded > 0


def test_a_difference_that_nothing_can_move_is_sure() -> None:
    labels = np.arange(20) >= 10
    perfect = units(np.arange(20.0), labels)
    found = delong_difference(perfect, units(-np.arange(20.0), labels))
    assert found is not None and (found.statistic, found.p) == (float("inf"), 0.0)
    point = delong_auc(perfect)
    assert point is not None and (point.low, point.high) == (1.0, 1.0)


def test_copies_of_a_womans_image_tell_no_more_than_one() -> None:
    rng = np.random.default_rng(2)
    labels = np.arange(60) % 2 == 0
    scores = rng.normal(size=60) + labels
    single = delong_auc(units(scores, labels))
    copied = delong_auc(units(np.repeat(scores, 4), np.repeat(labels, 4), np.arange(240) // 4))
    assert single is not None and copied is not None
    assert (copied.low, copied.high) == pytest.approx((single.low, single.high))
    assert copied.method == "95 % DeLong by patient (Obuchowski), 60 patients"
    assert single.method == "95 % DeLong, 60 patients"


def test_of_several_seeds_it_is_the_mean_of_their_aucs() -> None:
    one, other = pair()
    both = replace(one, scores=np.concatenate([one.scores, other.scores]))
    rows = [roc_auc_score(one.labels, row) for row in both.scores]
    _, covariance = covariance_by_pairs(both.scores, one.labels, np.array(one.patients))
    found = delong_auc(both)
    assert found is not None and found.value == pytest.approx(np.mean(rows))
    half = (found.high - found.low) / 2
    assert half == pytest.approx(1.959964 * np.sqrt(covariance.mean()), rel=1e-6)
    assert "mean of 2 seeds" in found.method


def test_what_cannot_be_estimated_is_none() -> None:
    scores = np.arange(4.0)
    assert delong_auc(units(scores, np.ones(4, bool))) is None
    assert delong_auc(units(scores, np.zeros(4, bool))) is None
    labels = np.array([True, True, False, False])
    assert delong_auc(units(scores, labels, np.array([0, 0, 1, 2]))) is None
    assert delong_difference(*[units(scores, np.ones(4, bool))] * 2) is None


def test_scores_of_other_units_are_not_paired() -> None:
    one, other = pair()
    with pytest.raises(ValueError, match="same units"):
        delong_difference(one, replace(other, labels=~other.labels))
