"""Synthetic mammograms with known lesions, and the data set that is made of them.

A phantom is drawn, not recorded: it looks like a digital mammogram to a segmentation, a test
and a README, and tells nothing about any woman. Anatomy, lesions and noise are drawn from
streams of their own, so that one seed gives the same breast with and without its lesions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import cast

import cv2
import numpy as np

from mammoscope.datasets.phantom_anatomy import (
    BoolArray,
    Density,
    Outline,
    View,
    Woman,
    draw_outline,
    draw_tissue,
    draw_woman,
)
from mammoscope.datasets.phantom_lesions import add_lesion, draw_finding, place_lesion
from mammoscope.types import BreastImage, DatasetError, FloatArray, Laterality, Lesion, Record

_SIDES: tuple[Laterality, ...] = ("L", "R")
_VIEWS: tuple[View, ...] = ("CC", "MLO")
_PATH = re.compile(r"phantom-(\d{4,})/([LR])-(CC|MLO)")

# First word of each stream's seed: what is drawn from one stream never shifts another.
_WOMAN, _OUTLINE, _COARSE, _FINE, _FINDING, _PLACE, _LESION, _NOISE, _LABEL, _PLAN = range(10)


@dataclass(frozen=True, slots=True)
class PhantomConfig:
    """What to draw.

    Attributes:
        rows: image height in pixels; 640 is the height of the RSNA images used here.
        columns: image width in pixels; 512 gives the usual 1.25 of a detector.
        density: BI-RADS class; None draws it as often as screening meets it.
        masses: how many masses; 0, since most breasts hold none.
        calcifications: how many microcalcification clusters; 0 likewise.
        label: whether the view marker is burned in; True, as on most exports.
        contrast: factor on what lesions add; at 1 they are plain to see, also in class C.
        noise: standard deviation of the quantum noise at full brightness; 0.02 is just seen.

    Raises:
        DatasetError: a value that no phantom can be drawn with.
    """

    rows: int = 640
    columns: int = 512
    density: Density | None = None
    masses: int = 0
    calcifications: int = 0
    label: bool = True
    contrast: float = 1.0
    noise: float = 0.02

    def __post_init__(self) -> None:
        if self.rows < 64 or self.columns < 48 or not 0.8 <= self.rows / self.columns <= 2:
            raise DatasetError(
                f"a phantom of {self.rows} × {self.columns} was asked for; expected at least "
                "64 × 48 and a height / width in [0.8, 2]"
            )
        if self.density not in (None, "A", "B", "C", "D"):
            raise DatasetError(f"density is {self.density!r}; expected A, B, C, D or None")
        if not (0 <= self.masses <= 3 and 0 <= self.calcifications <= 3):
            raise DatasetError(
                f"{self.masses} masses and {self.calcifications} calcification clusters were "
                "asked for; expected 0 to 3 of each"
            )
        if not (0 < self.contrast <= 3 and 0 <= self.noise <= 0.2):
            raise DatasetError(
                f"contrast is {self.contrast:g} and noise {self.noise:g}; expected (0, 3] "
                "and [0, 0.2]"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Phantom:
    """One synthetic view and the truth about it.

    Attributes:
        pixels: float32 (rows, columns) in [0, 1], bright = dense, surround exactly 0.
        mask: bool (rows, columns), the breast as drawn, with nipple and pectoral muscle.
        pectoral: bool (rows, columns), the part of `mask` before the muscle; empty on CC.
        lesions: circles that hold all that the lesions add.
        laterality: L has its chest wall on the left edge of the image, R on the right.
        view: CC or MLO.
        density: BI-RADS class that it was drawn with.
    """

    pixels: FloatArray
    mask: BoolArray
    pectoral: BoolArray
    lesions: tuple[Lesion, ...]
    laterality: Laterality
    view: View
    density: Density

    @property
    def image(self) -> BreastImage:
        """The phantom as if it had been decoded from a file."""
        return BreastImage(pixels=self.pixels, laterality=self.laterality, view=self.view)


_DEFAULT = PhantomConfig()


def make_phantom(
    seed: int, *, laterality: Laterality, view: View, config: PhantomConfig = _DEFAULT
) -> Phantom:
    """One view of the woman that the seed stands for.

    Her breasts have the same outline, mirrored, and the same coarse structure; fine structure,
    lesions and noise are each side's own. A lesion has its kind, size and distance from the
    nipple in both views.

    Args:
        seed: a woman, ≥ 0.
        laterality: which breast.
        view: which view of it.
        config: size, density, lesions, label, noise.
    """
    side, angle = _SIDES.index(laterality), _VIEWS.index(view)
    woman = draw_woman(_stream(seed, _WOMAN), density=config.density)
    outline = _outline(seed, view, woman, config)
    lesions = _lesions(seed, outline, laterality=laterality, view=view, config=config)
    pixels = draw_tissue(
        _stream(seed, _COARSE, angle), _stream(seed, _FINE, side, angle), outline, woman=woman
    )
    for number, lesion in enumerate(lesions):
        stream = _stream(seed, _LESION, side, angle, number)
        add_lesion(stream, pixels, lesion, contrast=config.contrast)
    # Photons are counted: the variance grows with what the picture shows.
    grain = _stream(seed, _NOISE, side, angle).standard_normal(pixels.shape, dtype=np.float32)
    pixels += config.noise * grain * np.sqrt(pixels)

    mask, pectoral = outline.mask, outline.pectoral
    if laterality == "R":
        pixels = np.ascontiguousarray(pixels[:, ::-1])
        mask, pectoral = mask[:, ::-1].copy(), pectoral[:, ::-1].copy()
    if config.label:
        _burn_label(_stream(seed, _LABEL, side, angle), pixels, mask, f"{laterality} {view}")
    return Phantom(
        pixels=np.clip(pixels, 0.0, 1.0),
        mask=mask,
        pectoral=pectoral,
        lesions=_displayed(lesions, laterality, config),
        laterality=laterality,
        view=view,
        density=woman.density,
    )


def make_records(
    n_women: int, *, seed: int, config: PhantomConfig = _DEFAULT
) -> tuple[Record, ...]:
    """Four views of each woman; one woman of every two has one abnormal breast.

    Args:
        n_women: how many; the first women of a longer list are the same.
        seed: the data set.
        config: as for `render`; lesions are given in pixels of its rows and columns.

    Raises:
        DatasetError: fewer than one woman.
    """
    if n_women < 1:
        raise DatasetError(f"{n_women} women were asked for; expected at least 1")
    return tuple(
        _record(number, laterality, view, seed=seed, config=config)
        for number in range(n_women)
        for laterality in _SIDES
        for view in _VIEWS
    )


def render(record_path: str, *, seed: int, config: PhantomConfig = _DEFAULT) -> Phantom:
    """The image behind a record's path, drawn anew: there are no files.

    Args:
        record_path: such as "phantom-0007/L-MLO".
        seed: the data set, as given to `make_records`.
        config: likewise; its `masses` and `calcifications` yield to the record's own.

    Raises:
        DatasetError: not a path of this data set.
    """
    match = _PATH.fullmatch(record_path)
    if match is None:
        raise DatasetError(
            f"{record_path!r} is no phantom; expected a path such as 'phantom-0007/L-MLO'"
        )
    number = int(match[1])
    laterality, view = cast(Laterality, match[2]), cast(View, match[3])
    return make_phantom(
        _woman_seed(seed, number),
        laterality=laterality,
        view=view,
        config=_planned(config, number, laterality, seed=seed),
    )


def _stream(*words: int) -> np.random.Generator:
    return np.random.default_rng(words)


def _outline(seed: int, view: View, woman: Woman, config: PhantomConfig) -> Outline:
    stream = _stream(seed, _OUTLINE, _VIEWS.index(view))
    return draw_outline(stream, (config.rows, config.columns), view=view, woman=woman)


def _lesions(
    seed: int, outline: Outline, *, laterality: Laterality, view: View, config: PhantomConfig
) -> tuple[Lesion, ...]:
    """Lesions of a left breast, or of a right one seen in a mirror."""
    side, angle = _SIDES.index(laterality), _VIEWS.index(view)
    placed: list[Lesion] = []
    for kind, count in (("mass", config.masses), ("calcifications", config.calcifications)):
        for number in range(count):
            words = (side, int(kind == "mass"), number)
            finding = draw_finding(_stream(seed, _FINDING, *words), kind=kind)
            stream = _stream(seed, _PLACE, angle, *words)
            placed.append(place_lesion(stream, outline, finding, others=placed))
    return tuple(placed)


def _displayed(
    lesions: tuple[Lesion, ...], laterality: Laterality, config: PhantomConfig
) -> tuple[Lesion, ...]:
    if laterality == "L":
        return lesions
    return tuple(replace(lesion, x=config.columns - lesion.x) for lesion in lesions)


def _burn_label(rng: np.random.Generator, pixels: FloatArray, mask: BoolArray, text: str) -> None:
    """Writes the view marker into a corner away from the chest wall, if one is free."""
    rows, columns = pixels.shape
    unit = min(rows / 640, columns / 512)
    down, inwards, brightness = rng.uniform((0.03, 0.03, 0.85), (0.10, 0.07, 1.0))
    framed = bool(rng.integers(2))
    scale, stroke = max(0.62 * unit, 0.22), max(1, round(1.3 * unit))
    (width, height), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, stroke)
    pad = max(2, round(6 * unit))
    width, height = width + 2 * pad, height + below + 2 * pad
    left = round(inwards * columns)
    if text.startswith("L"):
        left = columns - width - left
    left = max(left, 0)
    for top in (round(down * rows), rows - height - round(down * rows)):
        around = mask[max(top - pad, 0) : top + height + pad, max(left - pad, 0) :]
        if around[:, : width + 2 * pad].any():
            continue
        canvas = np.zeros((height, width), dtype=np.uint8)
        origin = (pad, height - pad - below)
        cv2.putText(canvas, text, origin, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, stroke, cv2.LINE_AA)
        if framed:
            cv2.rectangle(canvas, (0, 0), (width - 1, height - 1), 255, stroke)
        place = pixels[top : top + height, left : left + width]
        np.maximum(place, canvas[:, : place.shape[1]] * np.float32(brightness / 255), out=place)
        return


def _woman_seed(seed: int, number: int) -> int:
    return int(np.random.SeedSequence([seed, number]).generate_state(1, np.uint64)[0])


def _planned(
    config: PhantomConfig, number: int, laterality: Laterality, *, seed: int
) -> PhantomConfig:
    """The config with the lesions that this breast of the data set holds."""
    # Women are dealt in pairs, one of the two abnormal, so that a small set has both kinds.
    pair = _stream(seed, _PLAN, number // 2)
    abnormal = int(pair.integers(2)) == number % 2
    side = _SIDES[int(pair.integers(2))]
    masses, calcifications = ((1, 0), (1, 0), (0, 1), (1, 1))[int(pair.integers(4))]
    if not (abnormal and side == laterality):
        masses = calcifications = 0
    return replace(config, masses=masses, calcifications=calcifications)


def _record(
    number: int, laterality: Laterality, view: View, *, seed: int, config: PhantomConfig
) -> Record:
    config = _planned(config, number, laterality, seed=seed)
    woman_seed = _woman_seed(seed, number)
    woman = draw_woman(_stream(woman_seed, _WOMAN), density=config.density)
    lesions: tuple[Lesion, ...] = ()
    if config.masses or config.calcifications:
        outline = _outline(woman_seed, view, woman, config)
        lesions = _lesions(woman_seed, outline, laterality=laterality, view=view, config=config)
    patient = f"phantom-{number:04d}"
    return Record(
        path=f"{patient}/{laterality}-{view}",
        label="abnormal" if lesions else "normal",
        patient=patient,
        laterality=laterality,
        view=view,
        lesions=_displayed(lesions, laterality, config),
        attributes={"density": woman.density},
    )
