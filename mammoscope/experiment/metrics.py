"""Accuracy, precision, recall, specificity, F1 and AUC of scores held against a threshold."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mammoscope.experiment import weighted_metrics
from mammoscope.experiment.statistics import Labels, Metric, Scores, auc
from mammoscope.experiment.weighted_metrics import paired_with


@paired_with(weighted_metrics.accuracy)
def accuracy(scores: Scores, labels: Labels, called: Labels) -> float:
    """Share of verdicts that are right."""
    return float(np.mean(called == labels))


@paired_with(weighted_metrics.precision)
def precision(scores: Scores, labels: Labels, called: Labels) -> float:
    """Share of those called positive that are; NaN where none was called."""
    return _share(labels[called])


@paired_with(weighted_metrics.sensitivity)
def sensitivity(scores: Scores, labels: Labels, called: Labels) -> float:
    """Recall: share of the positives that were called; NaN where there is none."""
    return _share(called[labels])


@paired_with(weighted_metrics.specificity)
def specificity(scores: Scores, labels: Labels, called: Labels) -> float:
    """Share of the negatives that were not called; NaN where there is none."""
    return _share(~called[~labels])


@paired_with(weighted_metrics.f1)
def f1(scores: Scores, labels: Labels, called: Labels) -> float:
    """Harmonic mean of precision and recall: 2 TP / (called + positives)."""
    both = int(called.sum()) + int(labels.sum())
    return float(2 * np.sum(called & labels) / both) if both else float("nan")


def _share(hits: Labels) -> float:
    return float(hits.mean()) if len(hits) else float("nan")


# The paper's metrics, and specificity. A score at or above its threshold counts as positive.
METRICS: Mapping[str, Metric] = {
    "auc": auc,
    "accuracy": accuracy,
    "precision": precision,
    "sensitivity": sensitivity,
    "specificity": specificity,
    "f1": f1,
}
