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
    """

    name: str
    source: str
    license: str
    task: Task
    records: tuple[Record, ...]
    load: Callable[[Record], BreastImage]

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
    },
)
TASKS = {task.name: task for task in (ABNORMAL, CANCER)}
