"""Pairs that a person looked at and found honest: they stay in the report and are no leak."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mammoscope.datasets.audit_rows import AuditRows, LeakedPair
from mammoscope.types import DatasetError

_COLUMNS = ("first", "second", "reason")


@dataclass(frozen=True, slots=True)
class AcceptedPair:
    """Two rows that may stand in two parts.

    Attributes:
        first, second: paths, as `audit.json` names them.
        reason: why, in a person's words.
    """

    first: str
    second: str
    reason: str


def read_accepted(path: Path) -> tuple[AcceptedPair, ...]:
    """The pairs that a CSV with the columns `first`, `second` and `reason` names.

    Raises:
        DatasetError: no CSV in UTF-8, a column that is missing, a row without a path or a
            reason, or a pair in two rows.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            rows = [] if missing else [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{path} cannot be read as accepted pairs: {error}") from error
    if missing:
        raise DatasetError(f"{path} lacks the columns {missing}; expected {', '.join(_COLUMNS)}")
    found: dict[tuple[str, str], AcceptedPair] = {}
    for line, row in rows:
        first, second, reason = ((row[name] or "").strip() for name in _COLUMNS)
        if not (first and second and reason):
            raise DatasetError(
                f"line {line} of {path} is {first!r}, {second!r}, {reason!r}; expected two paths "
                "as in audit.json, and the reason why they are no leak"
            )
        if (first, second) in found or (first != second and (second, first) in found):
            raise DatasetError(f"line {line} of {path} names a pair again; expected a row a pair")
        found[first, second] = AcceptedPair(first, second, reason)
    return tuple(found.values())


def to_csv(accepted: Sequence[AcceptedPair]) -> str:
    """As `read_accepted` reads it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows((pair.first, pair.second, pair.reason) for pair in accepted)
    return text.getvalue()


def accept(
    rows: AuditRows, pairs: Sequence[LeakedPair], accepted: Sequence[AcceptedPair]
) -> tuple[list[LeakedPair], list[str]]:
    """The pairs, those that are accepted marked and last, and a sentence for each never found.

    The order of the two paths does not matter, but where both orders were found (two folders may
    hold the same names) the one that is written is meant.

    Args:
        rows: that were audited.
        pairs: that were found in them.
        accepted: by a person.
    """
    found: dict[tuple[str, str], list[int]] = {}
    for index, pair in enumerate(pairs):
        found.setdefault((rows.paths[pair.first], rows.paths[pair.second]), []).append(index)
    reasons: dict[int, str] = {}
    strange: list[AcceptedPair] = []
    for one in accepted:
        here = found.get((one.first, one.second)) or found.get((one.second, one.first))
        if here is None:
            strange.append(one)
        else:
            reasons |= dict.fromkeys(here, one.reason)
    marked = [
        replace(pair, accepted=reasons[index]) if index in reasons else pair
        for index, pair in enumerate(pairs)
    ]
    known = set(rows.paths) if strange else set()
    return (
        sorted(marked, key=lambda pair: pair.accepted is not None),
        [_told(one, known) for one in strange],
    )


def _told(pair: AcceptedPair, known: set[str]) -> str:
    absent = [path for path in dict.fromkeys((pair.first, pair.second)) if path not in known]
    why = f"nothing here is called {' or '.join(absent)}" if absent else "nothing joins them"
    return f"{pair.first} and {pair.second} are accepted, but {why}"
