"""Tests of two models on the same women: exact McNemar, permutation of an AUC; Holm over many."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, rankdata

from mammoscope.experiment.resampling import BLOCK, Resample, number_patients
from mammoscope.experiment.statistics import Scores, UnitScores, refuse_unpaired
from mammoscope.experiment.statistics import auc as plain_auc
from mammoscope.experiment.weighted_metrics import auc

PERMUTATIONS = 10_000
_Key = TypeVar("_Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class McNemarTest:
    """Units on which just one of two models is right.

    Attributes:
        only_one: how many the first alone has right.
        only_other: how many the second alone has right.
        p: exact, two-sided, in [0, 1]; 1 where they never differ.
    """

    only_one: int
    only_other: int
    p: float


@dataclass(frozen=True, slots=True)
class PermutationTest:
    """A difference of two AUCs among those that chance would give.

    Attributes:
        difference: of the first minus the second, by the scores as they are.
        p: two-sided, in (0, 1].
        permutations: how many were looked at.
        exact: whether these were all that there are.
    """

    difference: float
    p: float
    permutations: int
    exact: bool


def exact_mcnemar(only_one: int, only_other: int) -> float:
    """Two-sided p, in [0, 1], of two counts of discordant pairs that would be alike.

    McNemar 1947 by the binomial distribution: twice the smaller tail, at most 1 (Fagerland,
    Lydersen & Laake 2013).
    """
    least = min(only_one, only_other)
    return min(1.0, 2 * float(binom.cdf(least, only_one + only_other, 0.5)))


def compare_verdicts(one: UnitScores, other: UnitScores) -> McNemarTest:
    """Whether two models are right equally often at their thresholds.

    The test takes the units for independent, so it wants one a patient: count by woman.

    Args:
        one, other: of the same units in the same order, of one seed each.

    Raises:
        ValueError: the two are not of the same units, have several seeds, or several units of a
            patient.
    """
    refuse_unpaired(one, other)
    seeds = (len(one.called), len(other.called))
    if seeds != (1, 1):
        raise ValueError(f"verdicts of {seeds} seeds; expected one each: take one seed, or a vote")
    women = len(set(one.patients))
    if women < len(one.labels):
        raise ValueError(
            f"{len(one.labels)} units of {women} patients are not independent, as McNemar's test "
            "wants them; expected one unit a patient: count by woman"
        )
    right, right_too = one.called[0] == one.labels, other.called[0] == other.labels
    counts = int(np.sum(right & ~right_too)), int(np.sum(right_too & ~right))
    return McNemarTest(*counts, p=exact_mcnemar(*counts))


def holm(p_values: Mapping[_Key, float]) -> dict[_Key, float]:
    """The same tests with p adjusted for their number, in [0, 1], in the same order.

    Holm 1979: the k-th smallest of m times m - k + 1, and never below one that came before. To
    call what is adjusted to at most α keeps the chance of one false call at α, whatever the
    dependence.

    Raises:
        ValueError: a p that is not in [0, 1].
    """
    for key, p in p_values.items():
        if not 0.0 <= p <= 1.0:  # also refuses NaN
            raise ValueError(f"p of {key} is {p}; expected a number in [0, 1]")
    adjusted: dict[_Key, float] = {}
    reached = 0.0
    for place, key in enumerate(sorted(p_values, key=lambda key: p_values[key])):
        reached = max(reached, min(1.0, (len(p_values) - place) * p_values[key]))
        adjusted[key] = reached
    return {key: adjusted[key] for key in p_values}


def permute_auc(
    one: UnitScores, other: UnitScores, *, seed: int, permutations: int = PERMUTATIONS
) -> PermutationTest | None:
    """Whether two AUCs differ by more than exchanging the two models would make them.

    Bandos, Rockette & Gur 2005: each model's scores become ranks, then for each patient the two
    models are exchanged or not, all her units together. The null hypothesis is that the ranks of
    the two are exchangeable, which is more than equal AUCs. All exchanges are looked at where
    there are no more than asked for; else they are drawn, and p counts the real one among them,
    so that it is never 0 (Phipson & Smyth 2010).

    Args:
        one, other: of the same units in the same order and as many seeds; AUCs are averaged over
            the seeds, which are exchanged in turn.
        seed: of the draws.
        permutations: how many, at most.

    Returns:
        None where a class is absent.

    Raises:
        ValueError: the two are not of the same units, or of unlike numbers of seeds.
    """
    refuse_unpaired(one, other)
    if len(one.scores) != len(other.scores):
        raise ValueError(
            f"{len(one.scores)} and {len(other.scores)} seeds cannot be exchanged; expected as many"
        )
    value = one.measure(plain_auc) - other.measure(plain_auc)
    if np.isnan(value):
        return None
    owner = number_patients(one.patients)
    women = int(owner.max()) + 1
    # Exchanging nobody and everybody give one difference with two signs: half of them suffice.
    halves = 2.0 ** (women - 1)
    exact = halves <= permutations
    generator = np.random.default_rng(seed)
    count = int(halves) if exact else permutations
    ranks = [
        (rankdata(mine), rankdata(theirs))
        for mine, theirs in zip(one.scores, other.scores, strict=True)
    ]
    size = max(1, BLOCK // (2 * len(owner)))
    reached = 0
    for at in range(0, count, size):
        block = np.arange(at, min(at + size, count))
        if exact:
            exchanged = (block >> np.arange(women)[:, np.newaxis]) & 1 == 1
        else:
            exchanged = generator.random((len(block), women)).T < 0.5
        found = np.mean([_exchange(pair, one, owner, exchanged) for pair in ranks], axis=0)
        # Rounding must not make a tie smaller than the difference it is a tie of.
        reached += int(np.sum(np.abs(found) >= abs(value) - 1e-12))
    p = reached / count if exact else (reached + 1) / (count + 1)
    return PermutationTest(difference=value, p=p, permutations=count, exact=exact)


def _exchange(
    ranks: tuple[Scores, Scores],
    units: UnitScores,
    owner: NDArray[np.intp],
    exchanged: NDArray[np.bool_],
) -> Scores:
    """(B,) differences of the AUCs once patients are exchanged (P, B).

    Both models' ranks lie in one pool, in which each model weighs its own ones 1 and the other's
    0: an exchange then changes weights, and nothing need be sorted again.
    """
    pool = np.concatenate(ranks)
    labels = np.concatenate([units.labels, units.labels])
    twice = np.concatenate([owner, owner + len(exchanged)])
    kept = np.concatenate([~exchanged, exchanged]).astype(np.float64)
    mine = auc(pool, labels, labels, Resample(twice, kept))
    return mine - auc(pool, labels, labels, Resample(twice, 1 - kept))
