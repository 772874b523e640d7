"""`mammoscope queue`: what a gateway left is shown and settled."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mammoscope.cli import app
from mammoscope.ledger.cipher import open_cipher
from mammoscope.ledger.queue import Queue


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """A queue with two parked images and one that waits."""
    url, key = f"sqlite:///{tmp_path / 'q.db'}", tmp_path / "q.key"
    with closing(Queue(url, open_cipher(key, create=True), owner="tests")) as queue:
        for name in ("1.1 tiny@1 float32", "1.2 tiny@1 float32"):
            queue.put(name, b"image")
            work = queue.take("read", seconds=60)
            assert work is not None
            queue.park(work, reason="no breast; send another")
        queue.put("1.3 tiny@1 float32", b"image")
    return ["--queue", url, "--queue-key", str(key)]


def run(*given: str, status: int = 0) -> str:
    result = CliRunner().invoke(app, ["queue", *given])
    assert result.exit_code == status, result.output
    return " ".join(result.output.replace("│", " ").split())


def test_it_counts(words: list[str]) -> None:
    counts = {"to read": 1, "to send": 0, "parked": 2, "done": 0}
    assert json.loads(run("status", "--json", *words)) == counts
    assert run("status", *words) == "1 to read 0 to send 2 parked 0 done"


def test_it_lists_what_was_parked_with_the_images_uid_and_the_reason(words: list[str]) -> None:
    listed = json.loads(run("list", "--json", *words))
    assert sorted(each["name"].split()[0] for each in listed) == ["1.1", "1.2"]
    shown = run("list", *words)
    assert listed[0]["id"][:12] in shown and shown.count("no breast; send another") == 2


def test_parked_work_is_made_due_again_or_taken_away(words: list[str]) -> None:
    one, other = (each["id"] for each in json.loads(run("list", "--json", *words)))
    assert run("retry", one[:10], *words) == "1 due again"
    assert run("discard", "--all", *words) == "1 discarded"
    assert json.loads(run("list", "--json", *words)) == [] and other
    assert json.loads(run("status", "--json", *words))["to read"] == 2


def test_what_is_not_parked_or_not_chosen_is_told(words: list[str]) -> None:
    assert "0 parked pieces of work begin with 'xyz'" in run("retry", "xyz", *words, status=1)
    assert "2 parked pieces of work begin with ''" in run("retry", "", *words, status=1)
    for given in ((), ("abc", "--all")):
        assert "or --all" in run("discard", *given, *words, status=2)


def test_a_queue_or_key_that_is_not_there_is_not_made(tmp_path: Path, words: list[str]) -> None:
    key = tmp_path / "other.key"
    assert "cannot read" in run("status", *words[:3], str(key), status=1)
    none = f"sqlite:///{tmp_path / 'none.db'}"
    assert "there is no queue" in run("status", "--queue", none, *words[2:], status=1)
    assert not key.exists() and not (tmp_path / "none.db").exists()
