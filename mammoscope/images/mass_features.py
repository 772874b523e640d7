"""What the search for masses looks at: elevation and texture of the breast on a working grid."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoscope.images.segment import BreastRegion
from mammoscope.types import BreastImage, FloatArray

# √(cells of the breast). A breast of 130 mm × 130 mm then has cells of about 0.4 mm.
BREAST_SIDE = 320
# A speck of a breast in a large picture must not blow the grid up.
MOST_CELLS_A_SIDE = 1024

# Lengths as shares of √(breast's area); in the breast of 130 mm about 0.8, 5, 32 and 1.6 mm.
SMOOTHING = 0.006
TEXTURE_WINDOW = 0.04
SURROUNDINGS = 0.25
SKIN = 0.012

# Intensities inside the breast that become 0 and 1, in percent.
LOW, HIGH = 1.0, 99.8
# Elevation is told apart in 256 steps of [-0.5, 0.5], intensity in 256 of [0, 1] as a film's own
# 8 bits; texture, a noisy estimate from some hundred cells, in 64 steps of [0, TEXTURE_TOP].
LEVELS, TEXTURE_LEVELS = 256, 64
TEXTURE_TOP = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class MassFeatures:
    """The breast without its skin and pectoral muscle, cell by cell.

    A cell is square in the woman (a pixel's true proportions are undone), and the grid covers the
    whole image evenly. No cell is smaller than a pixel.

    Attributes:
        inside: bool (h, w), the cells that are looked at.
        intensity: float32 (h, w) in [0, 1], smoothed; 0 outside.
        levels: uint8 (n, 2), elevation and texture of the n cells inside, in row order.
        side: √(cells of the whole breast).
    """

    inside: NDArray[np.bool_]
    intensity: FloatArray
    levels: NDArray[np.uint8]
    side: float

    def distinct(self) -> tuple[NDArray[np.uint8], NDArray[np.intp], NDArray[np.intp]]:
        """Distinct pairs of levels (u, 2), how many cells have each (u,), which each has (n,)."""
        keys = self.levels[:, 0].astype(np.intp) * TEXTURE_LEVELS + self.levels[:, 1]
        counts = np.bincount(keys, minlength=LEVELS * TEXTURE_LEVELS)
        present = np.flatnonzero(counts)
        place = np.cumsum(counts > 0) - 1
        pairs = np.stack(np.divmod(present, TEXTURE_LEVELS), axis=1).astype(np.uint8)
        return pairs, counts[present], place[keys]


def measure(
    image: BreastImage, breast: BreastRegion, *, without: NDArray[np.bool_] | None = None
) -> MassFeatures:
    """Intensity, its elevation above the surroundings, and local standard deviation, quantised.

    - Intensity is smoothed (Gaussian, σ = `SMOOTHING`) and stretched so that the 1st and 99.8th
      percentile inside become 0 and 1.
    - Elevation is intensity less its Gaussian mean over `SURROUNDINGS` (σ): a mass stands out from
      what is around it, while the brightest cells as such are the middle of the gland.
    - Texture is the standard deviation of the unsmoothed cells in a square of `TEXTURE_WINDOW`.

    Means and deviations are taken over cells inside only, so that air and muscle do not leak in.

    Args:
        image: a mammogram; colour is read as its mean.
        breast: `find_breast(image)`.
        without: bool, on the grid of `breast.mask`: what to leave out (the pectoral muscle).
    """
    gray = image.pixels if not image.is_color else image.pixels.mean(axis=2, dtype=np.float32)
    shape = grid_shape(image, breast)
    cells = _resize(gray, shape)
    whole = _resize(breast.mask.astype(np.float32), shape) >= 0.5
    side = float(np.sqrt(np.count_nonzero(whole)))
    inside = _without_skin(whole, SKIN * side)
    if without is not None:
        inside &= _resize(without.astype(np.float32), shape) < 0.5
    low, high = np.percentile(cells[inside], [LOW, HIGH]) if inside.any() else (0.0, 0.0)
    if high <= low:
        # Nothing inside, or nothing that stands out: a feature that is the same everywhere.
        levels = np.zeros((np.count_nonzero(inside), 2), dtype=np.uint8)
        return MassFeatures(inside, np.zeros(shape, dtype=np.float32), levels, side)
    cells = np.clip((cells - low) / (high - low), 0, 1).astype(np.float32)
    weight = inside.astype(np.float32)
    smooth = _local_mean(cells, weight, SMOOTHING * side)
    elevation = smooth - _local_mean(smooth, weight, SURROUNDINGS * side)
    spread = _deviation(cells, inside, max(3, 2 * round(TEXTURE_WINDOW * side / 2) + 1))
    levels = np.stack(
        [
            np.rint((0.5 + np.clip(elevation[inside], -0.5, 0.5)) * (LEVELS - 1)),
            np.rint(np.minimum(spread[inside] / TEXTURE_TOP, 1) * (TEXTURE_LEVELS - 1)),
        ],
        axis=1,
    ).astype(np.uint8)
    return MassFeatures(inside, np.where(inside, smooth, np.float32(0)), levels, side)


def grid_shape(image: BreastImage, breast: BreastRegion) -> tuple[int, int]:
    """Rows and columns of the working grid: `BREAST_SIDE`² cells of breast, where pixels allow."""
    height, width = image.rows * image.pixel_aspect, float(image.columns)
    area = max(breast.area, 1 / breast.mask.size) * height * width
    scale = min(
        BREAST_SIDE / np.sqrt(area),
        MOST_CELLS_A_SIDE / max(height, width),
        # No finer than the coarser side of a pixel: there is nothing between pixels.
        1.0 / max(image.pixel_aspect, 1.0),
    )
    return max(1, round(height * scale)), max(1, round(width * scale))


def _resize(plane: FloatArray, shape: tuple[int, int]) -> FloatArray:
    shrinks = shape[0] <= plane.shape[0] and shape[1] <= plane.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(plane, shape[::-1], interpolation=how), dtype=np.float32)


def _without_skin(whole: NDArray[np.bool_], depth: float) -> NDArray[np.bool_]:
    # The chest wall is cut by the image's edge; only what borders on air is skin.
    framed = np.pad(whole.astype(np.uint8), 1, mode="edge")
    distance = cv2.distanceTransform(framed, cv2.DIST_L2, 5)[1:-1, 1:-1]
    return np.asarray(whole & (distance > depth), dtype=bool)


def _local_mean(cells: FloatArray, weight: FloatArray, sigma: float) -> FloatArray:
    """Gaussian mean over the weighted cells; a wide one on a coarser grid, which it cannot tell."""
    coarser = max(1, int(sigma / 4))
    size = (max(1, cells.shape[1] // coarser), max(1, cells.shape[0] // coarser))

    def blur(plane: FloatArray) -> FloatArray:
        if coarser > 1:
            plane = np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA))
        plane = np.asarray(cv2.GaussianBlur(plane, (0, 0), max(sigma / coarser, 0.3)))
        if coarser > 1:
            plane = np.asarray(cv2.resize(plane, cells.shape[::-1]))
        return plane.astype(np.float32)

    mean = blur(cells * weight) / np.maximum(blur(weight), 1e-6)
    return np.asarray(np.clip(mean, 0, 1), dtype=np.float32)


def _deviation(cells: FloatArray, inside: NDArray[np.bool_], window: int) -> FloatArray:
    def box(plane: NDArray[np.float64]) -> NDArray[np.float64]:
        mean = cv2.boxFilter(plane, -1, (window, window))
        return np.asarray(mean, dtype=np.float64)

    # In float64: the difference of two squares below would lose a faint texture in float32.
    weight = inside.astype(np.float64)
    weighted = cells * weight
    share = np.maximum(box(weight), 1e-9)
    mean = box(weighted) / share
    variance = box(cells * weighted) / share - mean**2
    return np.sqrt(np.maximum(variance, 0)).astype(np.float32)
