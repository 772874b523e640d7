"""Colour spaces, pseudo-colour and the three-window stack; all float32 in [0, 1].

Channel scaling, the same both ways: RGB is sRGB as stored; HSV is hue / 360°, saturation, value;
LAB is CIE L*a*b* under D65 as L* / 100, (a* + 128) / 255, (b* + 128) / 255, so that a gray
has a = b = 128 / 255.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from mammoscope.types import FloatArray

# What OpenCV's own HSV and LAB are divided by, after the shift, to fill [0, 1].
_HSV_SCALE = np.array([360, 1, 1], dtype=np.float32)
_LAB_SCALE = np.array([100, 255, 255], dtype=np.float32)
_LAB_SHIFT = np.array([0, 128, 128], dtype=np.float32)

# (low, high) intensities of the normalised breast that become 0 and 1, a channel each: fat and
# skin; mixed tissue; dense tissue. The first and the last meet, so that no intensity is lost.
THREE_WINDOWS = ((0.0, 0.5), (0.25, 0.75), (0.5, 1.0))


def gray_to_rgb(plane: FloatArray) -> FloatArray:
    """(H, W) → (H, W, 3), three equal channels."""
    return np.repeat(plane[:, :, np.newaxis], 3, axis=2)


def rgb_to_gray(rgb: FloatArray) -> FloatArray:
    """(H, W, 3) → (H, W): luma 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601)."""
    return _clipped(_converted(rgb, cv2.COLOR_RGB2GRAY))


def rgb_to_hsv(rgb: FloatArray) -> FloatArray:
    """(H, W, 3) → (H, W, 3): hue / 360°, saturation, value; a gray has hue and saturation 0."""
    return _clipped(_converted(rgb, cv2.COLOR_RGB2HSV) / _HSV_SCALE)


def hsv_to_rgb(hsv: FloatArray) -> FloatArray:
    """The inverse of `rgb_to_hsv`."""
    return _clipped(_converted(hsv * _HSV_SCALE, cv2.COLOR_HSV2RGB))


def rgb_to_lab(rgb: FloatArray) -> FloatArray:
    """(H, W, 3) → (H, W, 3): L* / 100, (a* + 128) / 255, (b* + 128) / 255."""
    lab = _converted(rgb, cv2.COLOR_RGB2Lab)
    return _clipped((lab + _LAB_SHIFT) / _LAB_SCALE)


def lab_to_rgb(lab: FloatArray) -> FloatArray:
    """The inverse of `rgb_to_lab`; a colour outside sRGB is clipped into it."""
    return _clipped(_converted(lab * _LAB_SCALE - _LAB_SHIFT, cv2.COLOR_Lab2RGB))


def gray_to_viridis(plane: FloatArray) -> FloatArray:
    """(H, W) → (H, W, 3): pseudo-colour, dark blue over green to yellow.

    The table is Smith and van der Walt's viridis: equal steps of intensity look equally far
    apart, lightness rises all the way, and colour-blind people read it. Its 256 entries are
    interpolated linearly, so that no intensity is rounded.
    """
    place = plane * np.float32(255)
    below = np.minimum(place.astype(np.intp), 254)
    share = (place - below)[:, :, np.newaxis]
    table = _viridis()
    return _clipped(table[below] * (np.float32(1.0) - share) + table[below + 1] * share)


def gray_to_three_windows(plane: FloatArray) -> FloatArray:
    """(H, W) → (H, W, 3): three intensity windows (`THREE_WINDOWS`), for three-channel backbones.

    Channel = (r − low) / (high − low), clipped to [0, 1]. Each has the contrast of half the
    range, as a radiologist who turns the window sees it.
    """
    windows = [(plane - np.float32(low)) / np.float32(high - low) for low, high in THREE_WINDOWS]
    return _clipped(np.stack(windows, axis=2))


@dataclass(frozen=True, slots=True)
class Color:
    """A way to give the channels that a model eats.

    Attributes:
        channels: 1 or 3.
        from_gray: (H, W) → (H, W) or (H, W, 3).
        from_rgb: (H, W, 3) → the same.
    """

    channels: int
    from_gray: Callable[[FloatArray], FloatArray]
    from_rgb: Callable[[FloatArray], FloatArray]

    def convert(self, pixels: FloatArray) -> FloatArray:
        """(H, W) or (H, W, 3) in [0, 1] → (H, W, channels) in [0, 1]."""
        convert = self.from_gray if pixels.ndim == 2 else self.from_rgb
        return np.ascontiguousarray(convert(pixels).reshape(*pixels.shape[:2], self.channels))


def _unchanged(pixels: FloatArray) -> FloatArray:
    return pixels


# Name in a preprocess config → what it does. Pseudo-colour and windows of a colour picture are
# those of its luma.
COLORS: Mapping[str, Color] = {
    "gray": Color(1, _unchanged, rgb_to_gray),
    "rgb": Color(3, gray_to_rgb, _unchanged),
    "hsv": Color(3, lambda plane: rgb_to_hsv(gray_to_rgb(plane)), rgb_to_hsv),
    "lab": Color(3, lambda plane: rgb_to_lab(gray_to_rgb(plane)), rgb_to_lab),
    "viridis": Color(3, gray_to_viridis, lambda rgb: gray_to_viridis(rgb_to_gray(rgb))),
    "three-window": Color(
        3, gray_to_three_windows, lambda rgb: gray_to_three_windows(rgb_to_gray(rgb))
    ),
}


@cache
def _viridis() -> FloatArray:
    levels = np.arange(256, dtype=np.uint8).reshape(-1, 1)
    table = cv2.applyColorMap(levels, cv2.COLORMAP_VIRIDIS)[:, 0, ::-1]  # OpenCV's is BGR
    return np.asarray(table, dtype=np.float32) / np.float32(255)


def _converted(pixels: FloatArray, code: int) -> FloatArray:
    return np.asarray(cv2.cvtColor(pixels, code), dtype=np.float32)


def _clipped(pixels: FloatArray) -> FloatArray:
    return np.asarray(np.clip(pixels, 0.0, 1.0), dtype=np.float32)
