"""The record of who read a run's test part, of which model, and what it makes a card say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mammoscope.experiment.readings import (
    describe_readings,
    digest_predictions,
    join_digests,
    list_readings,
    reading_limits,
    record_reading,
)
from mammoscope.experiment.run import RunFolder
from mammoscope.types import DatasetError
from tests.experiment.tables import predictions

TRAINING = {
    "calibrator": {"kind": "affine", "slope": 1.0, "intercept": 0.0},
    "thresholds": {"youden": 0.4},
    "best_epoch": 3,
    "split_digest": "s",
    "seconds": 12.0,
}


def read(run: RunFolder, *, graph: str = "g", predictions: str = "p", **changes: object) -> None:
    record_reading(
        run, by="evaluate", graph=graph, training=TRAINING | changes, predictions=predictions
    )


def test_the_first_reading_changes_nothing_and_says_nothing(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    assert list_readings(run) == ()
    read(run)
    (reading,) = list_readings(run)
    assert (reading.number, reading.by, reading.graph, reading.split) == (1, "evaluate", "g", "s")
    assert (reading.repeat, reading.changed, reading.predictions) == (False, (), "p")
    assert describe_readings([reading])["sentence"] == "The test part was read once."
    assert reading_limits([reading]) == []


def test_reading_the_same_model_again_is_a_repeat(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    read(run)
    # Another machine rounds otherwise, and how long training took is no choice.
    read(run, predictions="q", seconds=99.0)
    readings = list_readings(run)
    assert [(one.repeat, one.changed) for one in readings] == [(False, ()), (True, ())]
    facts = describe_readings(readings)
    assert (facts["times"], facts["repeats"], facts["graphs"], facts["models"]) == (2, 1, 1, 1)
    assert facts["changes"] == [] and reading_limits(readings) == []
    assert "2 times, always of the same model" in facts["sentence"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"graph": "h"}, "graph"),
        ({"best_epoch": 4}, "chosen"),
        ({"thresholds": {"youden": 0.41}}, "chosen"),
        ({"calibrator": {"kind": "affine", "slope": 1.1, "intercept": 0.0}}, "chosen"),
        ({"split_digest": "t"}, "split"),
    ],
)
def test_what_changed_after_the_first_reading_is_told(
    tmp_path: Path, change: dict[str, object], told: str
) -> None:
    run = RunFolder(tmp_path)
    read(run)
    read(run, **change)  # type: ignore[arg-type]
    readings = list_readings(run)
    assert (readings[1].repeat, readings[1].changed) == (False, (told,))
    facts = describe_readings(readings)
    assert facts["changes"] == [{"reading": 2, "changed": [told]}]
    (limit,) = reading_limits(readings)
    assert limit == facts["sentence"]
    assert limit.startswith("The test part was read 2 times, of 2 different models")
    # Going back to the first is a change again, and a repeat of it.
    read(run)
    assert [(one.repeat, one.changed) for one in list_readings(run)[2:]] == [(True, (told,))]


def test_training_that_ended_after_a_reading_is_told(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    read(run)
    (limit,) = reading_limits(list_readings(run), trained_after=1)
    assert "1 of the readings came before training ended" in limit


@pytest.mark.parametrize("text", ["", "{}x", "[1]", '[{"number": 1}]', "[{}]"])
def test_a_record_without_sense_is_no_clean_slate(tmp_path: Path, text: str) -> None:
    run = RunFolder(tmp_path)
    run.test_readings.write_text(text)
    with pytest.raises(DatasetError, match="how often its test part was read must stay known"):
        read(run)
    assert run.test_readings.read_text() == text


def test_the_record_is_a_list_of_objects_that_anybody_can_read(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    read(run)
    (row,) = json.loads((tmp_path / "test-readings.json").read_text())
    assert set(row) == {
        *("number", "by", "graph", "chosen", "split", "predictions", "repeat", "changed")
    }


def test_predictions_are_told_apart_by_their_test_rows_alone() -> None:
    table = predictions(["p/L", "q/L"], [True, False], [0.2, 0.4])
    moved = predictions(["p/L", "q/L"], [True, False], [0.2, np.nextafter(0.4, 1)])
    assert digest_predictions(table) == digest_predictions(table)
    assert digest_predictions(table) != digest_predictions(moved)


def test_one_graph_goes_by_its_own_digest_and_several_in_any_order() -> None:
    assert join_digests(["a"]) == "a"
    assert join_digests(["a", "b"]) == join_digests(["b", "a"]) != join_digests(["a", "c"])
