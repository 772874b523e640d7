"""AUC and the patient bootstrap, against values worked out by hand and by others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from mammoscope.experiment.metrics import sensitivity
from mammoscope.experiment.statistics import (
    UnitScores,
    auc,
    paired_difference,
    patient_bootstrap,
)


def units(scores: np.ndarray, labels: np.ndarray, patients: list[int] | None = None) -> UnitScores:
    """Scores of one seed (N,) or several (S, N), held against 0.5."""
    rows = np.atleast_2d(scores)
    return UnitScores(
        scores=rows,
        called=rows >= 0.5,
        labels=labels,
        names=[str(index) for index in range(len(labels))],
        patients=list(range(len(labels))) if patients is None else patients,
    )


def test_auc_by_hand() -> None:
    # Pairs: (0.8 > 0.1), (0.8 > 0.5), (0.5 > 0.1), (0.5 = 0.5 counts half): 3.5 of 4.
    scores = np.array([0.1, 0.5, 0.5, 0.8])
    labels = np.array([False, False, True, True])
    assert auc(scores, labels) == pytest.approx(3.5 / 4)


def test_auc_of_one_class_is_not_defined() -> None:
    assert np.isnan(auc(np.array([0.1, 0.2]), np.array([True, True])))


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=2, max_size=40))
def test_auc_agrees_with_scikit_learn(rows: list[tuple[int, bool]]) -> None:
    scores = np.array([float(score) for score, _ in rows])
    labels = np.array([label for _, label in rows])
    if labels.any() and not labels.all():
        assert auc(scores, labels) == pytest.approx(roc_auc_score(labels, scores))


def test_the_interval_holds_the_estimate_and_comes_again_with_the_seed() -> None:
    rng = np.random.default_rng(0)
    labels = rng.random(200) < 0.4
    scores = rng.random(200) + 0.3 * labels
    patients = [index // 2 for index in range(200)]
    table = units(scores, labels, patients)
    first = patient_bootstrap(table, {"auc": auc}, seed=1, replicates=300)["auc"]
    second = patient_bootstrap(table, {"auc": auc}, seed=1, replicates=300)["auc"]
    assert first == second
    assert first.low < first.value < first.high
    assert "100 patients" in first.method


def test_patients_are_drawn_whole() -> None:
    """Ten copies of each woman's image tell no more than one: the interval must not shrink."""
    rng = np.random.default_rng(0)
    labels = rng.random(60) < 0.5
    scores = rng.random(60) + 0.4 * labels
    metrics = {"auc": auc}
    single = patient_bootstrap(units(scores, labels), metrics, seed=2, replicates=400)
    ten = [patient for patient in range(60) for _ in range(10)]
    table = units(np.repeat(scores, 10), np.repeat(labels, 10), ten)
    copied = patient_bootstrap(table, metrics, seed=2, replicates=400)
    width = single["auc"].high - single["auc"].low
    assert copied["auc"].high - copied["auc"].low == pytest.approx(width, rel=0.05)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """Sensitivity of clustered images: 95 % intervals hold the true 0.7 in about 95 of 100."""
    rng = np.random.default_rng(3)
    metric = {"sensitivity": sensitivity}
    hits = 0
    for trial in range(100):
        woman = rng.normal(0.5244, 0.5, size=80)  # Φ⁻¹(0.7) with a shared part a woman
        scores = np.repeat(woman, 2) + rng.normal(0, np.sqrt(0.75), size=160)
        table = units((scores > 0).astype(float), np.ones(160, bool), [n // 2 for n in range(160)])
        estimate = patient_bootstrap(table, metric, seed=trial, replicates=200)["sensitivity"]
        hits += estimate.low <= 0.7 <= estimate.high
    assert 87 <= hits <= 100


def test_the_figure_of_several_seeds_is_their_mean() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(40) % 2 == 0
    scores = rng.random((3, 40)) + 0.3 * labels
    estimate = patient_bootstrap(units(scores, labels), {"auc": auc}, seed=0, replicates=50)["auc"]
    assert estimate.value == pytest.approx(np.mean([auc(row, labels) for row in scores]))
    assert "mean of 3 seeds" in estimate.method


def test_a_paired_difference_is_narrower_than_the_two_intervals() -> None:
    rng = np.random.default_rng(0)
    labels = rng.random(200) < 0.5
    ease = rng.normal(0, 1, 200) + labels
    one, other = units(ease + rng.normal(0, 0.1, 200), labels), units(ease, labels)
    estimate = paired_difference(one, other, auc, seed=0, replicates=300)
    alone = patient_bootstrap(one, {"auc": auc}, seed=0, replicates=300)["auc"]
    assert estimate is not None
    assert estimate.value == pytest.approx(auc(one.scores[0], labels) - auc(ease, labels))
    assert estimate.low < estimate.value < estimate.high
    assert estimate.high - estimate.low < (alone.high - alone.low) / 3
    assert paired_difference(one, one, auc, seed=0, replicates=20) is not None


def test_a_difference_of_models_that_are_alike_holds_zero_and_of_unlike_ones_does_not() -> None:
    rng = np.random.default_rng(5)
    labels = np.arange(300) % 2 == 0
    noise = [units(rng.normal(0, 1, 300), labels) for _ in range(2)]
    good = units(rng.normal(0, 1, 300) + 2 * labels, labels)
    alike = paired_difference(*noise, auc, seed=0, replicates=300)
    unlike = paired_difference(good, noise[0], auc, seed=0, replicates=300)
    assert alike is not None and alike.low < 0 < alike.high
    assert unlike is not None and unlike.low > 0.2


def test_scores_of_other_units_are_not_paired() -> None:
    labels = np.array([True, False, True])
    one = units(np.array([0.1, 0.2, 0.3]), labels)
    with pytest.raises(ValueError, match="same units"):
        paired_difference(one, units(np.array([0.1, 0.2]), labels[:2]), auc, seed=0)
    with pytest.raises(ValueError, match="same units"):
        paired_difference(one, units(np.array([0.1, 0.2, 0.3]), ~labels), auc, seed=0)
