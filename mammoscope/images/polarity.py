"""Turns inverted exports (MONOCHROME1 that was never inverted), whatever their surround."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoscope.types import BreastImage, FloatArray

# The evidence is in the large: air, skin line, the middle of the breast.
THUMBNAIL_SIDE = 256
# An image is turned only where the evidence is plain, since to turn a good one is the worse slip.
INVERTED_BELOW = -0.9
# An icon has neither air nor a skin line to tell by.
SMALLEST_SIDE = 64
# Weaker evidence will do where the frame is white besides, as MONOCHROME1 left it.
INVERTED_BELOW_IF_WHITE = -0.5
# Of the image's shorter side: how deep its frame is; of its range: what is as good as white.
FRAME_SHARE = 0.02
NEAR_END = 0.03
# Closer to zero than this nobody can tell: no air in the image, or signs against each other.
DOUBTFUL_WITHIN = 0.5
TURNED = "inverted export recognised from the pixels: inverted"

# Of 255 levels: how far a row of letterbox, a pixel of air and a region of air may vary.
_FRAME_RANGE = 10
_MIXED_ROWS = 2
_AIR_GRADIENTS = (1, 2, 4)
_AIR_SPREAD = 8
_AIR_LEVELS = 12
_SMALLEST_AIR = 0.02
# Fitted by logistic regression without intercept on half of the women (PolaritySigns in order).
_WEIGHTS = (3.4, 6.0, 12.8, 8.7)

_Levels = NDArray[np.uint8]
_Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PolaritySigns:
    """What tells bright = dense (positive) from bright = air (negative); each in [-1, 1].

    Each changes its sign and nothing else when the image is inverted. All are 0 where they cannot
    be measured, as on a crop without air.

    Attributes:
        air_level: 1 where the air is black, -1 where it is white.
        rise: from the rim of the breast to its deep part: intensity rises inwards, since the
            breast is thin at the skin; in shares of the breast's own spread.
        broad_rise: the same with rim and depth as shares of the breast's thickness.
        skew: of the breast's intensities (Bowley's, with the 5th and 95th percentile).
    """

    air_level: float = 0.0
    rise: float = 0.0
    broad_rise: float = 0.0
    skew: float = 0.0


def polarity_evidence(pixels: FloatArray) -> float:
    """How plainly a mammogram is bright = dense (1), inverted (-1), or undecidable (near 0).

    tanh(logit / 2) of a logistic regression on `PolaritySigns`; the evidence of 1 - pixels is
    that of pixels with the other sign.

    Args:
        pixels: (H, W) in [0, 1].
    """
    signs = measure_signs(pixels)
    values = (signs.air_level, signs.rise, signs.broad_rise, signs.skew)
    logit = sum(weight * value for weight, value in zip(_WEIGHTS, values, strict=True))
    return float(np.tanh(logit / 2))


def is_inverted(pixels: FloatArray) -> bool:
    """Whether a mammogram is plainly dark where it should be bright.

    Args:
        pixels: (H, W) in [0, 1].
    """
    if min(pixels.shape) < SMALLEST_SIDE:
        return has_white_surround(pixels)
    evidence = polarity_evidence(pixels)
    if evidence >= INVERTED_BELOW_IF_WHITE:
        return False
    return evidence < INVERTED_BELOW or has_white_surround(pixels)


def has_white_surround(pixels: FloatArray) -> bool:
    """Whether the frame of the image is mostly at the bright end and hardly at the dark end.

    Args:
        pixels: (H, W) in [0, 1].
    """
    rows, columns = pixels.shape
    depth = max(1, round(FRAME_SHARE * min(rows, columns)))
    frame = np.concatenate(
        [
            pixels[:depth].ravel(),
            pixels[-depth:].ravel(),
            pixels[:, :depth].ravel(),
            pixels[:, -depth:].ravel(),
        ]
    )
    # The ends are the image's own: an export need not use its whole range.
    low, high = float(pixels.min()), float(pixels.max())
    if high - low < 0.1:  # blank or nearly so
        return False
    position = (frame - low) / (high - low)
    white = float(np.mean(position >= 1 - NEAR_END))
    black = float(np.mean(position <= NEAR_END))
    return white >= 0.3 and black <= 0.1


def correct_polarity(image: BreastImage) -> BreastImage:
    """The image bright = dense; turned, with a warning, where it is plainly inverted."""
    if image.modality != "mammogram" or image.is_color:
        return image
    if not is_inverted(image.pixels):
        return image
    white = has_white_surround(image.pixels)
    seen = "had a white surround" if white else "was darker where a breast is dense"
    source = replace(
        image.source,
        steps=(*image.source.steps, TURNED),
        warnings=(
            *image.source.warnings,
            f"The image {seen}; it was read as an inverted export and turned.",
        ),
    )
    return replace(image, pixels=1.0 - image.pixels, source=source)


def measure_signs(pixels: FloatArray) -> PolaritySigns:
    """The signs of an image's polarity; all 0 for a blank image.

    Args:
        pixels: (H, W) in [0, 1].
    """
    levels = _levels(pixels)
    if levels is None:
        return PolaritySigns()
    # Twice: under a black letterbox there may be the white surround of an inverted image.
    levels = _without_frame(_without_frame(levels))
    if min(levels.shape) < 16:
        return PolaritySigns()
    levels = np.asarray(cv2.medianBlur(levels, 3), dtype=np.uint8)
    air = _find_air(levels)
    if air is None:
        return PolaritySigns()
    depth = np.asarray(cv2.distanceTransform((~air).astype(np.uint8), cv2.DIST_L2, 3))
    inner = levels[depth > 4]
    if inner.size < 0.03 * levels.size:
        return PolaritySigns()
    low, middle, high = _quantiles(inner, (0.05, 0.5, 0.95))
    spread = max(high - low, 8.0)
    level = _quantiles(levels[air], (0.5,))[0]
    deepest = float(depth.max())

    def rise(rim: _Mask, deep: _Mask) -> float:
        if min(np.count_nonzero(rim), np.count_nonzero(deep)) < 50:
            return 0.0
        step = _quantiles(levels[deep], (0.5,))[0] - _quantiles(levels[rim], (0.5,))[0]
        return float(np.clip(step / spread, -1, 1))

    return PolaritySigns(
        air_level=float(1 - level / 127.5),
        rise=rise((depth > 4) & (depth <= 12), depth > 24),
        broad_rise=rise((depth > 3) & (depth <= 3 + 0.15 * deepest), depth > 0.35 * deepest),
        skew=(high + low - 2 * middle) / spread,
    )


def _levels(pixels: FloatArray) -> _Levels | None:
    """The thumbnail on the image's own range, 0 to 255; None where there is hardly any range."""
    longest = max(pixels.shape)
    # Every n-th pixel first: area averaging of all of them would cost more than all the rest.
    stride = max(1, longest // (4 * THUMBNAIL_SIDE))
    scale = THUMBNAIL_SIDE / longest
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    small = cv2.resize(
        np.ascontiguousarray(pixels[::stride, ::stride]),
        size,
        interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
    )
    low, high = float(small.min()), float(small.max())
    if high - low < 0.1:
        return None
    levels = ((small - low) * (255 / (high - low)) + 0.5).astype(np.uint8)
    return np.asarray(cv2.medianBlur(levels, 3), dtype=np.uint8)


def _without_frame(levels: _Levels) -> _Levels:
    """Without the rows and columns at each side that are of one level: letterbox, padding, air."""
    for _ in range(2):
        spread = np.ptp(levels, axis=1) if levels.size else np.zeros(0, dtype=np.uint8)
        varied = np.flatnonzero(spread > _FRAME_RANGE)
        if varied.size:
            first, last = int(varied[0]), int(varied[-1]) + 1
            # The thumbnail's next rows are still a mixture of the frame and what lies in it.
            first += _MIXED_ROWS if first > 0 else 0
            last -= _MIXED_ROWS if last < len(levels) else 0
            levels = levels[first : max(first, last)].T
        else:
            levels = levels[:0].T
    return np.ascontiguousarray(levels)


def _find_air(levels: _Levels) -> _Mask | None:
    """The flat regions at the frame that share the commonest level; None if there are none.

    Flat before all else, then gradually less so: the flattest regions are air, while a fatty or
    saturated breast is nearly flat too.
    """
    gradient = cv2.morphologyEx(levels, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    for tolerance in _AIR_GRADIENTS:
        flat = np.pad((gradient <= tolerance).astype(np.uint8), 4, mode="edge")
        flat = np.asarray(cv2.morphologyEx(flat, cv2.MORPH_OPEN, kernel))[4:-4, 4:-4]
        count, labels, stats, _ = cv2.connectedComponentsWithStats(flat, connectivity=4)
        found = _flat_regions(levels, labels, stats[:count])
        if not found:
            continue
        corners = [labels[row, column] for row in (0, -1) for column in (0, -1)]
        shares, held = [], []
        for _, level, _ in found:
            # Two corners of air are two regions of one level.
            alike = {k: area for k, other, area in found if abs(other - level) <= _AIR_LEVELS}
            shares.append(sum(alike.values()))
            held.append(1 + sum(corner in alike for corner in corners))
        # An implant is large and flat and lies at the frame, but holds no corner of the image.
        best = int(np.argmax(np.multiply(shares, held)))
        if shares[best] < _SMALLEST_AIR * levels.size:
            continue
        chosen = [k for k, level, _ in found if abs(level - found[best][1]) <= _AIR_LEVELS]
        is_air = np.zeros(count, dtype=bool)
        is_air[chosen] = True
        return np.asarray(is_air[labels], dtype=bool)
    return None


def _flat_regions(
    levels: _Levels, labels: NDArray[Any], stats: NDArray[Any]
) -> list[tuple[int, float, int]]:
    """(label, median level, area) of the regions at the frame whose levels hardly spread."""
    rows, columns = levels.shape
    found = []
    for k in range(1, len(stats)):
        left, top, width, height, area = (int(value) for value in stats[k])
        inside = left > 0 and top > 0 and left + width < columns and top + height < rows
        if inside or area < _SMALLEST_AIR / 2 * levels.size:
            continue
        window = (slice(top, top + height), slice(left, left + width))
        low, level, high = _quantiles(levels[window][labels[window] == k], (0.1, 0.5, 0.9))
        if high - low <= _AIR_SPREAD:
            found.append((k, level, area))
    return found


def _quantiles(levels: _Levels, shares: tuple[float, ...]) -> list[float]:
    """Quantiles of bytes by counting, which is faster than sorting."""
    counted = np.cumsum(np.bincount(levels.ravel(), minlength=256))
    return [float(np.searchsorted(counted, share * levels.size)) for share in shares]
