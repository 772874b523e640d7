"""The paper's metrics, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mammoscope.experiment.metrics import METRICS


def test_metrics_at_a_threshold_by_hand() -> None:
    scores = np.array([0.9, 0.5, 0.4, 0.8, 0.1])
    labels = np.array([True, True, True, False, False])
    values = {name: metric(scores, labels, scores >= 0.5) for name, metric in METRICS.items()}
    assert values["auc"] == pytest.approx(4 / 6)
    assert values["sensitivity"] == pytest.approx(2 / 3)
    assert values["specificity"] == pytest.approx(1 / 2)
    assert values["precision"] == pytest.approx(2 / 3)
    assert values["accuracy"] == pytest.approx(3 / 5)
    assert values["f1"] == pytest.approx(2 / 3)


def test_what_has_no_denominator_is_not_defined() -> None:
    none, some = np.zeros(2, bool), np.array([False, True])
    scores = np.array([0.1, 0.9])
    assert np.isnan(METRICS["precision"](scores, some, none))
    assert np.isnan(METRICS["sensitivity"](scores, none, some))
    assert np.isnan(METRICS["specificity"](scores, ~none, some))
    assert np.isnan(METRICS["f1"](scores, none, none))
