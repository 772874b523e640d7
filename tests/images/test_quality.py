"""The gate refuses what a mammogram model should not judge, and says why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.images.quality import check
from mammoscope.images.segment import find_breast
from mammoscope.types import BreastImage, Source

NOISE = np.random.default_rng(0)
PHANTOM = make_phantom(2, laterality="L", view="CC", config=PhantomConfig()).image


def reason(image: BreastImage) -> str | None:
    return check(image, find_breast(image), modality="mammogram").reason


@pytest.mark.parametrize("seed", range(20))
def test_no_phantom_is_refused(seed: int) -> None:
    side, view = ("L", "R")[seed % 2], ("CC", "MLO")[seed // 2 % 2]
    assert (
        reason(make_phantom(seed, laterality=side, view=view, config=PhantomConfig()).image) is None
    )


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (BreastImage(np.zeros((600, 500), np.float32)), "blank"),
        (BreastImage(np.ones((600, 500), np.float32)), "blank"),
        (BreastImage(PHANTOM.pixels[200:400, 60:200].copy()), "not a crop"),
        (BreastImage(NOISE.random((600, 500, 3), dtype=np.float32)), "colour"),
        (BreastImage(PHANTOM.pixels[:100, :100]), "pixels"),
        (replace(PHANTOM, source=Source("dicom", 12, for_processing=True)), "FOR PROCESSING"),
        (replace(PHANTOM, modality="histology"), "histology"),
    ],
)
def test_what_cannot_be_assessed_is_refused_with_its_reason(image: BreastImage, words: str) -> None:
    found = reason(image)
    assert found is not None and words in found


def test_a_small_image_is_assessed_with_a_warning() -> None:
    image = make_phantom(
        2, laterality="L", view="CC", config=PhantomConfig(rows=320, columns=256)
    ).image
    report = check(image, find_breast(image), modality="mammogram")
    assert report.reason is None and "256 × 320" in report.warnings[-1]
