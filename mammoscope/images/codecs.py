"""Compressed DICOM frames → samples: one decoder a transfer syntax, and none trusted with a size.

All are imagecodecs' (libjpeg-turbo, CharLS, OpenJPEG), so that a file has one result on every
machine. Compared on real files: libjpeg-turbo reads JPEG Lossless three times as fast as GDCM,
which moreover ends the whole process where a Huffman table is missing; OpenJPEG reads HTJ2K too,
and refuses a frame cut short, which OpenJPH fills with gray.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import uid
from pydicom.pixels import convert_color_space

from mammoscope.images import codestreams
from mammoscope.images.codestreams import Codestream
from mammoscope.images.elements import third_party
from mammoscope.types import DecodeError


@dataclass(frozen=True, slots=True)
class Codec:
    """How the frames of a transfer syntax are read.

    Attributes:
        header: reads what a frame says of itself.
        decode: frame and photometric interpretation → samples.
        bits: depths of a sample that the syntax has.
        to_rgb: colour interpretations that come out as RGB; YBR_FULL is turned after the others.
    """

    header: Callable[[bytes], Codestream]
    decode: Callable[[bytes, str], Any]
    bits: range | tuple[int, ...]
    to_rgb: frozenset[str] = frozenset({"RGB"})


def _lossy_jpeg(frame: bytes, photometric: str) -> Any:
    if photometric.startswith("MONOCHROME"):
        return imagecodecs.jpeg8_decode(frame)
    # Said aloud, since libjpeg guesses from marker and component numbers that writers omit.
    stored = "RGB" if photometric == "RGB" else "YCBCR"
    return imagecodecs.jpeg8_decode(frame, colorspace=stored, outcolorspace="RGB")


def _lossless_jpeg(frame: bytes, photometric: str) -> Any:
    return imagecodecs.jpeg8_decode(frame)


def _jpeg_ls(frame: bytes, photometric: str) -> Any:
    return imagecodecs.jpegls_decode(frame)


def _jpeg_2000(frame: bytes, photometric: str) -> Any:
    return imagecodecs.jpeg2k_decode(frame)


_YBR = frozenset({"RGB", "YBR_FULL", "YBR_FULL_422"})
_BASELINE = Codec(codestreams.jpeg, _lossy_jpeg, (8,), _YBR)
_EXTENDED = Codec(codestreams.jpeg, _lossy_jpeg, (8, 12), _YBR)
_LOSSLESS = Codec(codestreams.jpeg, _lossless_jpeg, range(2, 17))
_LS = Codec(codestreams.jpeg, _jpeg_ls, range(2, 17))
# The multiple component transform is undone by the decoder (T.800 annex G).
_J2K = Codec(
    codestreams.jpeg_2000, _jpeg_2000, range(1, 17), frozenset({"RGB", "YBR_ICT", "YBR_RCT"})
)

CODECS: dict[str, Codec] = {
    uid.JPEGBaseline8Bit: _BASELINE,
    uid.JPEGExtended12Bit: _EXTENDED,
    uid.JPEGLossless: _LOSSLESS,
    uid.JPEGLosslessSV1: _LOSSLESS,
    uid.JPEGLSLossless: _LS,
    uid.JPEGLSNearLossless: _LS,
    uid.JPEG2000Lossless: _J2K,
    uid.JPEG2000: _J2K,
    uid.HTJ2KLossless: _J2K,
    uid.HTJ2KLosslessRPCL: _J2K,
    uid.HTJ2K: _J2K,
}


def decode_frame(
    frame: bytes,
    syntax: uid.UID,
    *,
    shape: tuple[int, int, int],
    allocated: int,
    photometric: str,
) -> NDArray[Any]:
    """Samples (rows, columns) or (rows, columns, 3) of a frame, integers of 8 or 16 bits.

    The frame's own header is compared with `shape` first: the decoders allocate by it, and some
    fill what is missing with gray.

    Args:
        frame: one whole compressed frame.
        syntax: one of `CODECS`.
        shape: rows, columns and samples a pixel that the DICOM header announces.
        allocated: bits a sample that it announces.
        photometric: interpretation that it announces.

    Raises:
        DecodeError: broken, cut short, or of another size than announced.
    """
    codec = CODECS[syntax]
    if not codestreams.has_end(frame):
        raise DecodeError("the DICOM's compressed frame lacks its end; copy the file again")
    seen = codec.header(frame)
    if (seen.rows, seen.columns, seen.samples) != shape or seen.bits > allocated:
        raise DecodeError(
            f"the compressed frame has {seen.rows} × {seen.columns} pixels of {seen.samples} "
            f"samples, {seen.bits} bits, and the DICOM header says otherwise; "
            "export the file again"
        )
    if seen.bits not in codec.bits:
        raise DecodeError(
            f"the compressed frame has {seen.bits} bits a sample, which {syntax.name} "
            f"({syntax}) does not have; export the file again"
        )
    broken = (
        f"the DICOM's pixel data ({syntax.name}, {syntax}) are broken or truncated; "
        "copy or export the file again"
    )
    with third_party(broken):
        samples: NDArray[Any] = codec.decode(frame, photometric)
        if samples.dtype not in (np.uint8, np.int8, np.uint16, np.int16):
            raise ValueError
        samples = samples.reshape(shape if shape[2] == 3 else shape[:2])
        if shape[2] == 3 and photometric not in codec.to_rgb:
            if photometric != "YBR_FULL":
                raise DecodeError("the DICOM's colours cannot be turned into RGB; export it as RGB")
            samples = convert_color_space(samples, "YBR_FULL", "RGB")
        return samples
