"""Writes a file whole or not at all: a process that is killed leaves the old one, or the new."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

UNFINISHED = ".writing-"


def write_file(path: Path, write: Callable[[Path], object]) -> None:
    """Calls `write` with a new path beside `path`, and renames what it wrote to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Keras and numpy look at the ending, so the name keeps it.
    aside = path.with_name(f"{UNFINISHED}{uuid4().hex}-{path.name}")
    try:
        write(aside)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """The text in UTF-8, line ends as they are."""
    write_file(path, lambda aside: aside.write_bytes(text.encode()))


def write_json(path: Path, values: Any) -> None:
    """Indented JSON.

    Raises:
        ValueError: a number is not finite, which JSON has no word for.
    """
    write_text(path, json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def sweep(folder: Path) -> None:
    """Takes away what killed processes left half-written; nobody else may be writing there."""
    for path in folder.glob(f"{UNFINISHED}*"):
        path.unlink(missing_ok=True)
