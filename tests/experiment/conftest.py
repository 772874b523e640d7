"""What all tests of this room share: little of what takes seconds that no test looks at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from mammoscope.datasets.dataset import Dataset
from mammoscope.experiment import heatmaps
from mammoscope.experiment.segmentation_report import measure_segmentation
from mammoscope.types import Record

FILMS = 8


@pytest.fixture(scope="session", autouse=True)
def few_films() -> Iterator[None]:
    """A study looks for masses on every film, and draws 2,000 times a figure."""

    def quick(dataset: Dataset, records: Sequence[Record], **words: Any) -> dict[str, Any]:
        return measure_segmentation(dataset, records[:FILMS], replicates=20, **words)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mammoscope.experiment.image_report.measure_segmentation", quick)
        yield


@pytest.fixture(scope="session", autouse=True)
def few_covered() -> Iterator[None]:
    """The end of a colour scale is taken from one image whose cells are covered, not from four."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(heatmaps, "OCCLUDED_IMAGES", 1)
        yield
