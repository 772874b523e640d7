"""The grayscale chain of a DICOM: stored values → [0, 1], bright = dense (PS3.4 N.2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import uid

from mammoscope.images.elements import first_item, integer, numbers_of, text, third_party
from mammoscope.types import DecodeError, FloatArray

_BLOCK = 1 << 16  # samples looked up at a time: their indices and results stay in the cache


@dataclass(frozen=True, slots=True)
class Layout:
    """How the samples lie in the pixel data.

    Attributes:
        photometric: Photometric Interpretation, as written.
        raw: whether they are as they stand in the file, with what lies beside the stored bits:
            overlays of old files, or rubbish. A codec's output has nothing there.
    """

    rows: int
    columns: int
    allocated: int
    stored: int
    high: int
    signed: bool
    samples: int
    photometric: str
    syntax: uid.UID
    raw: bool

    @property
    def range(self) -> tuple[float, float]:
        """Least and greatest value that Bits Stored can hold."""
        if self.signed:
            return float(-(1 << self.stored - 1)), float((1 << self.stored - 1) - 1)
        return 0.0, float((1 << self.stored) - 1)

    def values(self, container: int) -> NDArray[np.int64]:
        """The stored value of each bit pattern that a sample of `container` bits can have."""
        patterns = np.arange(1 << container, dtype=np.int64)
        if not self.raw and not self.signed:
            return patterns
        shift = self.high + 1 - self.stored if self.raw else 0
        # Signed samples often come without their sign in the bits above.
        sign = 1 << self.stored - 1 if self.signed else 0
        return ((patterns >> shift & (1 << self.stored) - 1) ^ sign) - sign


def render_grayscale(
    samples: NDArray[Any], ds: Any, layout: Layout, notes: list[str], *, window: int = 0
) -> tuple[FloatArray, list[str]]:
    """The grayscale chain, computed once for every pattern a sample can have, then looked up.

    Args:
        samples: (rows, columns), integers of 8 or 16 bits.
        ds: the header.
        layout: how the samples lie in it.
        notes: takes what a reader should know.
        window: which of the VOI transformations is used; VOI LUTs are counted before windows.

    Raises:
        DecodeError: there is no such window, or an element of the chain is malformed.
    """
    kind = "signed" if layout.signed else "unsigned"
    below = f", the highest is bit {layout.high}" if layout.high != layout.stored - 1 else ""
    steps = [f"stored values: {layout.stored} bits {kind}{below}"]
    domain = layout.values(8 * samples.dtype.itemsize).astype(np.float64)
    values, span = _modality(domain, ds, layout, steps)
    y = _voi(values, span, ds, window, steps, notes)
    # In an image object INVERSE only says again what MONOCHROME1 says (PS3.3 C.8.11.3: it
    # "shall be used if Photometric Interpretation is MONOCHROME1"): one inversion, not two,
    # and after the window, never before it.
    shape = text(ds, "PresentationLUTShape")
    inverse = shape == "INVERSE"
    if shape not in ("", "IDENTITY", "INVERSE"):
        notes.append("the Presentation LUT shape is not one of an image and was ignored")
    if layout.photometric == "MONOCHROME1" or inverse:
        y = 1.0 - y
        steps.append(
            "inverted: "
            + " and ".join(
                ["MONOCHROME1"] * (layout.photometric == "MONOCHROME1")
                + ["Presentation LUT shape INVERSE"] * inverse
            )
        )
    padding = _padding(ds, layout)
    if padding is not None:
        y[(domain >= padding[0]) & (domain <= padding[1])] = 0.0
        steps.append(f"pixel padding {padding[0]} to {padding[1]} set to the darkest")
    return looked_up(y.astype(np.float32), samples), steps


def looked_up(table: FloatArray, samples: NDArray[Any]) -> FloatArray:
    """`table` at each sample's bit pattern, in the samples' shape.

    Args:
        table: one entry for each pattern.
        samples: integers of 8 or 16 bits; signed ones count by their two's complement.
    """
    patterns = np.ascontiguousarray(samples).view(f"u{samples.dtype.itemsize}").reshape(-1)
    pixels = np.empty(patterns.shape, dtype=np.float32)
    for start in range(0, patterns.size, _BLOCK):
        block = slice(start, start + _BLOCK)
        # No index can be out of range; "clip" spares numpy the buffer that "raise" needs.
        np.take(table, patterns[block], out=pixels[block], mode="clip")
    return pixels.reshape(samples.shape)


def window_linear(x: NDArray[np.float64], center: float, width: float) -> NDArray[np.float64]:
    """LINEAR of PS3.3 C.11.2.1.2.1, with y from 0 to 1; width 1 is a step."""
    if width == 1.0:
        return (x > center - 0.5).astype(np.float64)
    return np.clip((x - (center - 0.5)) / (width - 1.0) + 0.5, 0.0, 1.0)


def window_linear_exact(x: NDArray[np.float64], center: float, width: float) -> NDArray[np.float64]:
    """LINEAR_EXACT of PS3.3 C.11.2.1.3.2, with y from 0 to 1."""
    return np.clip((x - center) / width + 0.5, 0.0, 1.0)


def window_sigmoid(x: NDArray[np.float64], center: float, width: float) -> NDArray[np.float64]:
    """SIGMOID of PS3.3 C.11.2.1.3.1, with y from 0 to 1."""
    # exp(±700) is still finite, and far beyond float32's resolution of the result.
    return 1.0 / (1.0 + np.exp(np.clip(-4.0 * (x - center) / width, -700.0, 700.0)))


# A narrower window, as a share of all values, is a slip: it would be one step, or divide by zero.
_NARROWEST = 1e-9
_WINDOWS = {"LINEAR": window_linear, "LINEAR_EXACT": window_linear_exact, "SIGMOID": window_sigmoid}


def _modality(
    x: NDArray[np.float64], ds: Any, layout: Layout, steps: list[str]
) -> tuple[NDArray[np.float64], tuple[float, float]]:
    """Values after the Modality LUT (PS3.3 C.11.1), and the least and greatest possible one."""
    item = first_item(ds, "ModalityLUTSequence")
    if item is not None:
        first, table, bits = _lookup_table(item, ds)
        first = _signed_first(first, layout.range)
        steps.append(f"Modality LUT: {len(table)} entries from {first}, {bits} bits")
        return _mapped(x, first, table), (0.0, float((1 << bits) - 1))
    slope = (numbers_of(ds, "RescaleSlope") or (1.0,))[0]
    intercept = (numbers_of(ds, "RescaleIntercept") or (0.0,))[0]
    if slope == 0.0:
        raise DecodeError("the DICOM's rescale slope is 0; expected another; export it again")
    if "RescaleSlope" in ds or "RescaleIntercept" in ds:
        steps.append(f"rescale: slope {slope:g}, intercept {intercept:g}")
    low, high = sorted(end * slope + intercept for end in layout.range)
    with np.errstate(over="ignore"):
        values = x * slope + intercept
    if not (np.isfinite(values).all() and 0 < high - low < np.inf):
        raise DecodeError(
            f"the DICOM's rescale slope {slope:g} and intercept {intercept:g} leave no range of "
            "values; expected numbers of a detector's size; export it again"
        )
    return values, (low, high)


def _voi(
    x: NDArray[np.float64],
    span: tuple[float, float],
    ds: Any,
    chosen: int,
    steps: list[str],
    notes: list[str],
) -> NDArray[np.float64]:
    """Values in [0, 1] after the VOI LUT (PS3.3 C.11.2), or after `span` where there is none.

    One of several transformations may be applied, never two (C.11.2.1.1 and C.11.2.1.2). The
    standard gives no order between tables and windows; a table is what a vendor supplies where
    no window says it, so tables are counted first.
    """
    with third_party("the DICOM's VOILUTSequence is malformed; export the file again"):
        tables = list(ds.get("VOILUTSequence") or ())
    centers, widths = numbers_of(ds, "WindowCenter"), numbers_of(ds, "WindowWidth")
    windows = list(zip(centers, widths, strict=False))
    count = len(tables) + len(windows)
    if not 0 <= chosen < max(1, count):
        raise DecodeError(
            f"window {chosen} was asked for and the DICOM has {len(tables)} VOI LUTs and "
            f"{len(windows)} windows; expected 0 to {max(1, count) - 1} (tables are counted "
            "first); choose one of these"
        )
    which = f" ({chosen + 1} of {count})" if count > 1 else ""
    if chosen < len(tables):
        first, table, bits = _lookup_table(tables[chosen], ds)
        first = _signed_first(first, span)
        steps.append(f"VOI LUT: {len(table)} entries from {first}, {bits} bits{which}")
        return _mapped(x, first, table) / float((1 << bits) - 1)
    low, high = span
    function = text(ds, "VOILUTFunction") or "LINEAR"
    if windows and function not in _WINDOWS:
        raise DecodeError(
            f"the DICOM's VOI LUT function is none of {', '.join(_WINDOWS)}; export it again"
        )
    # Where none was asked for, one that cannot be meant does not hide those after it.
    for number in range(count) if chosen == 0 else [chosen]:
        center, width = windows[number - len(tables)]
        least = 1.0 if function == "LINEAR" else _NARROWEST * (high - low)
        if width >= least:
            which = f" ({number + 1} of {count})" if count > 1 else ""
            steps.append(f"window {function}: center {center:g}, width {width:g}{which}")
            with np.errstate(over="ignore"):  # an infinite distance is clipped like a great one
                return _WINDOWS[function](x, center, width)
        notes.append(f"a window of width {width:g} was ignored")
    steps.append(f"no VOI: scaled from {low:g} to {high:g}")
    return np.clip((x - low) / (high - low), 0.0, 1.0) if high > low else np.zeros_like(x)


def _signed_first(first: int, span: tuple[float, float]) -> int:
    """A first mapped value that was read as unsigned: implicit VR cannot tell, some writers err."""
    return first - (1 << 16) if first > span[1] and first - (1 << 16) >= span[0] else first


def _lookup_table(item: Any, ds: Any) -> tuple[int, NDArray[np.float64], int]:
    """First mapped value, entries and bits an entry (PS3.3 C.11.1.1 and C.11.2.1.1)."""
    with third_party("a DICOM lookup table is malformed; export the file again"):
        descriptor = [int(number) for number in item.LUTDescriptor]
        count, first, bits = descriptor[0] & 0xFFFF or 1 << 16, descriptor[1], descriptor[2]
        data = item.LUTData
        order = "<" if ds.original_encoding[1] is not False else ">"
        if isinstance(data, bytes):
            # Eight-bit entries may stand two to a word; a table may end in a padding byte.
            sample = f"{order}u2" if len(data) >= 2 * count else "u1"
            entries = np.frombuffer(data, sample, count)
        else:
            entries = np.atleast_1d(np.asarray(data, np.int64))[:count] & 0xFFFF
        if len(entries) != count or not 1 <= bits <= 16:
            raise ValueError
    # Some writers declare fewer bits than their entries use; clipping would whiten them.
    return first, entries.astype(np.float64), max(bits, int(entries.max()).bit_length())


def _mapped(x: NDArray[np.float64], first: int, table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Entries of a lookup table for values."""
    # Values before the first mapped one take the first entry, those after the last the last.
    index = np.clip(np.rint(x) - first, 0, len(table) - 1).astype(np.int64)
    return np.asarray(table[index])


def _padding(ds: Any, layout: Layout) -> tuple[int, int] | None:
    """Least and greatest stored value that is padding (PS3.3 C.7.5.1.1.2), if within range."""
    if not numbers_of(ds, "PixelPaddingValue"):
        return None
    ends = [integer(ds, "PixelPaddingValue")]
    ends.append(integer(ds, "PixelPaddingRangeLimit", ends[0]))
    if layout.signed:
        # Often written as US although the samples are signed.
        ends = [end - (1 << layout.allocated) if end > layout.range[1] else end for end in ends]
    low, high = sorted(ends)
    inside = layout.range[0] <= low and high <= layout.range[1]
    return (low, high) if inside else None
