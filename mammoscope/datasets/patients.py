"""`patients.csv`: which woman, side and view each image of a folder is."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from mammoscope.types import ASPECT_LIMITS, DatasetError, Laterality, Record

PATIENTS_FILE = "patients.csv"
_NEEDED = ("path", "patient")
_KNOWN = (*_NEEDED, "laterality", "view", "aspect")


def read_patients(table: Path, labels: Mapping[str, str]) -> tuple[Record, ...]:
    """A record for each image, sorted by path.

    Args:
        table: CSV in UTF-8 with the columns `path` and `patient`, maybe `laterality` (L, R),
            `view` and `aspect` (true height / width of the whole image); what else it holds
            becomes attributes.
        labels: path of each image, with '/', → its label.

    Raises:
        DatasetError: an image without a row, a row without an image, two rows for one image, or
            a column or value without sense.
    """
    rows = _rows(table)
    _check_paths(table, rows, labels)
    return tuple(
        sorted(
            (_record(f"{table} line {line}", row, labels) for line, row in rows),
            key=lambda record: record.path,
        )
    )


def _rows(table: Path) -> list[tuple[int, dict[str, str]]]:
    """Each row with its line in the file, values without the blanks around them."""
    try:
        # Excel writes a byte order mark.
        with table.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            header = [name.strip() for name in next(reader, [])]
            _check_header(table, header)
            rows = []
            for values in reader:
                if not values:
                    continue
                if len(values) != len(header):
                    raise DatasetError(
                        f"{table} line {reader.line_num} has {len(values)} values; expected "
                        f"{len(header)}, as in its header"
                    )
                # A blank after a woman's name would make two women of her.
                stripped = (value.strip() for value in values)
                rows.append((reader.line_num, dict(zip(header, stripped, strict=True))))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{table} is not a CSV in UTF-8: {error}") from error
    return rows


def _check_header(table: Path, header: list[str]) -> None:
    missing = [name for name in _NEEDED if name not in header]
    if missing:
        raise DatasetError(
            f"{table} lacks the columns {missing}; it has {header}; expected "
            f"{', '.join(_KNOWN)} and any others, separated by commas"
        )
    if len(set(header)) != len(header) or "" in header:
        raise DatasetError(f"{table} has the columns {header}; expected each named, and once")


def _check_paths(
    table: Path, rows: list[tuple[int, dict[str, str]]], labels: Mapping[str, str]
) -> None:
    """One row an image and one image a row; otherwise women would be mixed up in silence."""
    counts = Counter(row["path"] for _, row in rows)
    for paths, words in (
        ([path for path, count in counts.items() if count > 1], "paths stand in several rows of"),
        ([path for path in counts if path not in labels], "paths name no image, in"),
        ([path for path in labels if path not in counts], "images have no row in"),
    ):
        if paths:
            raise DatasetError(
                f"{len(paths)} {words} {table} (first: {min(paths)}); expected one row an image, "
                "its path from the folder of patients.csv on, with '/'"
            )


def _record(place: str, row: Mapping[str, str], labels: Mapping[str, str]) -> Record:
    if not row["patient"]:
        raise DatasetError(f"{place} names no patient; expected one for each image")
    side = row.get("laterality", "")
    if side not in ("L", "R", ""):
        raise DatasetError(f"{place} has laterality {side!r}; expected L, R or nothing")
    return Record(
        path=row["path"],
        label=labels[row["path"]],
        patient=row["patient"],
        laterality=cast(Laterality, side) if side else None,
        view=row.get("view") or None,
        aspect=_aspect(place, row.get("aspect", "")),
        attributes={name: text for name, text in row.items() if name not in _KNOWN and text},
    )


def _aspect(place: str, text: str) -> float | None:
    if not text:
        return None
    least, most = ASPECT_LIMITS
    try:
        aspect = float(text)
    except ValueError:
        aspect = float("nan")
    if not least <= aspect <= most:  # also refuses NaN
        raise DatasetError(
            f"{place} has aspect {text!r}; expected a height / width in [{least:g}, {most:g}], "
            "or nothing"
        )
    return aspect
