"""What all tests of this room share: few bootstrap draws of the figures on images."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from mammoscope.experiment.segmentation_report import measure_segmentation


@pytest.fixture(scope="session", autouse=True)
def few_draws() -> Iterator[None]:
    """A study measures masses, with 2,000 draws a figure: seconds that no test here looks at."""
    with pytest.MonkeyPatch.context() as patch:
        quick = partial(measure_segmentation, replicates=20)
        patch.setattr("mammoscope.experiment.image_report.measure_segmentation", quick)
        yield
