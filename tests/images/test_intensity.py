"""Gray-level transforms: values worked out by hand, and other libraries' answers."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage.filters import threshold_otsu as otsu_of_skimage

from mammoscope.images.intensity import (
    apply_logarithm,
    apply_power,
    equalize_histogram,
    negate,
    slice_levels,
    stretch_contrast,
    threshold,
    threshold_otsu,
)

EVERYWHERE = np.ones((1, 5), dtype=bool)
ROW = np.array([[0.0, 0.25, 0.5, 0.75, 1.0]], dtype=np.float32)


def levels(seed: int) -> np.ndarray:
    """Two overlapping heaps of gray, as tissue and fat."""
    rng = np.random.default_rng(seed)
    dark, bright = rng.normal(70, 20, (60, 40)), rng.normal(160, 25, (60, 40))
    return np.clip(np.rint(np.hstack([dark, bright])), 0, 255).astype(np.uint8)


def test_a_threshold_keeps_what_is_at_least_its_level() -> None:
    assert threshold(ROW, level=0.5).tolist() == [[0, 0, 1, 1, 1]]


@pytest.mark.parametrize(
    ("background", "expected"), [(1, [0.0, 1.0, 1.0, 0.75, 1.0]), (0, [0.0, 1.0, 1.0, 0.0, 0.0])]
)
def test_a_slice_lifts_its_levels_and_keeps_or_drops_the_others(
    background: int, expected: list[float]
) -> None:
    sliced = slice_levels(ROW, center=0.375, width=0.25, background=background)
    assert sliced.tolist() == [expected]


def test_stretching_maps_the_percentiles_inside_to_the_ends() -> None:
    # Of the three inside, 0.25 to 0.75, the 25th and 75th percentile are 0.375 and 0.625.
    inside = np.array([[False, True, True, True, False]])
    stretched = stretch_contrast(ROW, inside=inside, low=25.0, high=75.0)
    assert stretched.tolist() == [[0.0, 0.0, 0.5, 1.0, 1.0]]


def test_the_negative_turns_each_level_over() -> None:
    assert negate(ROW).tolist() == [[1.0, 0.75, 0.5, 0.25, 0.0]]


def test_power_and_logarithm_follow_their_formulas() -> None:
    assert np.allclose(apply_power(ROW, gamma=2.0), [[0, 0.0625, 0.25, 0.5625, 1]])
    # ln(1 + 3 r) / ln 4 at r = 1/4, 1/2, 3/4.
    expected = [[0, 0.403677, 0.660964, 0.850220, 1]]
    assert np.allclose(apply_logarithm(ROW, strength=3.0), expected, atol=1e-6)


def test_equalising_by_hand() -> None:
    # Of five pixels two are the darkest: shares (2 - 2) / 3, (3 - 2) / 3, (5 - 2) / 3.
    plane = np.array([[0.1, 0.1, 0.2, 0.9, 0.9]], dtype=np.float32)
    expected = [[0, 0, 1 / 3, 1, 1]]
    assert np.allclose(equalize_histogram(plane, inside=EVERYWHERE), expected)


@pytest.mark.parametrize("seed", range(3))
def test_equalising_is_that_of_opencv_where_there_are_256_levels(seed: int) -> None:
    stored = levels(seed)
    ours = equalize_histogram(
        (stored / 255).astype(np.float32), inside=np.ones(stored.shape, dtype=bool)
    )
    assert np.abs(ours * 255 - cv2.equalizeHist(stored)).max() <= 0.51


def test_the_surround_has_no_part_in_the_histogram() -> None:
    stored = levels(1)
    plane = (stored / 255).astype(np.float32)
    inside = np.ones(plane.shape, dtype=bool)
    framed = np.pad(plane, 50)
    around = np.pad(inside, 50)
    for method in (equalize_histogram, stretch_contrast, threshold_otsu):
        alone = method(plane, inside=inside)
        assert np.array_equal(method(framed, inside=around)[50:-50, 50:-50], alone), method


@pytest.mark.parametrize("seed", range(3))
def test_otsu_parts_where_skimage_does(seed: int) -> None:
    stored = levels(seed)
    parted = threshold_otsu(
        (stored / 255).astype(np.float32), inside=np.ones(stored.shape, dtype=bool)
    )
    assert np.array_equal(parted, (stored > otsu_of_skimage(stored)).astype(np.float32))


@pytest.mark.parametrize("method", [equalize_histogram, stretch_contrast])
def test_a_constant_breast_is_left_as_it_is(method: object) -> None:
    plane = np.full((4, 4), 0.3, dtype=np.float32)
    assert callable(method)
    assert np.array_equal(method(plane, inside=np.ones((4, 4), dtype=bool)), plane)
    assert np.array_equal(method(plane, inside=np.zeros((4, 4), dtype=bool)), plane)
