"""Two studies of the same models, one honest and one not, and one table of both."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mammoscope.classifiers.catalog import FAMILIES
from mammoscope.cli import app
from mammoscope.experiment.compare import compare
from mammoscope.experiment.publish import publish
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.survey import SurveyConfig, survey
from mammoscope.experiment.survey_claims import CLAIMS, NONE_FOUND
from mammoscope.experiment.survey_table import survey_csv, survey_markdown, survey_values
from mammoscope.types import RESEARCH_NOTICE, DatasetError
from tests.experiment.studies import config, predictions_of
from tests.written_runs import write_run

WORDS = ("--models", "cnn", "--folds", "2", "--copies", "1", "--no-refit", "--init", "none")


@pytest.fixture(scope="module")
def done(phantom_root: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    out = tmp_path_factory.mktemp("survey") / "out"
    words = ["survey", "--dataset", "phantom", "--root", str(phantom_root), "--out", str(out)]
    words += [*WORDS, "--epochs", "1", "--image-size", "64", "--json"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    return out, json.loads(result.stdout)


@pytest.mark.slow
def test_one_study_keeps_women_apart_and_the_other_does_not(done: tuple[Path, Any]) -> None:
    out, values = done
    honest, leaked = (json.loads((out / of / "study.json").read_text()) for of in _STUDIES)
    assert (honest["folds"], honest["leak"], honest["refit"]) == (2, 0, False)
    assert (leaked["folds"], leaked["leak"], leaked["refit"]) == (0, 1, False)
    assert not (out / "by-patient" / "runs" / "cnn-refit").exists()
    assert not (out / "leaked" / "images").exists()
    (row,) = values["rows"]
    assert (row["by_patient"]["images"], row["by_patient"]["women"]) == (64, 16)
    # Of the leaked study each image and each copy is a woman, a fifth of them is tested.
    assert row["leaked"]["women"] == row["leaked"]["images"] == len(_tested(out / "leaked"))
    assert any("#copy-1" in path for path in _tested(out / "leaked"))


@pytest.mark.slow
def test_the_figures_are_those_of_the_studies(done: tuple[Path, Any]) -> None:
    out, values = done
    (row,) = values["rows"]
    for name, key in zip(_STUDIES, ("by_patient", "leaked"), strict=True):
        comparison = json.loads((out / name / "report" / "comparison.json").read_text())
        figures = {of["unit"]: of["metrics"] for of in comparison["models"][0]["figures"]}
        assert row[key]["auc_by_image"] == figures["image"]["auc"]
        assert row[key]["accuracy"] == figures["image"]["accuracy"]
    gained = row["leaked"]["auc_by_image"]["value"] - row["by_patient"]["auc_by_image"]["value"]
    assert row["auc_gained_by_the_leak"] == gained
    assert values == json.loads((out / "table.json").read_text())


@pytest.mark.slow
def test_neither_study_can_be_published(done: tuple[Path, Any], tmp_path: Path) -> None:
    out, _ = done
    for name, said in zip(_STUDIES, ("--no-refit", "leak"), strict=True):
        with pytest.raises(DatasetError, match=said):
            publish(RunFolder(out / name / "cnn"), "cnn", zoo=tmp_path)


@pytest.mark.slow
def test_a_finished_survey_does_nothing_but_write_its_table(
    done: tuple[Path, Any], phantom_root: Path
) -> None:
    out, values = done
    lines: list[str] = []
    asked = config(phantom_root, refit=False, fit=(("epochs", 1),))
    (out / "table.md").unlink()
    assert survey(SurveyConfig(asked, copies=1), out, say=lines.append) == values
    assert not any("begins" in line for line in lines)
    assert (out / "table.md").is_file()


def test_what_either_study_would_refuse_is_refused_before_the_first(
    phantom_root: Path, tmp_path: Path
) -> None:
    asked = config(phantom_root, models=("cnn", "knn", "logistic"))
    for leak_models, said in ((("densenet121",), "models of the survey"), (("cn",), "of the surv")):
        with pytest.raises(DatasetError, match=said):
            survey(SurveyConfig(asked, leak_models=leak_models), tmp_path / "out")
    with pytest.raises(DatasetError, match="one of its studies is honest"):
        SurveyConfig(config(phantom_root, leak=2))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    with pytest.raises(DatasetError, match=r"thesis\.txt"):
        survey(SurveyConfig(asked), tmp_path / "mine")
    assert not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Of three models, one of which is not in the leaked study and of one of which none claims."""
    root = tmp_path_factory.mktemp("runs")
    names = ("cnn", "bpnn", "densenet121")
    honest = [write_run(root / "honest" / name, folds=2) for name in names]
    leaked = [write_run(root / "leaked" / name, signal=3.0) for name in names[:2]]
    comparisons = [
        compare(runs, root / f"report-{number}", replicates=20)
        for number, runs in enumerate((honest, leaked))
    ]
    return survey_values(names, *comparisons, copies=4)


def test_a_row_says_claim_measure_and_leak_with_intervals_and_counts(table: Any) -> None:
    text = survey_markdown(table)
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) == 2 + 3 and len({line.count(" | ") for line in lines}) == 1
    cnn, bpnn, densenet = lines[2:]
    assert NONE_FOUND in cnn and "Pratiwi" in bpnn
    assert "64.7 %" in densenet and "75.9 %" in densenet
    assert densenet.count("not repeated") == 2 and "not repeated" not in bpnn
    auc = table["rows"][1]["by_patient"]["auc_by_image"]
    assert f"{auc['value']:.2f} ({auc['low']:.2f} to {auc['high']:.2f})" in bpnn
    assert f"{table['rows'][1]['auc_gained_by_the_leak']:+.2f}" in bpnn
    assert "| 64 | 16 |" in bpnn


def test_under_the_table_stands_what_its_units_are_and_that_no_leak_is_believed(table: Any) -> None:
    text = " ".join(survey_markdown(table).split())
    for sentence in (
        RESEARCH_NOTICE,
        "bootstrap draws of women",
        "calling every image the commoner class has an accuracy of 0.75",
        "its intervals are of drawn images, since the leak pretends that they are independent",
        "no leaked figure may be believed",
        "was not checked by us",
    ):
        assert sentence in text


def test_the_csv_has_a_line_a_model_and_three_columns_an_estimate(table: Any) -> None:
    rows = list(csv.DictReader(survey_csv(table).splitlines()))
    assert [row["model"] for row in rows] == ["cnn", "bpnn", "densenet121"]
    for row, of in zip(rows, table["rows"], strict=True):
        for end in ("value", "low", "high"):
            assert float(row[f"by_patient_accuracy_{end}"]) == of["by_patient"]["accuracy"][end]
    assert rows[2]["leaked_accuracy_value"] == "" and rows[2]["auc_gained_by_the_leak"] == ""
    assert float(rows[0]["leaked_auc_by_image_low"]) > 0


def test_every_claim_is_of_a_family_there_is_and_has_a_source() -> None:
    assert set(CLAIMS) <= set(FAMILIES)
    for claim in (claim for claims in CLAIMS.values() for claim in claims):
        assert all((claim.value, claim.metric, claim.setting, claim.source))


_STUDIES = ("by-patient", "leaked")


def _tested(study: Path) -> list[str]:
    return list(predictions_of(study).path)
