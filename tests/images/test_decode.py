"""The door: what it recognises, what it refuses, and that nothing else comes out of it."""

from __future__ import annotations

import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import uid

from mammoscope.images import raster
from mammoscope.images.decode import Limits, decode
from mammoscope.types import BreastImage, DecodeError, UnsupportedFormatError
from tests.dicom_files import CANARY, gradient, make_dicom
from tests.images.test_raster import jpeg, png
from tests.tiff_files import tiff

FORMATS = (
    "pgm", "plain pgm", "png", "colour png", "jpeg", "tiff", "packed tiff", "dicom", "rle",
    "jpeg 2000", "bare",
)  # fmt: skip


@cache
def valid(kind: str) -> bytes:
    """A small valid file of each format."""
    small = gradient(32, 32, bits=8).astype(np.uint8)
    scanlines = b"".join(b"\0" + row.tobytes() for row in gradient(8, 8).astype(">u2"))
    match kind:
        case "pgm":
            return b"P5 # scanner\n8 8 4095\n" + gradient(8, 8).astype(">u2").tobytes()
        case "plain pgm":
            return b"P2 8 8 4095\n" + b" ".join(b"%d" % v for v in gradient(8, 8).ravel())
        case "png":
            return png(8, 8, 16, 0, scanlines)
        case "colour png":
            return png(2, 1, 8, 6, bytes([0, 1, 2, 3, 255, 200, 100, 50, 128]))
        case "jpeg":
            return jpeg(small)
        case "tiff":
            return tiff(gradient(8, 8), dtype="u2", order=">", photometric=0, rows_per_strip=3)
        case "packed tiff":
            return tiff(small, compression=5, tags={317: (2,)})
        case "rle":
            return make_dicom(gradient(8, 8), transfer_syntax=uid.RLELossless)
        case "jpeg 2000":
            return make_dicom(gradient(64, 64), transfer_syntax=uid.JPEG2000Lossless)
        case "bare":
            return make_dicom(gradient(), preamble=False)
        case _:
            return make_dicom(
                gradient(),
                window=(2048, 4096),
                rescale=(1, 0),
                voi_lut=(0, 8, [0, 128, 255]),
                laterality="L",
                view="MLO",
                PixelPaddingValue=0,
                PixelSpacing=[0.1, 0.1],
            )


@pytest.mark.parametrize("kind", FORMATS)
def test_a_valid_file_of_each_format_is_read(kind):
    image = decode(valid(kind))
    expected = {"plain pgm": "pgm", "colour png": "png", "packed tiff": "tiff", "rle": "dicom",
                "jpeg 2000": "dicom", "bare": "dicom"}.get(kind, kind)  # fmt: skip
    assert image.source.format == expected
    assert image.modality == "mammogram"
    assert image.pixels.dtype == np.float32


def test_the_callers_modality_is_kept():
    for kind in FORMATS:
        assert decode(valid(kind), modality="histology").modality == "histology"


def test_an_empty_file_is_refused():
    with pytest.raises(UnsupportedFormatError, match="empty file"):
        decode(b"")


@pytest.mark.parametrize(
    ("data", "seen"),
    [
        (b"GIF89a\x01\0\x01\0\0\0\0;", "a GIF"),
        (b"BM" + bytes(60), "a BMP"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"PK\x03\x04" + bytes(60), "a ZIP"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "a WebP"),
        (b"\0\0\0\x18ftypheic", "a HEIC"),
        (b"patient,label\n", "text"),
        (b"P5x", "text"),
        (b"P6 1 1 255\n\0\0\0", "unknown"),
        (b"\0", "unknown"),
        (bytes(200), "unknown"),
        (b"\x08\x00\x05\x00CS\x02\x00ab", "unknown"),
    ],
)
def test_what_is_no_image_of_ours_is_refused_by_kind(data, seen):
    with pytest.raises(UnsupportedFormatError, match=seen) as caught:
        decode(data)
    assert "expected DICOM, PNG, JPEG, TIFF or PGM" in str(caught.value)


@pytest.mark.parametrize("start", [b"", b"GIF89a ", b"P5 ", b"\xff\xd8\xff", b"\x08\x00\x10\x00PN"])
def test_content_is_never_quoted(start):
    with pytest.raises(DecodeError) as caught:
        decode(start + f"{CANARY} Jane 1957-04-12 ".encode() * 20)
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_running_out_of_memory_is_our_error(monkeypatch):
    def exhausted(*_args: object, **_options: object) -> BreastImage:
        raise MemoryError

    monkeypatch.setattr(raster, "decode_pgm", exhausted)
    with pytest.raises(DecodeError, match="memory"):
        decode(valid("pgm"))


@pytest.mark.parametrize("kind", ["pgm", "plain pgm", "png", "jpeg", "tiff", "dicom", "jpeg 2000"])
def test_every_format_obeys_the_limit(kind):
    with pytest.raises(DecodeError, match="expected at most 10 in all"):
        decode(valid(kind), limits=Limits(max_pixels=10))


def test_threads_get_what_one_thread_gets():
    jobs = [valid(kind) for kind in FORMATS] * 5
    alone = [decode(data).pixels for data in jobs]
    with ThreadPoolExecutor(4) as pool:
        for image, expected in zip(pool.map(decode, jobs), alone, strict=True):
            np.testing.assert_array_equal(image.pixels, expected)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_damaged_file_is_an_image_or_our_error_and_nothing_else(kind):
    @settings(max_examples=60, deadline=None, database=None, derandomize=True)
    @given(st.data())
    def damaged(draw: st.DataObject) -> None:
        data = bytearray(valid(kind))
        for at, byte in draw.draw(
            st.lists(st.tuples(st.integers(0, len(data) - 1), st.integers(0, 255)), max_size=6)
        ):
            data[at] = byte
        cut = draw.draw(st.one_of(st.just(len(data)), st.integers(0, len(data))))
        tail = draw.draw(st.binary(max_size=16))
        try:
            image = decode(bytes(data[:cut]) + tail, limits=Limits(max_pixels=1_000_000))
        except DecodeError as error:
            told = "".join(traceback.format_exception(error))
        else:
            assert isinstance(image, BreastImage)
            told = repr(image)
        assert CANARY not in told

    damaged()


@settings(max_examples=60, deadline=None, database=None, derandomize=True)
@given(
    st.sampled_from(
        [
            b"P5",
            b"P2 ",
            b"\x89PNG\r\n\x1a\n",
            b"\xff\xd8\xff",
            b"II*\0",
            b"MM\0*",
            bytes(128) + b"DICM",
        ]
    ),
    st.binary(max_size=300),
)
def test_a_magic_number_followed_by_anything_is_our_error_or_an_image(magic, rest):
    with suppress(DecodeError):
        assert isinstance(decode(magic + rest), BreastImage)
