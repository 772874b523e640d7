"""A learning curve is of the same tested women, and says what more women in training gained."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoscope.experiment.learning_report import report_learning
from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.statistics import auc, paired_difference, patient_bootstrap
from mammoscope.experiment.units import at_unit
from mammoscope.types import DatasetError
from tests.written_runs import write_run


def split_of(women: range) -> str:
    rows = [f"{n},woman-{n},cancer,train" for n in women]
    return "\n".join(["path,patient,label,part", *rows, "x,p,cancer,test"]) + "\n"


def learnt(folder: Path, women: range, signal: float, **more: Any) -> RunFolder:
    known = {"women": {"train": len(women), "validation": 4, "test": 16}}
    return write_run(
        folder,
        signal=signal,
        split=split_of(women),
        training=known | more.pop("training", {}),
        **more,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[RunFolder], Path, dict[str, Any]]:
    root = tmp_path_factory.mktemp("runs")
    runs = [
        learnt(root / "all", range(40), 3.0),
        learnt(root / "few", range(10), 0.0),
        learnt(root / "half", range(20), 1.0),
    ]
    return runs, root / "out", report_learning(runs, root / "out", replicates=30)


def test_points_stand_by_women_with_the_intervals_of_the_predictions(made: Any) -> None:
    runs, _, values = made
    (curve,) = values["curves"]
    assert [(point["run"], point["women"]) for point in curve["points"]] == [
        ("few", 10),
        ("half", 20),
        ("all", 40),
    ]
    units = at_unit(Predictions.read(runs[0].predictions).of("test"), "breast")
    expected = patient_bootstrap(units, {"auc": auc}, seed=0, replicates=30)["auc"]
    last = curve["points"][-1]
    assert (last["value"], last["low"], last["high"]) == (
        expected.value,
        expected.low,
        expected.high,
    )
    assert (last["unit"], last["n"], last["n_positive"], last["n_patients"]) == (
        "breast",
        32,
        8,
        16,
    )
    fewest = at_unit(Predictions.read(runs[1].predictions).of("test"), "breast")
    gained = paired_difference(units, fewest, auc, seed=0, replicates=30)
    assert gained is not None
    assert (curve["gained"]["value"], curve["gained"]["low"]) == (gained.value, gained.low)


def test_the_report_is_whole_and_its_source_is_beside_the_figure(made: Any) -> None:
    _, out, values = made
    names = {path.name for path in out.iterdir()}
    figures = {f"learning-curve.{ending}" for ending in ("svg", "png", "csv")}
    assert names == {"report.html", "report.md", "tables.tex", "figures.json"} | figures
    assert json.loads((out / "figures.json").read_text()) == values
    rows = list(csv.DictReader(io.StringIO((out / "learning-curve.csv").read_text())))
    assert [row["women"] for row in rows] == ["10", "20", "40"]
    assert float(rows[0]["auc"]) == values["curves"][0]["points"][0]["value"]
    text = (out / "report.md").read_text(encoding="utf-8")
    assert values["verdict"] in text and "Each smaller set of training women is part" in text
    assert "with 40 women in training instead of 10" in text


def test_a_second_report_is_equal_to_the_byte(made: Any, tmp_path: Path) -> None:
    runs, out, _ = made
    report_learning(runs, tmp_path / "again", replicates=30)
    for path in out.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes(), path.name


def test_subsets_that_are_not_nested_are_told(tmp_path: Path) -> None:
    runs = [learnt(tmp_path / "a", range(10), 0.0), learnt(tmp_path / "b", range(5, 25), 1.0)]
    values = report_learning(runs, tmp_path / "out", replicates=10)
    assert not values["nested"]
    assert "are not nested" in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")


def test_two_networks_are_two_curves(tmp_path: Path) -> None:
    runs = [
        learnt(tmp_path / f"{title}-{women}", range(women), women / 10, training={"title": title})
        for title in ("CNN", "DenseNet121")
        for women in (10, 20)
    ]
    runs.append(learnt(tmp_path / "alone", range(10), 0.0, training={"title": "kNN"}))
    values = report_learning(runs, tmp_path / "out", replicates=10)
    assert [len(curve["points"]) for curve in values["curves"]] == [2, 2, 1]
    assert values["curves"][2]["gained"] is None and "which is no curve" in values["verdict"]


def test_runs_of_folds_of_one_size_or_of_other_women_are_refused(tmp_path: Path) -> None:
    one = learnt(tmp_path / "one", range(10), 0.0)
    with pytest.raises(DatasetError, match="5 folds"):
        report_learning([one, write_run(tmp_path / "folds", folds=5)], tmp_path / "out")
    with pytest.raises(DatasetError, match="all 2 runs learnt from 10 women"):
        report_learning([one, learnt(tmp_path / "two", range(10), 1.0)], tmp_path / "out")
    other = learnt(tmp_path / "other", range(20), 1.0)
    table = Predictions.read(other.predictions)
    positive = np.roll(table.positive, 1)
    replace(table, positive=positive).write(other.predictions)
    with pytest.raises(DatasetError, match="not of the same truth"):
        report_learning([one, other], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_of_something_else_is_not_written_over(made: Any, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(DatasetError, match=r"thesis\.txt, which is no part of a learning curve"):
        report_learning(made[0], tmp_path)
