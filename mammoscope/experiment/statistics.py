"""Figures with intervals: AUC, and a bootstrap that draws patients, not images."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from mammoscope.types import Estimate

REPLICATES = 2000
_ENDS = (2.5, 97.5)

Scores = NDArray[np.float64]
Labels = NDArray[np.bool_]
# (scores, labels, called), each (N,); called = the score reached its threshold.
Metric = Callable[[Scores, Labels, Labels], float]


@dataclass(frozen=True, slots=True, eq=False)
class UnitScores:
    """What one model said of N images, breasts or women, once a training seed.

    Attributes:
        scores: (S, N) calibrated, one row a seed.
        called: (S, N) True where a score reached the threshold it was held against.
        labels: (N,) True = positive.
        names: (N,) which image, breast or woman.
        patients: (N,) whose it is.
    """

    scores: Scores
    called: Labels
    labels: Labels
    names: Sequence[str]
    patients: Sequence[Hashable]

    def measure(self, metric: Metric, chosen: NDArray[np.intp] | None = None) -> float:
        """The metric of the chosen units (all, if None), averaged over the seeds."""
        rows = slice(None) if chosen is None else chosen
        labels = self.labels[rows]
        return float(
            np.mean(
                [
                    metric(scores[rows], labels, called[rows])
                    for scores, called in zip(self.scores, self.called, strict=True)
                ]
            )
        )


def auc(scores: Scores, labels: Labels, called: Labels | None = None) -> float:
    """Area under the ROC curve: P(score of a positive > of a negative) + ½ P(equal).

    Mann & Whitney 1947, by mid-ranks; NaN where a class is absent. `called` is not used.
    """
    positives = int(labels.sum())
    negatives = len(labels) - positives
    if positives == 0 or negatives == 0:
        return float("nan")
    ranks = rankdata(scores)
    return float((ranks[labels].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def patient_bootstrap(
    units: UnitScores, metrics: dict[str, Metric], *, seed: int, replicates: int = REPLICATES
) -> dict[str, Estimate]:
    """Each metric, averaged over training seeds, with its 95 % interval over resampled patients.

    The patient is the unit that was sampled from the world, so all units of a drawn patient come
    along (cluster bootstrap, Field & Welsh 2007; percentile interval). A replicate in which a
    metric is not defined (a class is absent) is left out of that metric's interval; a metric that
    is not defined on the whole (precision where nothing was called positive) is left out of the
    answer.

    Args:
        units: what to measure.
        metrics: name → function.
        seed: of the draws.
        replicates: how many.
    """
    values: dict[str, list[float]] = {name: [] for name in metrics}
    for chosen in _draws(units.patients, seed=seed, replicates=replicates):
        for name, metric in metrics.items():
            values[name].append(units.measure(metric, chosen))
    estimates = {
        name: _estimate(units.measure(metric), values[name], _method(units, replicates))
        for name, metric in metrics.items()
    }
    return {name: estimate for name, estimate in estimates.items() if estimate is not None}


def paired_difference(
    one: UnitScores, other: UnitScores, metric: Metric, *, seed: int, replicates: int = REPLICATES
) -> Estimate | None:
    """The metric of one minus that of the other, both on the same drawn patients.

    What the two share (hard patients, easy patients) falls out of the difference, so its
    interval is narrower than the two intervals side by side would make believe.

    Args:
        one, other: of the same units in the same order.
        metric: averaged over each one's seeds.
        seed: of the draws.
        replicates: how many.

    Returns:
        None where the metric is not defined.

    Raises:
        ValueError: the two are not of the same units.
    """
    same = list(one.names) == list(other.names) and list(one.patients) == list(other.patients)
    if not same or not np.array_equal(one.labels, other.labels):
        raise ValueError("only scores of the same units can be paired")
    values = [
        one.measure(metric, chosen) - other.measure(metric, chosen)
        for chosen in _draws(one.patients, seed=seed, replicates=replicates)
    ]
    value = one.measure(metric) - other.measure(metric)
    return _estimate(value, values, "paired " + _method(one, replicates))


def _draws(
    patients: Sequence[Hashable], *, seed: int, replicates: int
) -> Iterator[NDArray[np.intp]]:
    """Indices of the units of as many patients as there are, drawn with replacement."""
    members: dict[Hashable, list[int]] = {}
    for index, patient in enumerate(patients):
        members.setdefault(patient, []).append(index)
    clusters = [np.array(indices) for indices in members.values()]
    generator = np.random.default_rng(seed)
    for _ in range(replicates):
        drawn = generator.integers(len(clusters), size=len(clusters))
        yield np.concatenate([clusters[index] for index in drawn])


def _method(units: UnitScores, replicates: int) -> str:
    seeds = "" if len(units.scores) == 1 else f", mean of {len(units.scores)} seeds"
    patients = len(set(units.patients))
    return f"95 % patient bootstrap, {replicates} replicates, {patients} patients{seeds}"


def _estimate(value: float, replicates: list[float], method: str) -> Estimate | None:
    defined = np.array([value for value in replicates if not np.isnan(value)])
    if np.isnan(value) or not len(defined):
        return None
    low, high = np.percentile(defined, _ENDS)
    return Estimate(value=value, low=float(low), high=float(high), method=method)
