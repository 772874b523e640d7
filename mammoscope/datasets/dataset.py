"""What every data set reader gives back, and the questions that data sets can answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mammoscope.types import BreastImage, DatasetError, Record, Task


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Records and a way to their pixels.

    Attributes:
        name: as in the catalog.
        source: what to cite.
        license: what its images may be used for, and so the weights trained on them.
        task: the question it is labelled for.
        records: one an image, in a fixed order.
        load: record → image. Readers keep what they know of their files (aspect, archive) here.
        stamp: record → short text that changes when what `load` gives for it changes on disk,
            for the key of a cache. It costs a look at the file, not a reading of it.
        notes: what a reader of figures made from this data must know, a sentence each.
    """

    name: str
    source: str
    license: str
    task: Task
    records: tuple[Record, ...]
    load: Callable[[Record], BreastImage]
    stamp: Callable[[Record], str]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.records:
            raise DatasetError(f"data set {self.name} has no records")
        if len({record.path for record in self.records}) != len(self.records):
            raise DatasetError(f"data set {self.name} names an image twice")
        for record in self.records:
            self.task.index(record.label)


ABNORMAL = Task(
    name="abnormal",
    classes=("normal", "abnormal"),
    positive="abnormal",
    labels={
        "NORM": "normal",
        "B": "abnormal",
        "M": "abnormal",
        "normal": "normal",
        "abnormal": "abnormal",
        "benign": "abnormal",
        "malignant": "abnormal",
    },
)
CANCER = Task(
    name="cancer",
    classes=("no cancer", "cancer"),
    positive="cancer",
    labels={
        "0": "no cancer",
        "1": "cancer",
        "NORM": "no cancer",
        "B": "no cancer",
        "M": "cancer",
        "no cancer": "no cancer",
        "normal": "no cancer",
        "benign": "no cancer",
        "cancer": "cancer",
        "malignant": "cancer",
    },
)
TASKS = {task.name: task for task in (ABNORMAL, CANCER)}
