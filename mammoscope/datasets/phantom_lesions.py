"""Masses and microcalcification clusters of a phantom: where they lie and how they look."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from mammoscope.datasets.lesion_shapes import (
    calcification_cluster,
    smooth_mass,
    spiculated_mass,
)
from mammoscope.datasets.phantom_anatomy import Outline
from mammoscope.types import DatasetError, FloatArray, Lesion

MASSES = ("round mass", "oval mass", "lobulated mass", "spiculated mass")
CLUSTER = "calcification cluster"

Generator = np.random.Generator


def draw_finding(rng: Generator, *, kind: str) -> tuple[str, float, float]:
    """What both views of one lesion share: kind, radius, distance behind the nipple.

    Args:
        rng: of this lesion of this breast.
        kind: "mass" or "calcifications".

    Returns:
        Kind as written in `Lesion`; radius in pixels of a 640 × 512 image; distance from the
        nipple as a share of the nipple's distance to the chest wall.
    """
    distance = float(rng.uniform(0.25, 0.75))
    if kind == "mass":
        shape = MASSES[int(rng.integers(len(MASSES)))]
        # A spiculated mass is marked with its spicules, its core is about half as wide.
        low, high = (24.0, 36.0) if shape == "spiculated mass" else (15.0, 27.0)
        return shape, float(rng.uniform(low, high)), distance
    return CLUSTER, float(rng.uniform(12.0, 24.0)), distance


def place_lesion(
    rng: Generator,
    outline: Outline,
    finding: tuple[str, float, float],
    *,
    others: Sequence[Lesion],
) -> Lesion:
    """The finding at a place where its whole circle is breast, not muscle, not another lesion.

    Raises:
        DatasetError: no such place is left, even for a smaller lesion.
    """
    kind, radius, distance = finding
    unit = outline.unit
    radius = max(radius * unit, 3.0)
    rows, columns = outline.mask.shape
    stride = max(1, round(6 * unit))
    x = np.arange(stride / 2, columns, stride)[None, :]
    y = np.arange(stride / 2, rows, stride)[:, None]
    at = np.ix_(y[:, 0].astype(int), x[0].astype(int))
    clearance = _clearance(outline)[at]
    behind = np.hypot(x - outline.nipple[0], y - outline.nipple[1]) / outline.nipple[0]
    likely = (0.03 + outline.gland_prior[at]) * (
        np.exp(-(((behind - distance) / 0.08) ** 2)) + 1e-4
    )
    for _ in range(12):
        weight = likely * (clearance > radius + stride + 2 * unit)
        for other in others:
            weight *= np.hypot(x - other.x, y - other.y) > 1.1 * (radius + other.radius) + stride
        cumulated = np.cumsum(weight)
        if cumulated[-1] > 0:
            break
        radius *= 0.85
    else:
        raise DatasetError(
            f"no room for a {kind} beside {len(others)} lesions; ask for fewer or a larger image"
        )
    cell = int(np.searchsorted(cumulated, rng.uniform(0.0, cumulated[-1]), side="right"))
    row, column = np.unravel_index(min(cell, weight.size - 1), weight.shape)
    shift = rng.uniform(-0.5, 0.5, size=2) * stride
    return Lesion(
        x=float(x[0, column] + shift[0]), y=float(y[row, 0] + shift[1]), radius=radius, kind=kind
    )


def add_lesion(rng: Generator, pixels: FloatArray, lesion: Lesion, *, contrast: float) -> None:
    """Adds the lesion to the pixels in place; nothing outside its circle changes."""
    top, left = int(lesion.y - lesion.radius), int(lesion.x - lesion.radius)
    bottom, right = int(lesion.y + lesion.radius) + 2, int(lesion.x + lesion.radius) + 2
    rows, columns = pixels.shape
    unit = min(rows / 640, columns / 512)
    window = pixels[top:bottom, left:right]
    x = _offsets(left, window.shape[1], lesion.x)[None, :]
    y = _offsets(top, window.shape[0], lesion.y)[:, None]
    if lesion.kind == CLUSTER:
        profile = rng.uniform(0.9, 1.2) * calcification_cluster(rng, x, y, lesion.radius, unit)
    elif lesion.kind == "spiculated mass":
        profile = rng.uniform(0.24, 0.32) * spiculated_mass(rng, x, y, lesion.radius)
    else:
        profile = rng.uniform(0.20, 0.28) * smooth_mass(rng, x, y, lesion.radius, lesion.kind)
    # Smooth to exactly zero at the circle.
    taper = np.clip((1 - np.hypot(x, y) / lesion.radius) / 0.12, 0.0, 1.0)
    window += (contrast * profile * taper).astype(np.float32)


def _offsets(start: int, count: int, center: float) -> FloatArray:
    """Distance of pixel centres from `center` along one axis."""
    return np.arange(start, start + count, dtype=np.float32) + np.float32(0.5 - center)


def _clearance(outline: Outline) -> FloatArray:
    """Distance in pixels to the skin, the muscle or the image's edge, whichever is nearest."""
    free = (outline.mask & (outline.muscle < 0.02)).astype(np.uint8)
    padded = cv2.copyMakeBorder(free, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    distance = cv2.distanceTransform(padded, cv2.DIST_L2, 5)
    return np.asarray(distance[1:-1, 1:-1], dtype=np.float32)
