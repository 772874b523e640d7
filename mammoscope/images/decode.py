"""The door: bytes → `BreastImage`, by content and never by name."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mammoscope.images import dicom, raster, tiff
from mammoscope.images.polarity import correct_polarity
from mammoscope.types import BreastImage, DecodeError, Modality, UnsupportedFormatError

_EXPECTED = "expected DICOM, PNG, JPEG, TIFF or PGM; export the image as one of these"

# What people send by mistake, so that the refusal can name it: (offset, magic, name).
_FOREIGN: tuple[tuple[int, bytes, str], ...] = (
    (0, b"GIF8", "a GIF"),
    (0, b"BM", "a BMP"),
    (0, b"%PDF", "a PDF"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"\xfd7zXZ\x00", "an xz archive"),
    (0, b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 file outside DICOM"),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000 codestream outside DICOM"),
    (8, b"WEBP", "a WebP"),
    (4, b"ftyp", "a HEIC, AVIF or MP4"),
)
_TEXT = frozenset(range(0x20, 0x7F)) | {0x09, 0x0A, 0x0C, 0x0D}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may ask of memory before a pixel of it is decoded.

    Attributes:
        max_pixels: rows × columns × frames that a header may announce. 100 million is about
            four times the largest mammogram in use (some 26 million pixels); decoding one
            of that size takes about 1 GB.
    """

    max_pixels: int = 100_000_000


_DEFAULT_LIMITS = Limits()


def decode(
    data: bytes,
    *,
    modality: Modality = "mammogram",
    aspect: float | None = None,
    window: int = 0,
    limits: Limits = _DEFAULT_LIMITS,
) -> BreastImage:
    """The image that a file holds, float32 in [0, 1], bright = dense; an inverted export turned.

    The format is told from the content. No error quotes what stands in the file, so that
    no identifier leaves through one.

    Args:
        data: the whole file.
        modality: what kind of picture the caller says it is; colour DICOM is for histology only.
        aspect: true height / width of the whole image, for a file that was stretched and does
            not tell; overrides what the file says of its pixels' shape.
        window: which of a DICOM's VOI transformations is used, where it offers several as
            alternative views: its VOI LUTs are counted first, then its windows, from 0. The
            default is the first, whatever it is.
        limits: the size guard, looked at before a pixel is decoded.

    Raises:
        UnsupportedFormatError: not a DICOM, PNG, JPEG, TIFF or PGM.
        DecodeError: one of these, but broken, too large, of a kind that is not read, or
            without the window that is asked for.
    """
    try:
        image = correct_polarity(_dispatch(data, modality, limits.max_pixels, window))
    except MemoryError:
        raise out_of_memory(data) from None
    if aspect is None:
        return image
    return replace(image, pixel_aspect=aspect * image.columns / image.rows)


def out_of_memory(data: bytes) -> DecodeError:
    """The error for a file whose image, or the work on it, does not fit into memory."""
    return DecodeError(
        f"the image does not fit into memory (file of {len(data)} bytes); "
        "expected a single view; use a machine with more memory or a smaller image"
    )


def _dispatch(data: bytes, modality: Modality, max_pixels: int, window: int) -> BreastImage:
    if not data:
        raise UnsupportedFormatError(f"empty file; {_EXPECTED}")
    # Before the others: PS3.10 7.1 lets a DICOM's 128-byte preamble look like another format.
    if dicom.has_preamble(data):
        return dicom.decode_dicom(data, modality=modality, max_pixels=max_pixels, window=window)
    for recognised, read in (
        (raster.is_png, raster.decode_png),
        (raster.is_jpeg, raster.decode_jpeg),
        (tiff.is_tiff, tiff.decode_tiff),
        (raster.is_pgm, raster.decode_pgm),
    ):
        if recognised(data):
            if window:
                raise DecodeError(
                    f"window {window} was asked for and only a DICOM has any; leave it out"
                )
            return read(data, modality=modality, max_pixels=max_pixels)
    if dicom.is_bare_dataset(data):
        return dicom.decode_dicom(data, modality=modality, max_pixels=max_pixels, window=window)
    raise UnsupportedFormatError(f"the file is {_described(data)}; {_EXPECTED}")


def _described(data: bytes) -> str:
    for offset, magic, name in _FOREIGN:
        if data.startswith(magic, offset):
            return name
    if _TEXT.issuperset(data[:512]):
        return f"text ({len(data)} bytes)"
    return f"of an unknown kind ({len(data)} bytes)"
