"""AUC and the patient bootstrap, against values worked out by hand and by others."""

from __future__ import annotations

from dataclasses import replace

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
    paired_differences,
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


def test_one_seed_is_drawn_as_patients_alone() -> None:
    """Figures that were published of one seed come again to the last digit."""
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 2 == 0
    one, other = (units(rng.random(60) + rise * labels, labels) for rise in (0.3, 0.1))
    generator = np.random.default_rng(4)
    draws = [generator.integers(60, size=60) for _ in range(50)]
    mine, theirs = (
        [auc(table.scores[0][drawn], labels[drawn]) for drawn in draws] for table in (one, other)
    )
    alone = patient_bootstrap(one, {"auc": auc}, seed=4, replicates=50)["auc"]
    assert (alone.low, alone.high) == tuple(np.percentile(mine, (2.5, 97.5)))
    assert alone.method == "95 % patient bootstrap, 50 replicates, 60 patients"
    paired = paired_difference(one, other, auc, seed=4, replicates=50)
    assert paired is not None
    expected = np.percentile(np.subtract(mine, theirs), (2.5, 97.5))
    assert (paired.low, paired.high) == tuple(expected)
    assert paired.method == "paired 95 % patient bootstrap, 50 replicates, 60 patients"


def unlike_seeds() -> UnitScores:
    """Four trainings, two that succeeded and two that failed, on enough patients to tell."""
    labels = np.arange(400) % 2 == 0
    noise = np.random.default_rng(0).normal(0, 1, (4, 400))
    return units(noise + np.array([[3.0], [3.0], [0.0], [0.0]]) * labels, labels)


def test_the_noise_of_training_is_in_the_interval_of_several_seeds() -> None:
    table = unlike_seeds()
    drawn = patient_bootstrap(table, {"auc": auc}, seed=0, replicates=300)["auc"]
    # All seeds failed, or all succeeded, in 2 of 16 draws of four.
    assert drawn.low < 0.56 and drawn.high > 0.95
    assert drawn.method == (
        "95 % bootstrap of patients and seeds, 300 replicates, 400 patients, mean of 4 seeds"
    )


def test_the_seeds_of_a_pair_are_drawn_for_each_on_its_own() -> None:
    table = unlike_seeds()
    # Drawn together, the difference of a model from itself would be 0 in every replicate.
    paired = paired_difference(table, table, auc, seed=0, replicates=300)
    assert paired is not None and paired.value == 0.0
    assert paired.low < -0.2 and paired.high > 0.2
    single = replace(table, scores=table.scores[:1], called=table.called[:1])
    against = paired_difference(table, single, auc, seed=0, replicates=300)
    assert against is not None and "mean of 4 seeds and of 1 seed" in against.method
    assert against.high - against.low > 0.2


def test_seeds_that_agree_do_not_move_the_patients_that_are_drawn() -> None:
    table = unlike_seeds()
    single = replace(table, scores=table.scores[:1], called=table.called[:1])
    thrice = replace(
        table, scores=np.repeat(single.scores, 3, 0), called=np.repeat(single.called, 3, 0)
    )
    found = [
        patient_bootstrap(t, {"auc": auc}, seed=1, replicates=60)["auc"] for t in (single, thrice)
    ]
    assert found[0].low == pytest.approx(found[1].low, abs=1e-12)
    assert found[0].high == pytest.approx(found[1].high, abs=1e-12)


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


def test_every_pair_of_many_is_what_it_is_alone() -> None:
    table = unlike_seeds()
    single = replace(table, scores=table.scores[1:2], called=table.called[1:2])
    models = {"four": table, "one": single, "again": table}
    found = paired_differences(models, auc, seed=3, replicates=50)
    assert list(found) == [("four", "one"), ("four", "again"), ("one", "again")]
    for (one, other), estimate in found.items():
        alone = paired_difference(models[one], models[other], auc, seed=3, replicates=50)
        assert estimate == alone and estimate is not None
