"""Lesions painted into a woman's prepared breast, with a mask of where they are.

A network that has few cancers, and is never told where they are, is shown what a lesion looks
like: masses, microcalcification clusters and architectural distortions of random shape, place
and contrast, in breasts of training women only. None of them is anybody's cancer.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoscope.datasets.lesion_shapes import (
    calcification_cluster,
    smooth_mass,
    spiculated_mass,
)
from mammoscope.types import DatasetError, FloatArray

Generator = np.random.Generator

_SMOOTH = ("round mass", "oval mass", "lobulated mass")
_SPICULATED, _CLUSTER, _DISTORTION = "spiculated mass", "calcification cluster", "distortion"
# Kind → how often it is drawn; cancers are masses oftener than clusters, and seldom distortions.
KINDS = {
    **dict.fromkeys(_SMOOTH, 0.1),
    _SPICULATED: 0.35,
    _CLUSTER: 0.25,
    _DISTORTION: 0.1,
}
# Radii as a share of the prepared array's longer side, which a breast of 15 to 20 cm fills: masses
# of 5 to 25 mm, spicules and distortions beyond them.
_RADII = {
    **dict.fromkeys(_SMOOTH, (0.014, 0.041)),
    _SPICULATED: (0.022, 0.059),
    _CLUSTER: (0.016, 0.044),
    _DISTORTION: (0.038, 0.075),
}
# The place is drawn on a grid this much coarser: what it knows is where tissue is dense.
_COARSER = 4


@dataclass(frozen=True, slots=True)
class LesionConfig:
    """How often training breasts are given lesions, and how plain to see.

    Attributes:
        probability: that a breast is given any, in [0, 1].
        second: that one that is given a lesion is given two.
        low_contrast, high_contrast: of a lesion, drawn evenly between; 1 is plain to see and
            0.35 what a reader has to look for.

    Raises:
        DatasetError: a value that nothing can be drawn with.
    """

    probability: float = 0.5
    second: float = 0.25
    low_contrast: float = 0.35
    high_contrast: float = 1.0

    def __post_init__(self) -> None:
        shares = (self.probability, self.second)
        if not all(0 <= share <= 1 for share in shares) or not (
            0 < self.low_contrast <= self.high_contrast <= 3
        ):
            raise DatasetError(
                f"lesions are to be drawn by {self}; expected probabilities in [0, 1] and "
                "contrasts in (0, 3], the low one first"
            )


def paint_lesions(
    breast: FloatArray, config: LesionConfig, generator: Generator
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """A breast that was given lesions, or not, and where they are.

    Args:
        breast: (H, W) float32 in [0, 1], prepared, 0 outside the breast.
        config: how often and how plain.
        generator: of everything that is drawn.

    Returns:
        A new array (H, W) float32 in [0, 1], the same outside the lesions, and their mask (H, W):
        of a mass its body, of what has spicules its core, of a cluster all of it. The mask is
        empty where nothing was painted.
    """
    painted = breast.copy()
    mask = np.zeros(breast.shape, dtype=bool)
    if generator.random() >= config.probability:
        return painted, mask
    # Drawn once: two lesions may touch, as real ones do.
    room, likely = _places(breast)
    for _ in range(2 if generator.random() < config.second else 1):
        kind = str(generator.choice(list(KINDS), p=list(KINDS.values())))
        low, high = _RADII[kind]
        radius = max(float(generator.uniform(low, high)) * max(breast.shape), 3.5)
        contrast = float(generator.uniform(config.low_contrast, config.high_contrast))
        center = _draw_center(room, likely, 0.6 * radius, generator)
        if center is not None:
            _paint(painted, mask, kind, center, radius, contrast, generator)
    return painted, mask


def _places(breast: FloatArray) -> tuple[FloatArray, FloatArray]:
    """On a coarser grid: distance to the edge of the breast in pixels, and how likely a lesion."""
    rows, columns = (max(1, side // _COARSER) for side in breast.shape)
    small = cv2.resize(breast, (columns, rows), interpolation=cv2.INTER_AREA)
    framed = cv2.copyMakeBorder(
        (small > 0).astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0
    )
    room = cv2.distanceTransform(framed, cv2.DIST_L2, 3)[1:-1, 1:-1] * _COARSER
    # Cancers arise where there is gland, which is bright; but not there alone.
    likely = 0.15 + cv2.GaussianBlur(small, (0, 0), 3)
    return np.asarray(room, np.float32), np.asarray(likely, np.float32)


def _draw_center(
    room: FloatArray, likely: FloatArray, clearance: float, generator: Generator
) -> tuple[float, float] | None:
    """x and y in pixels of a place so far from the edge; None where the breast has none."""
    weight = np.cumsum(likely * (room > clearance))
    if weight[-1] <= 0:
        return None
    cell = int(np.searchsorted(weight, generator.uniform(0, weight[-1]), side="right"))
    row, column = divmod(min(cell, weight.size - 1), likely.shape[1])
    across, down = generator.random(2)
    return (column + across) * _COARSER, (row + down) * _COARSER


def _paint(
    painted: FloatArray,
    mask: NDArray[np.bool_],
    kind: str,
    center: tuple[float, float],
    radius: float,
    contrast: float,
    generator: Generator,
) -> None:
    """Paints one lesion in place; nothing changes outside its circle or outside the breast."""
    left, top = (max(0, int(c - radius)) for c in center)
    right, bottom = (int(c + radius) + 2 for c in center)
    window, marked = painted[top:bottom, left:right], mask[top:bottom, left:right]
    rows, columns = window.shape
    x = (np.arange(left, left + columns, dtype=np.float32) + np.float32(0.5 - center[0]))[None, :]
    y = (np.arange(top, top + rows, dtype=np.float32) + np.float32(0.5 - center[1]))[:, None]
    share = np.asarray(np.hypot(x, y) / radius, dtype=np.float32)
    # Smooth to exactly zero at the circle.
    taper = np.asarray(np.clip((1 - share) / 0.15, 0, 1), dtype=np.float32)
    if kind == _DISTORTION:
        changed = _distort(window, x, y, share, taper, contrast, generator)
        body = share < 0.75
    elif kind == _CLUSTER:
        unit = max(painted.shape) / 640
        profile = calcification_cluster(generator, x, y, radius, unit)
        changed = np.asarray(window + (0.3 + 0.9 * contrast) * profile * taper, dtype=np.float32)
        body = share < 0.9
    elif kind == _SPICULATED:
        profile = spiculated_mass(generator, x, y, radius)
        changed = _add_mass(window, profile, radius, np.float32(contrast) * taper, generator)
        body = share < 0.62
    else:
        profile = smooth_mass(generator, x, y, radius, kind)
        changed = _add_mass(window, profile, radius, np.float32(contrast) * taper, generator)
        body = profile > 0.25
    inside = window > 0
    window[inside] = np.clip(changed, 0, 1)[inside]
    marked |= body & inside


def _add_mass(
    window: FloatArray,
    profile: FloatArray,
    radius: float,
    contrast: FloatArray,
    generator: Generator,
) -> FloatArray:
    """A mass is brighter than what it lies in, uneven, and hides some of the texture beneath."""
    rows, columns = profile.shape
    cells = int(generator.integers(3, 8))
    grid = generator.standard_normal((cells, cells), dtype=np.float32)
    uneven = 1 + 0.25 * cv2.resize(grid, (columns, rows), interpolation=cv2.INTER_CUBIC)
    hidden = float(generator.uniform(0, 0.5)) * np.clip(1.5 * profile, 0, 1) * (contrast > 0)
    smooth = cv2.GaussianBlur(window, (0, 0), max(1.0, radius / 4))
    return np.asarray(window + hidden * (smooth - window) + 0.3 * contrast * profile * uneven)


def _distort(
    window: FloatArray,
    x: FloatArray,
    y: FloatArray,
    share: FloatArray,
    taper: FloatArray,
    contrast: float,
    generator: Generator,
) -> FloatArray:
    """Tissue drawn towards a point, with thin lines out from it and no mass."""
    rows, columns = window.shape
    pull = 1 + 0.35 * contrast * taper * np.exp(-1.5 * share)
    across = np.broadcast_to(x, share.shape) * pull - x[0, 0]
    down = np.broadcast_to(y, share.shape) * pull - y[0, 0]
    drawn = cv2.remap(
        np.ascontiguousarray(window),
        across.astype(np.float32),
        down.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    ).reshape(rows, columns)
    spokes, phase = int(generator.integers(8, 16)), float(generator.uniform(0, 2 * np.pi))
    bend = 2 * float(generator.standard_normal())
    lines = np.clip(np.cos(spokes * np.arctan2(y, x) + phase + bend * share), 0, 1) ** 6
    return np.asarray(drawn + 0.22 * contrast * lines * np.clip(1 - share, 0, 1) * taper)
