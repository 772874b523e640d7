"""The muscle is found where it was drawn, on either side and at any size, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from mammoscope.datasets.phantom import Phantom, PhantomConfig, make_phantom
from mammoscope.images.pectoral import PectoralMuscle, find_pectoral
from mammoscope.images.segment import find_breast
from mammoscope.types import BreastImage


def found(image: BreastImage) -> PectoralMuscle | None:
    return find_pectoral(image, find_breast(image))


def overlap(muscle: PectoralMuscle, phantom: Phantom) -> float:
    shape = phantom.pectoral.shape
    grown = cv2.resize(muscle.mask.astype(np.uint8), shape[::-1]) > 0
    return float((grown & phantom.pectoral).sum() / (grown | phantom.pectoral).sum())


@pytest.mark.parametrize("laterality", ["L", "R"])
@pytest.mark.parametrize("seed", [1, 2, 4])
@pytest.mark.parametrize("size", [(320, 256), (640, 512), (1200, 900)])
def test_the_muscle_of_an_oblique_phantom_is_found_where_it_was_drawn(
    laterality: str, seed: int, size: tuple[int, int]
) -> None:
    config = PhantomConfig(rows=size[0], columns=size[1])
    phantom = make_phantom(seed, laterality=laterality, view="MLO", config=config)
    muscle = found(phantom.image)
    assert muscle is not None
    assert overlap(muscle, phantom) > 0.7
    assert 0.0 < muscle.quality <= 1.0


@pytest.mark.parametrize("laterality", ["L", "R"])
def test_the_polygon_encloses_the_mask_in_image_pixels(laterality: str) -> None:
    phantom = make_phantom(2, laterality=laterality, view="MLO", config=PhantomConfig())
    muscle = found(phantom.image)
    assert muscle is not None and muscle.polygon.dtype == np.float64
    drawn = np.zeros(phantom.pixels.shape, np.uint8)
    cv2.fillPoly(drawn, [np.rint(muscle.polygon).astype(np.int32)], 1)
    grown = cv2.resize(muscle.mask.astype(np.uint8), drawn.shape[::-1], interpolation=0)
    assert (drawn & grown).sum() / (drawn | grown).sum() > 0.9
    assert muscle.polygon.min() >= 0
    assert muscle.polygon[:, 0].max() <= phantom.image.columns
    at_wall = muscle.polygon[0, 0]
    assert at_wall == pytest.approx(0 if laterality == "L" else phantom.image.columns, abs=3)


def test_a_mirrored_image_has_the_mirrored_muscle() -> None:
    image = make_phantom(3, laterality="L", view="MLO", config=PhantomConfig()).image
    mirrored = replace(image, pixels=np.ascontiguousarray(image.pixels[:, ::-1]))
    muscle, other = found(image), found(mirrored)
    assert muscle is not None and other is not None
    both = muscle.mask & other.mask[:, ::-1]
    assert both.sum() / (muscle.mask | other.mask[:, ::-1]).sum() > 0.95


def test_the_muscle_is_a_part_of_the_breast() -> None:
    image = make_phantom(5, laterality="R", view="MLO", config=PhantomConfig()).image
    breast = find_breast(image)
    muscle = find_pectoral(image, breast)
    assert muscle is not None and muscle.mask.shape == breast.mask.shape
    assert not (muscle.mask & ~breast.mask).any()


@pytest.mark.parametrize("view", ["CC", "XCCL", "FB"])
def test_a_view_without_the_muscle_has_none_whatever_its_pixels(view: str) -> None:
    image = make_phantom(2, laterality="L", view="MLO", config=PhantomConfig()).image
    assert found(image) is not None
    assert found(replace(image, view=view)) is None


@pytest.mark.parametrize("laterality", ["L", "R"])
@pytest.mark.parametrize("seed", range(5))
def test_an_unknown_craniocaudal_view_has_none(laterality: str, seed: int) -> None:
    image = make_phantom(seed, laterality=laterality, view="CC", config=PhantomConfig()).image
    assert found(replace(image, view=None)) is None


def test_an_unknown_oblique_view_is_told_from_the_pixels() -> None:
    image = make_phantom(2, laterality="L", view="MLO", config=PhantomConfig()).image
    assert found(replace(image, view=None)) is not None


@pytest.mark.parametrize("shape", [(1, 1), (20, 30), (300, 200), (300, 200, 3)])
def test_blank_tiny_and_colour_images_have_none(shape: tuple[int, ...]) -> None:
    assert found(BreastImage(np.zeros(shape, np.float32), view="MLO")) is None
