"""Colour spaces against scikit-image, there and back; pseudo-colour and windows by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib import colormaps
from skimage import color as skimage_color

from mammoscope.images.color import (
    COLORS,
    gray_to_rgb,
    gray_to_three_windows,
    gray_to_viridis,
    hsv_to_rgb,
    lab_to_rgb,
    rgb_to_gray,
    rgb_to_hsv,
    rgb_to_lab,
)

SHARE = st.floats(0, 1, width=32)
PLANES = arrays(np.float32, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=SHARE)
PICTURES = arrays(
    np.float32, st.tuples(st.integers(1, 8), st.integers(1, 8), st.just(3)), elements=SHARE
)


def picture() -> np.ndarray:
    return np.random.default_rng(4).random((30, 40, 3)).astype(np.float32)


def test_lab_is_that_of_skimage_under_its_documented_scale() -> None:
    expected = (skimage_color.rgb2lab(picture()) + np.array([0, 128, 128])) / [100, 255, 255]
    # OpenCV's table of the cube root and its white point differ in the fourth place.
    assert np.abs(rgb_to_lab(picture()) - expected).max() < 2e-3


def test_hsv_is_that_of_skimage() -> None:
    assert np.abs(rgb_to_hsv(picture()) - skimage_color.rgb2hsv(picture())).max() < 1e-5


def test_luma_is_that_of_bt_601() -> None:
    pure = np.eye(3, dtype=np.float32)[np.newaxis]
    assert np.allclose(rgb_to_gray(pure), [[0.299, 0.587, 0.114]], atol=1e-6)


@given(PICTURES)
def test_hsv_and_lab_go_back_to_the_same_colours(rgb: np.ndarray) -> None:
    assert np.abs(hsv_to_rgb(rgb_to_hsv(rgb)) - rgb).max() < 1e-4
    # L*a*b* of dark and saturated colours is steep: a step of 3 of 255 at the worst.
    assert np.abs(lab_to_rgb(rgb_to_lab(rgb)) - rgb).max() < 0.012


@given(PLANES)
def test_a_gray_stays_gray_on_the_way_through_every_space(plane: np.ndarray) -> None:
    rgb = gray_to_rgb(plane)
    assert np.allclose(rgb_to_gray(rgb), plane, atol=1e-5)
    assert not rgb_to_hsv(rgb)[:, :, :2].any()
    # OpenCV interpolates the cube root: a quarter of a step of 255 at the worst.
    assert np.allclose(rgb_to_lab(rgb)[:, :, 1:], 128 / 255, atol=1e-3)


def test_viridis_is_the_published_table() -> None:
    levels = (np.arange(256) / 255).astype(np.float32).reshape(16, 16)
    assert np.abs(gray_to_viridis(levels) - colormaps["viridis"](levels)[..., :3]).max() < 1 / 255


@given(st.lists(SHARE, min_size=2, max_size=20))
def test_viridis_grows_lighter_with_the_intensity(values: list[float]) -> None:
    plane = np.sort(np.array([values], dtype=np.float32))
    lightness = rgb_to_lab(gray_to_viridis(plane))[0, :, 0]
    assert (np.diff(lightness) > -2e-3).all()


def test_the_three_windows_by_hand() -> None:
    row = np.array([[0.0, 0.25, 0.5, 0.75, 1.0]], dtype=np.float32)
    windows = gray_to_three_windows(row)
    assert windows[0, :, 0].tolist() == [0.0, 0.5, 1.0, 1.0, 1.0]
    assert windows[0, :, 1].tolist() == [0.0, 0.0, 0.5, 1.0, 1.0]
    assert windows[0, :, 2].tolist() == [0.0, 0.0, 0.0, 0.5, 1.0]


@given(PLANES)
def test_no_intensity_is_lost_in_the_three_windows(plane: np.ndarray) -> None:
    windows = gray_to_three_windows(plane)
    assert np.allclose((windows[:, :, 0] + windows[:, :, 2]) / 2, plane, atol=1e-6)


@pytest.mark.parametrize("name", sorted(COLORS))
@given(plane=PLANES, rgb=PICTURES)
def test_every_colour_has_its_channels_and_range(
    name: str, plane: np.ndarray, rgb: np.ndarray
) -> None:
    color = COLORS[name]
    for pixels in (plane, rgb):
        converted = color.convert(pixels)
        assert converted.shape == (*pixels.shape[:2], color.channels)
        assert converted.dtype == np.float32 and converted.flags["C_CONTIGUOUS"]
        assert np.isfinite(converted).all()
        assert converted.min() >= 0.0 and converted.max() <= 1.0


@pytest.mark.parametrize(
    ("name", "convert"), [("hsv", rgb_to_hsv), ("lab", rgb_to_lab), ("rgb", lambda rgb: rgb)]
)
def test_a_picture_takes_the_space_that_is_asked_for(
    name: str, convert: Callable[[np.ndarray], np.ndarray]
) -> None:
    assert np.array_equal(COLORS[name].convert(picture()), convert(picture()))
