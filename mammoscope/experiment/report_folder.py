"""The folder of a report: what may be in it before it is written, and what is taken away."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

from mammoscope.ledger.durable import UNFINISHED
from mammoscope.types import DatasetError


def refuse_other(out: Path, *, kind: str, figures: str, ours: Collection[str]) -> None:
    """Returns where a folder is new, empty, or holds an earlier report of the same kind.

    Args:
        out: the folder.
        kind: as the report's JSON says it, such as "mammoscope comparison".
        figures: name of that JSON.
        ours: names of all files that such a report may hold.

    Raises:
        DatasetError: it is a file, or holds something else.
    """
    if not out.exists():
        return
    if not out.is_dir():
        raise DatasetError(f"{out} is a file; expected a folder; choose another --out")
    names = {path.name for path in out.iterdir() if not path.name.startswith(UNFINISHED)}
    if not names:
        return
    strange = sorted(names - set(ours))
    if strange or not _is_kind(out / figures, kind):
        first = strange[0] if strange else sorted(names)[0]
        what = kind.removeprefix("mammoscope ")
        raise DatasetError(
            f"{out} holds {first}, which is no part of a {what}; expected a new or empty "
            f"folder, or an earlier {what}; choose another --out"
        )


def sweep_report(out: Path, *, keep: Collection[str]) -> None:
    """Takes away what an earlier report left and this one will not write."""
    for path in out.iterdir():
        if path.name not in keep:
            path.unlink()


def _is_kind(path: Path, kind: str) -> bool:
    try:
        return bool(json.loads(path.read_text(encoding="utf-8"))["kind"] == kind)
    except (OSError, ValueError, TypeError, KeyError):
        return False
