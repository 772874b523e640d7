"""Inverted exports are turned whatever their surround; everything else stays as it is."""

from __future__ import annotations

import numpy as np
import pytest

from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.images.polarity import (
    DOUBTFUL_WITHIN,
    correct_polarity,
    has_white_surround,
    is_inverted,
    polarity_evidence,
)
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


@pytest.mark.parametrize("surround", [0.0, 0.3, 0.5, 0.7, 1.0])
@pytest.mark.parametrize("view", ["CC", "MLO"])
def test_an_inverted_breast_is_turned_whatever_its_surround(surround: float, view: str) -> None:
    phantom = make_phantom(3, laterality="L", view=view, config=SMALL)
    pixels = np.where(phantom.mask, 1.0 - phantom.pixels, surround).astype(np.float32)
    assert is_inverted(pixels)


@pytest.mark.parametrize("surround", [0.0, 0.3, 0.5])
@pytest.mark.parametrize("view", ["CC", "MLO"])
def test_a_right_way_breast_is_left_in_a_gray_surround(surround: float, view: str) -> None:
    phantom = make_phantom(3, laterality="L", view=view, config=SMALL)
    assert not is_inverted(np.where(phantom.mask, phantom.pixels, surround).astype(np.float32))


@pytest.mark.parametrize("level", [0.0, 1.0])
@pytest.mark.parametrize("inverted", [False, True])
def test_a_letterbox_of_either_colour_does_not_matter(level: float, inverted: bool) -> None:
    pixels = make_phantom(2, laterality="R", view="MLO", config=SMALL).pixels
    framed = np.full((360, 290), level, np.float32)
    framed[20:-20, 17:-17] = 1.0 - pixels if inverted else pixels
    assert is_inverted(framed) == inverted


@pytest.mark.parametrize("size", [(160, 128), (640, 512), (1200, 900)])
def test_the_evidence_changes_its_sign_with_the_image_at_any_size(size: tuple[int, int]) -> None:
    config = PhantomConfig(rows=size[0], columns=size[1])
    pixels = make_phantom(1, laterality="L", view="MLO", config=config).pixels
    evidence = polarity_evidence(pixels)
    assert evidence > 0.9
    assert polarity_evidence(1.0 - pixels) == pytest.approx(-evidence, abs=0.02)


def test_where_there_is_no_air_the_evidence_is_in_doubt() -> None:
    noise = np.random.default_rng(0).uniform(0.0, 1.0, (200, 200)).astype(np.float32)
    assert abs(polarity_evidence(noise)) < DOUBTFUL_WITHIN
    assert polarity_evidence(np.ones((1, 1), np.float32)) == 0.0
    assert abs(polarity_evidence(np.eye(3, 900, dtype=np.float32))) < DOUBTFUL_WITHIN
