"""The stages as pictures: what is drawn where, and that the last is what a model eats."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from mammoscope.datasets.phantom import PhantomConfig, View, make_phantom
from mammoscope.images.color import COLORS
from mammoscope.images.enhance import ENHANCEMENTS, Enhancement
from mammoscope.images.pectoral import find_pectoral
from mammoscope.images.preprocess import PreprocessConfig, prepare
from mammoscope.images.presets import PRESETS
from mammoscope.images.segment import find_breast
from mammoscope.images.stages import (
    CHEST_WALL_COLOR,
    CROP_COLOR,
    OUTLINE_COLOR,
    PECTORAL_COLOR,
    Picture,
    draw_stages,
    is_stage,
)
from mammoscope.types import BreastImage, FloatArray, Laterality, Prepared

CONFIG = PreprocessConfig()
PHANTOM = PhantomConfig(label=False, rows=400, columns=320)


# What the default config gives; other programs may count on the names.
STAGES = ("1-decoded", "2-breast", "3-cropped", "4-prepared", "4-prepared-16bit")


def stages_of(
    image: BreastImage, config: PreprocessConfig = CONFIG
) -> tuple[dict[str, Picture], Prepared]:
    breast = find_breast(image)
    steps: list[tuple[str, FloatArray]] = []
    prepared = prepare(image, config, breast=breast, watch=lambda *step: steps.append(step))
    if image.modality == "histology":
        return draw_stages(image, prepared, steps=steps), prepared
    muscle = find_pectoral(image, breast)
    stages = draw_stages(image, prepared, breast=breast, pectoral=muscle, steps=steps)
    return stages, prepared


def histology() -> BreastImage:
    rng = np.random.default_rng(4)
    pixels = rng.uniform([0.4, 0.1, 0.4], [0.9, 0.6, 0.9], (64, 96, 3)).astype(np.float32)
    return BreastImage(pixels, modality="histology")


def phantom(laterality: Laterality = "L", view: View = "CC") -> BreastImage:
    return make_phantom(5, laterality=laterality, view=view, config=PHANTOM).image


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


def test_the_muscle_is_outlined_where_it_was_found_and_nowhere_on_a_view_without() -> None:
    oblique, _ = stages_of(phantom(view="MLO"))
    muscle = find_pectoral(phantom(view="MLO"), find_breast(phantom(view="MLO")))
    assert muscle is not None
    drawn = where(oblique["2-breast"], PECTORAL_COLOR)
    edge = np.zeros(oblique["1-decoded"].shape, np.uint8)
    cv2.polylines(edge, [np.rint(muscle.polygon).astype(np.int32)], True, 1, thickness=9)
    assert len(drawn) > 100 and edge[tuple(drawn.T)].all()
    across, _ = stages_of(phantom(view="CC"))
    assert len(where(across["2-breast"], PECTORAL_COLOR)) == 0


def test_each_step_is_a_picture_in_its_order_and_the_colour_comes_last() -> None:
    steps = (Enhancement("gamma"), Enhancement("clahe"), Enhancement("gamma"))
    stages, prepared = stages_of(phantom(), PreprocessConfig(enhancement=steps, color="viridis"))
    assert tuple(stages) == (
        *STAGES[:3],
        "4-normalized",
        "5-gamma",
        "6-clahe",
        "7-gamma",
        "8-viridis",
        "9-prepared",
        "9-prepared-16bit",
    )
    plain, _ = stages_of(phantom())
    assert np.array_equal(stages["4-normalized"], plain["4-prepared"])
    brighter = np.rint(255 * (stages["4-normalized"] / 255) ** 0.7)
    assert np.abs(stages["5-gamma"] - brighter).max() <= 8  # steep near black
    assert np.median(np.abs(stages["5-gamma"] - brighter)) == 0
    assert np.array_equal(stages["8-viridis"], stages["9-prepared"])
    sixteen = stages["9-prepared-16bit"]
    assert sixteen.dtype == np.uint16 and sixteen.shape == (256, 256, 3)
    assert np.abs(sixteen / 65535 - prepared.array).max() <= 0.5 / 65535 + 1e-6


def test_histology_has_neither_a_breast_nor_a_crop_and_keeps_its_colours() -> None:
    stages, prepared = stages_of(histology(), PRESETS["histology"])
    name = PRESETS["histology"].enhancement[0].name
    assert tuple(stages) == (
        "1-decoded",
        "2-resized",
        f"3-{name}",
        "4-rgb",
        "5-prepared",
        "5-prepared-16bit",
    )
    # 64 rows between 16 of padding above and below, none of them touched.
    assert np.array_equal(stages["2-resized"][16:80], stages["1-decoded"])
    assert not np.array_equal(stages[f"3-{name}"], stages["2-resized"])
    assert np.array_equal(stages["5-prepared"], np.rint(prepared.array * 255))


def test_a_plain_histology_picture_is_decoded_and_prepared_and_nothing_else() -> None:
    stages, _ = stages_of(histology(), PreprocessConfig(rows=96, columns=96))
    assert tuple(stages) == ("1-decoded", "2-prepared", "2-prepared-16bit")
    assert stages["1-decoded"].ndim == 3 and stages["2-prepared"].ndim == 2


@pytest.mark.parametrize("name", [*ENHANCEMENTS, *COLORS])
def test_every_stage_is_known_as_one(name: str) -> None:
    is_stain = name in ENHANCEMENTS and ENHANCEMENTS[name].on_color
    steps = (Enhancement(name),) if name in ENHANCEMENTS else ()
    color = name if name in COLORS else "rgb"
    config = PreprocessConfig(rows=64, columns=64, enhancement=steps, color=color)
    stages, _ = stages_of(histology() if is_stain else phantom(), config)
    assert all(is_stage(stage) for stage in stages)
    # Gray is a channel as it was, and no step of its own.
    assert any(stage.endswith(f"-{name}") for stage in stages) == (name != "gray")


@pytest.mark.parametrize(
    "name",
    [
        "decoded",
        "2-decoded",
        "1-breast",
        "4-cropped",
        "0-clahe",
        "5-clahe-2",
        "5-photo",
        "x5-clahe",
    ],
)
def test_other_names_are_no_stages(name: str) -> None:
    assert not is_stage(name)
