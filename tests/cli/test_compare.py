"""`mammoscope compare` says the paragraph, or gives every figure as JSON."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from mammoscope.cli import _Group
from mammoscope.cli.compare import compare
from mammoscope.experiment.compare import compare as compare_runs
from mammoscope.types import RESEARCH_NOTICE
from tests.written_runs import write_run

app = typer.Typer(cls=_Group)
app.callback()(lambda: None)
app.command("compare")(compare)


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    # The draws are tested elsewhere; here they would only take time.
    quick = partial(compare_runs, replicates=20)
    monkeypatch.setattr("mammoscope.experiment.compare.compare", quick)
    return [
        str(write_run(tmp_path / name, signal=signal, women=8).path)
        for name, signal in (("cnn", 0.5), ("densenet121", 1.5))
    ]


def test_the_paragraph_and_where_the_page_is_are_on_stdout(runs: list[str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = CliRunner().invoke(app, ["compare", *runs, "--out", str(out)])
    assert result.exit_code == 0, result.output
    paragraph, notice, page = result.stdout.splitlines()
    assert paragraph.startswith("By breast (n 16, 4 positive, 8 women), densenet121 tells cancer")
    assert notice == RESEARCH_NOTICE
    assert page == str(out / "report.html") and (out / "report.html").is_file()
    assert "bootstrap" in result.stderr


def test_json_is_the_file_of_all_figures(runs: list[str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = CliRunner().invoke(app, ["compare", *runs, "--out", str(out), "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == json.loads((out / "comparison.json").read_text("utf-8"))


def test_runs_that_cannot_be_compared_are_one_line_and_exit_1(
    runs: list[str], tmp_path: Path
) -> None:
    (Path(runs[0]) / "predictions.csv").unlink()
    result = CliRunner().invoke(app, ["compare", *runs, "--out", str(tmp_path / "out")])
    assert result.exit_code == 1 and result.stdout == ""
    assert len(result.stderr.splitlines()) == 1 and "mammoscope evaluate" in result.stderr


def test_no_run_is_a_slip_of_usage(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["compare", "--out", str(tmp_path)]).exit_code == 2


def test_learning_curve_and_transfer_are_asked_for_one_at_a_time(
    runs: list[str], tmp_path: Path
) -> None:
    out = str(tmp_path / "out")
    both = ["compare", *runs, "--out", out, "--learning-curve", "--transfer"]
    assert CliRunner().invoke(app, both).exit_code == 2
    zoo = ["compare", *runs, "--out", out, "--zoo", str(tmp_path)]
    assert CliRunner().invoke(app, zoo).exit_code == 2


def test_a_learning_curve_of_one_number_of_women_is_one_line_and_exit_1(
    runs: list[str], tmp_path: Path
) -> None:
    out = ["--out", str(tmp_path / "out"), "--learning-curve"]
    result = CliRunner().invoke(app, ["compare", *runs, *out])
    assert result.exit_code == 1 and result.stdout == ""
    assert len(result.stderr.splitlines()) == 1 and "two numbers at least" in result.stderr


def test_a_transfer_says_what_was_shown_and_where_its_page_is(
    runs: list[str], tmp_path: Path
) -> None:
    training = json.loads((Path(runs[1]) / "training.json").read_text())
    training["title"] = "DenseNet121"
    (Path(runs[1]) / "training.json").write_text(json.dumps(training))
    out = tmp_path / "out"
    result = CliRunner().invoke(app, ["compare", *runs, "--out", str(out), "--transfer"])
    assert result.exit_code == 0, result.output
    said, notice, page = result.stdout.splitlines()
    assert said.startswith("No network was tested on a data set that it was not trained on")
    assert notice == RESEARCH_NOTICE and Path(page).is_file()
