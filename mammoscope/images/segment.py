"""Finds the breast: a mask without film labels, tape and scanner borders."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoscope.types import BreastImage, FloatArray

# The outline of a breast needs no more than this; it makes the cost independent of the detector.
WORKING_SIDE = 256
# A mask of lower quality is implausible: one of its terms is more than half broken.
PLAUSIBLE_QUALITY = 0.5
_PATCH = 5


@dataclass(frozen=True, slots=True, eq=False)
class BreastRegion:
    """Where the breast lies.

    Attributes:
        mask: bool (h, w) at working resolution, covering the whole image evenly.
        area: share of the image that is breast, in [0, 1].
        surround_spread: how far the surround is from flat: its median less its 10th percentile, as
            a share of the image's range. Whole views have a flat surround, lesion crops do not.
        box: (top, left, bottom, right) in image pixels, end exclusive; whole image if none found.
        chest_wall_right: the wide side of the breast is the image's right side.
        quality: plausibility of the mask in [0, 1]: the worst of the terms below, each 1 where
            all is well and 0 where the mask cannot be a breast; 0 without a breast.
        flaws: which terms are below `PLAUSIBLE_QUALITY`, the worst first, of

            - `area`: 0 at 2 % of the image or at 97 %, 1 from 6 % to 88 %;
            - `outline`: solidity, area by area of the convex hull; 0 at 0.65, 1 from 0.85: a label
              or a border grown together with the breast leaves a bay;
            - `surround`: `surround_spread`; 1 up to 0.03, 0 at 0.09: not flat, so not air;
            - `contrast`: of a strip inside the outline against one outside, in shares of the
              image's range; 0 at 0.02, 1 from 0.08;
            - `side`: a breast lies at one side of the image; the length of mask on the other
              side's edge by that on the chest wall's; 1 up to 0.3, 0 at 0.9.
    """

    mask: NDArray[np.bool_]
    area: float
    surround_spread: float
    box: tuple[int, int, int, int]
    chest_wall_right: bool
    quality: float = 0.0
    flaws: tuple[str, ...] = ()


def find_breast(image: BreastImage) -> BreastRegion:
    """The largest bright region of a mammogram after small and thin things are removed.

    The threshold is Otsu's on the square root of the intensity (which lifts the dim skin line
    towards the tissue, as a film's characteristic curve does), moved towards the background.
    """
    gray = image.pixels if not image.is_color else image.pixels.mean(axis=2)
    small = shrink(gray)
    mask = _largest_region(_foreground(small))
    area = float(mask.mean())
    if area == 0.0:
        box = (0, 0, image.rows, image.columns)
        return BreastRegion(
            mask=mask,
            area=0.0,
            surround_spread=0.0,
            box=box,
            chest_wall_right=False,
            flaws=("area",),
        )
    rows = np.flatnonzero(mask.any(axis=1))
    columns = np.flatnonzero(mask.any(axis=0))
    up, across = image.rows / mask.shape[0], image.columns / mask.shape[1]
    box = (
        int(np.floor(rows[0] * up)),
        int(np.floor(columns[0] * across)),
        min(image.rows, int(np.ceil((rows[-1] + 1) * up))),
        min(image.columns, int(np.ceil((columns[-1] + 1) * across))),
    )
    inside = mask[:, columns[0] : columns[-1] + 1]
    third = max(1, inside.shape[1] // 3)
    surround_spread = _spread(small, ~mask)
    right = bool(inside[:, -third:].mean() > inside[:, :third].mean())
    terms = _terms(small, mask, surround_spread, right)
    worst = sorted(terms, key=lambda name: terms[name])
    return BreastRegion(
        mask=mask,
        area=area,
        surround_spread=surround_spread,
        box=box,
        chest_wall_right=right,
        quality=terms[worst[0]],
        flaws=tuple(name for name in worst if terms[name] < PLAUSIBLE_QUALITY),
    )


def _terms(
    small: FloatArray, mask: NDArray[np.bool_], surround_spread: float, right: bool
) -> dict[str, float]:
    """The terms of `BreastRegion.quality`."""
    area = float(mask.mean())
    region = mask.astype(np.uint8)
    contours, _ = cv2.findContours(region, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hull = np.zeros(mask.shape, dtype=np.uint8)
    cv2.fillConvexPoly(hull, cv2.convexHull(np.concatenate(contours)), 1)
    wall, far = (mask[:, -1], mask[:, 0]) if right else (mask[:, 0], mask[:, -1])
    return {
        "area": min(_ramp(area, 0.02, 0.06), _ramp(area, 0.97, 0.88)),
        "outline": _ramp(region.sum() / max(1, int(hull.sum())), 0.65, 0.85),
        "surround": _ramp(surround_spread, 0.09, 0.03),
        "contrast": _ramp(_contrast(small, region), 0.02, 0.08),
        "side": _ramp(far.sum() / max(1, int(wall.sum())), 0.9, 0.3) if far.any() else 1.0,
    }


def _ramp(value: float, worst: float, best: float) -> float:
    """0 at `worst` and beyond, 1 at `best` and beyond, straight between."""
    return float(np.clip((value - worst) / (best - worst), 0.0, 1.0))


def _contrast(small: FloatArray, region: NDArray[np.uint8]) -> float:
    low, high = float(small.min()), float(small.max())
    kernel = np.ones((2 * _PATCH + 1, 2 * _PATCH + 1), np.uint8)
    # Beyond the image's edge there is neither breast nor air: replicated, it counts for nothing.
    padded = np.pad(region, _PATCH, mode="edge")
    inner = (padded - cv2.erode(padded, kernel))[_PATCH:-_PATCH, _PATCH:-_PATCH].astype(bool)
    outer = (cv2.dilate(padded, kernel) - padded)[_PATCH:-_PATCH, _PATCH:-_PATCH].astype(bool)
    if high <= low or not inner.any() or not outer.any():
        return 0.0
    return float((np.median(small[inner]) - np.median(small[outer])) / (high - low))


def shrink(gray: FloatArray) -> FloatArray:
    """The plane (H, W) on the working grid; as it is if it is no larger."""
    scale = WORKING_SIDE / max(gray.shape)
    if scale >= 1:
        return gray
    size = (max(1, round(gray.shape[1] * scale)), max(1, round(gray.shape[0] * scale)))
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def _spread(small: FloatArray, where: NDArray[np.bool_]) -> float:
    low, high = np.percentile(small, [0.5, 99.5])
    if not where.any() or high <= low:
        return 0.0
    tenth, median = np.percentile(small[where], [10, 50])
    return float((median - tenth) / (high - low))


def _foreground(small: FloatArray) -> NDArray[np.uint8]:
    root = np.sqrt(small)
    low, high = np.percentile(root, [0.5, 99.5])
    if high - low < 0.02:
        return np.zeros(small.shape, dtype=np.uint8)
    levels = np.clip((root - low) / (high - low) * 255, 0, 255).astype(np.uint8)
    levels = np.asarray(cv2.medianBlur(levels, 3), dtype=np.uint8)
    otsu, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    background = float(np.median(levels[levels <= otsu]))
    threshold = background + 0.6 * (otsu - background)
    return (levels > threshold).astype(np.uint8)


def _largest_region(foreground: NDArray[np.uint8]) -> NDArray[np.bool_]:
    # Opening cuts labels, tape and the thin lines of a scanner border from the breast. The frame
    # is replicated, since a breast is cut by the image's edge and must not be rounded off there.
    radius = max(2, max(foreground.shape) // 36)
    frame = 2 * radius
    padded = np.pad(foreground, frame, mode="edge")
    opened = cv2.morphologyEx(padded, cv2.MORPH_OPEN, _disc(radius))
    region = _largest_component(opened[frame:-frame, frame:-frame])
    # Dense islands are found, dark fat inside is not: fill what the outline encloses.
    contours, _ = cv2.findContours(region, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = cv2.drawContours(region, contours, -1, 1, thickness=-1)
    return _without_edge_strips(np.asarray(filled, dtype=np.uint8), radius).astype(bool)


def _without_edge_strips(region: NDArray[np.uint8], radius: int) -> NDArray[np.uint8]:
    """The region less what only a strip along the top or bottom edge joins to its main part.

    A replicated frame makes any strip along the edge thick, however thin it is in the image: the
    fogged upper rim of a film then leads from the breast to the label beside it. An opening with
    nothing beyond these two edges finds the main part without it. The corners which this opening
    rounds off are won back by growing the main part inside the region by twice the radius.
    """
    if not region[0].any() and not region[-1].any():
        return region
    frame = 2 * radius
    # The sides stay replicated: the chest wall is one of them.
    padded = np.pad(np.pad(region, ((0, 0), (frame, frame)), mode="edge"), ((frame, frame), (0, 0)))
    opened = cv2.morphologyEx(padded, cv2.MORPH_OPEN, _disc(radius))
    main = _largest_component(opened[frame:-frame, frame:-frame])
    if not main.any():
        return region
    for step in range(2 * radius):
        # A cross and a square in turn grow an octagon, nearly a disc.
        shape = cv2.MORPH_RECT if step % 2 else cv2.MORPH_CROSS
        grown = cv2.dilate(main, cv2.getStructuringElement(shape, (3, 3))) & region
        # A square reaches all that a cross does: where it adds nothing, nothing more will come.
        if step % 2 and np.array_equal(grown, main):
            break
        main = grown
    kept = region.copy()
    _, labels, stats, _ = cv2.connectedComponentsWithStats(region - main, connectivity=8)
    for label in range(1, len(stats)):
        # What is shorter is the tip of an acute corner, or trivial.
        if stats[label, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max() >= radius:
            kept[labels == label] = 0
    return kept


def _largest_component(binary: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The largest 4-connected part of 0 and 1, as 0 and 1; all 0 if there is none."""
    count, labels = cv2.connectedComponents(binary, connectivity=4)
    if count < 2:
        return np.zeros(binary.shape, dtype=np.uint8)
    # Counted here, since the statistics cost twice what the labels do.
    largest = 1 + int(np.argmax(np.bincount(labels.ravel())[1:]))
    return np.asarray(labels == largest, dtype=np.uint8)


def _disc(radius: int) -> NDArray[np.uint8]:
    size = (2 * radius + 1, 2 * radius + 1)
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, size), dtype=np.uint8)
