"""Files of secrets: one writer at a time, whole or not at all, nobody else's to read."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from mammoscope.ledger import private_file
from mammoscope.ledger.private_file import create_private, locked, read_private, write_private
from mammoscope.types import MammoscopeError


def test_what_is_written_is_read_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    create_private(path, b"first")
    with pytest.raises(FileExistsError):
        create_private(path, b"another")
    assert read_private(path) == b"first"
    write_private(path, b"second")
    assert read_private(path) == b"second"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secret"
    create_private(path, b"first")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(MammoscopeError, match="No space left"):
        write_private(path, b"second")
    assert read_private(path) == b"first" and list(tmp_path.iterdir()) == [path]


def test_who_holds_a_lock_for_too_long_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private_file, "PATIENCE_S", 0.2)
    path = tmp_path / "secret"
    with locked(path):
        started = time.monotonic()
        with pytest.raises(MammoscopeError, match="locked by another"), locked(path):
            pass
        assert time.monotonic() - started < 5
    with locked(path):
        pass


def test_a_lock_is_not_taken_through_a_link(tmp_path: Path) -> None:
    (tmp_path / ".secret.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(MammoscopeError, match="cannot lock"), locked(tmp_path / "secret"):
        pass
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("kind", ["nothing", "folder", "large"])
def test_what_is_no_secret_file_is_said(tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    if kind == "folder":
        path.mkdir()
    if kind == "large":
        create_private(path, bytes(5 * 2**20))
    with pytest.raises(MammoscopeError, match=kind):
        read_private(path)
