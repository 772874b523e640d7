"""What a decoding process and the one it works for tell each other, and what is believed of it.

A message is the length of its header (uint32, little-endian) and the header as JSON; the file
or the pixels that it announces follow it, or stand in shared memory where there is any. Nothing
is pickled: a decoder that a file has taken over can say what it likes, and what it says is
looked at here like any other input.
"""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, BinaryIO, Protocol, get_args

import numpy as np

from mammoscope.types import BreastImage, FloatArray, Laterality, Modality, Source

# Sent when a request is in the decoder's hands: what goes wrong later is the file's doing.
BEGUN = b"\x06"
# Notes and steps of a reply are a few hundred characters.
MAX_HEADER_BYTES = 64 * 2**10
MAX_TEXTS, MAX_TEXT = 64, 1000
FORMATS = ("dicom", "pgm", "png", "jpeg", "tiff", "array")
_LENGTH = struct.Struct("<I")
_UID = re.compile(r"[0-9.]{1,64}")
_VIEW = re.compile(r"[A-Z]{2,8}")


class Body(Protocol):
    """Where pixels are read from."""

    def readinto(self, view: memoryview, /) -> int: ...


class MessageError(Exception):
    """A message that is none of those there are."""


def send(stream: BinaryIO, header: Mapping[str, Any], body: bytes | memoryview = b"") -> None:
    """Writes a message and flushes it."""
    text = json.dumps(header).encode()
    stream.write(_LENGTH.pack(len(text)) + text)
    stream.write(body)
    stream.flush()


def receive_header(stream: BinaryIO) -> dict[str, Any]:
    """The next message's header.

    Raises:
        EOFError: the other side is gone.
        MessageError: too long, or no JSON object.
    """
    (length,) = _LENGTH.unpack(receive(stream, _LENGTH.size))
    if length > MAX_HEADER_BYTES:
        raise MessageError(f"a header of {length} bytes")
    try:
        header = json.loads(receive(stream, length))
    except (ValueError, RecursionError):
        raise MessageError("a header that is no JSON") from None
    if not isinstance(header, dict):
        raise MessageError("a header that is no object")
    return header


def receive(stream: BinaryIO, count: int) -> bytes:
    """Exactly so many bytes.

    Raises:
        EOFError: there are fewer.
    """
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data


def image_to_header(image: BreastImage) -> dict[str, Any]:
    """All of an image but its pixels, as JSON values."""
    return {
        "shape": list(image.pixels.shape),
        "modality": image.modality,
        "laterality": image.laterality,
        "view": image.view,
        "spacing_mm": image.spacing_mm,
        "pixel_aspect": image.pixel_aspect,
        "source": asdict(image.source),
    }


def receive_image(
    body: Body, header: Mapping[str, Any], *, modality: Modality, max_pixels: int
) -> BreastImage:
    """The image that a header describes.

    Args:
        body: where its pixels are: the stream that stands behind the header, or shared memory.
        header: as `image_to_header` made it, not trusted.
        modality: the one that was asked for.
        max_pixels: rows × columns that are believed; memory is taken only after this.

    Raises:
        EOFError: there are fewer pixels than announced.
        MessageError: the header announces what no image has.
        DecodeError: the pixels are not in [0, 1].
    """
    shape = _shape(header.get("shape"), max_pixels)
    fields = _image_fields(header, modality)
    pixels: FloatArray = np.empty(shape, dtype="<f4")
    view = pixels.data.cast("B")
    # Straight into the array: a large image is not copied again.
    while view:
        count = body.readinto(view)
        if not count:
            raise EOFError
        view = view[count:]
    return BreastImage(pixels.astype(np.float32, copy=False), modality, **fields)


def text_of(value: object) -> str:
    """A text for people: printable, not too long.

    Raises:
        MessageError: it is none.
    """
    if not isinstance(value, str) or len(value) > MAX_TEXT or not value.isprintable():
        raise MessageError("a text that cannot be shown")
    return value


def _shape(value: object, max_pixels: int) -> tuple[int, ...]:
    numbers = _integers(value)
    if len(numbers) not in (2, 3) or min(numbers) < 1 or numbers[2:] not in ((), (3,)):
        raise MessageError("pixels of an impossible shape")
    if numbers[0] * numbers[1] > max_pixels:
        raise MessageError("more pixels than are allowed")
    return numbers


def _image_fields(header: Mapping[str, Any], modality: Modality) -> dict[str, Any]:
    spacing = header.get("spacing_mm")
    view = header.get("view")
    if header.get("modality") != modality:
        raise MessageError("another modality")
    if view is not None and not (isinstance(view, str) and _VIEW.fullmatch(view)):
        raise MessageError("a view that is no code")
    return {
        "laterality": _one_of(header.get("laterality"), (None, *get_args(Laterality))),
        "view": view,
        "spacing_mm": None if spacing is None else _spacing(spacing),
        "pixel_aspect": _number(header.get("pixel_aspect")),
        "source": _source(header.get("source")),
    }


def _source(value: object) -> Source:
    if not isinstance(value, dict):
        raise MessageError("a source that is no object")
    syntax = value.get("transfer_syntax")
    if syntax is not None and not (isinstance(syntax, str) and _UID.fullmatch(syntax)):
        raise MessageError("a transfer syntax that is no UID")
    (bits,) = _integers([value.get("bits")])
    if not 1 <= bits <= 16:
        raise MessageError("an impossible number of bits")
    return Source(
        _one_of(value.get("format"), FORMATS),
        bits,
        transfer_syntax=syntax,
        steps=_texts(value.get("steps")),
        warnings=_texts(value.get("warnings")),
        for_processing=_one_of(value.get("for_processing"), (False, True)),
    )


def _one_of(value: object, allowed: Sequence[Any]) -> Any:
    # `is`-like on purpose: 1 == True.
    if not any(type(value) is type(one) and value == one for one in allowed):
        raise MessageError("a word that is none of those there are")
    return value


def _integers(value: object) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(type(number) is int for number in value):
        raise MessageError("numbers that are not whole")
    return tuple(value)


def _number(value: object) -> float:
    if type(value) not in (int, float):
        raise MessageError("a number that is none")
    try:
        number = float(value)  # type: ignore[arg-type]
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise MessageError("a number that is not finite")
    return number


def _spacing(value: object) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise MessageError("a spacing that is no pair")
    row, column = map(_number, value)
    if min(row, column) <= 0:
        raise MessageError("a spacing that is not positive")
    return row, column


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MAX_TEXTS:
        raise MessageError("a list of texts that is none")
    return tuple(map(text_of, value))
