"""A report becomes one small file that draws the same figures and tells of no single woman."""

from __future__ import annotations

import csv
import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from mammoscope.cli import app
from mammoscope.experiment.compare import compare
from mammoscope.experiment.publish_study import publish_study
from mammoscope.inference.studies import find_studies
from mammoscope.serving.study_schemas import Study
from mammoscope.types import DatasetError
from tests.written_runs import write_run


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    make = partial(write_run, women=16, folds=2)
    runs = [make(folder / "cnn", signal=0.5), make(folder / "densenet121", signal=2.0)]
    compare(runs, folder / "report", replicates=20)
    return folder / "report"


@pytest.fixture
def study(report: Path, tmp_path: Path) -> dict[str, Any]:
    path = publish_study(report, "mine", zoo=tmp_path)
    assert path == tmp_path / "studies" / "mine.json"
    return dict(json.loads(path.read_text(encoding="utf-8")))


def test_it_is_what_the_api_describes(study: dict[str, Any], tmp_path: Path) -> None:
    Study.model_validate(study)
    assert find_studies(tmp_path) == {"mine": study}


def test_its_figures_are_those_of_the_report(study: dict[str, Any], report: Path) -> None:
    values = json.loads((report / "comparison.json").read_text(encoding="utf-8"))
    assert study["verdict"] == values["verdict"]
    for ours, theirs in zip(study["models"], values["models"], strict=True):
        for mine, its in zip(ours["figures"], theirs["figures"], strict=True):
            for name, estimate in its["metrics"].items():
                assert mine["metrics"][name]["low"] == pytest.approx(estimate["low"], rel=1e-4)
    assert {row["one"] for row in study["differences"]} <= {"cnn", "densenet121"}


def test_its_roc_encloses_the_area_that_the_report_gives(study: dict[str, Any]) -> None:
    for curve in study["roc"]:
        (model,) = [one for one in study["models"] if one["name"] == curve["model"]]
        (figure,) = [one for one in model["figures"] if one["unit"] == study["unit"]]
        area = np.trapezoid(curve["sensitivity"], curve["one_minus_specificity"])
        assert area == pytest.approx(figure["metrics"]["auc"]["value"], abs=1e-3)


def test_its_curves_are_mean_and_range_of_the_networks(study: dict[str, Any], report: Path) -> None:
    with (report / "curves.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["model"] == "cnn"]
    first = [float(row["val_loss"]) for row in rows if row["epoch"] == "1"]
    (cnn,) = [one for one in study["curves"] if one["model"] == "cnn"]
    assert cnn["networks"] == len(first) == 2
    assert cnn["epochs"][0] == 1
    assert cnn["val_loss"]["mean"][0] == pytest.approx(np.mean(first), rel=1e-4)
    assert cnn["val_loss"]["least"][0] == pytest.approx(min(first), rel=1e-4)
    assert cnn["val_loss"]["most"][0] == pytest.approx(max(first), rel=1e-4)


def test_no_path_and_no_single_score_is_in_it(study: dict[str, Any], report: Path) -> None:
    text = json.dumps(study)
    runs = report.parent
    with (runs / "cnn" / "predictions.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        assert row["path"] not in text
        assert row["logit"][:8] not in text
    assert str(runs) not in text


def test_a_report_without_sources_has_no_curves_and_says_so(report: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    (old / "comparison.json").write_bytes((report / "comparison.json").read_bytes())
    path = publish_study(old, "old", zoo=tmp_path)
    values = json.loads(path.read_text(encoding="utf-8"))
    assert values["curves"] == [] and values["roc"] == []
    Study.model_validate(values)


def test_a_leak_a_wrong_folder_and_a_wrong_name_are_refused(report: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="expected the report folder"):
        publish_study(tmp_path, "mine", zoo=tmp_path)
    with pytest.raises(DatasetError, match="no study name"):
        publish_study(report, "../mine", zoo=tmp_path)
    values = json.loads((report / "comparison.json").read_text(encoding="utf-8"))
    values["data"]["name"] += "-leaked"
    (tmp_path / "comparison.json").write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(DatasetError, match="repeats a leak"):
        publish_study(tmp_path, "mine", zoo=tmp_path)
    assert not (tmp_path / "studies").exists()


def test_the_command_publishes_a_study(report: Path, tmp_path: Path) -> None:
    arguments = ["publish", "--study", str(report), "--name", "mine", "--zoo", str(tmp_path)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert result.stdout.strip() == str(tmp_path / "studies" / "mine.json")
