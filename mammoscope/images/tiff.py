"""TIFF bytes → `BreastImage`: one page of unsigned gray or RGB samples, whole or not at all.

The directory is read here, tag by tag, since what Pillow makes of it depends on byte order and
depth: it inverts WhiteIsZero at 8 bits and not at 16, cuts 16-bit colour down to 8, ignores a
strip's length, and warns of tags that concern no pixel. libtiff, through Pillow, unpacks LZW
and PackBits, a strip at a time and as plain bytes.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import TiffImagePlugin

from mammoscope.images.orientation import TURNS, turned
from mammoscope.images.raster import check_size, to_image
from mammoscope.types import BreastImage, DecodeError, Modality

_CLASSIC = (b"II*\x00", b"MM\x00*")
_BIG = (b"II+\x00", b"MM\x00+")

# TIFF 6.0, part 1, section 8: the tags that say what the samples are and where they stand.
_COLUMNS, _ROWS, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_FILL_ORDER, _STRIP_OFFSETS, _ORIENTATION, _SAMPLES, _ROWS_PER_STRIP = 266, 273, 274, 277, 278
_STRIP_LENGTHS, _PLANAR, _PREDICTOR, _TILE_OFFSETS = 279, 284, 317, 324
_EXTRA_SAMPLES, _SAMPLE_FORMAT = 338, 339
_USED = frozenset({
    _COLUMNS, _ROWS, _BITS, _COMPRESSION, _PHOTOMETRIC, _FILL_ORDER, _STRIP_OFFSETS, _ORIENTATION,
    _SAMPLES, _ROWS_PER_STRIP, _STRIP_LENGTHS, _PLANAR, _PREDICTOR, _TILE_OFFSETS, _EXTRA_SAMPLES,
    _SAMPLE_FORMAT,
})  # fmt: skip
# Type of a tag's values → their code in `struct`: BYTE, SHORT, LONG.
_TYPES = {1: "B", 3: "H", 4: "I"}
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE = range(4)
_ASSOCIATED_ALPHA, _ALPHA = 1, 2

_PLAIN, _LZW, _DEFLATE, _OLD_DEFLATE, _PACKBITS = 1, 5, 8, 32946, 32773
# The most bytes that one byte can stand for. LZW: a 12-bit code names up to 4,096 bytes.
_EXPANSION = {_PLAIN: 1, _LZW: 2731, _DEFLATE: 1032, _OLD_DEFLATE: 1032, _PACKBITS: 64}
# Far above any writer's (a strip has about 8 kB by the standard's advice), and soon worked off.
_MAX_STRIPS = 65_536
# Pillow warns of a decompression bomb above 89 million bytes.
_MAX_STRIP_BYTES = 64 << 20

_EXPECTED = (
    "expected one page of unsigned gray or RGB samples of 8 or 16 bits, in strips, uncompressed "
    "or as LZW, Deflate or PackBits; export it so"
)
_BROKEN = "the TIFF is truncated or broken; copy or export it again"


@dataclass(frozen=True, slots=True)
class _Layout:
    """What a directory says, checked.

    Attributes:
        order: of the bytes in a sample.
        shape: rows, columns, samples a pixel.
        bits: of a sample, 8 or 16.
        compression: one of `_EXPANSION`.
        differences: whether each sample is stored less the one before it (Predictor 2).
        inverted: whether white is zero.
        extra: meaning of the sample after the colour, None where there is none.
        orientation: 1 … 8; what lies outside is 1.
        rows_per_strip: of every strip but the last.
        strips: (offset, length) of each.
    """

    order: Literal["<", ">"]
    shape: tuple[int, int, int]
    bits: int
    compression: int
    differences: bool
    inverted: bool
    extra: int | None
    orientation: int
    rows_per_strip: int
    strips: tuple[tuple[int, int], ...]

    @property
    def row_bytes(self) -> int:
        return self.shape[1] * self.shape[2] * self.bits // 8


def is_tiff(data: bytes) -> bool:
    return data.startswith((*_CLASSIC, *_BIG))


def decode_tiff(data: bytes, *, modality: Modality, max_pixels: int) -> BreastImage:
    """The page of a TIFF, white where the samples say so, turned as its Orientation says.

    Raises:
        DecodeError: broken, truncated, too large, several pages, or samples that are not read:
            palettes, floats, signed ones, other depths than 8 and 16 bits, tiles, JPEG.
    """
    if data.startswith(_BIG):
        raise DecodeError(f"the file is a BigTIFF; {_EXPECTED} as a classic TIFF")
    order: Literal["<", ">"] = "<" if data.startswith(b"II") else ">"
    layout = _layout(_tags(data, order), order, max_pixels)
    _check_strips(data, layout)
    samples = _samples(data, layout)
    steps = []
    if layout.extra is not None and layout.extra != _ALPHA:
        premultiplied = layout.extra == _ASSOCIATED_ALPHA
        steps.append("alpha already applied" if premultiplied else "sample beside colour left out")
        samples = samples[..., :-1]
    elif samples.shape[2] == 2:
        samples = samples[..., [0, 0, 0, 1]]
    if layout.orientation in TURNS:
        samples = turned(samples, layout.orientation)
        steps.append(f"turned from orientation {layout.orientation}")
    if samples.shape[2] == 1:
        samples = samples[..., 0]
    return to_image(
        samples, "tiff", layout.bits, modality, inverted=layout.inverted, before=tuple(steps)
    )


def _tags(data: bytes, order: str) -> dict[int, tuple[int, ...]]:
    """Values of the tags in use, of a file with one directory."""
    found: dict[int, tuple[int, ...]] = {}
    try:
        (start,) = struct.unpack_from(f"{order}I", data, 4)
        (count,) = struct.unpack_from(f"{order}H", data, start)
        (further,) = struct.unpack_from(f"{order}I", data, start + 2 + 12 * count)
        if start < 8 or not count:
            raise DecodeError(_BROKEN)
        for at in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind, number = struct.unpack_from(f"{order}HHI", data, at)
            if tag not in _USED:
                continue
            if tag in found or kind not in _TYPES or not number:
                raise DecodeError(_BROKEN)
            if number > _MAX_STRIPS:
                raise DecodeError(
                    f"a tag of the TIFF has {number} values; expected at most {_MAX_STRIPS} "
                    "strips; export it in fewer"
                )
            values = struct.Struct(f"{order}{number}{_TYPES[kind]}")
            place = at + 8
            if values.size > 4:
                (place,) = struct.unpack_from(f"{order}I", data, place)
            found[tag] = values.unpack_from(data, place)
    except struct.error:
        raise DecodeError(_BROKEN) from None
    if further:
        raise DecodeError(f"the TIFF has several pages; {_EXPECTED}")
    return found


def _one(tags: Mapping[int, tuple[int, ...]], tag: int, default: int) -> int:
    """A tag's value; where it has one for each sample, they must be the same."""
    values = tags.get(tag, (default,))
    if len(set(values)) != 1:
        raise DecodeError(f"the samples of the TIFF differ in tag {tag}; {_EXPECTED}")
    return values[0]


def _check_kind(tags: Mapping[int, tuple[int, ...]]) -> None:
    """Refuses what is sound TIFF and not read here, by its first reason."""
    photometric = _one(tags, _PHOTOMETRIC, -1)
    samples, bits = _one(tags, _SAMPLES, 1), _one(tags, _BITS, 1)
    beside = samples - (3 if photometric == _RGB else 1)
    compression, predictor = _one(tags, _COMPRESSION, _PLAIN), _one(tags, _PREDICTOR, 1)
    differenced = predictor == 2 and compression in (_LZW, _DEFLATE, _OLD_DEFLATE)
    for refused, what in (
        (_TILE_OFFSETS in tags, "is stored in tiles"),
        (compression not in _EXPANSION, f"is compressed by method {compression}"),
        (photometric == _PALETTE, "has a palette"),
        (
            photometric not in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB),
            "does not say that it is gray or RGB",
        ),
        (bits not in (8, 16), f"has samples of {bits} bits"),
        (_one(tags, _SAMPLE_FORMAT, 1) != 1, "has signed or floating-point samples"),
        (
            beside not in (0, 1) or (beside == 1 and photometric == _WHITE_IS_ZERO),
            f"has {samples} samples a pixel",
        ),
        (samples > 1 and _one(tags, _PLANAR, 1) != 1, "stores its colours apart"),
        (_one(tags, _FILL_ORDER, 1) != 1, "stores its bits in reverse"),
        # libtiff ignores a predictor without LZW or Deflate, others apply it.
        (
            predictor != 1 and not differenced,
            f"has predictor {predictor} with compression {compression}",
        ),
    ):
        if refused:
            raise DecodeError(f"the TIFF {what}; {_EXPECTED}")


def _layout(
    tags: Mapping[int, tuple[int, ...]], order: Literal["<", ">"], max_pixels: int
) -> _Layout:
    rows, columns = _one(tags, _ROWS, 0), _one(tags, _COLUMNS, 0)
    check_size("TIFF", rows, columns, max_pixels)
    _check_kind(tags)
    rows_per_strip = min(_one(tags, _ROWS_PER_STRIP, rows), rows)
    offsets, lengths = tags.get(_STRIP_OFFSETS, ()), tags.get(_STRIP_LENGTHS, ())
    if not rows_per_strip or not len(offsets) == len(lengths) == -(-rows // rows_per_strip):
        raise DecodeError(_BROKEN)
    samples, photometric = _one(tags, _SAMPLES, 1), _one(tags, _PHOTOMETRIC, -1)
    return _Layout(
        order=order,
        shape=(rows, columns, samples),
        bits=_one(tags, _BITS, 1),
        compression=_one(tags, _COMPRESSION, _PLAIN),
        differences=_one(tags, _PREDICTOR, 1) == 2,
        inverted=photometric == _WHITE_IS_ZERO,
        # Without the tag a fourth sample is alpha, as OpenCV writes it.
        extra=_one(tags, _EXTRA_SAMPLES, _ALPHA) if samples in (2, 4) else None,
        orientation=_one(tags, _ORIENTATION, 1),
        rows_per_strip=rows_per_strip,
        strips=tuple(zip(offsets, lengths, strict=True)),
    )


def _check_strips(data: bytes, layout: _Layout) -> None:
    """The strips lie in the file and are long enough for their rows, before memory is asked for.

    Each byte may count once: overlapping strips would make a large image of a small file.
    """
    last = layout.shape[0] - layout.rows_per_strip * (len(layout.strips) - 1)
    present = 0
    for index, (offset, length) in enumerate(layout.strips):
        rows = last if index == len(layout.strips) - 1 else layout.rows_per_strip
        fits = rows * layout.row_bytes <= length * _EXPANSION[layout.compression]
        present += length
        if not fits or offset < 8 or offset + length > len(data) or present > len(data):
            raise DecodeError(_BROKEN)
    through_pillow = layout.compression in (_LZW, _PACKBITS)
    size = layout.rows_per_strip * layout.row_bytes
    if through_pillow and size > _MAX_STRIP_BYTES:
        raise DecodeError(
            f"the TIFF has a packed strip of {size} bytes; expected at most {_MAX_STRIP_BYTES}; "
            "export it uncompressed or in more strips"
        )


def _samples(data: bytes, layout: _Layout) -> NDArray[Any]:
    """uint8 or uint16 (rows, columns, samples), as stored but for the predictor."""
    rows, columns, samples = layout.shape
    packed = np.empty((rows, layout.row_bytes), dtype=np.uint8)
    for index, (offset, length) in enumerate(layout.strips):
        top = index * layout.rows_per_strip
        strip = packed[top : top + layout.rows_per_strip]
        body = memoryview(data)[offset : offset + length]
        if layout.compression == _PLAIN:
            plain: Any = body[: strip.size]
        elif layout.compression in (_LZW, _PACKBITS):
            plain = _unpacked(body, layout.compression, strip.shape)
        else:
            plain = _inflated(body, strip.size)
        strip[:] = np.frombuffer(plain, dtype=np.uint8).reshape(strip.shape)
    stored = np.dtype(f"{layout.order}u{layout.bits // 8}")
    values: NDArray[Any] = packed.view(stored).reshape(rows, columns, samples)
    values = values.astype(stored.newbyteorder("="), copy=False)
    if layout.differences:
        np.add.accumulate(values, axis=1, out=values)  # modulo 2^bits, as it was subtracted
    return values


def _inflated(body: memoryview, size: int) -> bytes:
    inflater = zlib.decompressobj()
    try:
        # One byte more than expected lets zlib reach its checksum.
        plain = inflater.decompress(body, size + 1)
    except zlib.error:
        raise DecodeError(_BROKEN) from None
    if len(plain) < size or (len(plain) == size and not inflater.eof):
        raise DecodeError(_BROKEN)
    return plain[:size]


def _unpacked(body: memoryview, compression: int, shape: tuple[int, ...]) -> bytes:
    """The bytes of a strip, unpacked as if it were an 8-bit gray TIFF of its own."""
    tags = {_COLUMNS: shape[1], _ROWS: shape[0], _BITS: 8, _COMPRESSION: compression,
            _PHOTOMETRIC: _BLACK_IS_ZERO, _STRIP_OFFSETS: 0, _SAMPLES: 1,
            _ROWS_PER_STRIP: shape[0], _STRIP_LENGTHS: len(body)}  # fmt: skip
    tags[_STRIP_OFFSETS] = 8 + 2 + 12 * len(tags) + 4
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    head = _CLASSIC[0] + struct.pack("<IH", 8, len(tags)) + entries + bytes(4)
    try:
        plain = TiffImagePlugin.TiffImageFile(io.BytesIO(head + body)).tobytes()
    # Pillow raises OSError, ValueError, SyntaxError, … and documents none of it.
    except Exception:  # noqa: BLE001
        raise DecodeError(_BROKEN) from None
    return plain
