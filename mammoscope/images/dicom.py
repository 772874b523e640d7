"""DICOM bytes → `BreastImage`: the grayscale chain of PS3.3 and PS3.4 N.2.1, every step recorded.

Only the elements named in `_TAGS` are ever read, so that no name, date or number of a person
is in memory, let alone in a message.
"""

from __future__ import annotations

import io
import logging
import re
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom import config, uid
from pydicom.encaps import get_frame
from pydicom.pixels import get_decoder
from pydicom.pixels.utils import as_pixel_options

from mammoscope.images.raster import collapsed
from mammoscope.types import BreastImage, DecodeError, FloatArray, Laterality, Modality, Source

_TAGS = [
    "PresentationIntentType", "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration",
    "NumberOfFrames", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit",
    "PixelRepresentation", "PixelData", "ModalityLUTSequence", "RescaleSlope", "RescaleIntercept",
    "VOILUTSequence", "VOILUTFunction", "WindowCenter", "WindowWidth", "PresentationLUTShape",
    "PixelPaddingValue", "PixelPaddingRangeLimit", "ImageLaterality", "Laterality", "ViewPosition",
    "ViewCodeSequence", "PixelSpacing", "ImagerPixelSpacing", "PixelAspectRatio",
]  # fmt: skip

# Transfer syntax → pydicom's plugin that decodes it; "" = not compressed. One plugin each, so
# that a file has one result on every machine. GDCM only through pydicom: called directly it
# reports success on files that it could not read.
_PLUGINS: dict[str, str] = {
    uid.ImplicitVRLittleEndian: "",
    uid.ExplicitVRLittleEndian: "",
    uid.ExplicitVRBigEndian: "",
    uid.RLELossless: "pydicom",
    uid.JPEGBaseline8Bit: "pillow",
    uid.JPEGExtended12Bit: "pillow",  # its 8-bit form; the 12-bit form is refused below
    uid.JPEGLossless: "gdcm",
    uid.JPEGLosslessSV1: "gdcm",
    uid.JPEGLSLossless: "gdcm",
    uid.JPEGLSNearLossless: "gdcm",
    uid.JPEG2000Lossless: "pylibjpeg",
    uid.JPEG2000: "pylibjpeg",
    uid.HTJ2KLossless: "pylibjpeg",
    uid.HTJ2KLosslessRPCL: "pylibjpeg",
    uid.HTJ2K: "pylibjpeg",
}
_J2K_START = b"\xff\x4f\xff\x51"  # SOC, SIZ
_END_OF_IMAGE = b"\xff\xd9"  # EOI of JPEG and JPEG-LS, EOC of JPEG 2000
# Start-of-frame markers of JPEG (T.81 table B.1) and JPEG-LS.
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}

# A closed set: ViewPosition is free text in some archives, and a surname looks like a code.
_VIEWS = frozenset(
    {"CC", "MLO", "ML", "LM", "LMO", "FB", "SIO", "ISO", "XCC", "XCCL", "XCCM", "AT", "CV", "TAN"}
)
# PS3.16 CID 4014: SNOMED CT code, the older SNOMED RT code, meaning (letters only).
_VIEW_CODES: dict[str, str] = {
    name: view
    for view, names in {
        "CC": "399162004 R-10242 craniocaudal",
        "MLO": "399368009 R-10226 mediolateraloblique",
        "ML": "399260004 R-10224 mediolateral mediallateral",
        "LM": "399352003 R-10228 lateromedial",
        "LMO": "399099002 R-10230 lateromedialoblique",
        "FB": "399196006 R-10244 caudocranial",
        "SIO": "399188001 R-102D0 superolateraltoinferomedialoblique",
        "ISO": "441555000 R-40AAA inferomedialtosuperolateraloblique",
        "XCCL": "399192008 R-1024A craniocaudalexaggeratedlaterally",
        "XCCM": "399101009 R-1024B craniocaudalexaggeratedmedially",
    }.items()
    for name in names.split()
}


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the samples lie in the pixel data."""

    rows: int
    columns: int
    allocated: int
    stored: int
    high: int
    signed: bool
    samples: int
    photometric: str
    syntax: uid.UID

    @property
    def range(self) -> tuple[float, float]:
        """Least and greatest value that Bits Stored can hold."""
        if self.signed:
            return float(-(1 << self.stored - 1)), float((1 << self.stored - 1) - 1)
        return 0.0, float((1 << self.stored) - 1)


def has_preamble(data: bytes) -> bool:
    return data[128:132] == b"DICM"


def is_bare_dataset(data: bytes) -> bool:
    """Whether the bytes look like a DICOM data set without preamble (PS3.10 requires one)."""
    big = data[:2] == b"\x00\x08"
    if not (big or data[:2] in (b"\x02\x00", b"\x08\x00")) or len(data) < 8:
        return False
    explicit = re.fullmatch(rb"[A-Z]{2}", data[4:6]) is not None
    plausible = explicit or int.from_bytes(data[4:8], "little") <= len(data)
    return plausible and (b"\x7f\xe0\x00\x10" if big else b"\xe0\x7f\x10\x00") in data


def decode_dicom(data: bytes, *, modality: Modality, max_pixels: int) -> BreastImage:
    """A single-frame DICOM, rendered as its header asks, bright = dense.

    Raises:
        DecodeError: broken, too large, multi-frame, colour that is not histology, without
            pixels, or in a transfer syntax that cannot be decoded.
    """
    _quiet_pydicom()
    ds = _read(data)
    layout = _layout(ds, modality, max_pixels)
    stored = _stored_values(ds, layout)
    notes: list[str] = []
    if layout.samples == 3:
        pixels, steps = _colored(stored, layout, modality)
    else:
        pixels, steps = _rendered(stored, ds, layout, notes)
    spacing, aspect = _spacing(ds, notes)
    return BreastImage(
        pixels,
        modality,
        laterality=_laterality(ds, notes),
        view=_view(ds),
        spacing_mm=spacing,
        pixel_aspect=aspect,
        source=Source(
            "dicom",
            max(8, layout.stored),
            transfer_syntax=str(layout.syntax),
            steps=tuple(steps),
            warnings=tuple(notes),
            for_processing=_text(ds, "PresentationIntentType") == "FOR PROCESSING",
        ),
    )


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


_WINDOWS = {"LINEAR": window_linear, "LINEAR_EXACT": window_linear_exact, "SIGMOID": window_sigmoid}


def _quiet_pydicom() -> None:
    # pydicom warns and logs with header values in the text. This is process-wide and
    # idempotent on purpose: `warnings.catch_warnings` swaps global state and is not
    # thread-safe before Python 3.14, and a server decodes in threads.
    config.settings.reading_validation_mode = config.IGNORE
    logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)
    warnings.filterwarnings("ignore", module=r"pydicom(\.|$)")


@contextmanager
def _third_party(message: str) -> Iterator[None]:
    try:
        yield
    except DecodeError:
        raise
    # pydicom raises InvalidDicomError, AttributeError, KeyError, TypeError, ValueError,
    # NotImplementedError, RuntimeError, EOFError, struct.error, UnicodeError, RecursionError,
    # zlib.error and whatever its plugins do (OSError, SyntaxError, MemoryError, …), with
    # values of the header in the text: hence all of them, and `from None`.
    except Exception:  # noqa: BLE001
        raise DecodeError(message) from None


def _read(data: bytes) -> Any:
    # pydicom inflates this one whole, before any size can be known.
    if uid.DeflatedExplicitVRLittleEndian.encode() in data:
        raise DecodeError(_undecodable(uid.DeflatedExplicitVRLittleEndian))
    with _third_party("the DICOM header is malformed; expected a Part 10 file; export it again"):
        ds = pydicom.dcmread(io.BytesIO(data), force=not has_preamble(data), specific_tags=_TAGS)
        if not ds.get("PixelData"):
            raise DecodeError(
                "the DICOM holds no pixel data (or is truncated); expected one image; "
                "send an image object, not a report, and copy it again"
            )
        return ds


def _layout(ds: Any, modality: Modality, max_pixels: int) -> _Layout:
    rows, columns = _integer(ds, "Rows"), _integer(ds, "Columns")
    frames = max(1, _integer(ds, "NumberOfFrames", 1))
    if rows < 1 or columns < 1:
        raise DecodeError(f"the DICOM is {rows} × {columns} pixels; expected at least 1 × 1")
    if rows * columns * frames > max_pixels:
        raise DecodeError(
            f"the DICOM announces {rows} × {columns} pixels in {frames} frames; expected at most "
            f"{max_pixels} in all; send one view at its own resolution"
        )
    if frames > 1:
        raise DecodeError(
            f"the DICOM has {frames} frames (tomosynthesis?); expected a single view; "
            "send the two-dimensional or synthesised view"
        )
    photometric = _text(ds, "PhotometricInterpretation")
    samples = _integer(ds, "SamplesPerPixel", 1)
    gray = photometric in ("MONOCHROME1", "MONOCHROME2") and samples == 1
    color = photometric == "RGB" or photometric.startswith("YBR_")
    if not gray and not (color and samples == 3 and modality == "histology"):
        raise DecodeError(
            "the DICOM's pixels are not grayscale; expected MONOCHROME1 or MONOCHROME2 "
            "(RGB or YBR for histology only); send the original image, not a screen capture"
        )
    allocated = _integer(ds, "BitsAllocated")
    stored = _integer(ds, "BitsStored", allocated)
    high = _integer(ds, "HighBit", stored - 1)
    if allocated not in (8, 16) or not 1 <= stored <= high + 1 <= allocated:
        raise DecodeError(
            f"the DICOM has {stored} bits stored up to bit {high} of {allocated} allocated; "
            "expected 8 or 16 allocated and the stored bits inside them"
        )
    signed = _integer(ds, "PixelRepresentation", 0) == 1
    return _Layout(
        rows, columns, allocated, stored, high, signed, samples, photometric, _syntax(ds)
    )


def _syntax(ds: Any) -> uid.UID:
    with _third_party("the DICOM transfer syntax is malformed"):
        named = getattr(ds, "file_meta", {}).get("TransferSyntaxUID")
        if not named:
            implicit, little = ds.original_encoding
            if implicit:
                named = uid.ImplicitVRLittleEndian
            else:
                named = uid.ExplicitVRLittleEndian if little else uid.ExplicitVRBigEndian
        syntax = uid.UID(str(named))
    if syntax not in _PLUGINS:
        raise DecodeError(_undecodable(syntax))
    return syntax


def _undecodable(syntax: uid.UID) -> str:
    # Only what DICOM has registered is repeated: anything else in that element may be text.
    seen = f"{syntax.name} ({syntax})" if syntax.name != syntax else "one that is not registered"
    return (
        f"the DICOM's transfer syntax, {seen}, cannot be decoded; expected uncompressed, RLE, "
        "JPEG Lossless, JPEG-LS or JPEG 2000; send it uncompressed (dcmdjpeg, gdcmconv --raw)"
    )


def _stored_values(ds: Any, layout: _Layout) -> NDArray[Any]:
    """Samples (rows, columns) or (rows, columns, 3), integers of 8 or 16 bits."""
    plugin = _PLUGINS[layout.syntax]
    broken = (
        f"the DICOM's pixel data ({layout.syntax.name}, {layout.syntax}) are broken or "
        "truncated; copy or export the file again"
    )
    with _third_party(broken):
        if plugin and plugin != "pydicom":
            _check_codestream(get_frame(ds.PixelData, 0, number_of_frames=1), layout)
        ds.file_meta.TransferSyntaxUID = layout.syntax
        for keyword, value in (
            ("SamplesPerPixel", layout.samples),
            ("BitsStored", layout.stored),
            ("PixelRepresentation", int(layout.signed)),
            ("NumberOfFrames", 1),
        ):
            setattr(ds, keyword, value)
        array, meta = get_decoder(layout.syntax).as_array(
            ds,
            index=0,
            decoding_plugin=plugin,
            # pydicom's own correction does not look at High Bit; ours below does.
            correct_unused_bits=False,
            **as_pixel_options(ds),
        )
    shape = (layout.rows, layout.columns) + ((3,) if layout.samples == 3 else ())
    if array.shape != shape or array.dtype.kind not in "iu" or array.dtype.itemsize > 2:
        raise DecodeError(broken)
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if layout.samples == 3 and meta["photometric_interpretation"] != "RGB":
        raise DecodeError("the DICOM's colours cannot be turned into RGB; export it as RGB")
    # Uncompressed samples, and RLE, which is these bit for bit, can carry overlays or rubbish
    # beside the stored bits; signed ones often come without their sign in the high bits.
    as_written = plugin in ("", "pydicom")
    if layout.stored == layout.allocated or not (as_written or layout.signed):
        return array
    shift = layout.high + 1 - layout.stored if as_written else 0
    shifted = array.astype(np.int32) >> shift
    sign = 1 << layout.stored - 1 if layout.signed else 0
    kept = ((shifted & ((1 << layout.stored) - 1)) ^ sign) - sign
    return kept.astype(array.dtype)


def _check_codestream(frame: bytes, layout: _Layout) -> None:
    """Refuse a frame whose own header differs from the DICOM's, or that lacks its end.

    The decoders allocate by the frame's header, and some fill what is missing with gray.
    """
    if _END_OF_IMAGE not in frame[-16:]:
        raise DecodeError("the DICOM's compressed frame lacks its end; copy the file again")
    if _PLUGINS[layout.syntax] == "pylibjpeg":
        at = frame.index(_J2K_START) + 4
        x1, y1, x0, y0 = struct.unpack_from(">4I", frame, at + 4)
        seen = (y1 - y0, x1 - x0, int.from_bytes(frame[at + 36 : at + 38], "big"))
        precision = (frame[at + 38] & 0x7F) + 1
    else:
        at = 2
        while frame[at + 1] not in _START_OF_FRAME:
            at += 2 + int.from_bytes(frame[at + 2 : at + 4], "big")
        precision = frame[at + 4]
        seen = (*struct.unpack_from(">HH", frame, at + 5), frame[at + 9])
    if seen != (layout.rows, layout.columns, layout.samples) or precision > layout.allocated:
        raise DecodeError(
            f"the compressed frame has {seen[0]} × {seen[1]} pixels of {seen[2]} samples, "
            f"{precision} bits, and the DICOM header says otherwise; export the file again"
        )
    if _PLUGINS[layout.syntax] == "pillow" and precision != 8:
        raise DecodeError(_undecodable(layout.syntax))


def _colored(
    stored: NDArray[Any], layout: _Layout, modality: Modality
) -> tuple[FloatArray, list[str]]:
    full = np.float32((1 << layout.stored) - 1)
    pixels = np.clip(stored.astype(np.float32) / full, 0.0, 1.0)
    steps = [f"{layout.photometric} scaled by {layout.stored} bits"]
    gray = collapsed(pixels, modality)
    return gray, steps + ["three equal channels collapsed to gray"] * (gray.ndim == 2)


def _rendered(
    stored: NDArray[Any], ds: Any, layout: _Layout, notes: list[str]
) -> tuple[FloatArray, list[str]]:
    """The grayscale chain, computed once for every value a sample can have, then looked up."""
    kind = "signed" if layout.signed else "unsigned"
    below = f", the highest is bit {layout.high}" if layout.high != layout.stored - 1 else ""
    steps = [f"stored values: {layout.stored} bits {kind}{below}"]
    info = np.iinfo(stored.dtype)
    domain = np.arange(info.min, info.max + 1, dtype=np.float64)
    values, span = _modality(domain, ds, layout, steps)
    y = _voi(values, span, ds, layout, steps, notes)
    # In an image object INVERSE only says again what MONOCHROME1 says (PS3.3 C.8.11.3: it
    # "shall be used if Photometric Interpretation is MONOCHROME1"): one inversion, not two,
    # and after the window, never before it.
    inverse = _text(ds, "PresentationLUTShape") == "INVERSE"
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
    # Two's complement: an array viewed as unsigned counts 0 … max, min … -1.
    table = np.roll(y, int(info.min)).astype(np.float32)
    return table[stored.view(f"u{stored.dtype.itemsize}")], steps


def _modality(
    x: NDArray[np.float64], ds: Any, layout: _Layout, steps: list[str]
) -> tuple[NDArray[np.float64], tuple[float, float]]:
    """Values after the Modality LUT (PS3.3 C.11.1), and the least and greatest possible one."""
    item = _first_item(ds, "ModalityLUTSequence")
    if item is not None:
        first, table, bits = _lookup_table(item, ds)
        steps.append(f"Modality LUT: {len(table)} entries from {first}, {bits} bits")
        return _looked_up(x, first, table), (0.0, float((1 << bits) - 1))
    slope = (_numbers(ds, "RescaleSlope") or (1.0,))[0]
    intercept = (_numbers(ds, "RescaleIntercept") or (0.0,))[0]
    if slope == 0.0:
        raise DecodeError("the DICOM's rescale slope is 0; expected another; export it again")
    if "RescaleSlope" in ds or "RescaleIntercept" in ds:
        steps.append(f"rescale: slope {slope:g}, intercept {intercept:g}")
    low, high = sorted(end * slope + intercept for end in layout.range)
    return x * slope + intercept, (low, high)


def _voi(
    x: NDArray[np.float64],
    span: tuple[float, float],
    ds: Any,
    layout: _Layout,
    steps: list[str],
    notes: list[str],
) -> NDArray[np.float64]:
    """Values in [0, 1] after the VOI LUT (PS3.3 C.11.2), or after `span` where there is none."""
    item = _first_item(ds, "VOILUTSequence")
    if item is not None:
        first, table, bits = _lookup_table(item, ds)
        steps.append(f"VOI LUT: {len(table)} entries from {first}, {bits} bits")
        return _looked_up(x, first, table) / float((1 << bits) - 1)
    centers, widths = _numbers(ds, "WindowCenter"), _numbers(ds, "WindowWidth")
    function = _text(ds, "VOILUTFunction") or "LINEAR"
    if function not in _WINDOWS:
        raise DecodeError(
            f"the DICOM's VOI LUT function is none of {', '.join(_WINDOWS)}; export it again"
        )
    if centers and widths:
        center, width = centers[0], widths[0]
        if width >= 1.0 or (width > 0.0 and function != "LINEAR"):
            count = min(len(centers), len(widths))
            which = f" (1 of {count})" if count > 1 else ""
            steps.append(f"window {function}: center {center:g}, width {width:g}{which}")
            return _WINDOWS[function](x, center, width)
        notes.append(f"a window of width {width:g} was ignored")
    low, high = span
    steps.append(f"no VOI: scaled from {low:g} to {high:g}")
    return np.clip((x - low) / (high - low), 0.0, 1.0) if high > low else np.zeros_like(x)


def _lookup_table(item: Any, ds: Any) -> tuple[int, NDArray[np.float64], int]:
    """First mapped value, entries and bits an entry (PS3.3 C.11.1.1 and C.11.2.1.1)."""
    with _third_party("a DICOM lookup table is malformed; export the file again"):
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


def _looked_up(
    x: NDArray[np.float64], first: int, table: NDArray[np.float64]
) -> NDArray[np.float64]:
    # Values before the first mapped one take the first entry, those after the last the last.
    return table[np.clip(np.rint(x) - first, 0, len(table) - 1).astype(np.int64)]


def _padding(ds: Any, layout: _Layout) -> tuple[int, int] | None:
    """Least and greatest stored value that is padding (PS3.3 C.7.5.1.1.2), if within range."""
    if ds.get("PixelPaddingValue") is None:
        return None
    ends = [_integer(ds, "PixelPaddingValue")]
    ends.append(_integer(ds, "PixelPaddingRangeLimit", ends[0]))
    if layout.signed:
        # Often written as US although the samples are signed.
        ends = [end - (1 << layout.allocated) if end > layout.range[1] else end for end in ends]
    low, high = sorted(ends)
    inside = layout.range[0] <= low and high <= layout.range[1]
    return (low, high) if inside else None


def _spacing(ds: Any, notes: list[str]) -> tuple[tuple[float, float] | None, float]:
    """(row, column) millimetres between pixel centres, and pixel height / width."""
    for keyword in ("PixelSpacing", "ImagerPixelSpacing"):
        numbers = _numbers(ds, keyword)
        if len(numbers) == 2 and min(numbers) > 0.0:
            return (numbers[0], numbers[1]), numbers[0] / numbers[1]
        if numbers:
            notes.append(f"{keyword} is not two positive numbers and was ignored")
    # PS3.3 C.7.6.3.1.7: vertical, then horizontal size.
    numbers = _numbers(ds, "PixelAspectRatio")
    if len(numbers) == 2 and min(numbers) > 0.0:
        return None, numbers[0] / numbers[1]
    return None, 1.0


def _laterality(ds: Any, notes: list[str]) -> Laterality | None:
    image, series = _text(ds, "ImageLaterality"), _text(ds, "Laterality")
    if {image, series} == {"L", "R"}:
        notes.append("ImageLaterality and Laterality disagree; the image's was taken")
    # An image that says "both" or nonsense is not overruled by its series.
    side = image or series
    return "L" if side == "L" else "R" if side == "R" else None


def _view(ds: Any) -> str | None:
    position = _text(ds, "ViewPosition")
    if position:
        return position if position in _VIEWS else None
    item = _first_item(ds, "ViewCodeSequence")
    if item is None:
        return None
    meaning = re.sub(r"[^a-z]", "", _text(item, "CodeMeaning").lower())
    return _VIEW_CODES.get(_text(item, "CodeValue")) or _VIEW_CODES.get(meaning)


def _first_item(ds: Any, keyword: str) -> Any:
    with _third_party(f"the DICOM's {keyword} is malformed; export the file again"):
        items = ds.get(keyword)
        return items[0] if items else None


def _text(ds: Any, keyword: str) -> str:
    """Upper-case text of an element; "" if absent, empty or of several values."""
    with _third_party(f"the DICOM's {keyword} is malformed; export the file again"):
        value = ds.get(keyword)
        return value.strip().upper() if isinstance(value, str) else ""


def _numbers(ds: Any, keyword: str) -> tuple[float, ...]:
    """Finite numbers of an element; () if absent or empty."""
    with _third_party(f"the DICOM's {keyword} is malformed; export the file again"):
        value = ds.get(keyword)
        if value is None or value == "":
            return ()
        values = value if isinstance(value, (list, pydicom.multival.MultiValue)) else [value]
        numbers = tuple(float(number) for number in values)
        if not np.isfinite(numbers).all():
            raise ValueError
        return numbers


def _integer(ds: Any, keyword: str, default: int | None = None) -> int:
    numbers = _numbers(ds, keyword)
    if not numbers and default is not None:
        return default
    if len(numbers) != 1 or numbers[0] != int(numbers[0]):
        raise DecodeError(f"the DICOM's {keyword} is missing or no whole number; export it again")
    return int(numbers[0])
