"""DICOM bytes → `BreastImage`: the header that is read, the pixel data, what is refused.

Only the elements named in `_TAGS` are ever read, so that no name, date or number of a person
is in memory, let alone in a message.
"""

from __future__ import annotations

import io
import logging
import re
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom import config, uid
from pydicom.encaps import get_frame
from pydicom.pixels import get_decoder
from pydicom.pixels.utils import as_pixel_options

from mammoscope.images.acquisition import (
    ACQUISITION_TAGS,
    identifying,
    laterality,
    spacing,
    view,
)
from mammoscope.images.codecs import CODECS, decode_frame
from mammoscope.images.elements import integer, text, third_party
from mammoscope.images.functional_groups import GROUP_TAGS, unfold
from mammoscope.images.grayscale import Layout, looked_up, render_grayscale
from mammoscope.images.inflate import inflated
from mammoscope.images.nesting import refuse_deep_nesting
from mammoscope.images.raster import collapsed
from mammoscope.types import BreastImage, DecodeError, FloatArray, Modality, Source

_TAGS = [
    "PresentationIntentType", "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration",
    "NumberOfFrames", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit",
    "PixelRepresentation", "PixelData", "ModalityLUTSequence", "RescaleSlope", "RescaleIntercept",
    "VOILUTSequence", "VOILUTFunction", "WindowCenter", "WindowWidth", "PresentationLUTShape",
    "PixelPaddingValue", "PixelPaddingRangeLimit", "FloatPixelData",
    "DoubleFloatPixelData", *ACQUISITION_TAGS, *GROUP_TAGS,
]  # fmt: skip

_MAX_HEADER = 16 << 20  # bytes beside the pixels; lookup tables and icons take far less

# Transfer syntaxes without a codec → pydicom's plugin for them; "" = not compressed.
_PLUGINS: dict[str, str] = {
    uid.ImplicitVRLittleEndian: "",
    uid.ExplicitVRLittleEndian: "",
    uid.ExplicitVRBigEndian: "",
    uid.DeflatedExplicitVRLittleEndian: "",
    uid.RLELossless: "pydicom",
}
# What files may be in.
TRANSFER_SYNTAXES = (*_PLUGINS, *CODECS)


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


def decode_dicom(
    data: bytes, *, modality: Modality, max_pixels: int, window: int = 0
) -> BreastImage:
    """A single-frame DICOM, rendered as its header asks, bright = dense.

    Args:
        data: the whole file.
        modality: what kind of picture the caller says it is; colour is for histology only.
        max_pixels: rows × columns × frames that the header may announce.
        window: which VOI LUT or window is used, VOI LUTs counted before windows.

    Raises:
        DecodeError: broken, too large, multi-frame, colour that is not histology, without
            pixels or such a window, or in a transfer syntax that cannot be decoded.
    """
    return decode_stored(data, modality=modality, max_pixels=max_pixels, window=window)[0]


def decode_stored(
    data: bytes, *, modality: Modality, max_pixels: int, window: int = 0
) -> tuple[BreastImage, NDArray[Any], Layout]:
    """As `decode_dicom`, and the samples that it was rendered from, with their layout."""
    quiet_pydicom()
    ds = _read(data, modality, max_pixels)
    unfold(ds)
    layout = _layout(ds, modality, max_pixels)
    notes: list[str] = []
    samples, layout = _samples(ds, layout, notes)
    if layout.samples == 3:
        if window:
            raise DecodeError(
                f"window {window} was asked for and a colour DICOM has none; leave it out"
            )
        pixels, steps = _colored(samples, layout, modality)
    else:
        pixels, steps = render_grayscale(samples, ds, layout, notes, window=window)
    spacing_mm, aspect = spacing(ds, notes)
    side = laterality(ds, notes)
    image = BreastImage(
        pixels,
        modality,
        laterality=side,
        view=view(ds),
        spacing_mm=spacing_mm,
        pixel_aspect=aspect,
        source=Source(
            "dicom",
            max(8, layout.stored),
            transfer_syntax=str(layout.syntax),
            steps=tuple(steps),
            warnings=(*notes, *identifying(ds)),
            for_processing=text(ds, "PresentationIntentType") == "FOR PROCESSING",
        ),
    )
    return image, samples, layout


def quiet_pydicom() -> None:
    # pydicom warns and logs with header values in the text. This is process-wide and
    # idempotent on purpose: `warnings.catch_warnings` swaps global state and is not
    # thread-safe before Python 3.14, and a server decodes in threads.
    config.settings.reading_validation_mode = config.IGNORE
    logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)
    warnings.filterwarnings("ignore", module=r"pydicom(\.|$)")


def _read(data: bytes, modality: Modality, max_pixels: int) -> Any:
    # Samples of 16 bits, three of them in colour, and a generous header.
    limit = max_pixels * (6 if modality == "histology" else 2) + _MAX_HEADER
    plain = inflated(data, limit=limit)
    refuse_deep_nesting(data if plain is None else plain)
    file = io.BytesIO(data if plain is None else plain)
    force = not has_preamble(data)
    with third_party("the DICOM header is malformed; expected a Part 10 file; export it again"):
        ds = pydicom.dcmread(file, force=force, specific_tags=_TAGS)
        if not ds.get("PixelData"):
            float_pixels = "FloatPixelData" in ds or "DoubleFloatPixelData" in ds
            raise DecodeError(
                "the DICOM holds floating-point pixels; expected integers of 8 to 16 bits; "
                "send the image for presentation"
                if float_pixels
                else "the DICOM holds no pixel data (or is truncated); expected one image; "
                "send an image object, not a report, and copy it again"
            )
        if plain is not None:
            ds.file_meta.TransferSyntaxUID = uid.DeflatedExplicitVRLittleEndian
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
    _check_photometric(photometric, samples, modality)
    allocated = integer(ds, "BitsAllocated")
    stored = integer(ds, "BitsStored", allocated)
    high = integer(ds, "HighBit", stored - 1)
    if allocated not in (8, 16) or not 1 <= stored <= high + 1 <= allocated:
        raise DecodeError(
            f"the DICOM has {stored} bits stored up to bit {high} of {allocated} allocated; "
            "expected 8 or 16 allocated and the stored bits inside them"
        )
    signed = integer(ds, "PixelRepresentation", 0) == 1
    syntax = _syntax(ds)
    return Layout(
        rows, columns, allocated, stored, high, signed, samples, photometric, syntax,
        raw=syntax in _PLUGINS,
    )  # fmt: skip


def _check_photometric(photometric: str, samples: int, modality: Modality) -> None:
    if photometric == "PALETTE COLOR":
        raise DecodeError(
            "the DICOM's pixels are colours of a palette; expected MONOCHROME1 or MONOCHROME2; "
            "send the original image, not a colour map of it"
        )
    gray = photometric in ("MONOCHROME1", "MONOCHROME2") and samples == 1
    color = photometric == "RGB" or photometric.startswith("YBR_")
    if not gray and not (color and samples == 3 and modality == "histology"):
        raise DecodeError(
            "the DICOM's pixels are not grayscale; expected MONOCHROME1 or MONOCHROME2 "
            "(RGB or YBR for histology only); send the original image, not a screen capture"
        )


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
    if syntax not in _PLUGINS and syntax not in CODECS:
        raise DecodeError(_undecodable(syntax))
    return syntax


def _undecodable(syntax: uid.UID) -> str:
    # Only what DICOM has registered is repeated: anything else in that element may be text.
    seen = f"{syntax.name} ({syntax})" if syntax.name != syntax else "one that is not registered"
    return (
        f"the DICOM's transfer syntax, {seen}, cannot be decoded; expected uncompressed, "
        "deflated, RLE, JPEG, JPEG-LS, JPEG 2000 or HTJ2K; send it uncompressed (dcmdjpeg, "
        "gdcmconv --raw)"
    )


def _samples(ds: Any, layout: Layout, notes: list[str]) -> tuple[NDArray[Any], Layout]:
    """Samples (rows, columns) or (rows, columns, 3), integers of 8 or 16 bits, and their layout.

    The layout is the header's, but where a codestream knows better whether it is signed.
    """
    broken = (
        f"the DICOM's pixel data ({layout.syntax.name}, {layout.syntax}) are broken or "
        "truncated; copy or export the file again"
    )
    shape = (layout.rows, layout.columns, layout.samples)
    if layout.raw:
        with third_party(broken):
            array = _raw_samples(ds, layout)
            if array.shape != (shape if layout.samples == 3 else shape[:2]):
                raise ValueError
        return array, layout
    with third_party(broken):
        frame = get_frame(ds.PixelData, 0, number_of_frames=1)
    array = decode_frame(
        frame,
        layout.syntax,
        shape=shape,
        allocated=layout.allocated,
        photometric=layout.photometric,
    )
    if array.dtype.kind == "i" and not layout.signed:
        notes.append("the compressed frame is signed and the header is not; the frame was believed")
        layout = replace(layout, signed=True)
    # A codestream of 8 bits in a header of 16 keeps its values, and its sign.
    container = np.dtype(f"{array.dtype.kind}{layout.allocated // 8}")
    return array.astype(container, copy=False), layout


def _raw_samples(ds: Any, layout: Layout) -> NDArray[Any]:
    explicit = uid.ExplicitVRLittleEndian
    deflated = layout.syntax == uid.DeflatedExplicitVRLittleEndian
    # The data set is inflated by now, and pydicom's decoders take none that says it is not.
    syntax = explicit if deflated else layout.syntax
    ds.file_meta.TransferSyntaxUID = syntax
    for keyword, value in (
        ("SamplesPerPixel", layout.samples),
        ("BitsStored", layout.stored),
        ("PixelRepresentation", int(layout.signed)),
        ("NumberOfFrames", 1),
    ):
        setattr(ds, keyword, value)
    decoded, meta = get_decoder(syntax).as_array(
        ds,
        index=0,
        decoding_plugin=_PLUGINS[syntax],
        # pydicom's own correction does not look at High Bit; `Layout.values` does.
        correct_unused_bits=False,
        **as_pixel_options(ds),
    )
    array: NDArray[Any] = decoded
    if array.dtype.kind not in "iu" or array.dtype.itemsize > 2:
        raise ValueError
    if layout.samples == 3 and meta["photometric_interpretation"] != "RGB":
        raise DecodeError("the DICOM's colours cannot be turned into RGB; export it as RGB")
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _colored(
    samples: NDArray[Any], layout: Layout, modality: Modality
) -> tuple[FloatArray, list[str]]:
    """RGB pixels (rows, columns, 3) in [0, 1], or gray where the three channels are equal."""
    full = float((1 << layout.stored) - 1)
    table = np.clip(layout.values(8 * samples.dtype.itemsize) / full, 0.0, 1.0)
    gray = collapsed(looked_up(table.astype(np.float32), samples), modality)
    steps = [f"{layout.photometric} scaled by {layout.stored} bits"]
    return gray, steps + ["three equal channels collapsed to gray"] * (gray.ndim == 2)
