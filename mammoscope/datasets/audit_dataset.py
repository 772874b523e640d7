"""The rows that an audit looks at in a data set: its records, in parts of a split or folds."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mammoscope.datasets.audit_names import parent_keys
from mammoscope.datasets.audit_rows import AuditRows, KeyMechanism
from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.split import make_split, parts_of
from mammoscope.types import DatasetError, Record

_NEEDED = ("path", "part")
_ORDER = {"train": 0, "validation": 1, "test": 2}
# Attributes that tell lesions of one breast apart.
_LESION = ("lesion", "lesion_id", "abnormality id", "abnormality_id")


def rows_of_dataset(
    dataset: Dataset, part_of: Mapping[str, str], *, root: Path | None = None
) -> AuditRows:
    """The records that stand in a part.

    Args:
        dataset: holds the images.
        part_of: path → name of the part; records that are not named are left out.
        root: where the data set lies, for the sizes of its files; None = not looked at.

    Raises:
        DatasetError: a path that is no record's, or fewer than two parts.
    """
    records = [record for record in dataset.records if record.path in part_of]
    if len(records) != len(part_of):
        known = {record.path for record in records}
        strange = sorted(path for path in part_of if path not in known)
        raise DatasetError(
            f"the split names {len(strange)} images that data set {dataset.name} does not hold "
            f"(first: {strange[0]}); use the split made for this data"
        )
    names = list(dict.fromkeys(part_of[record.path] for record in records))
    # In the order of a split's parts, whatever stands first in the data set.
    parts = sorted(names, key=lambda name: _ORDER.get(name, len(_ORDER)))
    number = {name: index for index, name in enumerate(parts)}
    positive = dataset.task.classes.index(dataset.task.positive)
    out = len(dataset.records) - len(records)
    left_out = f"{out} images of the data set stand in no part of the split and are not looked at"
    return AuditRows(
        name=dataset.name,
        parts=tuple(parts),
        part=np.array([number[part_of[record.path]] for record in records], dtype=np.intp),
        paths=[record.path for record in records],
        keys=_keys(records),
        positive=np.array([dataset.task.index(record.label) == positive for record in records]),
        columns=_columns(records),
        load=lambda row: dataset.load(records[row]),
        file=lambda row: _file(root, records[row]),
        notes=(*dataset.notes, *([left_out] if out else [])),
    )


def default_parts(dataset: Dataset, *, seed: int) -> dict[str, str]:
    """The parts that the data set comes with, or those of the split that the seed draws.

    Given parts are taken as they are: a woman in two of them is what an audit is there to find.

    Raises:
        DatasetError: a part would be empty, or a record names none.
    """
    if not dataset.given_parts:
        return parts_of(make_split(dataset.records, dataset.task, seed=seed))
    parts = {record.path: record.attributes.get("part", "") for record in dataset.records}
    if not all(parts.values()):
        raise DatasetError(
            f"data set {dataset.name} comes in parts, and an image names none; expected one each"
        )
    return parts


def read_parts(path: Path) -> dict[str, str]:
    """Path → part, as a CSV with the columns `path` and `part` says.

    A run's `split.csv` is one. It may put a woman into two parts, which `load_split` refuses.

    Raises:
        DatasetError: no CSV in UTF-8, a column that is missing, or an image in two rows.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [name for name in _NEEDED if name not in (reader.fieldnames or ())]
            rows = [] if missing else list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{path} cannot be read as a split: {error}") from error
    parts = {row["path"]: row["part"] for row in rows}
    if missing or len(parts) != len(rows):
        raise DatasetError(
            f"{path} lacks the columns {missing}, or names an image twice ({len(rows)} rows, "
            f"{len(parts)} images); expected the columns path and part, and a row an image"
        )
    return parts


def _keys(records: Sequence[Record]) -> dict[KeyMechanism, Sequence[str]]:
    return {
        "same patient": [record.patient for record in records],
        "same breast": [record.breast if record.laterality else "" for record in records],
        "same lesion": [_lesion(record) for record in records],
        "named copy": parent_keys([record.path for record in records]),
    }


def _lesion(record: Record) -> str:
    numbers = [record.attributes[name] for name in _LESION if record.attributes.get(name)]
    return f"{record.breast}/{'/'.join(numbers)}" if numbers else ""


def _columns(records: Sequence[Record]) -> dict[str, Sequence[str]]:
    names = sorted({name for record in records for name in record.attributes} - {"part"})
    columns: dict[str, Sequence[str]] = {
        "laterality": [record.laterality or "" for record in records],
        "view": [record.view or "" for record in records],
    }
    for name in names:
        columns[name] = [record.attributes.get(name, "") for record in records]
    return columns


def _file(root: Path | None, record: Record) -> Path | None:
    path = None if root is None else root / record.path
    return path if path is not None and path.is_file() else None
