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
        outside: pieces outside the breast and its margin: text, markers, marks.
        inside: lines of letters, and ends of these pieces, in the margin or on the breast.
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
    outside, going_on = _marks((bright, dark), guarded)
    lines = [*_lines(plane, bright), *_lines(plane, dark)]
    inside = going_on + [box for box in lines if guarded[box[0] : box[2], box[1] : box[3]].any()]
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


def _marks(contrasts: tuple[FloatArray, FloatArray], guarded: _Mask) -> tuple[list[Box], list[Box]]:
    """What stands out of the air, letters that are close together as one; and what goes on inside.

    The boxes of the second list are pieces of the first one's that reach into the margin.
    """
    air = np.maximum(*contrasts)[~guarded]
    if not air.size:
        return [], []
    threshold = max(_FAINTEST, _GRAINS * float(np.median(air)))
    inked = np.zeros(guarded.shape, dtype=np.uint8)
    letters = inked.copy()
    edge = cv2.dilate(guarded.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    # One after the other: what is dark between two bright letters would join them.
    for contrast in contrasts:
        marked = ((contrast > threshold) & ~guarded).astype(np.uint8)
        apart: list[Box] = []
        reaching: list[_Part] = []
        for part in _components(marked):
            if part.area < _SMALLEST_AREA or max(part.high, part.wide) < _SMALLEST_SIDE:
                continue
            if _is_frame(part, guarded.shape):
                continue
            if (part.region & edge[part.window]).any():
                reaching.append(part)
                continue
            inked[part.window][part.region] = 1
            if part.high >= _LETTER_HEIGHT[0]:
                apart.append(part.box)
        for part in reaching:
            # A nipple, a fold of skin or a film's rim also goes on in the margin: but no letter is
            # in line with the first two, and the third is at the image's edge.
            if not _is_at_edge(part, guarded.shape) and any(
                _continues(box, part.box) or _continues(part.box, box) for box in apart
            ):
                letters[part.window][part.region] = 1
    inked |= letters
    side = 2 * max(2, round(_GAP * max(guarded.shape))) + 1
    near = np.ones((side, side), np.uint8)
    pad = max(2, round(_PAD * max(guarded.shape)))
    boxes, going_on = [], []
    for part in _components(np.asarray(cv2.dilate(inked, near), dtype=np.uint8)):
        rows, columns = np.nonzero((inked[part.window] > 0) & part.region)
        box = (
            max(0, part.top + int(rows.min()) - pad),
            max(0, part.left + int(columns.min()) - pad),
            min(guarded.shape[0], part.top + int(rows.max()) + 1 + pad),
            min(guarded.shape[1], part.left + int(columns.max()) + 1 + pad),
        )
        boxes.append(box)
        if (letters[part.window] & part.region).any():
            going_on.append(box)
    return boxes, going_on


def _is_frame(part: _Part, shape: tuple[int, ...]) -> bool:
    long = part.high > _LONGEST * shape[0] or part.wide > _LONGEST * shape[1]
    return long and _is_at_edge(part, shape)


def _is_at_edge(part: _Part, shape: tuple[int, ...]) -> bool:
    top, left, bottom, right = part.box
    return min(top, left) == 0 or bottom == shape[0] or right == shape[1]


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """An 8-connected part of a picture, and which pixels of its box it has."""

    top: int
    left: int
    high: int
    wide: int
    area: int
    region: _Mask

    @property
    def box(self) -> Box:
        return self.top, self.left, self.top + self.high, self.left + self.wide

    @property
    def window(self) -> tuple[slice, slice]:
        return (
            slice(self.top, self.top + self.high),
            slice(self.left, self.left + self.wide),
        )


def _components(binary: NDArray[np.uint8]) -> Iterator[_Part]:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(binary, connectivity=8)
    for label, (left, top, wide, high, area) in enumerate(stats.tolist()):
        if label:
            region = labels[top : top + high, left : left + wide] == label
            yield _Part(top, left, high, wide, area, region)


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
    for part in _components(inked):
        if not (
            _LETTER_HEIGHT[0] <= part.high <= highest
            and _LETTER_WIDTH[0] * part.high <= part.wide <= _LETTER_WIDTH[1] * part.high
            and _INK[0] * part.high * part.wide <= part.area <= _INK[1] * part.high * part.wide
        ):
            continue
        window, ink = part.window, part.region
        strength = contrast[window][ink]
        full = float(np.percentile(strength, 90))
        core = plane[window][ink][strength > 0.7 * full]
        low, high_level = np.percentile(core, [15, 85])
        rim = ink & (cv2.erode(np.pad(ink, 1).astype(np.uint8), kernel)[1:-1, 1:-1] == 0)
        sharp = float(np.median(step[window][rim])) / full
        if high_level - low <= _INK_SPREAD * full and sharp >= _EDGE:
            letters.append(part.box)
    return letters


def _on_image(box: Box, working: tuple[int, ...], image: tuple[int, ...]) -> Box:
    down, across = image[0] / working[0], image[1] / working[1]
    return (
        int(np.floor(box[0] * down)),
        int(np.floor(box[1] * across)),
        min(image[0], int(np.ceil(box[2] * down))),
        min(image[1], int(np.ceil(box[3] * across))),
    )
