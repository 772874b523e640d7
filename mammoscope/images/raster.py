"""PGM, PNG and JPEG bytes → `BreastImage`, whole or not at all."""

from __future__ import annotations

import io
import re
import struct
import warnings
import zlib
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import JpegImagePlugin

from mammoscope.images.orientation import TURNS, exif_orientation, turned
from mammoscope.types import BreastImage, DecodeError, FloatArray, Modality, Source

_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
# PNG 3rd edition, table 12: colour type → (samples a pixel, bit depths allowed).
_PNG_KINDS: dict[int, tuple[int, frozenset[int]]] = {
    0: (1, frozenset({1, 2, 4, 8, 16})),
    2: (3, frozenset({8, 16})),
    3: (1, frozenset({1, 2, 4, 8})),
    4: (2, frozenset({8, 16})),
    6: (4, frozenset({8, 16})),
}
# Adam7, PNG 8.1: (first column, first row, column step, row step) of each pass.
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
          (0, 1, 1, 2))  # fmt: skip

# A comment runs to the end of its line; `\s` and `#` cannot both match, so this is linear.
_GAP = rb"(?:\s|#[^\r\n]*[\r\n])+"
_PGM_START = re.compile(rb"P[25](?:\s|#)")
_PGM_HEADER = re.compile(
    rb"P([25])" + _GAP + rb"(\d{1,9})" + _GAP + rb"(\d{1,9})" + _GAP + rb"(\d{1,9})\s"
)
# Detectors have 10 to 14 bits; exports put them unchanged into a 16-bit container.
_INFORMATION_BITS = (8, 10, 12, 14, 16)
# A gray picture saved as colour JPEG comes back with channels up to 2 of 255 apart: rounding
# Cb or Cr by one moves a channel by 1.8. Stains and coloured overlays differ by far more.
_GRAY_TOLERANCE = 2.0 / 255.0


def is_png(data: bytes) -> bool:
    return data.startswith(_PNG_MAGIC)


def is_jpeg(data: bytes) -> bool:
    return data.startswith(b"\xff\xd8\xff")


def is_pgm(data: bytes) -> bool:
    return _PGM_START.match(data) is not None


def decode_pgm(data: bytes, *, modality: Modality, max_pixels: int) -> BreastImage:
    """The first image of a PGM, P2 or P5, divided by its maxval.

    A maxval of 65535 says how large the samples are stored, not how bright white is: then
    the bits that carry information count, as for a 16-bit PNG.

    Raises:
        DecodeError: malformed header, too large, truncated, or samples above maxval.
    """
    header = _PGM_HEADER.match(data)
    if header is None:
        raise DecodeError("the PGM header is malformed; expected width, height and maxval")
    kind, width, height, maxval = (int(group) for group in header.groups())
    if not 1 <= maxval <= 65535:
        raise DecodeError(f"PGM maxval is {maxval}; expected 1 to 65535; export it again")
    check_size("PGM", height, width, max_pixels)
    read = _pgm_raw if kind == 5 else _pgm_plain
    samples = read(data, header.end(), width * height, maxval).reshape(height, width)
    brightest = int(samples.max())
    if brightest > maxval:
        raise DecodeError(f"a PGM sample is {brightest}, above its maxval {maxval}; export again")
    if maxval == 65535:
        return to_image(samples, "pgm", 16, modality)
    pixels = samples.astype(np.float32) / np.float32(maxval)
    source = Source("pgm", max(8, maxval.bit_length()), steps=(f"divided by maxval {maxval}",))
    return BreastImage(pixels, modality, source=source)


def decode_png(data: bytes, *, modality: Modality, max_pixels: int) -> BreastImage:
    """A PNG of any bit depth and colour type, composited on black where it has alpha.

    Raises:
        DecodeError: broken chunk, too large, or less image data than its header announces.
    """
    bits = _checked_png(data, max_pixels)
    try:
        decoded: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        decoded = None
    if decoded is None:
        raise DecodeError("the PNG's image data cannot be decoded; export it again")
    samples: NDArray[Any] = decoded
    if samples.ndim == 3:
        # OpenCV gives BGR(A), and gray + alpha as BGRA.
        samples = np.ascontiguousarray(samples[:, :, [2, 1, 0, 3][: samples.shape[2]]])
    return to_image(samples, "png", bits, modality)


def decode_jpeg(data: bytes, *, modality: Modality, max_pixels: int) -> BreastImage:
    """An 8-bit gray or colour JPEG, turned as its EXIF orientation says.

    Raises:
        DecodeError: broken, truncated, too large, or CMYK.
    """
    # Pillow warns of broken EXIF, which is no concern of the pixels. Process-wide and idempotent:
    # `warnings.catch_warnings` is not thread-safe before Python 3.14.
    warnings.filterwarnings("ignore", module=r"PIL(\.|$)")
    try:
        # Not Image.open: its decompression-bomb warning would come before our own guard,
        # and a multi-picture JPEG would warn.
        picture = JpegImagePlugin.JpegImageFile(io.BytesIO(data))
        width, height = picture.size
        mode = picture.mode
    # Pillow raises SyntaxError, OSError, ValueError, KeyError, IndexError, struct.error, …
    # on a broken header, and documents none of it.
    except Exception:  # noqa: BLE001
        raise DecodeError("the JPEG header is malformed; expected an 8-bit JPEG") from None
    check_size("JPEG", height, width, max_pixels)
    if mode not in ("L", "RGB"):
        raise DecodeError("the JPEG is neither gray nor RGB (CMYK?); export it as one of these")
    # Each 8 × 8 block takes at least one bit. libjpeg paints blocks that are missing before an
    # end marker gray and only murmurs, so that a few bytes could ask for any amount of memory.
    if 8 * len(data) < (height // 8) * (width // 8):
        raise DecodeError("the JPEG is truncated: too few bytes for its size; copy it again")
    try:
        # Pillow's truncation error is on unless a host turns it off process-wide.
        samples: NDArray[Any] = np.asarray(picture)
    # OSError for truncation, SyntaxError and ValueError for broken tables, MemoryError.
    except Exception:  # noqa: BLE001
        raise DecodeError("the JPEG is truncated or broken; copy or export it again") from None
    orientation = exif_orientation(bytes(picture.info.get("exif", b"")))
    if orientation not in TURNS:
        return to_image(samples, "jpeg", 8, modality)
    step = f"turned from orientation {orientation}"
    return to_image(turned(samples, orientation), "jpeg", 8, modality, before=(step,))


def collapsed(pixels: FloatArray, modality: Modality) -> FloatArray:
    """Gray (H, W) where three channels say the same, else the colour pixels unchanged.

    In histology only exactly equal channels collapse: a pale patch keeps its tint.
    """
    if pixels.ndim == 2:
        return pixels
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    if np.array_equal(red, green) and np.array_equal(red, blue):
        return np.ascontiguousarray(red)
    if modality == "histology":
        return pixels
    spread = float((pixels.max(axis=2) - pixels.min(axis=2)).max())
    if spread > _GRAY_TOLERANCE + 1e-6:
        return pixels
    return np.asarray(np.clip(pixels.mean(axis=2, dtype=np.float32), 0.0, 1.0))


def to_image(
    samples: NDArray[Any],
    kind: Literal["pgm", "png", "jpeg", "tiff"],
    bits: int,
    modality: Modality,
    *,
    inverted: bool = False,
    before: tuple[str, ...] = (),
) -> BreastImage:
    """8- or 16-bit samples (alpha last, if any) scaled by the bits that carry information.

    Args:
        samples: (H, W), (H, W, 3) or (H, W, 4).
        kind: the format they came in.
        bits: that the format says a sample has.
        modality: what kind of picture the caller says it is.
        inverted: whether zero is white.
        before: steps that were applied already.
    """
    steps = list(before)
    container = 8 * samples.dtype.itemsize
    color = samples[..., :3] if samples.ndim == 3 else samples
    used = container
    if container == 16 and bits == 16:
        used = next(n for n in _INFORMATION_BITS if int(color.max()) < 1 << n)
    steps.append(f"scaled by {used} of {container} bits")
    pixels = color.astype(np.float32) / np.float32((1 << used) - 1)
    if inverted:
        pixels = np.float32(1) - pixels
        steps.append("inverted, since zero is white")
    if samples.ndim == 3 and samples.shape[2] == 4:
        alpha = samples[..., 3:]
        full = (1 << container) - 1
        if int(alpha.min()) < full:
            pixels *= alpha.astype(np.float32) / np.float32(full)
            steps.append("composited on black by alpha")
    gray = collapsed(pixels, modality)
    if gray.ndim < pixels.ndim:
        steps.append("three equal channels collapsed to gray")
    return BreastImage(gray, modality, source=Source(kind, used, steps=tuple(steps)))


def check_size(kind: str, rows: int, columns: int, max_pixels: int) -> None:
    """Refuses what a header announces, before a pixel is decoded.

    Raises:
        DecodeError: no pixels, or more than `max_pixels`.
    """
    if rows < 1 or columns < 1:
        raise DecodeError(f"the {kind} is {rows} × {columns} pixels; expected at least 1 × 1")
    if rows * columns > max_pixels:
        raise DecodeError(
            f"the {kind} announces {rows} × {columns} pixels; expected at most "
            f"{max_pixels} in all; send one view at its own resolution"
        )


def _pgm_raw(data: bytes, start: int, count: int, maxval: int) -> NDArray[Any]:
    sample = np.dtype(np.uint8) if maxval < 256 else np.dtype(">u2")
    if len(data) - start < count * sample.itemsize:
        raise DecodeError(
            f"the PGM holds {len(data) - start} bytes of samples; expected "
            f"{count * sample.itemsize}; the file is truncated, copy it again"
        )
    samples = np.frombuffer(data, sample, count, start)
    return samples.astype(sample.newbyteorder("="))


def _pgm_plain(data: bytes, start: int, count: int, maxval: int) -> NDArray[Any]:
    # Cheap and first: n samples take at least 2n - 1 characters.
    body = data[start:] if len(data) - start >= 2 * count - 1 else b""
    body = re.sub(rb"#[^\r\n]*", b"", body)
    if re.search(rb"[^0-9\s]", body):
        raise DecodeError("the plain PGM holds something else than numbers; export it again")
    numbers = np.fromstring(body, np.float64, sep=" ") if body.strip() else np.empty(0)
    if numbers.size < count:
        raise DecodeError(
            f"the plain PGM holds fewer than its {count} samples; "
            "the file is truncated, copy it again"
        )
    # Far above any maxval, and still a number that can be compared with it.
    return np.minimum(numbers[:count], 1 << 20).astype(np.uint32)


def _checked_png(data: bytes, max_pixels: int) -> int:
    """Bit depth of a PNG whose chunks, checksums and amount of image data are right.

    libpng, as OpenCV calls it, gives back a picture with its lower part missing for some of
    these, and says so on stderr only.
    """
    chunks = _png_chunks(data)
    name, body = next(chunks, (b"", b""))
    if name != b"IHDR" or len(body) != 13:
        raise DecodeError("the PNG does not start with its header; export it again")
    width, height, depth, color, _, _, interlace = struct.unpack(">IIBBBBB", body)
    check_size("PNG", height, width, max_pixels)
    samples, depths = _PNG_KINDS.get(color, (0, frozenset[int]()))
    if depth not in depths or interlace > 1:
        raise DecodeError("the PNG header names an unknown bit depth, colour type or interlacing")
    passes = _ADAM7 if interlace else ((0, 0, 1, 1),)
    expected = 0
    for x, y, dx, dy in passes:
        columns, rows = max(0, -((x - width) // dx)), max(0, -((y - height) // dy))
        if columns and rows:
            expected += rows * (1 + (columns * samples * depth + 7) // 8)
    inflater = zlib.decompressobj()
    found = 0
    ended = False
    for name, body in chunks:
        ended = ended or name == b"IEND"
        if name == b"IDAT" and found <= expected:
            try:
                # One byte more than expected is enough to tell, and bounds what is inflated.
                found += len(inflater.decompress(body, expected + 1 - found))
            except zlib.error:
                raise DecodeError("the PNG's image data is broken; export it again") from None
    if not ended or found < expected:
        raise DecodeError(
            f"the PNG holds {found} of {expected} bytes of image data or lacks its end; "
            "the file is truncated, copy it again"
        )
    return int(depth)


def _png_chunks(data: bytes) -> Any:
    """(name, body) of each chunk up to IEND."""
    at = len(_PNG_MAGIC)
    name = b""
    while name != b"IEND" and at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        check = data[at + 8 + length : at + 12 + length]
        if len(check) != 4 or int.from_bytes(check, "big") != zlib.crc32(body, zlib.crc32(name)):
            raise DecodeError("a PNG chunk is truncated or its checksum is wrong; copy it again")
        yield name, body
        at += 12 + length
