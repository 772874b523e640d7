"""AUC and the patient bootstrap, against values worked out by hand and by others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from mammoscope.experiment.metrics import at_threshold
from mammoscope.experiment.statistics import auc, patient_bootstrap


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
    first = patient_bootstrap(scores, labels, patients, {"auc": auc}, seed=1, replicates=300)["auc"]
    second = patient_bootstrap(scores, labels, patients, {"auc": auc}, seed=1, replicates=300)[
        "auc"
    ]
    assert first == second
    assert first.low < first.value < first.high
    assert "100 patients" in first.method


def test_patients_are_drawn_whole() -> None:
    """Ten copies of each woman's image tell no more than one: the interval must not shrink."""
    rng = np.random.default_rng(0)
    labels = rng.random(60) < 0.5
    scores = rng.random(60) + 0.4 * labels
    metrics = {"auc": auc}
    single = patient_bootstrap(scores, labels, list(range(60)), metrics, seed=2, replicates=400)
    copied = patient_bootstrap(
        np.repeat(scores, 10),
        np.repeat(labels, 10),
        [patient for patient in range(60) for _ in range(10)],
        metrics,
        seed=2,
        replicates=400,
    )
    width = single["auc"].high - single["auc"].low
    assert copied["auc"].high - copied["auc"].low == pytest.approx(width, rel=0.05)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """Sensitivity of clustered images: 95 % intervals hold the true 0.7 in about 95 of 100."""
    rng = np.random.default_rng(3)
    metric = {"sensitivity": at_threshold(0.5)["sensitivity"]}
    hits = 0
    for trial in range(100):
        woman = rng.normal(0.5244, 0.5, size=80)  # Φ⁻¹(0.7) with a shared part a woman
        scores = np.repeat(woman, 2) + rng.normal(0, np.sqrt(0.75), size=160)
        estimate = patient_bootstrap(
            (scores > 0).astype(float),
            np.ones(160, bool),
            [index // 2 for index in range(160)],
            metric,
            seed=trial,
            replicates=200,
        )["sensitivity"]
        hits += estimate.low <= 0.7 <= estimate.high
    assert 87 <= hits <= 100
