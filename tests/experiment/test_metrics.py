"""The paper's metrics, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mammoscope.experiment.metrics import at_threshold


def test_metrics_at_a_threshold_by_hand() -> None:
    scores = np.array([0.9, 0.5, 0.4, 0.8, 0.1])
    labels = np.array([True, True, True, False, False])
    values = {name: metric(scores, labels) for name, metric in at_threshold(0.5).items()}
    assert values["sensitivity"] == pytest.approx(2 / 3)
    assert values["specificity"] == pytest.approx(1 / 2)
    assert values["precision"] == pytest.approx(2 / 3)
    assert values["accuracy"] == pytest.approx(3 / 5)
    assert values["f1"] == pytest.approx(2 / 3)


def test_precision_is_not_defined_where_nothing_was_called_positive() -> None:
    metric = at_threshold(2.0)["precision"]
    assert np.isnan(metric(np.array([0.1, 0.9]), np.array([False, True])))
