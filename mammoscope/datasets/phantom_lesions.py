"""Masses and microcalcification clusters of a phantom: where they lie and how they look."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

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
        profile = rng.uniform(0.9, 1.2) * _cluster(rng, x, y, lesion.radius, unit)
    elif lesion.kind == "spiculated mass":
        profile = rng.uniform(0.24, 0.32) * _spiculated(rng, x, y, lesion.radius)
    else:
        profile = rng.uniform(0.20, 0.28) * _smooth(rng, x, y, lesion.radius, lesion.kind)
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


def _smooth(rng: Generator, x: FloatArray, y: FloatArray, radius: float, kind: str) -> FloatArray:
    """Round, oval or lobulated: a dome with a soft margin."""
    tilt, phase = rng.uniform(0, 2 * np.pi, size=2)
    lobes = int(rng.integers(3, 6))
    flat = rng.uniform(0.58, 0.75) if kind == "oval mass" else rng.uniform(0.90, 1.0)
    wave = rng.uniform(0.14, 0.22) if kind == "lobulated mass" else 0.025
    u = x * np.cos(tilt) + y * np.sin(tilt)
    v = (y * np.cos(tilt) - x * np.sin(tilt)) / flat
    # |cos| bulges between narrow notches, as lobules do; a plain cosine would draw a star.
    bulges = np.abs(np.cos(0.5 * lobes * np.arctan2(v, u) + phase))
    edge = 0.88 * radius * (1 - wave + wave * bulges)
    return _dome(np.hypot(u, v) / edge) * _mottled(rng, x, y)


def _spiculated(rng: Generator, x: FloatArray, y: FloatArray, radius: float) -> FloatArray:
    """An irregular core of about half the radius with spicules out to the circle."""
    phases = rng.uniform(0, 2 * np.pi, size=3)
    theta = np.arctan2(y, x)
    share = np.hypot(x, y) / radius
    ragged = sum(0.07 * np.cos(k * theta + p) for k, p in zip((2, 3, 5), phases, strict=True))
    picture = _dome(share / (0.47 * (1 + ragged))) * _mottled(rng, x, y)
    count = int(rng.integers(14, 22))
    directions = 2 * np.pi * (np.arange(count) + rng.uniform(-0.35, 0.35, size=count)) / count
    for direction in directions:
        length, bend, strength = rng.uniform((0.82, -0.5, 0.55), (1.0, 0.5, 0.95))
        off = theta - direction - bend * share
        half_width = np.maximum(0.045 * radius * (1.25 - share), 0.5)
        across = radius * share * np.sin(off) / half_width
        spicule = np.exp(-0.5 * across**2) * (np.cos(off) > 0)
        picture = np.maximum(
            picture, strength * spicule * np.clip(1.6 * (1 - share / length), 0, 1)
        )
    return np.asarray(picture, dtype=np.float32)


def _cluster(
    rng: Generator, x: FloatArray, y: FloatArray, radius: float, unit: float
) -> FloatArray:
    """5 to 25 specks of unequal size and brightness, denser in the middle."""
    picture = np.zeros(np.broadcast_shapes(x.shape, y.shape), dtype=np.float32)
    for _ in range(int(rng.integers(5, 26))):
        away, direction, tilt = rng.uniform((0.0, 0.0, 0.0), (0.80, 2 * np.pi, np.pi))
        u0, v0 = x - radius * away * np.cos(direction), y - radius * away * np.sin(direction)
        u, v = u0 * np.cos(tilt) + v0 * np.sin(tilt), v0 * np.cos(tilt) - u0 * np.sin(tilt)
        width = max(rng.uniform(0.7, 1.25) * unit, 0.5)
        longer = rng.uniform(1.0, 1.8)
        speck = np.exp(-0.5 * ((u / (width * longer)) ** 2 + (v / width) ** 2))
        picture = np.maximum(picture, rng.uniform(0.25, 0.55) * speck)
    return picture


def _dome(share: FloatArray) -> FloatArray:
    """Thickness of a flattened ball at a share of its radius, its margin softened."""
    ball = np.sqrt(np.clip(1 - share**2, 0.0, 1.0))
    return np.asarray(0.55 * ball + 0.45 / (1 + np.exp((share - 0.92) / 0.06)), dtype=np.float32)


def _mottled(rng: Generator, x: FloatArray, y: FloatArray) -> FloatArray:
    grid = rng.standard_normal((6, 6), dtype=np.float32)
    size = (x.shape[1], y.shape[0])
    return np.asarray(1 + 0.07 * cv2.resize(grid, size, interpolation=cv2.INTER_CUBIC))
