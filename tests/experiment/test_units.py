"""Breasts and women from images, seeds side by side, and the baseline of age alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.units import (
    age_baselines,
    at_unit,
    measure_operating_points,
    report_units,
    units_of,
)
from mammoscope.types import Record
from tests.experiment.tables import predictions

TWO_WOMEN = predictions(
    ["p/L", "p/L", "p/R", "q/L", "q/R"],
    [True, True, False, False, False],
    [0.2, 0.4, 0.5, 0.1, 0.7],
)


def test_a_breast_is_the_mean_of_its_views_and_a_woman_the_worst_of_her_breasts() -> None:
    breasts = at_unit(TWO_WOMEN, "breast")
    assert np.allclose(breasts.scores, [[0.3, 0.5, 0.1, 0.7]])
    assert breasts.labels.tolist() == [True, False, False, False]
    assert breasts.called.tolist() == [[False, True, False, True]]
    assert list(breasts.names) == ["p/L", "p/R", "q/L", "q/R"]
    assert list(breasts.patients) == ["p", "p", "q", "q"]
    women = at_unit(TWO_WOMEN, "woman")
    assert np.allclose(women.scores, [[0.5, 0.7]]) and women.labels.tolist() == [True, False]
    assert list(women.names) == list(women.patients) == ["p", "q"]


def test_a_breast_score_that_was_calibrated_stands_in_place_of_the_mean() -> None:
    mended = replace(TWO_WOMEN, breast_score=np.array([0.8, 0.8, 0.5, 0.1, 0.7]))
    assert np.allclose(at_unit(mended, "image").scores, at_unit(TWO_WOMEN, "image").scores)
    breasts = at_unit(mended, "breast")
    assert np.allclose(breasts.scores, [[0.8, 0.5, 0.1, 0.7]])
    assert breasts.called.tolist() == [[True, True, False, True]]
    assert np.allclose(at_unit(mended, "woman").scores, [[0.8, 0.7]])


def test_seeds_stand_side_by_side_whatever_their_order_on_disk() -> None:
    other = replace(TWO_WOMEN, seed=np.full(5, 1)).scored(np.array([0.9, 0.8, 0.1, 0.2, 0.3]))
    both = Predictions.join([other.take(np.array([4, 2, 0, 1, 3])), TWO_WOMEN])
    images = at_unit(both, "image")
    assert np.allclose(images.scores, [TWO_WOMEN.score, other.score])
    assert images.called.shape == (2, 5)
    with pytest.raises(ValueError, match="different images"):
        at_unit(Predictions.join([other.take(np.array([0, 1])), TWO_WOMEN]), "image")


def test_a_fold_is_held_against_its_own_threshold() -> None:
    folds = replace(TWO_WOMEN, threshold=np.array([0.1, 0.1, 0.1, 0.8, 0.8]))
    assert at_unit(folds, "image").called.tolist() == [[True, True, True, False, False]]
    assert at_unit(folds, "woman").called.tolist() == [[True, False]]


def test_age_alone_is_a_baseline_only_where_every_age_is_known() -> None:
    table = predictions([f"p{n}/L" for n in range(10)], [n > 5 for n in range(10)], [0.0] * 10)
    ages = [
        Record(f"{n:03d}", "1", f"p{n}", "L", attributes={"age": str(40 + n)}) for n in range(10)
    ]
    # Records may come in any order: they are found by path.
    found = age_baselines(table, ages[::-1], seed=0)
    assert list(found) == ["age alone, AUC by breast"]
    assert found["age alone, AUC by breast"].value == 1.0
    assert age_baselines(table, [*ages[:9], Record("009", "1", "p9", "L")], seed=0) == {}


@pytest.mark.parametrize(
    ("text", "known"),
    [
        *[(text, True) for text in ("62", "62.0", "62.", "062Y", "62Y", " 62 ")],
        *[(text, False) for text in ("018M", "W", "004D", "unknown", "", "60-65", "nan", "inf")],
        *[(text, False) for text in ("-62", "1e3", "000Y", "0", "٦٢")],
    ],
)
def test_an_age_is_years_or_not_known_and_never_a_failure(text: str, known: bool) -> None:
    table = predictions(["p/L", "q/L"], [True, False], [0.0, 0.0])
    records = [
        Record("000", "1", "p", "L", attributes={"age": text}),
        Record("001", "0", "q", "L", attributes={"age": "61"}),
    ]
    values = [estimate.value for estimate in age_baselines(table, records, seed=0).values()]
    assert values == ([1.0] if known else [])


NO_SIDE = predictions(
    ["p/?", "p/?", "q/L", "q/R"], [True, False, False, False], [0.2, 0.6, 0.1, 0.4]
)


def test_without_a_side_there_is_no_breast_and_a_woman_is_the_worst_of_her_images() -> None:
    assert units_of(NO_SIDE) == ("image", "woman")
    assert units_of(TWO_WOMEN) == ("image", "breast", "woman")
    with pytest.raises(ValueError, match="without a side cannot be counted by breast"):
        at_unit(NO_SIDE, "breast")
    women = at_unit(NO_SIDE, "woman")
    assert women.scores.tolist() == [[0.6, 0.4]] and women.labels.tolist() == [True, False]
    assert list(women.names) == ["p", "q"]
    assert [report.unit for report in report_units(NO_SIDE, seed=0)] == ["image", "woman"]


def test_age_alone_is_by_woman_where_there_is_no_breast() -> None:
    records = [
        Record(path, "1", patient, attributes={"age": age})
        for path, patient, age in zip(NO_SIDE.path, NO_SIDE.patient, "7744", strict=True)
    ]
    (baseline,) = age_baselines(NO_SIDE, records, seed=0).items()
    assert baseline[0] == "age alone, AUC by woman" and baseline[1].value == 1.0


def test_a_metric_that_is_not_defined_is_left_out() -> None:
    table = predictions(
        ["p/L", "q/L", "r/L", "s/L"],
        [True, False, True, False],
        [0.1, 0.2, 0.3, 0.4],
        threshold=0.9,
    )
    (image, *_) = report_units(table, seed=0)
    assert "precision" not in image.metrics and "auc" in image.metrics
    assert image.metrics["auc"].value == 0.25


def test_an_operating_point_is_measured_at_its_own_threshold_or_at_each_folds() -> None:
    table = predictions(["p/L", "q/L", "r/L"], [True, False, True], [0.3, 0.4, 0.8])
    (point,) = measure_operating_points(table, {"youden": 0.35}, seed=0)
    assert (point.sensitivity.value, point.specificity.value) == (0.5, 0.0)
    held = {"youden": np.array([0.2, 0.5, 0.5])}
    (point,) = measure_operating_points(table, {"youden": 0.35}, seed=0, held_against=held)
    assert point.threshold == 0.35
    assert (point.sensitivity.value, point.specificity.value) == (1.0, 1.0)


def test_an_operating_point_of_one_class_alone_is_not_measured() -> None:
    table = predictions(["p/L", "q/L"], [False, False], [0.3, 0.4])
    assert measure_operating_points(table, {"youden": 0.35}, seed=0) == ()
