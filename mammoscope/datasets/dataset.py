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
        given_parts: records name the part they are of in `attributes["part"]`; a split that is
            drawn anew would mix slides.
        size_bytes: record → length of its file as it was given out, also in an archive; None where
            there are no files, or several records in one.
    """

    name: str
    source: str
    license: str
    task: Task
    records: tuple[Record, ...]
    load: Callable[[Record], BreastImage]
    stamp: Callable[[Record], str]
    notes: tuple[str, ...] = ()
    given_parts: bool = False
    size_bytes: Callable[[Record], int] | None = None

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
# The labels of histology are spelled as no folder of mammograms spells them, so that the names of
# class folders still tell which question is asked: "0" and "1" are of `cancer` alone, and BACH's
# capitals are not the "normal" and "benign" of mammograms.
METASTASIS = Task(
    name="metastasis",
    classes=("no metastasis", "metastasis"),
    positive="metastasis",
    labels={"no metastasis": "no metastasis", "metastasis": "metastasis"},
    modality="histology",
)
CARCINOMA = Task(
    name="carcinoma",
    classes=("no carcinoma", "carcinoma"),
    positive="carcinoma",
    labels={
        "Normal": "no carcinoma",
        "Benign": "no carcinoma",
        "InSitu": "carcinoma",
        "Invasive": "carcinoma",
        "benign tumor": "no carcinoma",
        "malignant tumor": "carcinoma",
        "no carcinoma": "no carcinoma",
        "carcinoma": "carcinoma",
    },
    modality="histology",
)
# In the order of severity, which the vote over an image's patches relies on.
HISTOLOGY4 = Task(
    name="histology4",
    classes=("normal", "benign", "in situ", "invasive"),
    positive="invasive",
    labels={
        "Normal": "normal",
        "Benign": "benign",
        "InSitu": "in situ",
        "Invasive": "invasive",
    },
    modality="histology",
)
TASKS = {task.name: task for task in (ABNORMAL, CANCER, METASTASIS, CARCINOMA, HISTOLOGY4)}
