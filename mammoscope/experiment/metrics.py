"""Accuracy, precision, recall, specificity, F1 and AUC at a threshold, for any unit."""

from __future__ import annotations

from functools import partial

import numpy as np

from mammoscope.experiment.statistics import Labels, Metric, Scores, auc


def at_threshold(threshold: float) -> dict[str, Metric]:
    """The paper's metrics: a score at or above the threshold counts as positive."""
    return {
        "auc": auc,
        "accuracy": partial(_accuracy, threshold=threshold),
        "precision": partial(_precision, threshold=threshold),
        "sensitivity": partial(_sensitivity, threshold=threshold),
        "specificity": partial(_specificity, threshold=threshold),
        "f1": partial(_f1, threshold=threshold),
    }


def _accuracy(scores: Scores, labels: Labels, *, threshold: float) -> float:
    return float(np.mean((scores >= threshold) == labels))


def _precision(scores: Scores, labels: Labels, *, threshold: float) -> float:
    return _ratio(labels[scores >= threshold])


def _sensitivity(scores: Scores, labels: Labels, *, threshold: float) -> float:
    return _ratio(scores[labels] >= threshold)


def _specificity(scores: Scores, labels: Labels, *, threshold: float) -> float:
    return _ratio(scores[~labels] < threshold)


def _f1(scores: Scores, labels: Labels, *, threshold: float) -> float:
    called = scores >= threshold
    both = int(called.sum()) + int(labels.sum())
    return float(2 * np.sum(called & labels) / both) if both else float("nan")


def _ratio(hits: Labels) -> float:
    return float(hits.mean()) if len(hits) else float("nan")
