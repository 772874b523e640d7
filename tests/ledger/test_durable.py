"""A file is written whole or not at all, with the rights that the user's umask leaves it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mammoscope.ledger.durable import sweep, write_file, write_json, write_text


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "old")

    def fail(aside: Path) -> None:
        aside.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_file(tmp_path / "a.txt", fail)
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_numbers_that_are_none_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "a.json", {"auc": float("nan")})
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name != "posix", reason="umask is POSIX'")
@pytest.mark.parametrize(("umask", "mode"), [(0o077, 0o600), (0o022, 0o644)])
def test_what_the_umask_hides_from_others_stays_hidden(
    tmp_path: Path, umask: int, mode: int
) -> None:
    before = os.umask(umask)
    try:
        write_text(tmp_path / "women.csv", "a")
    finally:
        os.umask(before)
    assert (tmp_path / "women.csv").stat().st_mode & 0o777 == mode


def test_what_killed_writers_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / ".writing-abc-report.json").write_text("half")
    (tmp_path / "report.json").write_text("whole")
    sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
