"""AUC and the patient bootstrap, against values worked out by hand and by others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap
from sklearn.metrics import roc_auc_score

from mammoscope.experiment import resampling
from mammoscope.experiment.metrics import METRICS, sensitivity
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
    plain: dict[str, Any] = {"seed": 4, "replicates": 50, "ends": "percentile"}
    alone = patient_bootstrap(one, {"auc": auc}, **plain)["auc"]
    assert (alone.low, alone.high) == tuple(np.percentile(mine, (2.5, 97.5)))
    assert alone.method == "95 % patient bootstrap, 50 replicates, 60 patients"
    paired = paired_difference(one, other, auc, **plain)
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
        "95 % BCa bootstrap of patients and seeds, 300 replicates, 400 patients, mean of 4 seeds"
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


def clustered(seeds: int = 1) -> UnitScores:
    """Units of 40 women, one to five each, in no order, with ties."""
    rng = np.random.default_rng(8)
    patients = rng.permutation(np.repeat(np.arange(40), rng.integers(1, 6, 40)))
    labels = rng.random(len(patients)) < 0.3
    scores = np.round(rng.random((seeds, len(patients))) + 0.2 * labels, 1)
    return units(scores, labels, patients.tolist())


@pytest.mark.parametrize("seeds", [1, 3])
@pytest.mark.parametrize("name", METRICS)
def test_blocks_of_replicates_are_the_replicates_one_by_one(
    name: str, seeds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reports were made by a loop over these very draws: their figures must come again."""
    table, metric = clustered(seeds), METRICS[name]
    generator = np.random.default_rng(6)
    (seed_generator,) = np.random.default_rng(6).spawn(1)
    owner = np.array(table.patients)
    expected = []
    for _ in range(80):
        drawn = generator.integers(40, size=40)
        # Numbered as they first come, which is how they are drawn.
        women = np.array(list(dict.fromkeys(table.patients)))[drawn]
        rows = np.concatenate([np.flatnonzero(owner == woman) for woman in women])
        own = seed_generator.integers(seeds, size=seeds) if seeds > 1 else [0]
        expected.append(
            np.mean(
                [
                    metric(table.scores[s][rows], table.labels[rows], table.called[s][rows])
                    for s in own
                ]
            )
        )
    low, high = np.percentile(expected, (2.5, 97.5))
    for block in (1, 1 << 20):
        monkeypatch.setattr(resampling, "BLOCK", block)
        found = patient_bootstrap(table, {name: metric}, seed=6, replicates=80, ends="percentile")[
            name
        ]
        assert (found.low, found.high) == pytest.approx((low, high), abs=1e-13)


def test_a_function_that_knows_no_weights_is_measured_on_the_same_draws() -> None:
    table = clustered(2)

    def own_auc(scores: np.ndarray, labels: np.ndarray, called: np.ndarray) -> float:
        return auc(scores, labels)

    for ends in ("percentile", "BCa"):
        found = patient_bootstrap(
            table, {"fast": auc, "slow": own_auc}, seed=2, replicates=60, ends=ends
        )
        assert (found["fast"].low, found["fast"].high) == pytest.approx(
            (found["slow"].low, found["slow"].high), abs=1e-12
        )


def test_bca_is_moved_by_bias_and_by_the_jackknife_over_patients() -> None:
    """Against scipy's BCa of women with one unit each, whose draws are ours."""
    labels = np.arange(60) % 2 == 0
    scores = np.random.default_rng(3).normal(size=60) + 2.5 * labels
    table = units(scores, labels)
    found = patient_bootstrap(table, {"auc": auc}, seed=1, replicates=2000, ends="BCa")["auc"]
    plain = patient_bootstrap(table, {"auc": auc}, seed=1, replicates=2000, ends="percentile")[
        "auc"
    ]
    theirs = bootstrap(
        (scores, labels),
        lambda values, truth: auc(values, truth > 0),
        paired=True,
        vectorized=False,
        method="BCa",
        n_resamples=2000,
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    # An AUC near 1 is skewed to the left, so both ends move down.
    assert found.low < plain.low - 0.004 and found.high < plain.high
    assert found.method == "95 % BCa patient bootstrap, 2000 replicates, 60 patients"


def test_bca_of_a_difference_and_of_copies_of_each_image() -> None:
    table = clustered()
    other = replace(table, scores=np.random.default_rng(0).random(table.scores.shape))
    single = paired_difference(table, other, auc, seed=0, replicates=200, ends="BCa")
    twice = [
        units(
            np.repeat(t.scores, 2, axis=1),
            np.repeat(t.labels, 2),
            np.repeat(t.patients, 2).tolist(),
        )
        for t in (table, other)
    ]
    copied = paired_difference(*twice, auc, seed=0, replicates=200, ends="BCa")
    assert single is not None and copied is not None
    assert (copied.low, copied.high) == pytest.approx((single.low, single.high), abs=1e-12)
    assert single.method.startswith("paired 95 % BCa patient bootstrap")


def test_one_woman_has_replicates_but_no_jackknife() -> None:
    labels = np.array([True, False, False])
    table = units(np.array([0.9, 0.2, 0.3]), labels, [0, 0, 0])
    for metric in (auc, lambda scores, labels, called: float(scores.mean())):
        found = patient_bootstrap(table, {"one": metric}, seed=0, replicates=20, ends="BCa")["one"]
        assert found.low == pytest.approx(found.value) == pytest.approx(found.high)
