"""What was trained on A and tested on B stands in one matrix, beside its figure at home."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any, ClassVar

import pytest

from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.statistics import auc, patient_bootstrap
from mammoscope.experiment.transfer_report import report_transfer
from mammoscope.experiment.units import at_unit
from mammoscope.types import DatasetError, ModelNotFoundError
from tests.written_runs import write_run


class Store:
    """A zoo of one model, which learnt from the phantoms."""

    card: ClassVar[dict[str, Any]] = {
        "architecture": "Custom CNN",
        "trained_on": {"dataset": "phantom"},
    }

    def __init__(self, zoo: Path) -> None:
        self.zoo = zoo

    def open(self, reference: str) -> Any:
        if reference != "cnn@1":
            raise ModelNotFoundError(f"no published model is named {reference!r}")
        return self


@pytest.fixture(autouse=True)
def zoo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mammoscope.experiment.transfer.ModelStore", Store)


def evaluation(
    folder: Path,
    dataset: str,
    *,
    signal: float,
    model: str = "cnn@1",
    task: str = "cancer",
    held_out: bool = False,
) -> RunFolder:
    """What `evaluate --model` leaves in a folder: predictions and a report."""
    run = write_run(folder, signal=signal, women=20)
    for path in (run.training, run.history, run.cost, run.config, run.split):
        path.unlink()
    report = {
        "model": model,
        "dataset": {"name": dataset, "held_out": held_out},
        "task": task,
        "positive": "cancer",
    }
    run.report.write_text(json.dumps(report))
    return run


def test_cells_have_the_figures_of_their_predictions_and_the_difference_from_home(
    tmp_path: Path,
) -> None:
    home, away = (
        write_run(tmp_path / "cnn", signal=3.0),
        evaluation(tmp_path / "elsewhere", "rsna", signal=0.0),
    )
    values = report_transfer([home, away], tmp_path / "out", zoo=tmp_path, replicates=40)
    first, second = values["cells"]
    assert (first["trained_on"], first["tested_on"], first["home"]) == ("phantom", "phantom", True)
    assert (second["trained_on"], second["tested_on"], second["home"]) == ("phantom", "rsna", False)
    assert (second["network"], second["unit"], second["n"]) == ("Custom CNN", "breast", 40)
    units = at_unit(Predictions.read(away.predictions).of("test"), "breast")
    expected = patient_bootstrap(units, {"auc": auc}, seed=0, replicates=40)["auc"]
    assert (second["value"], second["low"]) == (expected.value, expected.low)
    assert first["lost"] is None
    assert second["lost"]["value"] == pytest.approx(second["value"] - first["value"])
    assert second["lost"]["low"] <= second["lost"]["value"] <= second["lost"]["high"] < 0
    text = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "cannot be told from guessing; the difference from home of -0." in values["verdict"]
    assert "excludes 0" in values["verdict"] and values["verdict"] in text
    assert "| network | trained on | tested on phantom | tested on rsna |" in text
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out" / "transfer.csv").read_text())))
    assert [row["tested_on"] for row in rows] == ["phantom", "rsna"]
    assert float(rows[1]["lost"]) == second["lost"]["value"] and rows[0]["lost"] == ""


def test_a_cell_that_nobody_tested_is_told_and_one_on_known_women_is_marked(
    tmp_path: Path,
) -> None:
    other = write_run(tmp_path / "dense")
    training = json.loads(other.training.read_text())
    training["title"] = "DenseNet121"
    training["dataset"]["name"] = "rsna"
    other.training.write_text(json.dumps(training))
    again = evaluation(tmp_path / "again", "phantom", signal=1.0)
    values = report_transfer([other, again], tmp_path / "out", zoo=tmp_path, replicates=10)
    assert [cell["may_know_the_women"] for cell in values["cells"]] == [False, True]
    text = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert text.count("not tested") == 2 and "may know these women" in text
    assert values["verdict"].startswith("No network was tested on a data set that it was not")


@pytest.mark.parametrize("held_out", [False, True])
def test_women_that_a_start_learnt_from_are_known_unless_they_were_held_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held_out: bool
) -> None:
    monkeypatch.setitem(Store.card, "learnt_before", {"rsna": "its split"})
    home = write_run(tmp_path / "cnn")
    away = evaluation(tmp_path / "away", "rsna", signal=1.0, held_out=held_out)
    values = report_transfer([home, away], tmp_path / "out", zoo=tmp_path, replicates=10)
    assert [cell["may_know_the_women"] for cell in values["cells"]] == [False, not held_out]


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    home = write_run(tmp_path / "cnn")
    common: dict[str, Any] = {"zoo": tmp_path, "replicates": 10}
    out = tmp_path / "out"
    with pytest.raises(DatasetError, match="both hold Custom CNN"):
        report_transfer([home, write_run(tmp_path / "twin")], out, **common)
    other = evaluation(tmp_path / "other", "rsna", signal=1.0, task="abnormal")
    with pytest.raises(DatasetError, match="expected one question"):
        report_transfer([home, other], out, **common)
    stranger = evaluation(tmp_path / "stranger", "rsna", signal=1.0, model="who@9")
    with pytest.raises(ModelNotFoundError, match="who@9"):
        report_transfer([home, stranger], out, **common)
    other.report.write_text("{}")
    with pytest.raises(DatasetError, match="neither a trained run nor an evaluation"):
        report_transfer([home, other], out, **common)
    other.predictions.unlink()
    with pytest.raises(DatasetError, match=r"holds no predictions\.csv"):
        report_transfer([home, other], out, **common)
    with pytest.raises(DatasetError, match="no folder was given"):
        report_transfer([], out, **common)
    assert not out.exists()
