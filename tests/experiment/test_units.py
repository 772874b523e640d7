"""Breasts and women from images, and the baseline of age alone."""

from __future__ import annotations

import numpy as np

from mammoscope.experiment.run import Predictions
from mammoscope.experiment.units import age_baseline, at_unit, report_units
from mammoscope.types import Record


def test_a_breast_is_the_mean_of_its_views_and_a_woman_the_worst_of_her_breasts() -> None:
    predictions = Predictions(
        part=["test"] * 5,
        path=list("abcde"),
        patient=["p", "p", "p", "q", "q"],
        breast=["p/L", "p/L", "p/R", "q/L", "q/R"],
        positive=np.array([True, True, False, False, False]),
        logit=np.zeros(5),
        score=np.array([0.2, 0.4, 0.5, 0.1, 0.7]),
    )
    scores, labels, patients = at_unit(predictions, "breast")
    assert np.allclose(scores, [0.3, 0.5, 0.1, 0.7])
    assert labels.tolist() == [True, False, False, False]
    assert patients == ["p", "p", "q", "q"]
    scores, labels, patients = at_unit(predictions, "woman")
    assert np.allclose(scores, [0.5, 0.7]) and labels.tolist() == [True, False]


def test_age_alone_is_a_baseline_only_where_every_age_is_known() -> None:
    ages = [Record(f"{n}", "1", f"p{n}", "L", attributes={"age": str(40 + n)}) for n in range(10)]
    predictions = Predictions(
        part=["test"] * 10,
        path=[record.path for record in ages],
        patient=[record.patient for record in ages],
        breast=[record.breast for record in ages],
        positive=np.arange(10) > 5,
        logit=np.zeros(10),
        score=np.zeros(10),
    )
    baseline = age_baseline(predictions, ages, seed=0)
    assert baseline is not None and baseline.value == 1.0
    assert age_baseline(predictions, [*ages[:9], Record("9", "1", "p9", "L")], seed=0) is None


def test_a_metric_that_is_not_defined_is_left_out() -> None:
    predictions = Predictions(
        part=["test"] * 4,
        path=list("abcd"),
        patient=list("pqrs"),
        breast=["p/L", "q/L", "r/L", "s/L"],
        positive=np.array([True, False, True, False]),
        logit=np.zeros(4),
        score=np.array([0.1, 0.2, 0.3, 0.4]),
    )
    (image, *_) = report_units(predictions, threshold=0.9, seed=0)
    assert "precision" not in image.metrics and "auc" in image.metrics
    assert image.metrics["auc"].value == 0.25
