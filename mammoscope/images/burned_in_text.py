"""Finds text that is burned into the pixels: outside the breast anything written, inside it lines.

Outside the breast there is air, and what stands out of it is a label, a marker or a mark: it need
not be read to be blanked. Inside, tissue, calcifications and clips stand out as well, and nothing
there may be blanked: only what is plainly a line of letters is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoscope.types import FloatArray

Box = tuple[int, int, int, int]
_Mask = NDArray[np.bool_]

# Letters of 1 % of the image's height are 15 pixels high then, and strokes stay a pixel wide.
_WORKING_SIDE = 1536
# Shares of the working image's longer side.
_STROKE = 1 / 48  # the widest stroke that is seen
_GAP = 1 / 96  # letters closer than this are one piece
_PAD = 1 / 192
_BREAST_MARGIN = 1 / 64  # beyond the outline that was found: skin, and the outline's own error
# Of the image's range; where the air is grainy, this many times its grain.
_FAINTEST, _GRAINS = 0.006, 6.0
_SMALLEST_SIDE, _SMALLEST_AREA = 4, 6  # pixels of the working image
# Of the image's sides: what is longer, and at its edge, is a frame, a rim or a diaphragm's edge.
_LONGEST = 0.5

# A letter on the breast: contrast as a share of the image's range; height in pixels of the working
# image and as a share of its longer side; width by height; share of its box that is ink.
_LETTER_CONTRAST = 0.15
_LETTER_HEIGHT = (7, 1 / 12)
_LETTER_WIDTH = (0.08, 1.6)
_INK = (0.12, 0.85)
# Ink has one level and ends within a pixel or two; tissue and calcifications fade.
_INK_SPREAD, _EDGE = 0.25, 0.4
# A line: letters of one height at one height, close together.
_LETTERS = 3
_HEIGHT_RATIO, _OFF_LINE, _APART = 1.5, 0.3, 1.5


@dataclass(frozen=True, slots=True, eq=False)
class BurnedInText:
    """Where text was found; boxes are (top, left, bottom, right) in image pixels, end exclusive.

    Attributes:
        outside: pieces that lie wholly outside the breast and its margin: text, markers, marks.
        inside: lines of letters that reach into the margin or lie on the breast.
        guarded: bool (h, w), covering the image evenly: breast and margin, not to be changed.
    """

    outside: tuple[Box, ...]
    inside: tuple[Box, ...]
    guarded: NDArray[np.bool_]


def find_text(samples: NDArray[Any], breast: _Mask | None) -> BurnedInText:
    """The text in an image.

    Args:
        samples: stored values (H, W), of any polarity; not windowed, since what one window hides
            another one shows.
        breast: the breast's mask, covering the image evenly at any resolution; None if its
            outline is not known: then the whole image is searched as if it were breast.
    """
    plane = _shrunk(samples)
    bright, dark = _contrasts(plane)
    guarded = np.ones(plane.shape, dtype=bool) if breast is None else _guarded(breast, plane.shape)
    outside = _marks(np.maximum(bright, dark), guarded)
    # Apart: what is dark between two bright letters would join them.
    lines = [*_lines(plane, bright), *_lines(plane, dark)]
    inside = [box for box in lines if guarded[box[0] : box[2], box[1] : box[3]].any()]
    return BurnedInText(
        tuple(_on_image(box, plane.shape, samples.shape) for box in outside),
        tuple(_on_image(box, plane.shape, samples.shape) for box in inside),
        guarded,
    )


def _shrunk(samples: NDArray[Any]) -> FloatArray:
    """The image on its own range, [0, 1], no larger than the working size."""
    plane = samples.astype(np.float32)
    scale = _WORKING_SIDE / max(plane.shape)
    if scale < 1:
        size = (max(1, round(plane.shape[1] * scale)), max(1, round(plane.shape[0] * scale)))
        plane = np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), dtype=np.float32)
    low, high = float(plane.min()), float(plane.max())
    return (plane - low) / (high - low) if high > low else np.zeros_like(plane)


def _contrasts(plane: FloatArray) -> tuple[FloatArray, FloatArray]:
    """How far each pixel stands out, bright and dark, from what is wider than a stroke."""
    side = max(5, round(_STROKE * max(plane.shape))) | 1
    kernel = np.ones((side, side), np.uint8)
    bright = cv2.morphologyEx(plane, cv2.MORPH_TOPHAT, kernel)
    dark = cv2.morphologyEx(plane, cv2.MORPH_BLACKHAT, kernel)
    return np.asarray(bright, dtype=np.float32), np.asarray(dark, dtype=np.float32)


def _guarded(breast: _Mask, shape: tuple[int, ...]) -> _Mask:
    size = (shape[1], shape[0])
    mask = cv2.resize(breast.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    radius = max(2, round(_BREAST_MARGIN * max(shape)))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return np.asarray(cv2.dilate(mask, disc), dtype=bool)


def _marks(contrast: FloatArray, guarded: _Mask) -> list[Box]:
    """What stands out of the air, letters that are close together as one."""
    air = contrast[~guarded]
    if not air.size:
        return []
    threshold = max(_FAINTEST, _GRAINS * float(np.median(air)))
    marked = ((contrast > threshold) & ~guarded).astype(np.uint8)
    # What goes on in the margin is a nipple or a fold of skin; a line of letters is told apart.
    edge = cv2.dilate(guarded.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    for top, left, bottom, right, area, label, labels in _components(marked):
        high, wide = bottom - top, right - left
        long = high > _LONGEST * marked.shape[0] or wide > _LONGEST * marked.shape[1]
        frame = long and (
            min(top, left) == 0 or bottom == marked.shape[0] or right == marked.shape[1]
        )
        region = labels[top:bottom, left:right] == label
        speck = area < _SMALLEST_AREA or max(high, wide) < _SMALLEST_SIDE
        if speck or frame or (region & edge[top:bottom, left:right]).any():
            marked[top:bottom, left:right][region] = 0
    gap = max(2, round(_GAP * max(marked.shape)))
    joined = cv2.dilate(marked, np.ones((2 * gap + 1, 2 * gap + 1), np.uint8))
    pad = max(2, round(_PAD * max(marked.shape)))
    boxes = []
    for top, left, bottom, right, _, label, labels in _components(joined):
        window = (slice(top, bottom), slice(left, right))
        rows, columns = np.nonzero(marked[window] & (labels[window] == label))
        boxes.append(
            (
                max(0, top + int(rows.min()) - pad),
                max(0, left + int(columns.min()) - pad),
                min(marked.shape[0], top + int(rows.max()) + 1 + pad),
                min(marked.shape[1], left + int(columns.max()) + 1 + pad),
            )
        )
    return boxes


def _components(binary: NDArray[np.uint8]) -> Iterator[tuple[int, int, int, int, int, int, Any]]:
    """(top, left, bottom, right, area, label, labels) of each 8-connected part."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(binary, connectivity=8)
    for label, (left, top, width, height, area) in enumerate(stats.tolist()):
        if label:
            yield top, left, top + height, left + width, area, label, labels


def _lines(plane: FloatArray, contrast: FloatArray) -> list[Box]:
    letters = _letters(plane, contrast)
    lines: list[list[Box]] = []
    for letter in sorted(letters, key=lambda box: box[1]):
        for line in lines:
            if _continues(line[-1], letter):
                line.append(letter)
                break
        else:
            lines.append([letter])
    return [
        (
            min(box[0] for box in line),
            line[0][1],
            max(box[2] for box in line),
            max(box[3] for box in line),
        )
        for line in lines
        if len(line) >= _LETTERS
    ]


def _continues(last: Box, letter: Box) -> bool:
    heights = sorted((last[2] - last[0], letter[2] - letter[0]))
    off = abs((last[0] + last[2]) - (letter[0] + letter[2])) / 2
    apart = letter[1] - last[3]
    return (
        heights[1] <= _HEIGHT_RATIO * heights[0]
        and off <= _OFF_LINE * heights[1]
        and -0.3 * heights[1] <= apart <= _APART * heights[1]
    )


def _letters(plane: FloatArray, contrast: FloatArray) -> list[Box]:
    """What looks like one letter: of a letter's size, of one level, with a sharp edge."""
    inked = (contrast > _LETTER_CONTRAST).astype(np.uint8)
    kernel = np.ones((3, 3), np.uint8)
    step = np.asarray(cv2.morphologyEx(plane, cv2.MORPH_GRADIENT, kernel), dtype=np.float32)
    highest = _LETTER_HEIGHT[1] * max(plane.shape)
    letters = []
    for top, left, bottom, right, area, label, labels in _components(inked):
        high, wide = bottom - top, right - left
        if not (
            _LETTER_HEIGHT[0] <= high <= highest
            and _LETTER_WIDTH[0] * high <= wide <= _LETTER_WIDTH[1] * high
            and _INK[0] * high * wide <= area
        ):
            continue
        window = (slice(top, bottom), slice(left, right))
        ink = labels[window] == label
        strength = contrast[window][ink]
        full = float(np.percentile(strength, 90))
        core = plane[window][ink][strength > 0.7 * full]
        low, high_level = np.percentile(core, [15, 85])
        rim = ink & (cv2.erode(np.pad(ink, 1).astype(np.uint8), kernel)[1:-1, 1:-1] == 0)
        sharp = float(np.median(step[window][rim])) / full
        if high_level - low <= _INK_SPREAD * full and sharp >= _EDGE:
            letters.append((top, left, bottom, right))
    return letters


def _on_image(box: Box, working: tuple[int, ...], image: tuple[int, ...]) -> Box:
    down, across = image[0] / working[0], image[1] / working[1]
    return (
        int(np.floor(box[0] * down)),
        int(np.floor(box[1] * across)),
        min(image[0], int(np.ceil(box[2] * down))),
        min(image[1], int(np.ceil(box[3] * across))),
    )
