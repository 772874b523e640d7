"""What all tests of this room share: little of what takes seconds that no test looks at."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from mammoscope.experiment import heatmaps
from mammoscope.experiment.segmentation_report import measure_segmentation


@pytest.fixture(scope="session", autouse=True)
def few_draws() -> Iterator[None]:
    """A study measures masses, with 2,000 draws a figure: seconds that no test here looks at."""
    with pytest.MonkeyPatch.context() as patch:
        quick = partial(measure_segmentation, replicates=20)
        patch.setattr("mammoscope.experiment.image_report.measure_segmentation", quick)
        yield


@pytest.fixture(scope="session", autouse=True)
def few_covered() -> Iterator[None]:
    """The end of a colour scale is taken from one image whose cells are covered, not from four."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(heatmaps, "OCCLUDED_IMAGES", 1)
        yield
