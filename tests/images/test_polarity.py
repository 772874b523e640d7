"""White surrounds are turned; everything else stays as it is."""

from __future__ import annotations

import numpy as np
import pytest

from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.images.polarity import correct_polarity, has_white_surround
from mammoscope.types import BreastImage

SMALL = PhantomConfig(rows=320, columns=256)


@pytest.mark.parametrize("laterality", ["L", "R"])
@pytest.mark.parametrize("view", ["CC", "MLO"])
@pytest.mark.parametrize("seed", range(5))
def test_a_phantom_is_turned_when_inverted_and_left_when_not(
    laterality: str, view: str, seed: int
) -> None:
    image = make_phantom(seed, laterality=laterality, view=view, config=SMALL).image
    assert correct_polarity(image) is image
    inverted = BreastImage(1.0 - image.pixels)
    turned = correct_polarity(inverted)
    assert np.allclose(turned.pixels, image.pixels, atol=1e-6)
    assert "inverted" in turned.source.steps[-1]
    assert "turned" in turned.source.warnings[-1]


def test_a_bright_crop_without_a_flat_surround_is_left_alone() -> None:
    noise = np.random.default_rng(0).uniform(0.5, 1.0, (200, 200)).astype(np.float32)
    assert not has_white_surround(noise)


def test_a_blank_image_is_left_alone() -> None:
    assert not has_white_surround(np.ones((200, 200), np.float32))


def test_a_white_implant_in_a_black_surround_is_left_alone() -> None:
    pixels = np.zeros((200, 200), np.float32)
    pixels[50:150, :120] = 1.0
    assert not has_white_surround(pixels)


def test_an_inverted_export_need_not_use_the_whole_range() -> None:
    image = make_phantom(1, laterality="L", view="CC", config=SMALL).image
    assert has_white_surround((0.9 - 0.7 * image.pixels).astype(np.float32))


def test_histology_is_never_turned() -> None:
    white = np.ones((64, 64), np.float32)
    white[20:40, 20:40] = 0.2
    image = BreastImage(white, modality="histology")
    assert correct_polarity(image) is image
