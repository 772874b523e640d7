"""How an image was exported, as its breast's pixels show: clipped, posterised, compressed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from mammoscope.images.segment import BreastRegion
from mammoscope.types import BreastImage, FloatArray

# Every n-th pixel, about so many along the longer side: levels must not be averaged.
SAMPLE_SIDE = 256
# JPEG's blocks are 8 × 8 pixels (T.81, A.2.1); a window of this side holds 1,600 of them.
BLOCK = 8
WINDOW_SIDE = 320
FULL = 65535


@dataclass(frozen=True, slots=True)
class Technique:
    """What an export did to the breast.

    Attributes:
        levels: how many gray levels, of the 65,536 of 16 bits, a sample of its pixels has.
        clipped: share of these pixels at the brightest of them.
        blockiness: mean step over the most marked of 8 columns (or rows) by the mean step over
            the others, the lesser of the two directions, at full resolution; about 1 where
            there is no grid, more where strong JPEG compression left one.
    """

    levels: int
    clipped: float
    blockiness: float


def measure_technique(image: BreastImage, breast: BreastRegion) -> Technique:
    """Measured on the breast alone.

    Args:
        image: gray, as decoded.
        breast: `find_breast(image)`, of an area above 0.
    """
    step = max(1, max(image.rows, image.columns) // SAMPLE_SIDE)
    sample = image.pixels[::step, ::step]
    size = (sample.shape[1], sample.shape[0])
    mask = cv2.resize(breast.mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    inside = sample[mask] if mask.any() else sample.ravel()
    top, left, bottom, right = breast.box
    row, column, half = (top + bottom) // 2, (left + right) // 2, WINDOW_SIDE // 2
    window = image.pixels[max(0, row - half) : row + half, max(0, column - half) : column + half]
    return Technique(
        levels=_count_levels(inside),
        clipped=float(np.mean(inside >= inside.max())),
        blockiness=min(_step_at_grid(window), _step_at_grid(window.T)),
    )


def _count_levels(values: FloatArray) -> int:
    # Counting is ten times faster than the sorting by which numpy finds distinct values.
    levels = (values * np.float32(FULL) + np.float32(0.5)).astype(np.uint16)
    return int(np.count_nonzero(np.bincount(levels)))


def _step_at_grid(window: FloatArray) -> float:
    if window.shape[1] <= 2 * BLOCK:
        return 1.0
    steps = np.abs(np.diff(window, axis=1)).mean(axis=0, dtype=np.float64)
    whole = len(steps) // BLOCK * BLOCK
    # The grid need not begin at the window's edge, nor at the image's, if that was cropped.
    by_phase = np.sort(steps[:whole].reshape(-1, BLOCK).mean(axis=0))
    return float(by_phase[-1] / (by_phase[:-1].mean() + 1e-5))
