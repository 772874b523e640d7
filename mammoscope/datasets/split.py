"""Stratified, patient-grouped, seeded splits; saved with a digest, so that runs can be compared."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

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
    if abs(sum(shares.values()) - 1) > 1e-9 or min(shares.values()) <= 0:
        raise DatasetError(f"shares are {dict(shares)}; expected positive shares that sum to 1")
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
    by_path = {record.path: record for record in dataset.records}
    parts: dict[PartName, list[Record]] = {name: [] for name in SHARES}
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != _HEADER:
            raise DatasetError(f"{path} has columns {reader.fieldnames}; expected {list(_HEADER)}")
        for row in reader:
            record = by_path.get(row["path"])
            if record is None or (record.patient, record.label) != (row["patient"], row["label"]):
                raise DatasetError(
                    f"{path} names {row['path']} of {row['patient']} as {row['label']!r}, which "
                    f"data set {dataset.name} does not hold so; use the split made for this data"
                )
            if row["part"] not in parts:
                raise DatasetError(f"{path} has part {row['part']!r}; expected {list(SHARES)}")
            parts[cast(PartName, row["part"])].append(record)
    return Split(**{name: tuple(part) for name, part in parts.items()})
