"""`mammoscope keys`: from the first key to its end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mammoscope.cli import app
from mammoscope.serving.keys import TOKEN, read_keys


def test_a_key_is_shown_once_listed_without_its_secret_and_revoked(tmp_path: Path) -> None:
    path = str(tmp_path / "keys.json")
    made = CliRunner().invoke(app, ["keys", "add", "Reading room 2", "--key-file", path])
    assert made.exit_code == 0
    match = TOKEN.fullmatch(made.stdout.strip())
    assert match is not None and match[1] in made.stderr and match[2] not in made.stderr
    listed = CliRunner().invoke(app, ["keys", "list", "--key-file", path]).stdout
    assert "Reading room 2" in listed and "in force" in listed and "120 a minute" in listed
    assert match[2] not in listed and read_keys(tmp_path / "keys.json")[match[1]].hash not in listed
    revoked = CliRunner().invoke(app, ["keys", "revoke", match[1], "--key-file", path])
    assert revoked.exit_code == 0
    assert "revoked" in CliRunner().invoke(app, ["keys", "list", "--key-file", path]).stdout
    again = CliRunner().invoke(app, ["keys", "revoke", match[1], "--key-file", path])
    assert again.exit_code == 0


def test_everything_of_a_key_can_be_said_and_read_by_a_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAMMOSCOPE_KEY_FILE", str(tmp_path / "keys.json"))
    words = ["add", "prometheus", "--scope", "metrics", "--scope", "predict", "--json"]
    made = CliRunner().invoke(app, ["keys", *words, "--per-minute", "4", "--days", "30"])
    key = json.loads(made.stdout)
    assert key["scopes"] == ["predict", "metrics"] and key["per_minute"] == 4
    assert key["expires"] > key["created"] and TOKEN.fullmatch(key["token"])
    (listed,) = json.loads(CliRunner().invoke(app, ["keys", "list", "--json"]).stdout)
    del key["token"]
    assert listed == key and not {"salt", "hash"} & set(listed)


def test_where_the_keys_are_must_be_said() -> None:
    for words in (["add", "x"], ["list"], ["revoke", "00000000"]):
        result = CliRunner().invoke(app, ["keys", *words])
        assert result.exit_code == 2 and "MAMMOSCOPE_KEY_FILE" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["list"], "no key file"),
        (["revoke", "00000000"], "no key file"),
        (["add", "x", "--scope", "admin"], "predict, metrics"),
        (["add", "'); DROP TABLE keys; --"], "expected at most 64"),
    ],
)
def test_what_makes_no_sense_is_one_line(tmp_path: Path, words: list[str], said: str) -> None:
    path = tmp_path / "keys.json"
    result = CliRunner().invoke(app, ["keys", *words, "--key-file", str(path)])
    assert result.exit_code == 1 and said in result.stderr
    assert len(result.stderr.splitlines()) == 1 and not path.exists()


def test_an_unknown_key_is_not_revoked(tmp_path: Path) -> None:
    path = str(tmp_path / "keys.json")
    CliRunner().invoke(app, ["keys", "add", "x", "--key-file", path])
    before = Path(path).read_bytes()
    result = CliRunner().invoke(app, ["keys", "revoke", "00000000", "--key-file", path])
    assert result.exit_code == 1 and "keys list" in result.stderr
    assert Path(path).read_bytes() == before
