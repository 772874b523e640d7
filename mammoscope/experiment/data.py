"""The parts of a split as arrays, prepared as they will be when the model answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoscope.datasets.dataset import Dataset
from mammoscope.experiment.lessons import Ellipse
from mammoscope.experiment.prepared import PreparedImages, Say
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.types import PartName, Record, Split


@dataclass(frozen=True, slots=True, eq=False)
class PartData:
    """One part of a split, prepared.

    Attributes:
        records: N images.
        x: their arrays (H, W, C), on disk.
        y: class indices (N,), float32.
        outlined: image by image, the ellipses of its lesions on its array, None where nobody
            knows; empty = nobody looked.
    """

    records: Sequence[Record]
    x: PreparedImages
    y: NDArray[np.float32]
    outlined: Sequence[tuple[Ellipse, ...] | None] = ()

    @property
    def refused(self) -> int:
        """How many images the quality gate would not let a model judge.

        They are counted and kept: a figure must not be made prettier by leaving images out.
        """
        return self.x.refused

    def take(self, indices: Sequence[int]) -> PartData:
        """The images of these indices."""
        return PartData(
            records=[self.records[index] for index in indices],
            x=self.x.take(indices),
            y=self.y[list(indices)],
            outlined=[self.outlined[index] for index in indices] if self.outlined else (),
        )

    def spread(self, most: int) -> PartData:
        """At most so many of the images, spread over all of them."""
        return self.take(range(0, len(self.records), -(-len(self.records) // most)))


def prepare_records(
    dataset: Dataset,
    records: Sequence[Record],
    config: PreprocessConfig,
    cache: Path,
    *,
    say: Say = lambda line: None,
) -> PartData:
    """Prepared arrays and labels of these records.

    Raises:
        DecodeError: an image cannot be read; none is skipped.
    """
    return PartData(
        records=records,
        x=PreparedImages(dataset, records, config, cache, say=say),
        y=np.array([dataset.task.index(r.label) for r in records], dtype=np.float32),
    )


def prepare_parts(
    dataset: Dataset,
    split: Split,
    names: Iterable[PartName],
    config: PreprocessConfig,
    cache: Path,
    *,
    say: Say = lambda line: None,
) -> dict[PartName, PartData]:
    """The named parts, prepared.

    Args:
        dataset: holds the images.
        split: of that data set.
        names: which parts; no image of another part is opened.
        config: as it will be published with the model.
        cache: folder of prepared arrays.
        say: told of progress, a line at a time.

    Raises:
        DecodeError: an image cannot be read; none is skipped.
    """
    data = {}
    for name in names:
        records = split.parts()[name]
        say(f"preparing {len(records)} images of {name}")
        data[name] = prepare_records(dataset, records, config, cache, say=say)
    return data
