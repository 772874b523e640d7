"""RSNA 2022 screening mammograms: `train.csv` in the competition's columns, 8-bit JPEGs."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from mammoscope.datasets.dataset import ABNORMAL, CANCER, Dataset
from mammoscope.datasets.stamp import file_stamp
from mammoscope.images.decode import decode
from mammoscope.types import BreastImage, DatasetError, Laterality, Record, Task

SOURCE = "RSNA Screening Mammography Breast Cancer Detection challenge (2022)"
LICENSE = "research, non-commercial (terms of the RSNA 2022 challenge)"
COLUMNS = ("patient_id", "image_id", "laterality", "view", "cancer", "machine_id")
ATTRIBUTES = ("site_id", "machine_id", "age", "density", "implant", "invasive", "BIRADS")
# The images were stretched to squares. True height / width of the originals, by machine.
ASPECT = {"29": 1.09, "21": 1.333, "216": 1.199, "93": 1.279}
USUAL_ASPECT = 1.3
# Asked for the abnormal, the table can name cancers alone: `Task` label of each value.
_ABNORMAL_LABELS = {"0": "normal", "1": "abnormal"}
_ABNORMAL_NOTE = (
    "Abnormal means biopsy-proven cancer here, and normal that none was found: what else a reader "
    "would call abnormal, benign findings above all, is not in the labels."
)


def read(root: Path, task: Task | None = None) -> Dataset:
    """Every row of `train.csv`, with the true proportions of its machine.

    Args:
        root: folder with `train.csv` and `images/PATIENT_IMAGE.jpg`.
        task: the question; None = cancer or not. `abnormal` can be asked, so that a model that
            answers it can be tested here, and a note says what the labels mean then.

    Raises:
        DatasetError: a missing table, column or image, or a label that is not 0 / 1.
    """
    table = root / "train.csv"
    if not table.is_file():
        raise DatasetError(f"{table} does not exist; expected the RSNA folder with train.csv")
    try:
        with table.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            missing = sorted(set(COLUMNS) - set(reader.fieldnames or ()))
            if missing:
                raise DatasetError(f"{table} lacks the columns {missing}")
            labels = _ABNORMAL_LABELS if task == ABNORMAL else {}
            records = tuple(_record(row, labels) for row in reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{table} is not a CSV in UTF-8: {error}") from error
    absent = [record.path for record in records if not (root / record.path).is_file()]
    if absent:
        raise DatasetError(
            f"{len(absent)} images named in {table} are not there (first: {absent[0]}); "
            "complete the folder or take their rows out"
        )

    def load(record: Record) -> BreastImage:
        return decode((root / record.path).read_bytes(), aspect=record.aspect)

    return Dataset(
        name="rsna",
        source=SOURCE,
        license=LICENSE,
        task=task or CANCER,
        records=records,
        load=load,
        stamp=lambda record: file_stamp(root / record.path, aspect=record.aspect),
        size_bytes=lambda record: (root / record.path).stat().st_size,
        notes=(_ABNORMAL_NOTE,) if task == ABNORMAL else (),
    )


def _record(row: dict[str, str], labels: Mapping[str, str]) -> Record:
    # A breast is a woman and a side: with another word here two breasts would become one.
    if row["laterality"] not in ("L", "R"):
        raise DatasetError(f"laterality is {row['laterality']!r}; expected L or R")
    side = cast(Laterality, row["laterality"])
    return Record(
        path=f"images/{row['patient_id']}_{row['image_id']}.jpg",
        label=labels.get(row["cancer"], row["cancer"]),
        patient=f"rsna-{row['patient_id']}",
        laterality=side,
        view=row["view"] or None,
        aspect=ASPECT.get(row["machine_id"], USUAL_ASPECT),
        attributes={name: row[name] for name in ATTRIBUTES if row.get(name)},
    )
