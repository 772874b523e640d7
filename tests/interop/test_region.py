"""The outline lies where the map is high, on the image and not on what the model saw of it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mammoscope.interop.region import outline
from mammoscope.types import FloatArray, Geometry, Heatmap

GEOMETRY = Geometry(
    image_shape=(2000, 1000),
    prepared_shape=(256, 256),
    crop=(100, 0, 1900, 900),
    mirrored=False,
    scale=(256 / 1800, 256 / 1800),
    padding=(0, 0),
)


def heatmap(grid: FloatArray, geometry: Geometry = GEOMETRY) -> Heatmap:
    return Heatmap(grid.astype(np.float32), bias=0.0, geometry=geometry, scale=5.0)


def centre(geometry: Geometry, row: int, column: int, cells: int) -> np.ndarray:
    """Of a cell, on the image."""
    rows, columns = geometry.prepared_shape
    place = [[(column + 0.5) * columns / cells, (row + 0.5) * rows / cells]]
    return geometry.back(np.array(place))[0]


def holds(region: np.ndarray, point: np.ndarray) -> bool:
    polygon = region.astype(np.float32)[:, np.newaxis]
    return cv2.pointPolygonTest(polygon, tuple(map(float, point)), False) >= 0


@settings(deadline=None)
@given(
    row=st.integers(0, 15),
    column=st.integers(0, 15),
    mirrored=st.booleans(),
    height=st.floats(0.01, 50),
)
def test_it_holds_the_middle_of_the_highest_cell(
    row: int, column: int, mirrored: bool, height: float
) -> None:
    geometry = replace(GEOMETRY, mirrored=mirrored)
    grid = np.full((16, 16), -1.0)
    grid[row, column] = height
    region = outline(heatmap(grid, geometry))
    middle = centre(geometry, row, column, 16)
    rows, columns = geometry.image_shape
    # The array's right part is padding.
    inside = (middle > 0).all() and (middle < [columns, rows]).all()
    if region is None:
        assert not inside
        return
    assert not inside or holds(region, middle)
    assert (region >= 0).all() and (region <= [columns, rows]).all()
    # Half as high as the peak: not far beyond the cell and its neighbours.
    if inside:
        assert np.abs(region - middle).max() < 2 * 1800 / 16


def test_two_peaks_are_not_one_region() -> None:
    grid = np.zeros((16, 16))
    grid[3, 3], grid[12, 6] = 4.0, 3.9
    region = outline(heatmap(grid))
    assert region is not None
    assert holds(region, centre(GEOMETRY, 3, 3, 16))
    assert not holds(region, centre(GEOMETRY, 12, 6, 16))


def test_a_peak_within_a_ring_is_not_the_ring() -> None:
    rows, columns = np.mgrid[:16, :16]
    away = np.hypot(rows - 8, columns - 4)
    grid = np.where(away == 0, 4.0, np.where((away > 2.5) & (away < 4.5), 3.0, -1.0))
    region = outline(heatmap(grid))
    assert region is not None
    assert np.abs(region - centre(GEOMETRY, 8, 4, 16)).max() < 1.5 * 1800 / 16


def test_what_lies_in_the_padding_alone_has_no_outline() -> None:
    # Half of the array's width is image.
    geometry = replace(GEOMETRY, image_shape=(1800, 900), crop=(0, 0, 1800, 900))
    grid = np.full((16, 16), -1.0)
    grid[5, 13] = 3.0
    assert outline(heatmap(grid, geometry)) is None


def test_a_broad_hill_has_a_broad_region() -> None:
    rows, columns = np.mgrid[:16, :16]
    narrow, broad = (
        outline(heatmap(np.exp(-((rows - 8) ** 2 + (columns - 4) ** 2) / (2 * width**2))))
        for width in (1.0, 3.0)
    )
    assert narrow is not None and broad is not None
    areas = [cv2.contourArea(each.astype(np.float32)) for each in (narrow, broad)]
    # Half of the height of a Gaussian: radius 1.18 widths, of cells of 112.5 pixels.
    assert areas[1] == pytest.approx(np.pi * (1.177 * 3 * 112.5) ** 2, rel=0.15)
    assert areas[0] < areas[1] / 4


@pytest.mark.parametrize("value", [0.0, -2.0])
def test_where_nothing_speaks_for_the_class_there_is_none(value: float) -> None:
    assert outline(heatmap(np.full((8, 8), value))) is None
