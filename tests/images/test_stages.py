"""The stages as pictures: what is drawn where, and that the last is what a model eats."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.images.preprocess import PreprocessConfig, prepare
from mammoscope.images.segment import find_breast
from mammoscope.images.stages import (
    CHEST_WALL_COLOR,
    CROP_COLOR,
    OUTLINE_COLOR,
    STAGES,
    Picture,
    draw_stages,
)
from mammoscope.types import BreastImage, Laterality, Prepared

CONFIG = PreprocessConfig()
PHANTOM = PhantomConfig(label=False, rows=400, columns=320)


def stages_of(image: BreastImage) -> tuple[dict[str, Picture], Prepared]:
    breast = find_breast(image)
    prepared = prepare(image, CONFIG, breast=breast)
    return draw_stages(image, breast, prepared), prepared


def phantom(laterality: Laterality = "L") -> BreastImage:
    return make_phantom(5, laterality=laterality, view="CC", config=PHANTOM).image


def where(picture: Picture, color: tuple[int, int, int]) -> np.ndarray:
    return np.argwhere((picture == color).all(axis=2))


def test_the_stages_come_in_order_and_the_last_is_what_a_model_eats() -> None:
    image = phantom()
    stages, prepared = stages_of(image)
    assert tuple(stages) == STAGES
    assert np.array_equal(stages["1-decoded"], np.rint(image.pixels * 255))
    eaten = prepared.array[:, :, 0]
    assert stages["4-prepared"].dtype == np.uint8
    assert np.abs(stages["4-prepared"] / 255 - eaten).max() <= 0.5 / 255 + 1e-6
    assert stages["4-prepared-16bit"].dtype == np.uint16
    assert np.abs(stages["4-prepared-16bit"] / 65535 - eaten).max() <= 0.5 / 65535 + 1e-6


@pytest.mark.parametrize("laterality", ["L", "R"])
def test_the_chest_wall_is_drawn_on_its_side_and_the_crop_has_it_on_the_left(
    laterality: Laterality,
) -> None:
    image = phantom(laterality)
    stages, prepared = stages_of(image)
    top, left, bottom, right = prepared.geometry.crop
    rows, columns = where(stages["2-breast"], CHEST_WALL_COLOR).T
    assert (rows.min(), rows.max()) == (top, bottom - 1)
    assert (columns.max() == right - 1) == (laterality == "R") == prepared.geometry.mirrored
    assert (columns.min() == left) == (laterality == "L")
    assert columns.max() - columns.min() < 10
    crop = stages["1-decoded"][top:bottom, left:right]
    assert np.array_equal(stages["3-cropped"], crop[:, ::-1] if laterality == "R" else crop)


def test_the_crop_box_and_the_outline_are_where_they_were_found() -> None:
    # Away from all edges, so that each side of the box is seen.
    image = BreastImage(np.pad(phantom().pixels, 60))
    stages, prepared = stages_of(image)
    top, left, bottom, right = prepared.geometry.crop
    assert top > 0 and left > 0 and bottom < image.rows and right < image.columns
    picture = stages["2-breast"]
    box = where(picture, CROP_COLOR)
    # The bar of the chest wall lies over the left side.
    assert box[:, 0].min() == top and left < box[:, 1].min() < left + 10
    assert tuple(box.max(axis=0)) == (bottom - 1, right - 1)
    outline = where(picture, OUTLINE_COLOR)
    found = find_breast(image)
    scale = np.array([image.rows, image.columns]) / found.mask.shape
    cells = (outline / scale).astype(int)
    near = np.array(
        [found.mask[max(0, r - 2) : r + 3, max(0, c - 2) : c + 3].mean() for r, c in cells]
    )
    # On the mask's edge: some breast and some surround about each point.
    assert len(outline) > 200 and near.min() > 0.0 and near.max() < 1.0
    drawn = (picture != stages["1-decoded"][:, :, np.newaxis]).any(axis=2)
    drawn[top:bottom, left:right] = False
    assert not drawn.any()


@pytest.mark.parametrize("aspect", [0.5, 1.0, 1.5])
def test_the_crop_has_true_proportions_and_loses_no_pixel(aspect: float) -> None:
    stages, prepared = stages_of(replace(phantom(), pixel_aspect=aspect))
    top, left, bottom, right = prepared.geometry.crop
    rows, columns = stages["3-cropped"].shape
    assert rows / columns == pytest.approx((bottom - top) / (right - left) * aspect, rel=0.02)
    assert rows >= bottom - top and columns >= right - left


def test_without_a_breast_only_the_box_is_drawn() -> None:
    stages, _ = stages_of(BreastImage(np.zeros((200, 160), np.float32)))
    picture = stages["2-breast"]
    assert len(where(picture, CROP_COLOR)) > 0
    assert len(where(picture, CHEST_WALL_COLOR)) == len(where(picture, OUTLINE_COLOR)) == 0
    assert stages["4-prepared"].max() == 0


def test_colour_stays_colour_until_it_is_prepared() -> None:
    pixels = np.repeat(phantom().pixels[:, :, np.newaxis], 3, axis=2)
    pixels[:, :, 2] *= 0.5
    stages, _ = stages_of(BreastImage(pixels))
    assert stages["1-decoded"].shape == stages["2-breast"].shape == pixels.shape
    assert stages["3-cropped"].shape[2] == 3 and stages["4-prepared"].ndim == 2
