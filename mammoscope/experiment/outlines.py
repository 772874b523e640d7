"""Where a reader outlined lesions, on the arrays that a network is trained with."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from mammoscope.datasets.dataset import Dataset
from mammoscope.experiment.data import PartData
from mammoscope.experiment.lessons import Ellipse
from mammoscope.images.preprocess import PreprocessConfig, prepare
from mammoscope.types import Record


def outline_lesions(dataset: Dataset, part: PartData, config: PreprocessConfig) -> PartData:
    """The part with its circles, carried to the prepared arrays.

    An image without a finding has no lesion; of one with a finding and no circle nobody knows
    where it is.

    Args:
        dataset: that holds the images.
        part: of it.
        config: that its images were prepared by.

    Raises:
        DecodeError: an image cannot be read.
    """

    def outline(record: Record) -> tuple[Ellipse, ...] | None:
        if not dataset.task.index(record.label):
            return ()
        if not record.lesions:
            return None
        geometry = prepare(dataset.load(record), config).geometry
        found = []
        for lesion in record.lesions:
            film = np.array([(lesion.x, lesion.y)] * 3, dtype=np.float64)
            film[1, 0] += lesion.radius
            film[2, 1] += lesion.radius
            middle, across, down = geometry.forward(film)
            half_axes = abs(float(across[0] - middle[0])), abs(float(down[1] - middle[1]))
            found.append((float(middle[0]), float(middle[1]), *half_axes))
        return tuple(found)

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return replace(part, outlined=list(pool.map(outline, part.records)))
