"""`mammoscope log`: verifies and exports what a server wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mammoscope.cli import app
from mammoscope.ledger.audit_log import AuditLog
from mammoscope.ledger.seal import head_file
from tests.ledger.entries import entry, tamper


@pytest.fixture
def places(tmp_path: Path) -> Iterator[list[str]]:
    """The options that name a log of four rows."""
    url, key = f"sqlite:///{tmp_path / 'audit.db'}", tmp_path / "audit.key"
    log = AuditLog(url, secret_file=key)
    image = log.seal.input_digest(b"an image")
    log.append([entry(model="cnn@1"), entry(model="knn@1"), entry(input=image), entry(model="x@1")])
    log.close()
    yield ["--audit-log", url, "--audit-key", str(key)]


def test_a_log_as_it_was_written_is_whole_and_tells_its_end(places: list[str]) -> None:
    run = CliRunner().invoke(app, ["log", "verify", *places])
    assert run.exit_code == 0 and run.stderr == ""
    word, _, head = run.stdout.strip().partition(" ")
    assert word == "head" and head.startswith("4:")
    again = CliRunner().invoke(app, ["log", "verify", *places, "--head", head, "--json"])
    assert json.loads(again.stdout) == {"head": head, "findings": []}


def test_a_changed_and_a_missing_row_are_named_and_the_exit_status_is_one(
    places: list[str],
) -> None:
    tamper(
        places[1],
        "UPDATE mammoscope_audit SET verdict = 'not suspicious' WHERE number = 1",
        "DELETE FROM mammoscope_audit WHERE number = 3",
    )
    run = CliRunner().invoke(app, ["log", "verify", *places])
    assert run.exit_code == 1
    assert "row 1 was changed" in run.stdout and "row 3 is missing" in run.stdout
    assert "2 findings" in run.stderr and len(run.stderr.splitlines()) == 1
    findings = json.loads(CliRunner().invoke(app, ["log", "verify", *places, "--json"]).stdout)
    assert len(findings["findings"]) == 2


def test_a_cut_end_shows_by_the_head_and_its_absence_is_said(
    places: list[str], tmp_path: Path
) -> None:
    head = CliRunner().invoke(app, ["log", "verify", *places]).stdout.split()[1]
    tamper(places[1], "DELETE FROM mammoscope_audit WHERE number = 4")
    run = CliRunner().invoke(app, ["log", "verify", *places])
    assert run.exit_code == 1 and "row 4 is missing" in run.stdout
    head_file(tmp_path / "audit.key").unlink()
    run = CliRunner().invoke(app, ["log", "verify", *places])
    assert run.exit_code == 0 and "cannot be seen" in run.stderr
    run = CliRunner().invoke(app, ["log", "verify", *places, "--head", head])
    assert run.exit_code == 1 and "row 4 is missing" in run.stdout
    # What was found to be wrong is not taken for the log's end.
    run = CliRunner().invoke(app, ["log", "verify", *places, "--head", head, "--keep-head"])
    assert run.exit_code == 1 and not head_file(tmp_path / "audit.key").exists()
    run = CliRunner().invoke(app, ["log", "verify", *places, "--keep-head"])
    assert run.exit_code == 0 and head_file(tmp_path / "audit.key").exists()


def test_rows_are_exported_all_or_those_of_one_file(places: list[str], tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["log", "export", *places])
    rows = [json.loads(line) for line in run.stdout.splitlines()]
    assert [row["number"] for row in rows] == [1, 2, 3, 4]
    assert set(rows[0]) == {
        *("number", "at", "key_id", "model", "input", "verdict", "previous", "digest")
    }
    image = tmp_path / "a.dcm"
    image.write_bytes(b"an image")
    run = CliRunner().invoke(app, ["log", "export", *places, "--file", str(image)])
    assert [json.loads(line)["number"] for line in run.stdout.splitlines()] == [3]
    run = CliRunner().invoke(app, ["log", "export", *places, "--file", str(tmp_path / "Anna.dcm")])
    assert run.exit_code == 1 and "Anna" not in run.stderr


def test_an_export_cannot_drive_a_terminal(places: list[str]) -> None:
    tamper(places[1], "UPDATE mammoscope_audit SET model = char(27) || '[2J' WHERE number = 2")
    run = CliRunner().invoke(app, ["log", "export", *places])
    assert "\x1b" not in run.stdout and "\\u001b[2J" in run.stdout


def test_the_log_may_be_said_in_the_environment_and_must_be_somewhere(
    places: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert CliRunner().invoke(app, ["log", "verify"]).exit_code == 2
    assert CliRunner().invoke(app, ["log", "export", *places[:2]]).exit_code == 2
    monkeypatch.setenv("MAMMOSCOPE_AUDIT_LOG", places[1])
    monkeypatch.setenv("MAMMOSCOPE_AUDIT_KEY", places[3])
    assert CliRunner().invoke(app, ["log", "verify"]).exit_code == 0


@pytest.mark.parametrize("command", ["verify", "export"])
def test_a_log_that_is_not_there_is_one_line(tmp_path: Path, command: str) -> None:
    words = ["--audit-log", f"sqlite:///{tmp_path / 'a'}", "--audit-key", str(tmp_path / "k")]
    run = CliRunner().invoke(app, ["log", command, *words])
    assert run.exit_code == 1 and len(run.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_head_that_is_none_is_one_line(places: list[str]) -> None:
    run = CliRunner().invoke(app, ["log", "verify", *places, "--head", "4"])
    assert run.exit_code == 1 and "NUMBER:DIGEST" in run.stderr
