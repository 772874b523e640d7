"""Preparation: true proportions, chest wall left, [0, 1], and a way back to the image."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.images.preprocess import PreprocessConfig, prepare
from mammoscope.types import BreastImage, ModelIntegrityError

CONFIG = PreprocessConfig()


@pytest.mark.parametrize("laterality", ["L", "R"])
@pytest.mark.parametrize("view", ["CC", "MLO"])
def test_a_lesion_lands_where_the_geometry_says(laterality: str, view: str) -> None:
    plain = PhantomConfig(label=False, noise=0.0)
    lesions = replace(plain, masses=1, contrast=2.0)
    without = make_phantom(5, laterality=laterality, view=view, config=plain)
    phantom = make_phantom(5, laterality=laterality, view=view, config=lesions)
    difference = np.abs(
        prepare(phantom.image, CONFIG).array - prepare(without.image, CONFIG).array
    )[:, :, 0]
    (lesion,) = phantom.lesions
    prepared = prepare(phantom.image, CONFIG)
    x, y = prepared.geometry.forward(np.array([[lesion.x, lesion.y]]))[0]
    radius = lesion.radius * prepared.geometry.scale[1]
    row, column = np.unravel_index(difference.argmax(), difference.shape)
    assert np.hypot(column + 0.5 - x, row + 0.5 - y) < radius


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1000),
    rows=st.integers(70, 500),
    ratio=st.floats(0.9, 1.8),
    aspect=st.floats(0.5, 2.0),
    side=st.sampled_from([32, 64, 100, 256]),
)
def test_every_prepared_array_is_in_range_and_goes_back_into_its_image(
    seed: int, rows: int, ratio: float, aspect: float, side: int
) -> None:
    columns = max(48, round(rows / ratio))
    config = PhantomConfig(rows=max(rows, 64), columns=min(columns, round(max(rows, 64) / 0.81)))
    image = replace(
        make_phantom(seed, laterality="R", view="MLO", config=config).image, pixel_aspect=aspect
    )
    prepared = prepare(image, PreprocessConfig(rows=side, columns=side))
    assert prepared.array.shape == (side, side, 1) and prepared.array.dtype == np.float32
    assert prepared.array.min() >= 0.0 and prepared.array.max() <= 1.0
    geometry = prepared.geometry
    top, left, bottom, right = geometry.crop
    corners = np.array([[left, top], [right, bottom]], dtype=float)
    assert np.allclose(geometry.back(geometry.forward(corners)), corners, atol=1e-6)
    inside = geometry.forward(corners)
    assert inside.min() >= -1e-6 and inside.max() <= side + 1e-6
    # True proportions but for rounding to whole pixels.
    assert geometry.scale[0] / geometry.scale[1] == pytest.approx(aspect, rel=4 / side + 0.1)


def test_a_stretched_export_with_its_aspect_is_prepared_like_the_original() -> None:
    image = make_phantom(6, laterality="L", view="MLO", config=PhantomConfig(label=False)).image
    square = cv2.resize(image.pixels, (500, 500), interpolation=cv2.INTER_AREA)
    stretched = BreastImage(square, pixel_aspect=640 / 512)
    a, b = prepare(image, CONFIG).array, prepare(stretched, CONFIG).array
    assert np.corrcoef(a.ravel(), b.ravel())[0, 1] > 0.98
    assert np.corrcoef(a.ravel(), prepare(BreastImage(square), CONFIG).array.ravel())[0, 1] < 0.95


def test_left_and_right_are_prepared_the_same_way_round() -> None:
    image = make_phantom(6, laterality="L", view="CC", config=PhantomConfig(label=False)).image
    mirrored = BreastImage(np.ascontiguousarray(image.pixels[:, ::-1]))
    left, right = prepare(image, CONFIG), prepare(mirrored, CONFIG)
    assert not left.geometry.mirrored and right.geometry.mirrored
    assert np.allclose(left.array, right.array, atol=0.02)


def test_a_view_marker_beside_the_breast_is_not_seen() -> None:
    with_label = make_phantom(8, laterality="L", view="CC", config=PhantomConfig()).image
    bare = make_phantom(8, laterality="L", view="CC", config=PhantomConfig(label=False)).image
    assert not np.array_equal(with_label.pixels, bare.pixels)
    assert np.allclose(prepare(with_label, CONFIG).array, prepare(bare, CONFIG).array, atol=1e-6)


def test_brightness_and_contrast_of_the_export_hardly_matter() -> None:
    image = make_phantom(8, laterality="L", view="CC", config=PhantomConfig(label=False)).image
    dim = BreastImage((0.05 + 0.5 * image.pixels).astype(np.float32))
    a, b = prepare(image, CONFIG).array, prepare(dim, CONFIG).array
    assert np.corrcoef(a.ravel(), b.ravel())[0, 1] > 0.97
    assert abs(float(a.mean()) - float(b.mean())) < 0.03


def test_a_blank_image_is_prepared_without_a_crash() -> None:
    prepared = prepare(BreastImage(np.zeros((300, 200), np.float32)), CONFIG)
    assert prepared.array.max() == 0.0


def test_a_config_is_read_back_as_it_was_written_and_no_other_is() -> None:
    config = PreprocessConfig(rows=64, margin=0.1)
    assert PreprocessConfig.from_json(config.to_json()) == config
    with pytest.raises(ModelIntegrityError, match="preprocess"):
        PreprocessConfig.from_json('{"rows": 64}')
    with pytest.raises(ModelIntegrityError, match="list"):
        PreprocessConfig.from_json("[]")
