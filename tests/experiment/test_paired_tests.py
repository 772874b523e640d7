"""McNemar, Holm and the permutation of an AUC, against published figures and every exchange."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy.stats import binomtest, rankdata
from sklearn.metrics import roc_auc_score

from mammoscope.experiment.paired_tests import (
    compare_verdicts,
    exact_mcnemar,
    holm,
    permute_auc,
)
from mammoscope.experiment.statistics import UnitScores


def units(scores: np.ndarray, labels: np.ndarray, patients: list[int] | None = None) -> UnitScores:
    rows = np.atleast_2d(scores)
    names = [str(index) for index in range(len(labels))]
    owners = list(range(len(labels))) if patients is None else patients
    return UnitScores(rows, rows >= 0.5, labels, names, owners)


def test_mcnemar_of_the_published_example() -> None:
    # Fagerland, Lydersen & Laake 2013: airways of 21 children, 1 and 7 discordant, p = 0.070.
    assert exact_mcnemar(1, 7) == pytest.approx(0.0703, abs=5e-5)
    assert exact_mcnemar(7, 1) == exact_mcnemar(1, 7)


def test_mcnemar_agrees_with_scipys_binomial_test() -> None:
    for one, other in product(range(8), repeat=2):
        expected = binomtest(one, one + other).pvalue if one + other else 1.0
        assert exact_mcnemar(one, other) == pytest.approx(expected)


def test_verdicts_are_compared_by_which_is_right() -> None:
    labels = np.array([True, True, True, False, False])
    one = units(np.array([0.9, 0.9, 0.1, 0.1, 0.9]), labels)
    other = units(np.array([0.9, 0.1, 0.9, 0.9, 0.9]), labels)
    found = compare_verdicts(one, other)
    assert (found.only_one, found.only_other) == (2, 1)
    assert found.p == exact_mcnemar(2, 1) == 1.0


def test_verdicts_of_several_images_a_woman_or_of_seeds_are_refused() -> None:
    labels = np.array([True, False, True])
    clustered = units(np.array([0.1, 0.2, 0.9]), labels, [0, 0, 1])
    with pytest.raises(ValueError, match="3 units of 2 patients"):
        compare_verdicts(clustered, clustered)
    seeds = units(np.zeros((2, 3)), labels)
    with pytest.raises(ValueError, match="seeds"):
        compare_verdicts(seeds, seeds)


def test_holm_as_r_adjusts() -> None:
    # p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") gives 0.03 0.06 0.06 0.02.
    found = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})
    assert list(found) == ["a", "b", "c", "d"]
    assert list(found.values()) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm({"a": 0.7, "b": 0.6}) == {"a": 1.0, "b": 1.0}
    assert holm({}) == {}


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_what_is_no_probability_is_refused(p: float) -> None:
    with pytest.raises(ValueError, match=r"expected a number in \[0, 1\]"):
        holm({"a": p})


def every_exchange(one: UnitScores, other: UnitScores) -> list[float]:
    """The difference of the AUCs for each of the 2^P ways to exchange patients."""
    women = sorted(set(one.patients))
    owner = np.array([women.index(patient) for patient in one.patients])
    mine, theirs = rankdata(one.scores[0]), rankdata(other.scores[0])
    found = []
    for choice in product([False, True], repeat=len(women)):
        moved = np.array(choice)[owner]
        first, second = np.where(moved, theirs, mine), np.where(moved, mine, theirs)
        labels = one.labels
        found.append(roc_auc_score(labels, first) - roc_auc_score(labels, second))
    return found


def small_pair() -> tuple[UnitScores, UnitScores]:
    rng = np.random.default_rng(4)
    labels = np.arange(16) % 2 == 0
    patients = [index // 2 for index in range(16)]
    good, poor = rng.normal(size=16) + 4 * labels, np.round(rng.normal(size=16))
    return units(good, labels, patients), units(poor, labels, patients)


def test_of_few_women_every_exchange_is_looked_at() -> None:
    one, other = small_pair()
    found = permute_auc(one, other, seed=0)
    every = np.array(every_exchange(one, other))
    assert found is not None and found.exact and found.permutations == 2**7
    assert found.difference == pytest.approx(every[0])
    assert found.p == pytest.approx(np.mean(np.abs(every) >= abs(every[0]) - 1e-12))
    assert found.p < 0.2


def test_of_many_women_exchanges_are_drawn() -> None:
    one, other = small_pair()
    exact, drawn = (permute_auc(one, other, seed=0, permutations=n) for n in (128, 127))
    assert exact is not None and drawn is not None
    assert exact.exact and not drawn.exact and drawn.permutations == 127
    many = [permute_auc(one, other, seed=seed, permutations=127) for seed in range(40)]
    assert np.mean([one.p for one in many if one]) == pytest.approx(exact.p, abs=0.02)
    assert min(one.p for one in many if one) >= 1 / 128


def test_the_level_is_kept_where_the_models_are_alike() -> None:
    rng = np.random.default_rng(1)
    labels = np.arange(60) % 3 == 0
    patients = [index // 2 for index in range(60)]
    below = 0
    for seed in range(300):
        ease = rng.normal(size=60) + labels
        one, other = (units(ease + rng.normal(size=60), labels, patients) for _ in "ab")
        found = permute_auc(one, other, seed=seed, permutations=199)
        assert found is not None
        below += found.p <= 0.05
    # 15 of 300 expected, one standard deviation 3.8.
    assert 5 <= below <= 27


def test_models_that_differ_are_told_apart_and_seeds_go_together() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(200) % 2 == 0
    good = units(rng.normal(size=(3, 200)) + 2 * labels, labels)
    poor = units(rng.normal(size=(3, 200)), labels)
    found = permute_auc(good, poor, seed=0, permutations=999)
    assert found is not None and found.p == 1 / 1000
    mean = [
        roc_auc_score(labels, a) - roc_auc_score(labels, b)
        for a, b in zip(good.scores, poor.scores, strict=True)
    ]
    assert found.difference == pytest.approx(np.mean(mean))
    with pytest.raises(ValueError, match="3 and 1 seeds"):
        permute_auc(good, replace(poor, scores=poor.scores[:1]), seed=0)


def test_an_absent_class_has_no_test() -> None:
    one = units(np.arange(4.0), np.ones(4, bool))
    assert permute_auc(one, one, seed=0) is None
