"""A small writer of DICOMs: what the tests read back, with identifiers that must never leave."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    DigitalMammographyXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    generate_uid,
)

CANARY = "Zephyrine"


def make_dicom(
    pixels: NDArray[Any],
    *,
    photometric: str = "MONOCHROME2",
    bits_stored: int = 12,
    signed: bool = False,
    window: tuple[Any, Any] | None = None,
    function: str | None = None,
    voi_lut: tuple[int, int, Sequence[int]] | None = None,
    rescale: tuple[float, float] | None = None,
    laterality: str | None = None,
    view: str | None = None,
    patient_name: str = f"{CANARY}^Name",
    transfer_syntax: str = ExplicitVRLittleEndian,
    modality_lut: tuple[int, int, Sequence[int]] | None = None,
    preamble: bool = True,
    frame: bytes | None = None,
    **extra: Any,
) -> bytes:
    """Bytes of a DICOM file that holds `pixels` (rows, columns) or (rows, columns, 3).

    Args:
        pixels: stored values; 8 bits allocated for 8-bit arrays, else 16.
        window: center and width, each a number or a list of them.
        voi_lut: (first mapped value, bits, entries); `modality_lut` likewise.
        transfer_syntax: uncompressed, deflated, RLE; one of `encoded_frame`; any other with
            an encoded `frame`.
        preamble: False leaves out the preamble and the file meta information.
        extra: elements by keyword, written last; None deletes one.
    """
    allocated = 8 * pixels.dtype.itemsize
    ds = Dataset()
    ds.PatientName = patient_name
    ds.PatientID = f"{CANARY}-ID"
    ds.AccessionNumber = CANARY
    ds.StudyDescription = f"{CANARY} study"
    ds.SOPClassUID = DigitalMammographyXRayImageStorageForPresentation
    ds.SOPInstanceUID = generate_uid(entropy_srcs=["mammoscope"])
    ds.Modality = "MG"
    ds.PresentationIntentType = "FOR PRESENTATION"
    ds.Rows, ds.Columns = pixels.shape[:2]
    ds.SamplesPerPixel = 3 if pixels.ndim == 3 else 1
    if pixels.ndim == 3:
        ds.PlanarConfiguration = 0
    ds.PhotometricInterpretation = photometric
    ds.BitsAllocated, ds.BitsStored = allocated, min(bits_stored, allocated)
    ds.HighBit = ds.BitsStored - 1
    ds.PixelRepresentation = int(signed)
    if rescale is not None:
        ds.RescaleSlope, ds.RescaleIntercept = rescale
    if window is not None:
        ds.WindowCenter, ds.WindowWidth = window
    for keyword, table in (("VOILUTSequence", voi_lut), ("ModalityLUTSequence", modality_lut)):
        if table is not None:
            setattr(ds, keyword, [_lookup_table(*table, signed=signed)])
    for keyword, value in (
        ("VOILUTFunction", function),
        ("ImageLaterality", laterality),
        ("ViewPosition", view),
    ):
        if value is not None:
            setattr(ds, keyword, value)
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = transfer_syntax
    meta.MediaStorageSOPClassUID = ds.SOPClassUID
    meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.file_meta = meta
    if frame is None and transfer_syntax in ENCODERS:
        frame = encoded_frame(pixels, transfer_syntax, bits=int(ds.BitsStored))
    _put_pixels(ds, pixels, frame)
    for keyword, value in extra.items():
        if value is None:
            delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)
    return _written(ds, preamble)


# Transfer syntax → what writes a frame of it. Those that know no sign are given the stored bits.
ENCODERS: dict[str, Any] = {
    JPEGBaseline8Bit: lambda a, bits: imagecodecs.jpeg8_encode(a, level=98),
    JPEGExtended12Bit: lambda a, bits: imagecodecs.jpeg8_encode(
        a, level=98, bitspersample=8 if a.itemsize == 1 else 12
    ),
    JPEGLossless: lambda a, bits: imagecodecs.jpeg8_encode(
        a, lossless=True, predictor=7, bitspersample=bits
    ),
    JPEGLosslessSV1: lambda a, bits: imagecodecs.jpeg8_encode(
        a, lossless=True, predictor=1, bitspersample=bits
    ),
    JPEGLSLossless: lambda a, bits: imagecodecs.jpegls_encode(a),
    JPEGLSNearLossless: lambda a, bits: imagecodecs.jpegls_encode(a, level=2),
    JPEG2000Lossless: lambda a, bits: imagecodecs.jpeg2k_encode(
        a, codecformat="j2k", reversible=True, bitspersample=bits
    ),
    JPEG2000: lambda a, bits: imagecodecs.jpeg2k_encode(
        a, level=90, codecformat="j2k", reversible=False, bitspersample=bits
    ),
    HTJ2KLossless: lambda a, bits: imagecodecs.htj2k_encode(a, reversible=True),
    HTJ2KLosslessRPCL: lambda a, bits: imagecodecs.htj2k_encode(a, reversible=True),
    HTJ2K: lambda a, bits: imagecodecs.htj2k_encode(a, level=1e-5, reversible=False),
}
_SIGN_KEEPING = (JPEG2000Lossless, JPEG2000, HTJ2KLossless, HTJ2KLosslessRPCL, HTJ2K)


def encoded_frame(pixels: NDArray[Any], syntax: str, *, bits: int) -> bytes:
    """One compressed frame of stored values, gray or RGB; signed ones keep `bits` stored bits."""
    if pixels.dtype.kind == "i" and syntax not in _SIGN_KEEPING:
        unsigned = pixels.view(f"u{pixels.dtype.itemsize}")
        pixels = unsigned & unsigned.dtype.type((1 << bits) - 1)
    return bytes(ENCODERS[syntax](np.ascontiguousarray(pixels), bits))


def _lookup_table(first: int, bits: int, entries: Sequence[int], *, signed: bool) -> Dataset:
    item = Dataset()
    item.LUTDescriptor = [len(entries), first, bits]
    item["LUTDescriptor"].VR = "SS" if signed else "US"
    item.LUTData = list(entries)
    item["LUTData"].VR = "US"
    return item


def _put_pixels(ds: Dataset, pixels: NDArray[Any], frame: bytes | None) -> None:
    syntax = ds.file_meta.TransferSyntaxUID
    order = "<" if syntax.is_little_endian else ">"
    kind = f"{order}{pixels.dtype.kind}{pixels.dtype.itemsize}"
    raw = pixels.astype(kind).tobytes()
    if frame is not None:
        ds.PixelData = encapsulate([frame])
    elif syntax.is_compressed:
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds.PixelData = raw
        ds.compress(syntax, generate_instance_uid=False)
    else:
        ds.PixelData = raw + b"\0" * (len(raw) % 2)
    ds["PixelData"].VR = "OB" if syntax.is_compressed or ds.BitsAllocated == 8 else "OW"


def _written(ds: Dataset, preamble: bool) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # Broken values are written on purpose.
        warnings.simplefilter("ignore")
        if preamble:
            ds.save_as(buffer, enforce_file_format=True)
        else:
            syntax = ds.file_meta.TransferSyntaxUID
            del ds.file_meta
            ds.save_as(
                buffer,
                implicit_vr=syntax.is_implicit_VR,
                little_endian=syntax.is_little_endian,
            )
    return buffer.getvalue()


def gradient(rows: int = 8, columns: int = 16, *, bits: int = 12) -> NDArray[np.uint16]:
    """Stored values that rise over the whole range of `bits`."""
    return np.linspace(0, (1 << bits) - 1, rows * columns).astype(np.uint16).reshape(rows, columns)
