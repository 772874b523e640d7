"""Map → the outline, on the image, of what speaks most for the positive class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.measure import find_contours, points_in_poly

from mammoscope.types import Heatmap

# Of the highest value: the usual width of a peak.
_SHARE = 0.5
# Square pixels of what was clipped to a line.
_NO_AREA = 1e-3


def outline(heatmap: Heatmap) -> NDArray[np.float64] | None:
    """The line of half the height around a map's highest cell, between cells as bilinear.

    Args:
        heatmap: signed, or of a membership.

    Returns:
        Corners (N, 2), x and y in image pixels, (0, 0) at the top left corner of the first pixel,
        not closed: the last corner is not the first. None where nothing speaks for the class, or
        only what lies outside of the image does.
    """
    grid = heatmap.grid.astype(np.float64)
    rows, columns = grid.shape
    top = float(grid.max())
    if not top > 0.0:
        return None
    level = _SHARE * top
    # Beyond the edge as far below the line as the peak is above it: there the line of a peak at
    # the edge is the edge of its cell.
    padded = np.pad(grid, 1, constant_values=2.0 * level - top)
    peak = np.array(np.unravel_index(int(padded.argmax()), padded.shape))
    around = [line for line in find_contours(padded, level) if points_in_poly([peak], line).all()]
    # The innermost: others are of what lies around it.
    line = min(around, key=_area)[:-1]
    # From row and column of cells' middles, shifted by the border, to x and y of their edges.
    cells = line[:, ::-1] - 0.5
    geometry = heatmap.geometry
    height, width = geometry.prepared_shape
    image_rows, image_columns = geometry.image_shape
    corners = geometry.back(cells * [width / columns, height / rows])
    clipped = np.clip(corners, 0.0, [image_columns, image_rows])
    # In the padding, where there is no image.
    return clipped if _area(clipped) > _NO_AREA else None


def _area(corners: NDArray[np.float64]) -> float:
    """By the shoelace formula."""
    x, y = corners.T
    return float(abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2.0)
