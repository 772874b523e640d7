"""The parts of a split as arrays, prepared as they will be when the model answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from mammoscope.datasets.dataset import Dataset
from mammoscope.images.preprocess import PreprocessConfig, prepare
from mammoscope.images.quality import check
from mammoscope.images.segment import find_breast
from mammoscope.types import FloatArray, PartName, Record, Split

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class PartData:
    """One part of a split, prepared.

    Attributes:
        records: N images.
        x: arrays (N, H, W, C).
        y: class indices (N,), float32.
        refused: how many of them the quality gate would not let a model judge. They are
            counted and kept: a figure must not be made prettier by leaving images out.
    """

    records: Sequence[Record]
    x: FloatArray
    y: FloatArray
    refused: int


def prepare_parts(
    dataset: Dataset,
    split: Split,
    names: Iterable[PartName],
    config: PreprocessConfig,
    *,
    say: Say = lambda line: None,
) -> dict[PartName, PartData]:
    """Prepared arrays and labels of the named parts.

    Args:
        dataset: holds the images.
        split: of that data set.
        names: which parts; no image of another part is opened.
        config: as it will be published with the model.
        say: told of progress, a line at a time.

    Raises:
        DecodeError: an image cannot be read; none is skipped.
    """
    data = {}
    for name in names:
        records = split.parts()[name]
        say(f"preparing {len(records)} images of {name}")
        x, refused = _prepare_all(dataset, records, config)
        y = np.array([dataset.task.index(r.label) for r in records], dtype=np.float32)
        data[name] = PartData(records=records, x=x, y=y, refused=refused)
    return data


def _prepare_all(
    dataset: Dataset, records: Sequence[Record], config: PreprocessConfig
) -> tuple[FloatArray, int]:
    arrays = np.empty((len(records), config.rows, config.columns, 1), dtype=np.float32)

    def fill(index: int) -> bool:
        image = dataset.load(records[index])
        breast = find_breast(image)
        arrays[index] = prepare(image, config, breast=breast).array
        return check(image, breast, modality=dataset.task.modality).reason is not None

    with ThreadPoolExecutor(max_workers=2) as pool:
        return arrays, sum(pool.map(fill, range(len(records))))
