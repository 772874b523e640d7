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
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom import config, uid
from pydicom.encaps import get_frame
from pydicom.pixels import get_decoder
from pydicom.pixels.utils import as_pixel_options

from mammoscope.images.elements import first_item, integer, numbers_of, text, third_party
from mammoscope.images.grayscale import Layout, render_grayscale
from mammoscope.images.raster import collapsed, jpeg_header
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
        pixels, steps = render_grayscale(stored, ds, layout, notes)
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
            for_processing=text(ds, "PresentationIntentType") == "FOR PROCESSING",
        ),
    )


def _quiet_pydicom() -> None:
    # pydicom warns and logs with header values in the text. This is process-wide and
    # idempotent on purpose: `warnings.catch_warnings` swaps global state and is not
    # thread-safe before Python 3.14, and a server decodes in threads.
    config.settings.reading_validation_mode = config.IGNORE
    logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)
    warnings.filterwarnings("ignore", module=r"pydicom(\.|$)")


def _read(data: bytes) -> Any:
    # pydicom inflates this one whole, before any size can be known.
    if uid.DeflatedExplicitVRLittleEndian.encode() in data:
        raise DecodeError(_undecodable(uid.DeflatedExplicitVRLittleEndian))
    with third_party("the DICOM header is malformed; expected a Part 10 file; export it again"):
        ds = pydicom.dcmread(io.BytesIO(data), force=not has_preamble(data), specific_tags=_TAGS)
        if not ds.get("PixelData"):
            raise DecodeError(
                "the DICOM holds no pixel data (or is truncated); expected one image; "
                "send an image object, not a report, and copy it again"
            )
        return ds


def _layout(ds: Any, modality: Modality, max_pixels: int) -> Layout:
    rows, columns = integer(ds, "Rows"), integer(ds, "Columns")
    frames = max(1, integer(ds, "NumberOfFrames", 1))
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
    photometric = text(ds, "PhotometricInterpretation")
    samples = integer(ds, "SamplesPerPixel", 1)
    gray = photometric in ("MONOCHROME1", "MONOCHROME2") and samples == 1
    color = photometric == "RGB" or photometric.startswith("YBR_")
    if not gray and not (color and samples == 3 and modality == "histology"):
        raise DecodeError(
            "the DICOM's pixels are not grayscale; expected MONOCHROME1 or MONOCHROME2 "
            "(RGB or YBR for histology only); send the original image, not a screen capture"
        )
    allocated = integer(ds, "BitsAllocated")
    stored = integer(ds, "BitsStored", allocated)
    high = integer(ds, "HighBit", stored - 1)
    if allocated not in (8, 16) or not 1 <= stored <= high + 1 <= allocated:
        raise DecodeError(
            f"the DICOM has {stored} bits stored up to bit {high} of {allocated} allocated; "
            "expected 8 or 16 allocated and the stored bits inside them"
        )
    signed = integer(ds, "PixelRepresentation", 0) == 1
    return Layout(rows, columns, allocated, stored, high, signed, samples, photometric, _syntax(ds))


def _syntax(ds: Any) -> uid.UID:
    with third_party("the DICOM transfer syntax is malformed"):
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


def _stored_values(ds: Any, layout: Layout) -> NDArray[Any]:
    """Samples (rows, columns) or (rows, columns, 3), integers of 8 or 16 bits."""
    plugin = _PLUGINS[layout.syntax]
    broken = (
        f"the DICOM's pixel data ({layout.syntax.name}, {layout.syntax}) are broken or "
        "truncated; copy or export the file again"
    )
    with third_party(broken):
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
        decoded, meta = get_decoder(layout.syntax).as_array(
            ds,
            index=0,
            decoding_plugin=plugin,
            # pydicom's own correction does not look at High Bit; ours below does.
            correct_unused_bits=False,
            **as_pixel_options(ds),
        )
    array: NDArray[Any] = decoded
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
    return np.asarray(kept, dtype=array.dtype)


def _check_codestream(frame: bytes, layout: Layout) -> None:
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
        *size, precision = jpeg_header(frame)
        seen = (size[0], size[1], size[2])
    if seen != (layout.rows, layout.columns, layout.samples) or precision > layout.allocated:
        raise DecodeError(
            f"the compressed frame has {seen[0]} × {seen[1]} pixels of {seen[2]} samples, "
            f"{precision} bits, and the DICOM header says otherwise; export the file again"
        )
    if _PLUGINS[layout.syntax] == "pillow" and precision != 8:
        raise DecodeError(_undecodable(layout.syntax))


def _colored(
    stored: NDArray[Any], layout: Layout, modality: Modality
) -> tuple[FloatArray, list[str]]:
    full = np.float32((1 << layout.stored) - 1)
    pixels = np.clip(stored.astype(np.float32) / full, 0.0, 1.0)
    steps = [f"{layout.photometric} scaled by {layout.stored} bits"]
    gray = collapsed(pixels, modality)
    return gray, steps + ["three equal channels collapsed to gray"] * (gray.ndim == 2)


def _spacing(ds: Any, notes: list[str]) -> tuple[tuple[float, float] | None, float]:
    """(row, column) millimetres between pixel centres, and pixel height / width."""
    for keyword in ("PixelSpacing", "ImagerPixelSpacing"):
        numbers = numbers_of(ds, keyword)
        if len(numbers) == 2 and min(numbers) > 0.0:
            return (numbers[0], numbers[1]), numbers[0] / numbers[1]
        if numbers:
            notes.append(f"{keyword} is not two positive numbers and was ignored")
    # PS3.3 C.7.6.3.1.7: vertical, then horizontal size.
    numbers = numbers_of(ds, "PixelAspectRatio")
    if len(numbers) == 2 and min(numbers) > 0.0:
        return None, numbers[0] / numbers[1]
    return None, 1.0


def _laterality(ds: Any, notes: list[str]) -> Laterality | None:
    image, series = text(ds, "ImageLaterality"), text(ds, "Laterality")
    if {image, series} == {"L", "R"}:
        notes.append("ImageLaterality and Laterality disagree; the image's was taken")
    # An image that says "both" or nonsense is not overruled by its series.
    side = image or series
    return "L" if side == "L" else "R" if side == "R" else None


def _view(ds: Any) -> str | None:
    position = text(ds, "ViewPosition")
    if position:
        return position if position in _VIEWS else None
    item = first_item(ds, "ViewCodeSequence")
    if item is None:
        return None
    meaning = re.sub(r"[^a-z]", "", text(item, "CodeMeaning").lower())
    return _VIEW_CODES.get(text(item, "CodeValue")) or _VIEW_CODES.get(meaning)
