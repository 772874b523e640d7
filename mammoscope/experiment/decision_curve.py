"""Decision curve: what acting on the scores is worth, beside treating all women and none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit, logit

from mammoscope.experiment.bca import Ends
from mammoscope.experiment.operating_characteristics import refuse_no_prevalence
from mammoscope.experiment.resampling import Numbers, Resample, weigh_alike
from mammoscope.experiment.statistics import REPLICATES, UnitScores, patient_bootstrap
from mammoscope.experiment.weighted_metrics import Flags, ratio
from mammoscope.types import Estimate


@dataclass(frozen=True, slots=True)
class NetBenefit:
    """True positives a unit, less false positives a unit at the threshold's rate of exchange.

    Vickers & Elkin 2006: TP / n - FP / n · t / (1 - t), where who acts at probability t takes one
    finding to be worth (1 - t) / t false alarms. At a prevalence p it is
    s p - (1 - specificity) (1 - p) t / (1 - t). A `WeightedMetric`. NaN at a prevalence where a
    class is absent.

    Attributes:
        threshold: in (0, 1): a score at or above it is acted on.
        prevalence: in (0, 1); None = that of the units.
        everyone: whether all units are acted on, whatever their score.
    """

    threshold: float
    prevalence: float | None = None
    everyone: bool = False

    def __post_init__(self) -> None:
        if not 0.0 < self.threshold < 1.0:  # also refuses NaN
            raise ValueError(f"threshold is {self.threshold}; expected a probability in (0, 1)")
        if self.prevalence is not None:
            refuse_no_prevalence(self.prevalence)

    def __call__(self, scores: Numbers, labels: Flags, called: Flags) -> float:
        return float(self.weighted(scores, labels, called, weigh_alike(len(labels)))[0])

    def weighted(
        self, scores: Numbers, labels: Flags, called: Flags, resample: Resample
    ) -> Numbers:
        """(B,) of each weighting of scores in [0, 1]."""
        acted = np.ones_like(labels) if self.everyone else scores >= self.threshold
        right, wrong = resample.total(acted & labels), resample.total(acted & ~labels)
        positives, negatives = resample.total(labels), resample.total(~labels)
        if self.prevalence is None:
            whole = positives + negatives
            right, wrong = ratio(right, whole), ratio(wrong, whole)
        else:
            right = ratio(right, positives) * self.prevalence
            wrong = ratio(wrong, negatives) * (1 - self.prevalence)
        return right - wrong * self.threshold / (1 - self.threshold)


@dataclass(frozen=True, slots=True)
class DecisionPoint:
    """What is gained at one threshold, in true positives a unit; treating none gains 0.

    Attributes:
        threshold: in (0, 1).
        model: acting on the scores.
        everyone: acting on all units; where the prevalence is given its interval is a point, for
            then nothing of it was estimated.
        prevalence: of positives that it is reckoned at.
    """

    threshold: float
    model: Estimate
    everyone: Estimate
    prevalence: float


def decision_curve(
    units: UnitScores,
    thresholds: Sequence[float],
    *,
    seed: int,
    prevalence: float | None = None,
    replicates: int = REPLICATES,
    ends: Ends = "BCa",
) -> tuple[DecisionPoint, ...]:
    """Net benefit over the thresholds, with 95 % intervals of the patient bootstrap.

    A curve is worth no more than its calibration. At another prevalence the scores are moved by
    the odds of the two (Elkan 2001, theorem 2), for a score that is calibrated here is none there.

    Args:
        units: calibrated scores in [0, 1]; figures are averaged over the seeds.
        thresholds: probabilities in (0, 1).
        seed: of the bootstrap.
        prevalence: that the curve is wanted at, in (0, 1); None = that of the units.
        replicates, ends: as of `patient_bootstrap`.

    Returns:
        A point a threshold, in their order; none where a class is absent.

    Raises:
        ValueError: a threshold or a prevalence outside (0, 1).
    """
    own = float(np.mean(units.labels))
    if own in (0.0, 1.0):
        return ()
    if prevalence is not None:
        units = replace(units, scores=at_prevalence(units.scores, own, prevalence))
    metrics = {
        name: NetBenefit(threshold, prevalence, everyone=everyone)
        for threshold in thresholds
        for name, everyone in ((f"model {threshold}", False), (f"everyone {threshold}", True))
    }
    found = patient_bootstrap(units, dict(metrics), seed=seed, replicates=replicates, ends=ends)
    return tuple(
        DecisionPoint(
            threshold=threshold,
            model=found[f"model {threshold}"],
            everyone=found[f"everyone {threshold}"],
            prevalence=own if prevalence is None else prevalence,
        )
        for threshold in thresholds
    )


def at_prevalence(scores: Numbers, own: float, prevalence: float) -> Numbers:
    """Calibrated scores in [0, 1], of any shape, as they would be at another prevalence.

    The odds are multiplied by those of the prevalence over those of one's own (Elkan 2001,
    theorem 2): it holds where the classes look the same and only their mix differs.

    Args:
        scores: float64, calibrated at the own prevalence.
        own, prevalence: in (0, 1).

    Raises:
        ValueError: a prevalence outside (0, 1).
    """
    refuse_no_prevalence(own)
    refuse_no_prevalence(prevalence)
    return np.asarray(expit(logit(scores) + logit(prevalence) - logit(own)))
