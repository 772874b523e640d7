"""Gray-level transforms: each pixel by its own intensity, and at most the image's histogram.

All take a float32 (H, W) plane in [0, 1] and give one back, of the same shape. Those that read
the histogram read it inside the breast only, since the black surround would rule it otherwise.
Formulas are those of Gonzalez and Woods, Digital Image Processing, 4th edition, sections 3.2,
3.3 and 10.3; r is an intensity before, s after.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoscope.types import FloatArray

Mask = NDArray[np.bool_]


def threshold(plane: FloatArray, *, level: float = 0.5) -> FloatArray:
    """1 where r ≥ level, else 0."""
    return np.asarray(plane >= np.float32(level), dtype=np.float32)


def threshold_otsu(plane: FloatArray, *, inside: Mask) -> FloatArray:
    """1 where r lies above the level that parts the breast's 256-bin histogram best, else 0.

    Best is the largest variance between the two classes (Otsu, IEEE Trans. SMC 9(1), 1979).
    """
    levels = np.rint(plane * np.float32(255)).astype(np.uint8)
    seen = levels[inside].reshape(1, -1)
    if seen.size == 0:
        return np.zeros_like(plane)
    level, _ = cv2.threshold(seen, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return np.asarray(levels > level, dtype=np.float32)


def slice_levels(
    plane: FloatArray, *, center: float = 0.75, width: float = 0.25, background: int = 1
) -> FloatArray:
    """1 where |r − center| ≤ width / 2; elsewhere r (background = 1) or 0 (background = 0)."""
    chosen = np.abs(plane - np.float32(center)) <= np.float32(width / 2)
    rest = plane if background else np.zeros_like(plane)
    return np.where(chosen, np.float32(1.0), rest)


def stretch_contrast(
    plane: FloatArray, *, inside: Mask, low: float = 2.0, high: float = 98.0
) -> FloatArray:
    """(r − p_low) / (p_high − p_low), clipped to [0, 1]; p are percentiles inside the breast.

    Unchanged where the two percentiles are the same, as in a constant image.
    """
    if not inside.any():
        return plane
    darkest, brightest = np.percentile(plane[inside], [low, high])
    if brightest - darkest < 1e-6:
        return plane
    scaled = (plane - np.float32(darkest)) / np.float32(brightest - darkest)
    return np.asarray(np.clip(scaled, 0.0, 1.0), dtype=np.float32)


def negate(plane: FloatArray) -> FloatArray:
    """1 − r: dense becomes dark."""
    return np.float32(1.0) - plane


def apply_power(plane: FloatArray, *, gamma: float = 0.7) -> FloatArray:
    """r to the power of gamma: below 1 brightens and spreads the dark, above 1 darkens."""
    return np.asarray(np.power(plane, np.float32(gamma)), dtype=np.float32)


def apply_logarithm(plane: FloatArray, *, strength: float = 10.0) -> FloatArray:
    """ln(1 + strength · r) / ln(1 + strength): spreads the dark, the more so the larger."""
    curve = np.log1p(np.float32(strength) * plane) / np.float32(np.log1p(strength))
    return np.asarray(np.minimum(curve, np.float32(1.0)), dtype=np.float32)


def equalize_histogram(plane: FloatArray, *, inside: Mask) -> FloatArray:
    """(C(r) − C(r_min)) / (1 − C(r_min)), C the share of the breast's pixels at or below r.

    The formula of `cv2.equalizeHist`, but each value that occurs is a level of its own, so that
    nothing is rounded to 256 of them. Unchanged where only one value occurs.
    """
    ordered = np.sort(plane[inside])
    if ordered.size == 0 or ordered[0] == ordered[-1]:
        return plane
    least = int(np.searchsorted(ordered, ordered[0], side="right"))
    ranks = np.searchsorted(ordered, plane.ravel(), side="right").reshape(plane.shape)
    share = (ranks - least) / (ordered.size - least)
    return np.asarray(np.clip(share, 0.0, 1.0), dtype=np.float32)
