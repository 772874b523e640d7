"""The data sets we read. Adding one = one file and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from mammoscope.datasets import mini_mias, phantom_set, rsna
from mammoscope.datasets.dataset import Dataset
from mammoscope.types import DatasetError

DATASETS: Mapping[str, Callable[[Path], Dataset]] = {
    "mini-mias": mini_mias.read,
    "rsna": rsna.read,
    "phantom": phantom_set.read,
}


def open_dataset(name: str, root: Path) -> Dataset:
    """The data set of that name under `root`.

    Raises:
        DatasetError: no reader of that name, or what the reader refuses.
    """
    if name not in DATASETS:
        raise DatasetError(f"data set {name!r} is unknown; expected one of {sorted(DATASETS)}")
    return DATASETS[name](root)
