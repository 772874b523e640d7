"""What a decoding process says is believed only where it makes sense."""

from __future__ import annotations

import io
import json
import struct
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from mammoscope.inference.decode_message import (
    MAX_HEADER_BYTES,
    MessageError,
    image_to_header,
    receive_header,
    receive_image,
    send,
    text_of,
)
from mammoscope.types import BreastImage, DecodeError, Source

IMAGE = BreastImage(
    np.linspace(0, 1, 24, dtype=np.float32).reshape(2, 4, 3),
    "histology",
    laterality="R",
    view="MLO",
    spacing_mm=(0.07, 0.08),
    pixel_aspect=0.875,
    source=Source("dicom", 12, "1.2.840.10008.1.2.1", ("one × 2", "two"), ("careful",), True),
)


def told(image: BreastImage, **changes: Any) -> tuple[io.BytesIO, dict[str, Any]]:
    """A stream that stands before the pixels, and the header as it came through one."""
    header = {**image_to_header(image), **changes}
    stream = io.BytesIO()
    send(stream, header, image.pixels.tobytes())
    stream.seek(0)
    return stream, receive_header(stream)


def heard(stream: io.BytesIO, header: dict[str, Any], max_pixels: int = 1000) -> BreastImage:
    return receive_image(stream, header, modality="histology", max_pixels=max_pixels)


def test_an_image_comes_through_with_all_it_holds() -> None:
    image = heard(*told(IMAGE))
    assert np.array_equal(image.pixels, IMAGE.pixels)
    for field in fields(BreastImage):
        if field.name != "pixels":
            assert getattr(image, field.name) == getattr(IMAGE, field.name), field.name
    # A new field must be carried too: none of the image's is at its default.
    plain = Source("array", 16)
    for field in fields(Source):
        assert getattr(image.source, field.name) != getattr(plain, field.name), field.name


@pytest.mark.parametrize(
    "changes",
    [
        {"shape": [2, 4, 4]},
        {"shape": [2]},
        {"shape": [0, 4]},
        {"shape": [-2, -4]},
        {"shape": [2.0, 4]},
        {"shape": [True, 4]},
        {"shape": [10**9, 10**9]},
        {"shape": [1, 1001]},
        {"shape": "24"},
        {"shape": None},
        {"modality": "mammogram"},
        {"laterality": "B"},
        {"laterality": ["L"]},
        {"view": "<script>"},
        {"view": "ZEPHYRINE"},
        {"view": 3},
        {"spacing_mm": [0.1]},
        {"spacing_mm": [0.1, 0]},
        {"spacing_mm": [float("nan"), 0.1]},
        {"spacing_mm": ["0.1", "0.1"]},
        {"pixel_aspect": float("inf")},
        {"pixel_aspect": 10**400},
        {"pixel_aspect": None},
        {"source": None},
    ],
)
def test_a_header_that_no_image_has_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(MessageError):
        heard(*told(IMAGE, **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "exe"},
        {"format": ["dicom"]},
        {"bits": 0},
        {"bits": 17},
        {"bits": "12"},
        {"bits": True},
        {"transfer_syntax": "Zephyrine"},
        {"transfer_syntax": "1" * 65},
        {"steps": "one"},
        {"steps": ["x" * 1001]},
        {"steps": ["x"] * 65},
        {"steps": ["\x1b[2J"]},
        {"warnings": [3]},
        {"for_processing": 1},
    ],
)
def test_a_source_that_no_file_has_is_refused(changes: dict[str, Any]) -> None:
    source = {**image_to_header(IMAGE)["source"], **changes}
    with pytest.raises(MessageError):
        heard(*told(IMAGE, source=source))


def test_pixels_that_are_missing_or_out_of_range_are_refused() -> None:
    stream, header = told(IMAGE)
    with pytest.raises(EOFError):
        heard(io.BytesIO(stream.read()[:-1]), header)
    for value in (1.5, float("nan")):
        _, header = told(IMAGE)
        pixels = np.full(24, value, dtype=np.float32)
        with pytest.raises(DecodeError, match="pixels span"):
            heard(io.BytesIO(pixels.tobytes()), header)


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"3", b"\xff", b"{", b"[" * 60000, b'{"a": ' + b"9" * 5000 + b"}"],
    ids=["empty", "list", "number", "no text", "cut", "deep", "long number"],
)
def test_a_header_that_is_no_object_is_refused(text: bytes) -> None:
    with pytest.raises(MessageError):
        receive_header(io.BytesIO(struct.pack("<I", len(text)) + text))


def test_a_header_is_bounded_before_it_is_read() -> None:
    with pytest.raises(MessageError, match="bytes"):
        receive_header(io.BytesIO(struct.pack("<I", MAX_HEADER_BYTES + 1)))
    with pytest.raises(EOFError):
        receive_header(io.BytesIO(struct.pack("<I", 10) + json.dumps({}).encode()))
    with pytest.raises(EOFError):
        receive_header(io.BytesIO(b"\x01"))


def test_a_text_is_for_people() -> None:
    assert text_of("3 × 4") == "3 × 4"
    for value in ("a\nb", "\u202eabc", "x" * 1001, b"bytes", None):
        with pytest.raises(MessageError):
            text_of(value)
