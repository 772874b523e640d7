"""`mammoscope models`: what can be asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mammoscope import __version__
from mammoscope.cli import COMMANDS, app
from mammoscope.inference import answer
from mammoscope.inference.answer import model_to_dict
from mammoscope.inference.store import ModelStore
from tests.published import copy_version, write_tiny_model


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("zoo")
    write_tiny_model(folder, "beta", seed=2)
    write_tiny_model(folder, "alpha", seed=1)
    return folder


def test_the_list_for_machines_is_that_of_the_server(zoo: Path) -> None:
    run = CliRunner().invoke(app, ["models", "--json", "--zoo", str(zoo)])
    assert run.exit_code == 0
    expected = [model_to_dict(model) for model in ModelStore(zoo).open_all()]
    assert json.loads(run.stdout) == json.loads(json.dumps(expected))


def test_the_table_has_a_line_for_each_model(zoo: Path) -> None:
    run = CliRunner().invoke(app, ["models", "--zoo", str(zoo)])
    header, *rows = run.stdout.splitlines()
    assert header.startswith("MODEL")
    assert [row.split()[0] for row in rows] == ["alpha@1", "beta@1"]
    expected = ["alpha@1", "-", "cancer", "youden", "0.500", "0.70", "0.60", "Apache-2.0"]
    assert rows[0].split()[:8] == expected


def test_the_newest_version_is_listed_with_the_others_behind_it(tmp_path: Path) -> None:
    write_tiny_model(tmp_path, "alpha", seed=1)
    write_tiny_model(tmp_path, "beta", seed=2)
    for version in (2, 10):
        copy_version(tmp_path, "alpha", version)

    def listed(*words: str) -> list[list[str]]:
        run = CliRunner().invoke(app, ["models", "--zoo", str(tmp_path), *words])
        return [row.split()[:2] for row in run.stdout.splitlines()[1:]]

    assert listed() == [["alpha@10", "1,2"], ["beta@1", "-"]]
    assert listed("--all") == [
        ["alpha@10", "1,2"],
        ["alpha@2", "1,10"],
        ["alpha@1", "2,10"],
        ["beta@1", "-"],
    ]
    run = CliRunner().invoke(app, ["models", "--zoo", str(tmp_path), "--all", "--json"])
    assert [model["version"] for model in json.loads(run.stdout)] == ["10", "2", "1", "1"]


def test_an_empty_zoo_is_an_empty_list(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["models", "--json", "--zoo", str(tmp_path)]).stdout == "[]\n"
    run = CliRunner().invoke(app, ["models", "--zoo", str(tmp_path)])
    assert run.exit_code == 0 and "no published model" in run.stderr


def test_a_card_with_nan_is_refused_in_one_line_and_not_listed(tmp_path: Path) -> None:
    write_tiny_model(tmp_path, "alpha", seed=1)
    card = tmp_path / "alpha@1" / "card.json"
    text = card.read_text(encoding="utf-8")
    card.write_text(text.replace('"n_positive": 3', '"n_positive": NaN'), encoding="utf-8")
    run = CliRunner().invoke(app, ["models", "--json", "--zoo", str(tmp_path)])
    assert run.exit_code == 1
    assert run.stdout == ""
    assert len(run.stderr.splitlines()) == 1 and "NaN" in run.stderr


def test_the_list_for_machines_holds_no_number_that_json_does_not_know(
    zoo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer, "model_to_dict", lambda _: {"threshold": float("nan")})
    run = CliRunner().invoke(app, ["models", "--json", "--zoo", str(zoo)])
    assert isinstance(run.exception, ValueError)
    assert "NaN" not in run.stdout


def test_every_command_has_a_help(zoo: Path) -> None:
    listed = CliRunner().invoke(app, ["--help"])
    assert listed.exit_code == 0
    for command in COMMANDS:
        assert command in listed.stdout
        assert CliRunner().invoke(app, [command, "--help"]).exit_code == 0


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(app, ["--version"]).stdout == f"{__version__}\n"


def test_an_unknown_command_is_a_usage_error() -> None:
    assert CliRunner().invoke(app, ["diagnose"]).exit_code == 2
