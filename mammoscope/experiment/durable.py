"""Writes a file whole or not at all: a process that is killed leaves the old one, or the new."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any


def write_file(path: Path, write: Callable[[Path], object]) -> None:
    """Calls `write` with a path beside `path`, and renames what it wrote to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Keras looks at the ending, so the name keeps it.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-", suffix=path.name)
    os.close(handle)
    aside = Path(name)
    try:
        write(aside)
        aside.chmod(0o644)  # mkstemp's is for the owner alone
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
