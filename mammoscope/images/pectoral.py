"""Finds the pectoral muscle on oblique and lateral views: the bright corner above the breast."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoscope.images.segment import BreastRegion, shrink
from mammoscope.types import BreastImage, FloatArray

# PS3.16 CID 4014: the views that show the muscle along the chest wall.
MUSCLE_VIEWS = frozenset({"MLO", "ML", "LM", "LMO", "SIO"})
# A muscle of lower quality is not reported: without a header the question is open, and the corner
# of a craniocaudal view must not be taken for one.
LEAST_QUALITY = 0.2
LEAST_QUALITY_OF_UNKNOWN_VIEW = 0.3

# All lengths are pixels of the working grid (256 on the longer side).
_STEP = 4
_SAMPLES = 48
_CLEAR = 3
_BAND = 9
_SMALLEST, _LARGEST = 0.012, 0.45
# Of the breast's width: how wide an oblique view is cut off above, and its muscle there.
_CUT_WIDTH, _MUSCLE_WIDTH = 0.25, 0.15


@dataclass(frozen=True, slots=True, eq=False)
class PectoralMuscle:
    """Where the muscle lies.

    Attributes:
        mask: bool (h, w) on the grid of the breast's mask, a part of it.
        polygon: float64 (N, 2), x and y in image pixels from the top left corner.
        quality: in [0, 1], the worst of three: contrast across the edge (1 at a quarter of
            the breast's own range), the share of the edge where the muscle is the brighter side
            (0 at 60 %, 1 at 100 %), and how flat the muscle is (0 where it varies as the whole
            breast does).
    """

    mask: NDArray[np.bool_]
    polygon: NDArray[np.float64]
    quality: float


@dataclass(frozen=True, slots=True)
class _Line:
    """From (across, 0) on the upper edge to (0, down) on the chest wall."""

    across: float
    down: float


def find_pectoral(image: BreastImage, breast: BreastRegion) -> PectoralMuscle | None:
    """The muscle in the upper corner at the chest wall; None where there is none to be found.

    A straight edge is searched over its two intercepts with the upper edge and the chest wall:
    the mean step in brightness across it, as in a Radon transform of the gradient (the line model
    of N. Karssemeijer (1998), Phys. Med. Biol. 43, 365-378). Then the shortest path along the
    gradient in a band around the line makes a curve of it.

    Args:
        image: as decoded. A view that the header gives and that shows no muscle (CC …) is None at
            once; an unknown view must show it more plainly than a known one.
        breast: `find_breast(image)`.
    """
    if breast.area == 0.0 or not (image.view is None or image.view in MUSCLE_VIEWS):
        return None
    gray = image.pixels if not image.is_color else image.pixels.mean(axis=2)
    small = shrink(gray)
    rows, columns = np.flatnonzero(breast.mask.any(1)), np.flatnonzero(breast.mask.any(0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    body, inside = small[top:bottom, left:right], breast.mask[top:bottom, left:right]
    if min(body.shape) < 32:
        return None
    if breast.chest_wall_right:
        body, inside = body[:, ::-1], inside[:, ::-1]
    body = _scaled(body, inside)
    line = _find_line(body, inside)
    if line is None:
        return None
    curve = _refine(body, line)
    drawn = _below(curve, inside.shape) & inside
    quality = _quality(body, inside, drawn, curve)
    least = LEAST_QUALITY_OF_UNKNOWN_VIEW if image.view is None else LEAST_QUALITY
    if image.view is None and not _is_oblique(inside, drawn):
        return None
    share = float(drawn.sum()) / float(inside.sum())
    if quality < least or not _SMALLEST <= share <= _LARGEST:
        return None
    mask = np.zeros_like(breast.mask)
    mask[top:bottom, left:right] = drawn[:, ::-1] if breast.chest_wall_right else drawn
    height, width = inside.shape
    x = np.concatenate([[0.0], curve, [0.0]])
    y = np.concatenate([[0.0], np.arange(len(curve)) + 0.5, [float(len(curve))]])
    x, y = np.clip(x, 0, width), np.clip(y, 0, height)
    x = right - x if breast.chest_wall_right else left + x
    up = image.rows / breast.mask.shape[0]
    across = image.columns / breast.mask.shape[1]
    polygon = np.stack([x * across, (top + y) * up], axis=1).astype(np.float64)
    return PectoralMuscle(mask=mask, polygon=polygon, quality=quality)


def _is_oblique(inside: NDArray[np.bool_], muscle: NDArray[np.bool_]) -> bool:
    """Whether the breast is cut off above, as by the axilla, and the muscle is wide there.

    A craniocaudal breast is round above, and what is bright at its chest wall is a narrow strip.
    """
    depth = max(2, inside.shape[0] // 50)
    width = inside.shape[1]
    cut = inside[:depth].any(axis=0).sum() >= _CUT_WIDTH * width
    wide = muscle[: 2 * depth].sum(axis=1).max() >= _MUSCLE_WIDTH * width
    return bool(cut and wide)


def _scaled(body: FloatArray, inside: NDArray[np.bool_]) -> FloatArray:
    """Smoothed, on the breast's own range: 0 and 1 are its 5th and 95th percentile."""
    low, high = np.percentile(body[inside], [5, 95])
    smooth = cv2.GaussianBlur(np.ascontiguousarray(body), (0, 0), 1.5)
    return np.asarray((smooth - low) / max(float(high - low), 1e-3), dtype=np.float32)


def _find_line(body: FloatArray, inside: NDArray[np.bool_]) -> _Line | None:
    rows, columns = body.shape
    # Not the upper edge's own few rows, where exports and films draw frames.
    clear = cv2.erode(
        np.pad(inside.astype(np.uint8), ((8, 8), (8, 0)), mode="edge"), np.ones((7, 7), np.uint8)
    )[8:-8, 8:]
    a = np.arange(0.12 * columns, 1.15 * columns, 3.0, dtype=np.float32)
    b = np.arange(0.18 * rows, 1.25 * rows, 4.0, dtype=np.float32)
    across, down = (part.reshape(-1, 1) for part in np.meshgrid(a, b, indexing="ij"))
    # A muscle is steep: its edge runs more down than across, but for a few degrees.
    steep = (down > 0.8 * across).ravel()
    across, down = across[steep], down[steep]
    t = np.linspace(0.03, 0.97, _SAMPLES, dtype=np.float32)[np.newaxis]
    x, y = across * (1 - t), down * t
    norm = np.hypot(across, down)
    nx, ny = down / norm * _STEP, across / norm * _STEP
    valid = (x < columns) & (y < rows)
    seen = valid & (cv2.remap(clear, x, y, cv2.INTER_NEAREST, borderValue=0) > 0)
    before = cv2.remap(body, x - nx, y - ny, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    after = cv2.remap(body, x + nx, y + ny, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    step = np.clip(before - after, -0.25, 0.25) * seen
    count = np.maximum(valid.sum(axis=1), 1)
    length = np.sqrt(np.minimum(count * norm.ravel() / _SAMPLES / rows, 0.6))
    score = step.sum(axis=1) / count * length
    score[(seen.sum(axis=1) < 0.75 * count) | (count < 12)] = -1.0
    best = int(np.argmax(score))
    if score[best] <= 0.0:
        return None
    return _Line(float(across[best, 0]), float(down[best, 0]))


def _refine(body: FloatArray, line: _Line) -> NDArray[np.float64]:
    """The edge's column in each row from the top: the cheapest path in a band around the line."""
    rows, columns = body.shape
    count = int(min(rows, max(8.0, line.down)))
    y = np.arange(count)
    center = line.across * (1 - (y + 0.5) / line.down)
    offsets = np.arange(-_BAND, _BAND + 1)
    gradient = -cv2.Sobel(body, cv2.CV_32F, 1, 0, ksize=3)
    x = (center[:, np.newaxis] + offsets).astype(np.float32)
    band = cv2.remap(
        gradient,
        x,
        np.repeat(y[:, np.newaxis], len(offsets), axis=1).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
    )
    # A small pull to the line, which decides where the edge is not to be seen.
    cost = 0.03 * (offsets / _BAND) ** 2 - np.clip(band, -0.3, 0.3)
    total, origin = cost.copy(), np.zeros(cost.shape, dtype=np.int64)
    for row in range(1, count):
        last = np.pad(total[row - 1], 1, constant_values=np.inf)
        choices = np.stack([last[:-2] + 0.02, last[1:-1], last[2:] + 0.02])
        chosen = np.argmin(choices, axis=0)
        origin[row] = np.arange(len(offsets)) + chosen - 1
        total[row] += choices[chosen, np.arange(len(offsets))]
    path = np.empty(count, dtype=np.int64)
    path[-1] = int(np.argmin(total[-1]))
    for row in range(count - 1, 0, -1):
        path[row - 1] = origin[row, path[row]]
    found = center + offsets[path]
    width = min(9, count // 2 * 2 - 1)
    smooth = np.convolve(np.pad(found, width // 2, mode="edge"), np.ones(width) / width, "valid")
    return np.clip(smooth.astype(np.float64), 0.0, float(columns))


def _below(curve: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """What lies between the chest wall and the curve."""
    edge = np.zeros(shape[0])
    edge[: len(curve)] = curve
    return np.asarray(np.arange(shape[1]) + 0.5 < edge[:, np.newaxis], dtype=bool)


def _quality(
    body: FloatArray,
    inside: NDArray[np.bool_],
    drawn: NDArray[np.bool_],
    curve: NDArray[np.float64],
) -> float:
    rows = np.arange(len(curve))
    x = np.rint(curve).astype(int)
    columns = body.shape[1]
    kept = (x > _CLEAR) & (x + 2 * _CLEAR < columns)
    kept[kept] &= inside[rows[kept], x[kept] + 2 * _CLEAR]
    if np.count_nonzero(kept) < 12 or np.count_nonzero(drawn) < 30:
        return 0.0
    rows, x = rows[kept], x[kept]
    steps = body[rows, np.maximum(x - _STEP, 0)] - body[rows, x + _STEP]
    contrast = float(np.median(steps)) / 0.25
    agreement = (float(np.mean(steps > 0.0)) - 0.6) / 0.4
    flatness = (1.1 - float(body[drawn].std()) / max(float(body[inside].std()), 1e-3)) / 0.4
    return float(np.clip(min(contrast, agreement, flatness), 0.0, 1.0))
