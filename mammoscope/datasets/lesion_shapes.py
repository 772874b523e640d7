"""How a mass or a microcalcification cluster looks, as a profile to be added to a breast.

Every function takes the offsets of pixel centres from the lesion's centre, `x` (1, W) and `y`
(H, 1) in pixels, and gives float32 (H, W), 0 where the lesion is not and about 1 at its most.
"""

from __future__ import annotations

import cv2
import numpy as np

from mammoscope.types import FloatArray

Generator = np.random.Generator


def smooth_mass(
    rng: Generator, x: FloatArray, y: FloatArray, radius: float, kind: str
) -> FloatArray:
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


def spiculated_mass(rng: Generator, x: FloatArray, y: FloatArray, radius: float) -> FloatArray:
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


def calcification_cluster(
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
