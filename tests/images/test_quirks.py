"""A table of DICOMs as vendors write them, against pixels worked out value by value.

The table crosses bits stored × signedness × photometric interpretation × VOI, and deals rescale,
padding, transfer syntax and rubbish beside the stored bits over its rows. The arithmetic here is
the standard's pseudo-code (PS3.3 C.11.1 and C.11.2) on single Python numbers, apart from the code
under test, which works on tables of every possible sample.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from pydicom import uid

from mammoscope.images.dicom import decode_dicom
from tests.dicom_files import make_dicom

SYNTAXES = (
    uid.ImplicitVRLittleEndian,
    uid.ExplicitVRLittleEndian,
    uid.ExplicitVRBigEndian,
    uid.DeflatedExplicitVRLittleEndian,
    uid.RLELossless,
    uid.JPEGLossless,
    uid.JPEGLosslessSV1,
    uid.JPEGLSLossless,
    uid.JPEG2000Lossless,
    uid.HTJ2KLossless,
    uid.HTJ2KLosslessRPCL,
)
RAW = SYNTAXES[:5]
VOI = ("none", "LINEAR", "LINEAR_EXACT", "SIGMOID", "table")
# Slope and intercept, or a table from the least value on that falls from 255 to 0.
RESCALES: tuple[tuple[float, float] | str | None, ...] = (
    None, (1, 0), (2, -1000), (0.5, 3), (-1, 4095), (1, -1024), "table",
)  # fmt: skip
FALLING = tuple(range(255, -1, -1))
SQUARES = tuple(k * k * 4095 // (255 * 255) for k in range(256))


@dataclass(frozen=True)
class Quirk:
    """One file of the table."""

    bits: int
    signed: bool
    photometric: str
    voi: str
    rescale: tuple[float, float] | str | None
    padding: str
    syntax: str
    rubbish: bool = False

    def __str__(self) -> str:
        sign = "signed" if self.signed else "unsigned"
        rescale = str(self.rescale).replace(" ", "")
        return (
            f"{self.bits}-{sign}-{self.photometric[-1]}-{self.voi}-{rescale}-pad:{self.padding}-"
            f"{uid.UID(self.syntax).name}{'-rubbish' * self.rubbish}"
        )

    @property
    def least(self) -> int:
        return -(1 << self.bits - 1) if self.signed else 0

    @property
    def greatest(self) -> int:
        return self.least + (1 << self.bits) - 1

    @property
    def span(self) -> tuple[Fraction, Fraction]:
        """Least and greatest value after the Modality LUT."""
        if isinstance(self.rescale, str):
            return Fraction(0), Fraction(255)
        slope, intercept = self.rescale or (1, 0)
        ends = [Fraction(end) * Fraction(slope) + Fraction(intercept)
                for end in (self.least, self.greatest)]  # fmt: skip
        return min(ends), max(ends)

    @property
    def window(self) -> tuple[int, int]:
        low, high = self.span
        return round(low + (high - low) * Fraction(2, 5)), round((high - low) / 2)

    @property
    def first_mapped(self) -> int:
        """Of the VOI LUT: a number that its descriptor can hold."""
        low, high = self.span
        least, greatest = (-32768, 32767) if self.signed else (0, 65535)
        return min(max(round((low + high) / 2) - 100, least), greatest)

    @property
    def padded(self) -> tuple[int, int] | None:
        """Least and greatest stored value that is padding."""
        ends = {"none": None, "least": (self.least, self.least),
                "range": (self.greatest - 5, self.greatest)}  # fmt: skip
        return ends[self.padding]

    @property
    def stored(self) -> list[int]:
        """64 values from the least to the greatest."""
        return [self.least + (self.greatest - self.least) * k // 63 for k in range(64)]

    def expected(self, value: int) -> float:
        """The pixel of a stored value, by the standard's pseudo-code."""
        if self.padded is not None and self.padded[0] <= value <= self.padded[1]:
            return 0.0
        if isinstance(self.rescale, str):
            x = Fraction(FALLING[min(max(value - self.least, 0), 255)])
        else:
            slope, intercept = self.rescale or (1, 0)
            x = Fraction(value) * Fraction(slope) + Fraction(intercept)
        y = self._after_voi(x)
        return 1.0 - y if self.photometric == "MONOCHROME1" else y

    def _after_voi(self, x: Fraction) -> float:
        center, width = self.window
        low, high = self.span
        match self.voi:
            case "none":
                return float((x - low) / (high - low))
            case "LINEAR":
                if x <= center - Fraction(1, 2) - Fraction(width - 1, 2):
                    return 0.0
                if x > center - Fraction(1, 2) + Fraction(width - 1, 2):
                    return 1.0
                return float((x - center + Fraction(1, 2)) / (width - 1) + Fraction(1, 2))
            case "LINEAR_EXACT":
                if x <= center - Fraction(width, 2):
                    return 0.0
                if x > center + Fraction(width, 2):
                    return 1.0
                return float((x - center) / width + Fraction(1, 2))
            case "SIGMOID":
                return 1.0 / (1.0 + math.exp(-4.0 * float(x - center) / width))
            case _:
                # A value between two entries takes the nearer; a half, the even one.
                return SQUARES[min(max(round(x) - self.first_mapped, 0), 255)] / 4095

    def file(self, *, syntax: str | None = None, padding: bool = True) -> bytes:
        """The DICOM; in another transfer syntax than the row's, or without its padding value."""
        kind = f"{'i' if self.signed else 'u'}{1 if self.bits == 8 else 2}"
        pixels = np.array(self.stored).reshape(8, 8).astype(kind)
        if self.rubbish:
            # Every other row has all its other bits set, the rest have none of them.
            pixels = pixels.view("u2") & ((1 << self.bits) - 1)
            pixels[1::2] |= np.uint16((0xFFFF << self.bits) & 0xFFFF)
            pixels = pixels.view(kind)
        header: dict[str, Any] = {}
        if isinstance(self.rescale, str):
            header["modality_lut"] = (self.least, 8, FALLING)
        elif self.rescale is not None:
            header["rescale"] = self.rescale
        if self.voi == "table":
            header["voi_lut"] = (self.first_mapped, 12, SQUARES)
        elif self.voi != "none":
            header |= {"window": self.window, "function": self.voi}
        if self.padded is not None and padding:
            header["PixelPaddingValue"] = self.padded[0]
            if self.padding == "range":
                header["PixelPaddingRangeLimit"] = self.padded[1]
        if self.photometric == "MONOCHROME1":
            header["PresentationLUTShape"] = "INVERSE"
        return make_dicom(
            pixels,
            photometric=self.photometric,
            bits_stored=self.bits,
            signed=self.signed,
            transfer_syntax=syntax or self.syntax,
            **header,
        )


def quirks() -> list[Quirk]:
    crossed = product((8, 10, 12, 14, 16), (False, True), ("MONOCHROME2", "MONOCHROME1"), VOI)
    rows = [
        Quirk(
            bits,
            signed,
            photometric,
            voi,
            RESCALES[index % len(RESCALES)],
            ("none", "least", "range")[index // 2 % 3],
            SYNTAXES[index % len(SYNTAXES)],
        )
        for index, (bits, signed, photometric, voi) in enumerate(crossed)
    ]
    # Overlays of old files, or rubbish, beside the stored bits: only where nothing is encoded.
    rows += [
        Quirk(bits, signed, "MONOCHROME2", VOI[index % 5], RESCALES[index % 4], "least",
              RAW[index % 5], rubbish=True)
        for index, (bits, signed) in enumerate(product((9, 10, 11, 12, 14, 15), (False, True)))
    ]  # fmt: skip
    return rows


QUIRKS = quirks()


def test_the_table_has_its_size_and_every_kind_in_it():
    assert len(QUIRKS) >= 100
    assert len({str(quirk) for quirk in QUIRKS}) == len(QUIRKS)
    for name, kinds in (("voi", VOI), ("rescale", RESCALES), ("syntax", SYNTAXES)):
        for kind in kinds:
            assert sum(getattr(quirk, name) == kind for quirk in QUIRKS) >= 5, (name, kind)


@pytest.mark.parametrize("quirk", QUIRKS, ids=str)
def test_a_quirk_gives_the_pixels_worked_out_by_hand(quirk):
    image = decode_dicom(quirk.file(), modality="mammogram", max_pixels=64)
    expected = np.array([quirk.expected(value) for value in quirk.stored]).reshape(8, 8)
    np.testing.assert_allclose(image.pixels, expected, atol=2e-6)
    assert image.source.transfer_syntax == quirk.syntax


def test_the_hand_arithmetic_itself_is_right_on_known_values():
    plain = Quirk(12, False, "MONOCHROME2", "LINEAR", None, "none", uid.ExplicitVRLittleEndian)
    assert plain.window == (1638, 2048)
    # C.11.2.1.2.1: the window's ends are centre - 0.5 ± (width - 1) / 2.
    assert plain.expected(614) == 0.0 < plain.expected(615)
    assert plain.expected(2662) == 1.0 > plain.expected(2660)
    inverse = Quirk(12, False, "MONOCHROME1", "none", None, "range", uid.ExplicitVRLittleEndian)
    assert [inverse.expected(value) for value in (0, 819, 4090, 4095)] == [1.0, 0.8, 0.0, 0.0]
