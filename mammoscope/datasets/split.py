"""Stratified, patient-grouped, seeded splits; saved with a digest, so that runs can be compared."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mammoscope.datasets.dataset import Dataset
from mammoscope.types import DatasetError, PartName, Record, Split, Task

SHARES: Mapping[PartName, float] = {"train": 0.65, "validation": 0.15, "test": 0.20}
_HEADER = ("path", "patient", "label", "part")


def make_split(
    records: Sequence[Record],
    task: Task,
    *,
    seed: int,
    shares: Mapping[PartName, float] = SHARES,
) -> Split:
    """Each patient whole in one part, patients with and without a positive image shared alike.

    Args:
        records: images of one data set.
        task: says which labels are positive.
        seed: of the shuffle.
        shares: part → share of the patients; they sum to 1.

    Raises:
        DatasetError: too few patients for three parts.
    """
    sound = set(shares) == set(SHARES) and min(shares.values()) > 0
    if not sound or abs(sum(shares.values()) - 1) > 1e-9:
        raise DatasetError(
            f"shares are {dict(shares)}; expected positive ones of {list(SHARES)} that sum to 1"
        )
    positive = task.classes.index(task.positive)
    patients: dict[str, bool] = {}
    for record in records:
        is_positive = task.index(record.label) == positive
        patients[record.patient] = patients.get(record.patient, False) or is_positive
    generator = np.random.default_rng(seed)
    part_of: dict[str, PartName] = {}
    for stratum in (False, True):
        members = sorted(patient for patient, found in patients.items() if found == stratum)
        order = generator.permutation(len(members))
        ends = np.round(np.cumsum([shares[name] for name in SHARES]) * len(members))
        for rank, index in enumerate(order):
            name = list(SHARES)[int(np.searchsorted(ends, rank, side="right"))]
            part_of[members[index]] = name
    parts: dict[PartName, list[Record]] = defaultdict(list)
    for record in records:
        parts[part_of[record.patient]].append(record)
    return Split(**{name: tuple(parts[name]) for name in SHARES})


def to_csv(split: Split) -> str:
    """The split as canonical CSV: a row an image, sorted by path."""
    rows = [
        (record.path, record.patient, record.label, name)
        for name, part in split.parts().items()
        for record in part
    ]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    writer.writerows(sorted(rows))
    return text.getvalue()


def digest(split: Split) -> str:
    """SHA-256 of the canonical CSV: two runs are comparable if and only if theirs are equal."""
    return hashlib.sha256(to_csv(split).encode()).hexdigest()


def load_split(path: Path, dataset: Dataset) -> Split:
    """The split that `to_csv` wrote, of the images that are in the data set now.

    Raises:
        DatasetError: another format, an unknown image, or one whose label or patient changed.
        LeakageError: a patient in two parts.
    """
    rows = _read_rows(path)
    known = {record.path: record for record in dataset.records}
    for row in rows.values():
        record = known.get(row["path"])
        if record is None or (record.patient, record.label) != (row["patient"], row["label"]):
            raise DatasetError(
                f"{path} names {row['path']} of {row['patient']} as {row['label']!r}, which "
                f"data set {dataset.name} does not hold so; use the split made for this data"
            )
        if row["part"] not in SHARES:
            raise DatasetError(f"{path} has part {row['part']!r}; expected {list(SHARES)}")
    # In the data set's order, so that a split read back feeds training as the one first made.
    chosen = [record for record in dataset.records if record.path in rows]
    return Split(
        **{
            name: tuple(record for record in chosen if rows[record.path]["part"] == name)
            for name in SHARES
        }
    )


def _read_rows(path: Path) -> dict[str, dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            header = tuple(reader.fieldnames or ())
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{path} cannot be read as a split: {error}") from error
    if header != _HEADER:
        raise DatasetError(f"{path} has columns {list(header)}; expected {list(_HEADER)}")
    by_path = {row["path"]: row for row in rows}
    if len(by_path) != len(rows):
        raise DatasetError(f"{path} names an image twice; expected each once")
    return by_path
