"""DeLong's interval and paired test of AUCs, also where several units are of one woman."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import rankdata

from mammoscope.experiment.resampling import number_patients
from mammoscope.experiment.statistics import Labels, Scores, UnitScores, refuse_unpaired
from mammoscope.types import Estimate

# 97.5th percentile of the normal distribution.
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """What each unit adds to an AUC.

    Attributes:
        auc: the mean of either of the two others; NaN where a class is absent.
        positives: float64 (m,) in [0, 1]: share of the negatives that each positive is above.
        negatives: float64 (n,) in [0, 1]: share of the positives that each negative is below.
    """

    auc: float
    positives: Scores
    negatives: Scores


@dataclass(frozen=True, slots=True)
class PairedTest:
    """A difference of two AUCs.

    Attributes:
        difference: of the first minus the second, with its 95 % interval.
        statistic: the difference in standard errors; 0 where both are 0.
        p: two-sided, in [0, 1].
    """

    difference: Estimate
    statistic: float
    p: float


def structural_components(scores: Scores, labels: Labels) -> Components:
    """The placements of each unit among those of the other class, equal scores half.

    DeLong, DeLong & Clarke-Pearson 1988, by mid-ranks in O(N log N) (Sun & Xu 2014).

    Args:
        scores: float64 (N,).
        labels: (N,) True = positive.
    """
    m = int(labels.sum())
    n = len(labels) - m
    if m == 0 or n == 0:
        return Components(float("nan"), np.full(m, np.nan), np.full(n, np.nan))
    ranks = rankdata(scores)
    positives = (ranks[labels] - rankdata(scores[labels])) / n
    negatives = 1 - (ranks[~labels] - rankdata(scores[~labels])) / m
    return Components(float(positives.mean()), positives, negatives)


def auc_covariance(
    components: Sequence[Components], labels: Labels, patients: Sequence[Hashable]
) -> NDArray[np.float64]:
    """Covariance (K, K) of K AUCs of the same N units.

    Obuchowski 1997: the components of a patient are added up, and her
    positives and negatives may be correlated. Where each patient has one unit this is that of
    DeLong 1988. NaN where a class is absent, or is all of one patient.

    Args:
        components: of each model, K of them.
        labels: (N,) True = positive.
        patients: (N,) whose each unit is.
    """
    owner = number_patients(patients)
    count = int(owner.max(initial=-1)) + 1
    m, n = int(labels.sum()), int((~labels).sum())
    of_positives, of_negatives = owner[labels], owner[~labels]
    with_positives, with_negatives = len(set(of_positives)), len(set(of_negatives))
    if min(with_positives, with_negatives) < 2:
        return np.full((len(components), len(components)), np.nan)
    # (K, P): how far a patient's units are above what the AUC expects of as many.
    above = np.stack(
        [np.bincount(of_positives, one.positives - one.auc, count) for one in components]
    )
    below = np.stack(
        [np.bincount(of_negatives, one.negatives - one.auc, count) for one in components]
    )
    cross = count / (count - 1) * above @ below.T / (m * n)
    return np.asarray(
        with_positives / (with_positives - 1) * above @ above.T / m**2
        + with_negatives / (with_negatives - 1) * below @ below.T / n**2
        + cross
        + cross.T
    )


def delong_auc(units: UnitScores) -> Estimate | None:
    """AUC, averaged over the training seeds, with DeLong's normal 95 % interval.

    It is clipped to [0, 1]. Where all positives are above all negatives the variance is 0 and the
    interval a point, which says nothing: take the bootstrap's for what it is, too. The noise of
    training is not in it.

    Args:
        units: N images, breasts or women; the patients make the clusters.

    Returns:
        None where a class is absent or all of one patient.
    """
    mine = _of_seeds(units)
    variance = float(auc_covariance([mine], units.labels, units.patients)[0, 0])
    if np.isnan(variance):
        return None
    half = _Z * sqrt(max(0.0, variance))
    return Estimate(
        value=mine.auc,
        low=max(0.0, mine.auc - half),
        high=min(1.0, mine.auc + half),
        method=_method(units),
    )


def delong_difference(one: UnitScores, other: UnitScores) -> PairedTest | None:
    """The AUC of one minus that of the other, each averaged over its seeds, and its test.

    DeLong 1988 for a contrast of two, with the covariance of Obuchowski 1997. The null hypothesis
    is that the AUCs are equal; the noise of training is not in it.

    Args:
        one, other: of the same units in the same order.

    Returns:
        None where a class is absent or all of one patient.

    Raises:
        ValueError: the two are not of the same units.
    """
    refuse_unpaired(one, other)
    pair = [_of_seeds(one), _of_seeds(other)]
    covariance = auc_covariance(pair, one.labels, one.patients)
    contrast = np.array([1.0, -1.0])
    variance = float(contrast @ covariance @ contrast)
    if np.isnan(variance):
        return None
    value = pair[0].auc - pair[1].auc
    # Rounding leaves about 1e-17 of a variance that is 0, and of a difference: that is no proof.
    error = sqrt(variance) if variance > 1e-15 else 0.0
    sure = float(np.copysign(np.inf, value)) if abs(value) > 1e-12 else 0.0
    statistic = value / error if error > 0 else sure
    half = _Z * error
    method = "paired " + _method(one)
    return PairedTest(
        difference=Estimate(value, max(-1.0, value - half), min(1.0, value + half), method),
        statistic=statistic,
        p=float(2 * ndtr(-abs(statistic))),
    )


def _of_seeds(units: UnitScores) -> Components:
    """Components of the mean of the seeds' AUCs: it is linear in them."""
    each = [structural_components(scores, units.labels) for scores in units.scores]
    return Components(
        auc=float(np.mean([one.auc for one in each])),
        positives=np.mean([one.positives for one in each], axis=0),
        negatives=np.mean([one.negatives for one in each], axis=0),
    )


def _method(units: UnitScores) -> str:
    women = len(set(units.patients))
    name = "DeLong" if women == len(units.labels) else "DeLong by patient (Obuchowski)"
    seeds = len(units.scores)
    mean = f", mean of {seeds} seeds" if seeds > 1 else ""
    return f"95 % {name}, {women} patients{mean}"
