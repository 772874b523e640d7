"""Figures with intervals: AUC, and a bootstrap that draws patients, not images."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from mammoscope.types import Estimate

REPLICATES = 2000
_ENDS = (2.5, 97.5)

Scores = NDArray[np.float64]
Labels = NDArray[np.bool_]
Metric = Callable[[Scores, Labels], float]


def auc(scores: Scores, labels: Labels) -> float:
    """Area under the ROC curve: P(score of a positive > of a negative) + ½ P(equal).

    Mann & Whitney 1947, by mid-ranks; NaN where a class is absent.
    """
    positives = int(labels.sum())
    negatives = len(labels) - positives
    if positives == 0 or negatives == 0:
        return float("nan")
    ranks = rankdata(scores)
    return float((ranks[labels].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def patient_bootstrap(
    scores: Scores,
    labels: Labels,
    patients: Sequence[Hashable],
    metrics: dict[str, Metric],
    *,
    seed: int,
    replicates: int = REPLICATES,
) -> dict[str, Estimate]:
    """Each metric with its 95 % percentile interval over resampled patients.

    The patient is the unit that was sampled from the world, so all units of a drawn patient come
    along (cluster bootstrap, Field & Welsh 2007). A replicate in which a metric is not defined
    (a class is absent) is left out of that metric's interval; a metric that is not defined on the
    whole (precision where nothing was called positive) is left out of the answer.

    Args:
        scores: (N,) of images, breasts or women.
        labels: (N,) True = positive.
        patients: (N,) whose each is.
        metrics: name → function of (scores, labels).
        seed: of the draws.
        replicates: how many.
    """
    members: dict[Hashable, list[int]] = {}
    for index, patient in enumerate(patients):
        members.setdefault(patient, []).append(index)
    clusters = [np.array(indices) for indices in members.values()]
    generator = np.random.default_rng(seed)
    values: dict[str, list[float]] = {name: [] for name in metrics}
    for _ in range(replicates):
        drawn = generator.integers(len(clusters), size=len(clusters))
        chosen = np.concatenate([clusters[index] for index in drawn])
        for name, metric in metrics.items():
            values[name].append(metric(scores[chosen], labels[chosen]))
    estimates = {}
    for name, metric in metrics.items():
        defined = np.array([value for value in values[name] if not np.isnan(value)])
        value = metric(scores, labels)
        if np.isnan(value) or not len(defined):
            continue
        low, high = np.percentile(defined, _ENDS)
        estimates[name] = Estimate(
            value=value,
            low=float(low),
            high=float(high),
            method=f"95 % patient bootstrap, {replicates} replicates, {len(clusters)} patients",
        )
    return estimates
