"""Metrics of many weightings of the patients at once, without a loop over the weightings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import update_wrapper
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mammoscope.experiment.resampling import Numbers, Resample, weigh_alike

Flags: TypeAlias = NDArray[np.bool_]
# (scores, labels, called), each (N,), and B weightings → (B,); NaN where it is not defined.
Weighted: TypeAlias = Callable[[Numbers, Flags, Flags, Resample], Numbers]


@runtime_checkable
class WeightedMetric(Protocol):
    """A metric that can be called as any other, and for many weightings at once."""

    def __call__(self, scores: Numbers, labels: Flags, called: Flags) -> float: ...

    def weighted(
        self, scores: Numbers, labels: Flags, called: Flags, resample: Resample
    ) -> Numbers:
        """(B,) the metric of each weighting."""
        ...


class OfAll(ABC):
    """What a metric of many weightings is of the units themselves, each counted once."""

    __slots__ = ()

    def __call__(self, scores: Numbers, labels: Flags, called: Flags) -> float:
        return float(self.weighted(scores, labels, called, weigh_alike(len(labels)))[0])

    @abstractmethod
    def weighted(
        self, scores: Numbers, labels: Flags, called: Flags, resample: Resample
    ) -> Numbers:
        """(B,) the metric of each weighting."""


class Paired:
    """A plain metric that has its form for many weightings with it."""

    def __init__(self, plain: Callable[..., float], weighted: Weighted) -> None:
        update_wrapper(self, plain)
        self._plain, self.weighted = plain, weighted

    def __call__(self, scores: Numbers, labels: Flags, called: Flags | None = None) -> float:
        return self._plain(scores, labels, called)


def paired_with(weighted: Weighted) -> Callable[[Callable[..., float]], Paired]:
    """Decorates a plain metric (scores, labels, called) → float with its form for many."""
    return lambda plain: Paired(plain, weighted)


def weighted_form(metric: object) -> Weighted | None:
    """The same metric for many weightings at once; None of a function that has no such form."""
    return metric.weighted if isinstance(metric, WeightedMetric) else None


def ratio(part: Numbers, whole: Numbers) -> Numbers:
    """Part / whole, NaN where the whole is 0."""
    nothing = np.full(np.broadcast(part, whole).shape, np.nan)
    return np.asarray(np.divide(part, whole, out=nothing, where=whole > 0))


def auc(scores: Numbers, labels: Flags, called: Flags, resample: Resample) -> Numbers:
    """(B,) areas under the ROC curve: every pair counts the product of its weights.

    Mann & Whitney 1947, equal scores half. For each positive the weight of the negatives below it
    is read off the cumulated weights of the sorted negatives: O((N + log N) B).
    """
    negatives = np.flatnonzero(~labels)
    order = negatives[np.argsort(scores[negatives], kind="stable")]
    positives = np.flatnonzero(labels)
    below = np.searchsorted(scores[order], scores[positives], side="left")
    level = np.searchsorted(scores[order], scores[positives], side="right")
    weights = resample.weights(order)
    passed = np.zeros((len(order) + 1, weights.shape[1]))
    np.cumsum(weights, axis=0, out=passed[1:])
    own = resample.weights(positives)
    # Twice the weight of the won pairs: a whole number, so no rounding before the division.
    won = np.einsum("nb,nb->b", own, passed[below]) + np.einsum("nb,nb->b", own, passed[level])
    return ratio(won / 2, own.sum(axis=0) * passed[-1])


def accuracy(scores: Numbers, labels: Flags, called: Flags, resample: Resample) -> Numbers:
    """(B,) shares of verdicts that are right."""
    return ratio(resample.total(called == labels), resample.total(np.ones(len(labels))))


def precision(scores: Numbers, labels: Flags, called: Flags, resample: Resample) -> Numbers:
    """(B,) shares of those called positive that are; NaN where none was called."""
    return ratio(resample.total(called & labels), resample.total(called))


def sensitivity(scores: Numbers, labels: Flags, called: Flags, resample: Resample) -> Numbers:
    """(B,) shares of the positives that were called; NaN where there is none."""
    return ratio(resample.total(called & labels), resample.total(labels))


def specificity(scores: Numbers, labels: Flags, called: Flags, resample: Resample) -> Numbers:
    """(B,) shares of the negatives that were not called; NaN where there is none."""
    return ratio(resample.total(~called & ~labels), resample.total(~labels))


def f1(scores: Numbers, labels: Flags, called: Flags, resample: Resample) -> Numbers:
    """(B,) 2 TP / (called + positives); NaN where both are 0."""
    both = resample.total(called) + resample.total(labels)
    return ratio(2 * resample.total(called & labels), both)


def counts_from_the_top(
    scores: Numbers, labels: Flags, resample: Resample
) -> tuple[Numbers, Numbers]:
    """Weights of the positives and of the negatives at or above each score, the highest first.

    Args:
        scores: float64 (N,).
        labels: (N,) True = positive.
        resample: B weightings.

    Returns:
        Two arrays (G + 1, B) for G distinct scores; the first row, above all of them, is 0.
    """
    order = np.argsort(-scores, kind="stable")
    # A step only where the score changes: equal scores are called together.
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1) + 1
    weights = resample.weights(order)
    passed = np.zeros((len(order) + 1, weights.shape[1]))
    np.cumsum(weights * labels[order][:, np.newaxis], axis=0, out=passed[1:])
    found = passed[np.append(0, ends)]
    np.cumsum(weights, axis=0, out=passed[1:])
    return found, passed[np.append(0, ends)] - found


class MeanScore(OfAll):
    """The mean of the scores, for what has neither classes nor a threshold."""

    __slots__ = ()

    def weighted(
        self, scores: Numbers, labels: Flags, called: Flags, resample: Resample
    ) -> Numbers:
        """(B,) weighted means."""
        return ratio(resample.total(scores), resample.total(np.ones(len(scores))))
