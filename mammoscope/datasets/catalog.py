"""The data sets we read. Adding one = one file and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from mammoscope.datasets import bach, breakhis, folder, mini_mias, pcam, phantom_set, rsna
from mammoscope.datasets.dataset import TASKS, Dataset
from mammoscope.types import DatasetError, Task

# Where the data set lies and the question asked of it, None for its own → the data set.
Reader = Callable[[Path, Task | None], Dataset]

DATASETS: Mapping[str, Reader] = {
    "mini-mias": mini_mias.read,
    "rsna": rsna.read,
    "pcam": pcam.read,
    "bach": bach.read,
    "breakhis": breakhis.read,
    "phantom": phantom_set.read,
    "folder": folder.read,
}


def open_dataset(name: str, root: Path, *, task: str | None = None) -> Dataset:
    """The data set of that name under `root`, asked its own question or another.

    Raises:
        DatasetError: no reader or task of that name, labels that the task does not know, or
            what the reader refuses.
    """
    if name not in DATASETS:
        raise DatasetError(f"data set {name!r} is unknown; expected one of {sorted(DATASETS)}")
    if task is not None and task not in TASKS:
        raise DatasetError(f"task {task!r} is unknown; expected one of {sorted(TASKS)}")
    return DATASETS[name](root, None if task is None else TASKS[task])
