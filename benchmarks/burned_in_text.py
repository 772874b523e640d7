"""How often burned-in text is found beside and on the breasts of phantoms, and found wrongly.

    python -m benchmarks.burned_in_text
    python -m benchmarks.burned_in_text IMAGE...    # counts of these images instead

Each phantom (640 × 512, with masses and calcifications in turn) is searched without text, and with
one text a time: a place, a font, a height and a level each, drawn by a fixed seed. Text beside the
breast counts as found if nothing of it is left; on the breast, if it is told.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoscope.datasets.phantom import Phantom, PhantomConfig, make_phantom
from mammoscope.images.burned_in_text import BurnedInText, find_text
from mammoscope.images.decode import decode
from mammoscope.images.segment import PLAUSIBLE_QUALITY, find_breast
from mammoscope.types import BreastImage, FloatArray

PHANTOMS = 60
HEIGHTS = (10, 16, 30)  # pixels
BESIDE, ON = (1.0, 0.3, 0.02), (1.0, 0.0)  # levels; the air is 0
FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
)
MARGIN = 20  # pixels between the breast and text beside it
TRIES = 300
_Mask = NDArray[np.bool_]


def main() -> None:
    rng = np.random.default_rng(0)
    found: Counter[tuple[str, int, float]] = Counter()
    tried: Counter[tuple[str, int, float]] = Counter()
    wrong: Counter[str] = Counter()
    changed = 0
    for seed in range(PHANTOMS):
        made = _phantom(seed)
        plain = _search(made.pixels)
        wrong["beside"] += bool(plain.outside)
        wrong["on"] += bool(plain.inside)
        near = cv2.dilate(made.mask.astype(np.uint8), np.ones((2 * MARGIN + 1,) * 2, np.uint8)) > 0
        for height in HEIGHTS:
            for level in BESIDE:
                ink = _ink(rng, ~near, "DOE JANE 1950", height)
                ink = _ink(rng, ~near, "DOE J", height) if ink is None else ink
                if ink is None:
                    continue
                left = ink > 0
                for top, first, bottom, last in _search(_burned(made.pixels, ink, level)).outside:
                    left[top:bottom, first:last] = False
                    changed += bool(made.mask[top:bottom, first:last].any())
                tried["beside", height, level] += 1
                found["beside", height, level] += not left.any()
            for level in ON:
                ink = _ink(rng, made.mask, "DOE JANE", height)
                if ink is not None:
                    tried["on", height, level] += 1
                    told = _search(_burned(made.pixels, ink, level)).inside
                    found["on", height, level] += bool(told)
    for place in ("beside", "on"):
        print(f"without text: found {place} the breast in {wrong[place]} of {PHANTOMS}")
        for key in sorted(key for key in tried if key[0] == place):
            print(
                f"{place} the breast, {key[1]} px, level {key[2]:g}: {found[key]} of {tried[key]}"
            )
        all_found = sum(count for key, count in found.items() if key[0] == place)
        all_tried = sum(count for key, count in tried.items() if key[0] == place)
        print(f"{place} the breast, all: {all_found} of {all_tried}")
    print(f"boxes that reach into the drawn breast: {changed}")


def count(files: Sequence[str]) -> None:
    """Prints in how many images something is found, and how much of them would be blanked."""
    beside = on = 0
    shares = []
    for file in files:
        pixels = decode(Path(file).read_bytes()).pixels
        found = _search(pixels)
        blank = np.zeros(pixels.shape, dtype=bool)
        for top, left, bottom, right in found.outside:
            blank[top:bottom, left:right] = True
        shares.append(float(blank.mean()))
        beside += bool(found.outside)
        on += bool(found.inside)
    print(f"{len(files)} images: found beside the breast in {beside}, on it in {on}")
    print(f"median share that would be blanked: {np.median(shares):.3f}")


def _phantom(seed: int) -> Phantom:
    config = PhantomConfig(label=False, masses=seed % 3, calcifications=seed // 3 % 3)
    view = "CC" if seed // 2 % 2 == 0 else "MLO"
    return make_phantom(seed, laterality="L" if seed % 2 == 0 else "R", view=view, config=config)


def _search(pixels: FloatArray) -> BurnedInText:
    breast = find_breast(BreastImage(pixels=pixels))
    mask = breast.mask if breast.quality >= PLAUSIBLE_QUALITY else None
    return find_text(np.round(pixels * 4095).astype(np.uint16), mask)


def _ink(rng: np.random.Generator, where: _Mask, text: str, height: int) -> FloatArray | None:
    """A text at a random place that lies wholly in `where`, as shares of ink; None if none does."""
    font, stroke = int(rng.choice(FONTS)), max(1, height // 10)
    scale = height / 22
    (wide, high), below = cv2.getTextSize(text, font, scale, stroke)
    rows, columns = where.shape
    if wide + 8 >= columns:
        return None
    for _ in range(TRIES):
        bottom = int(rng.integers(high + 4, rows - below - 4))
        left = int(rng.integers(4, columns - wide - 4))
        if where[bottom - high - 4 : bottom + below + 4, left - 4 : left + wide + 4].all():
            ink = np.zeros(where.shape, dtype=np.uint8)
            cv2.putText(ink, text, (left, bottom), font, scale, 255, stroke, cv2.LINE_AA)
            return ink.astype(np.float32) / 255
    return None


def _burned(pixels: FloatArray, ink: FloatArray, level: float) -> FloatArray:
    return np.asarray(pixels * (1 - ink) + level * ink, dtype=np.float32)


if __name__ == "__main__":
    count(sys.argv[1:]) if sys.argv[1:] else main()
