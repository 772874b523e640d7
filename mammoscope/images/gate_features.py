"""What the gate measures of a picture: shape of the bright region, its surround, its texture.

Everything is measured on a thumbnail of one size, on gray levels stretched to the picture's own
range, so that neither the number of pixels, nor the bit depth, nor a dim export moves it.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoscope.images.segment import BreastRegion
from mammoscope.types import FloatArray

# The longer side of the thumbnail. No smaller image passes the size rule, so that none is
# enlarged, which would look like blur.
THUMBNAIL_SIDE = 128
# Nothing is told from a region of fewer pixels of the thumbnail.
FEWEST_PIXELS = 30
# So that a ratio of nothing to nothing is even; gray levels are in [0, 1].
TINY = 1e-4

BoolArray = NDArray[np.bool_]

# Name → what it is, in the order in which `measure` gives them.
FEATURES: dict[str, str] = {
    "area": "share of the picture that the region covers",
    "box_height": "height of the region's box, as a share of the picture's",
    "box_width": "width of the region's box, as a share of the picture's",
    "box_fill": "share of its box that the region fills; 0.79 for half an ellipse",
    "solidity": "region / its convex hull",
    "roughness": "length of the outline / length of the hull's; 1 is smooth",
    "wall_contact": "share of the box's chest-wall side that the region touches",
    "far_contact": "share of the opposite side that it touches",
    "end_contact": "mean share of the top and the bottom side that it touches",
    "widths": "how often the region's width grows and shrinks again from top to bottom; 1 is once",
    "surround_level": "median gray level of the surround",
    "surround_low": "median less 10th percentile of the surround",
    "surround_high": "90th percentile less median of the surround",
    "surround_edges": "mean gradient in the surround",
    "inside_level": "median gray level inside",
    "inside_spread": "standard deviation inside",
    "inside_skewness": "skewness of the gray levels inside",
    "inside_mode": "largest share of inside pixels in one of 32 equal gray bins",
    "inside_full": "share of inside pixels at the bright end of the picture's range",
    "rim": "gray level along the free outline less the median inside",
    "depth": "correlation of gray level and distance to the free outline",
    "fine": "log2 of detail at 1 pixel / at 2 pixels",
    "middle": "log2 of detail at 2 pixels / at 4 pixels",
    "coarse": "log2 of detail at 4 pixels / at 8 pixels",
    "detail": "log2 of detail at 1 pixel / standard deviation inside",
    "edge_tail": "log2 of the 99th percentile / mean of the gradient inside",
    "axis_edges": "share of the gradient's energy inside within 10° of the rows and columns",
}


def measure(pixels: FloatArray, breast: BreastRegion) -> NDArray[np.float64]:
    """The features of a picture, float64 (len(FEATURES),), finite.

    Args:
        pixels: (H, W) or (H, W, 3) as decoded, or `reduced`; colour is averaged.
        breast: what `find_breast` gave for the image, of an area above 0.
    """
    gray = thumbnail(pixels)
    size = (gray.shape[1], gray.shape[0])
    covered = cv2.resize(breast.mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    mask = covered >= 0.5
    if np.count_nonzero(mask) < FEWEST_PIXELS:
        mask = covered > 0
    shape = _shape(mask, wall_right=breast.chest_wall_right)
    free, depth = _depth(mask)
    values = [*shape, *_surround(gray, mask), *_inside(gray, mask, free, depth)]
    values += _texture(gray, mask, depth)
    return np.nan_to_num(np.array(values, dtype=np.float64), nan=0.0, posinf=0.0, neginf=0.0)


def small_picture(pixels: FloatArray) -> FloatArray:
    """The picture (h, w[, 3]) with `THUMBNAIL_SIDE` as its longer side; none is enlarged."""
    pixels = reduced(pixels)
    scale = min(1.0, THUMBNAIL_SIDE / max(pixels.shape[:2]))
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def reduced(pixels: FloatArray) -> FloatArray:
    """The picture with 2 to 4 times `THUMBNAIL_SIDE` as its longer side, if it has more."""
    # A whole number of pixels to one is averaged seven times faster; fewer pixels of the right
    # and lower edge than that are left out.
    step = max(pixels.shape[:2]) // (2 * THUMBNAIL_SIDE)
    if step < 2 or min(pixels.shape[:2]) < step:
        return pixels
    rows, columns = pixels.shape[0] // step, pixels.shape[1] // step
    whole = pixels[: rows * step, : columns * step]
    return np.asarray(
        cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), dtype=np.float32
    )


def thumbnail(pixels: FloatArray) -> FloatArray:
    """`small_picture`, gray, stretched from its 0.5th to its 99.5th percentile."""
    small = small_picture(pixels)
    if small.ndim == 3:
        small = small.mean(axis=2)
    low, high = np.percentile(small, [0.5, 99.5])
    stretched = (small - np.float32(low)) / np.float32(max(high - low, TINY))
    return np.asarray(np.clip(stretched, 0.0, 1.0), dtype=np.float32)


def _shape(mask: BoolArray, *, wall_right: bool) -> list[float]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    if wall_right:
        box = box[:, ::-1]
    # A skewed view leaves the wall by a pixel or two before its end.
    near = max(1, round(0.04 * box.shape[1]))
    low = max(1, round(0.02 * box.shape[0]))
    contours, _ = cv2.findContours(
        np.pad(box, 1).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    outline = max(contours, key=len)
    hull = cv2.convexHull(outline)
    widths = cv2.blur(box.sum(axis=1).astype(np.float32)[:, np.newaxis], (1, 5))[:, 0]
    once = 2 * widths.max() - widths[0] - widths[-1]
    return [
        float(mask.mean()),
        len(box) / mask.shape[0],
        box.shape[1] / mask.shape[1],
        float(box.mean()),
        float(box.sum() / max(cv2.contourArea(hull), box.sum(), 1)),
        cv2.arcLength(outline, True) / max(cv2.arcLength(hull, True), 1.0),
        float(box[:, :near].any(axis=1).mean()),
        float(box[:, -near:].any(axis=1).mean()),
        float((box[:low].any(axis=0).mean() + box[-low:].any(axis=0).mean()) / 2),
        float((np.abs(np.diff(widths)).sum() + 1) / (once + 1)),
    ]


def _depth(mask: BoolArray) -> tuple[BoolArray, FloatArray]:
    """Pixels along the free outline, and each pixel's distance to it, in pixels."""
    # The frame counts as inside: where the image ends the breast goes on.
    padded = np.pad(mask, 1, mode="edge").astype(np.uint8)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, 3)[1:-1, 1:-1]
    depth = np.where(np.isfinite(depth) & (depth < 1e4), depth, float(max(mask.shape)))
    return mask & (depth <= 3.0), np.asarray(depth, dtype=np.float32)


def _surround(gray: FloatArray, mask: BoolArray) -> list[float]:
    # The skin line is dim, and the region ends a little inside it.
    outside = cv2.dilate(mask.astype(np.uint8), np.ones((9, 9), np.uint8)) == 0
    if np.count_nonzero(outside) < FEWEST_PIXELS:
        outside = ~mask
    levels = gray[outside]
    if levels.size < FEWEST_PIXELS:
        return [0.0, 0.0, 0.0, 0.0]
    tenth, median, ninetieth = np.percentile(levels, [10, 50, 90])
    edges = float(_gradient(gray)[0][outside].mean())
    return [float(median), float(median - tenth), float(ninetieth - median), edges]


def _inside(gray: FloatArray, mask: BoolArray, free: BoolArray, depth: FloatArray) -> list[float]:
    levels = gray[mask].astype(np.float64)
    median, spread = float(np.median(levels)), float(levels.std())
    centred = levels - levels.mean()
    bins = np.bincount(np.minimum((levels * 32).astype(np.int64), 31), minlength=32)
    rim = float(gray[free].mean()) - median if free.any() else 0.0
    away = np.minimum(depth[mask], 20.0).astype(np.float64)
    away -= away.mean()
    correlation = float((away * centred).mean()) / max(float(away.std()) * spread, TINY)
    return [
        median,
        spread,
        float((centred * centred * centred).mean()) / max(spread, 0.01) ** 3,
        float(bins.max() / levels.size),
        float(np.mean(levels >= 0.98)),
        rim,
        correlation,
    ]


def _texture(gray: FloatArray, mask: BoolArray, depth: FloatArray) -> list[float]:
    inner = mask & (depth > 4.0)
    if np.count_nonzero(inner) < FEWEST_PIXELS:
        inner = mask
    blurred = [gray, *(cv2.GaussianBlur(gray, (0, 0), sigma) for sigma in (1.0, 2.0, 4.0, 8.0))]
    details = [
        float(np.abs(finer - coarser)[inner].mean()) + TINY for finer, coarser in pairwise(blurred)
    ]
    strength, horizontal, vertical = _gradient(gray)
    inside = strength[inner].astype(np.float64)
    energy = inside**2
    across = np.abs(horizontal[inner]), np.abs(vertical[inner])
    aligned = np.minimum(*across) < np.tan(np.radians(10)) * np.maximum(*across)
    spread = max(float(gray[inner].std()), TINY)
    return [
        float(np.log2(details[0] / details[1])),
        float(np.log2(details[1] / details[2])),
        float(np.log2(details[2] / details[3])),
        float(np.log2(details[0] / spread)),
        float(np.log2((np.percentile(inside, 99) + TINY) / (inside.mean() + TINY))),
        float(energy[aligned].sum() / (energy.sum() + TINY)),
    ]


def _gradient(gray: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Strength, horizontal and vertical part of the gradient, gray levels a pixel."""
    horizontal = np.asarray(cv2.Sobel(gray, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8))
    vertical = np.asarray(cv2.Sobel(gray, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8))
    return np.hypot(horizontal, vertical), horizontal, vertical
