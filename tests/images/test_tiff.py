"""TIFF against pixels worked out by hand, in both byte orders, and what is refused."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from mammoscope.images.decode import Limits, decode
from mammoscope.images.polarity import TURNED
from mammoscope.images.tiff import decode_tiff
from mammoscope.types import BreastImage, DecodeError
from tests.dicom_files import CANARY
from tests.tiff_files import BIG, LITTLE, PACKERS, tiff


def read(data: bytes) -> BreastImage:
    return decode_tiff(data, modality="mammogram", max_pixels=1_000_000)


def saved(pixels: np.ndarray, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "TIFF", **options)
    return buffer.getvalue()


KINDS = [
    ("8 bits", [[0, 51, 255]], {}, [[0, 0.2, 1]], 8),
    ("two rows", [[0, 51], [102, 255]], {}, [[0, 0.2], [0.4, 1]], 8),
    ("two strips", [[0, 51], [102, 255]], {"rows_per_strip": 1}, [[0, 0.2], [0.4, 1]], 8),
    ("a short last strip", [[0], [51], [255]], {"rows_per_strip": 2}, [[0], [0.2], [1]], 8),
    ("16 bits", [[13107, 65535]], {"dtype": "u2"}, [[0.2, 1]], 16),
    ("14 of 16 bits", [[0, 16383]], {"dtype": "u2"}, [[0, 1]], 14),
    ("12 of 16 bits", [[819, 4095]], {"dtype": "u2"}, [[0.2, 1]], 12),
    ("10 of 16 bits", [[256, 1023]], {"dtype": "u2"}, [[256 / 1023, 1]], 10),
    ("white is zero", [[0, 51, 255]], {"photometric": 0}, [[1, 0.8, 0]], 8),
    (
        "white is zero, 16 bits",
        [[0, 13107, 65535]],
        {"photometric": 0, "dtype": "u2"},
        [[1, 0.8, 0]],
        16,
    ),
    (
        "white is zero, 12 of 16 bits",
        [[0, 819, 4095]],
        {"photometric": 0, "dtype": "u2"},
        [[1, 0.8, 0]],
        12,
    ),
    ("RGB", [[[255, 51, 0]]], {"photometric": 2}, [[[1, 0.2, 0]]], 8),
    (
        "RGB, 16 bits",
        [[[65535, 13107, 0]]],
        {"photometric": 2, "dtype": "u2"},
        [[[1, 0.2, 0]]],
        16,
    ),
    ("RGB that is gray", [[[51, 51, 51]]], {"photometric": 2}, [[0.2]], 8),
    (
        "RGBA",
        [[[255, 51, 0, 51]]],
        {"photometric": 2, "tags": {338: (2,)}},
        [[[0.2, 0.04, 0]]],
        8,
    ),
    (
        "RGBA, 16 bits",
        [[[65535, 0, 0, 13107]]],
        {"photometric": 2, "dtype": "u2", "tags": {338: (2,)}},
        [[[0.2, 0, 0]]],
        16,
    ),
    ("RGBA, as OpenCV writes it", [[[255, 0, 0, 51]]], {"photometric": 2}, [[[0.2, 0, 0]]], 8),
    (
        "RGBA, already applied",
        [[[51, 0, 0, 51]]],
        {"photometric": 2, "tags": {338: (1,)}},
        [[[0.2, 0, 0]]],
        8,
    ),
    (
        "RGB and something else",
        [[[51, 0, 0, 7]]],
        {"photometric": 2, "tags": {338: (0,)}},
        [[[0.2, 0, 0]]],
        8,
    ),
    ("gray and alpha", [[[255, 51]]], {"tags": {338: (2,)}}, [[0.2]], 8),
    ("one depth for all", [[[255, 51, 0]]], {"photometric": 2, "tags": {258: (8,)}},
     [[[1, 0.2, 0]]], 8),
    ("no RowsPerStrip", [[0], [51]], {"tags": {278: None}}, [[0], [0.2]], 8),
    ("RowsPerStrip without end", [[0], [51]], {"tags": {278: (2**32 - 1,)}}, [[0], [0.2]], 8),
    ("tags that concern no pixel", [[51]], {"tags": {270: (1, 2, 3), 34665: (9,)}}, [[0.2]], 8),
]  # fmt: skip


@pytest.mark.parametrize("compression", PACKERS)
@pytest.mark.parametrize("order", [LITTLE, BIG])
@pytest.mark.parametrize(
    ("samples", "options", "expected", "bits"),
    [pytest.param(*row[1:], id=row[0]) for row in KINDS],
)
def test_a_tiff_gives_the_pixels_worked_out_by_hand(
    samples, options, expected, bits, order, compression
):
    image = read(tiff(samples, order=order, compression=compression, **options))
    assert image.pixels.shape == np.shape(expected)
    np.testing.assert_allclose(image.pixels, expected, atol=1e-6)
    assert (image.source.format, image.source.bits) == ("tiff", bits)


def test_what_was_done_to_the_samples_is_recorded():
    inverted = tiff([[0, 819, 4095]], dtype="u2", photometric=0, tags={274: (3,)})
    assert read(inverted).source.steps == (
        "turned from orientation 3",
        "scaled by 12 of 16 bits",
        "inverted, since zero is white",
    )
    premultiplied = tiff([[[51, 0, 0, 51]]], photometric=2, tags={338: (1,)})
    assert read(premultiplied).source.steps == ("alpha already applied", "scaled by 8 of 8 bits")


@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_a_film_with_white_as_zero_is_inverted_once_and_not_taken_for_a_wrong_export(dtype):
    full = np.iinfo(dtype).max
    film = np.zeros((60, 40))
    film[10:50, :20] = 0.6
    image = decode(tiff(np.round((1 - film) * full), dtype=dtype, photometric=0))
    np.testing.assert_allclose(image.pixels, film, atol=1e-2)
    assert TURNED not in image.source.steps and not image.source.warnings


RANDOM = np.random.default_rng(0)
PICTURES = {
    "8 bits": RANDOM.integers(0, 256, (37, 53), dtype=np.uint8),
    "16 bits": RANDOM.integers(0, 65536, (37, 53), dtype=np.uint16),
    "RGB": RANDOM.integers(0, 256, (37, 53, 3), dtype=np.uint8),
    "RGB, 16 bits": RANDOM.integers(0, 65536, (37, 53, 3), dtype=np.uint16),
    "smooth": np.tile(np.arange(0, 53 * 900, 900, dtype=np.uint16), (700, 1)),
}


# OpenCV writes LZW and Deflate with the predictor, and the smooth picture in several strips.
@pytest.mark.parametrize("compression", [1, 5, 8, 32773])
@pytest.mark.parametrize("name", PICTURES)
def test_what_opencv_writes_comes_back_unchanged(name, compression):
    pixels = PICTURES[name]
    order = pixels[..., ::-1] if pixels.ndim == 3 else pixels
    data = cv2.imencode(".tiff", order, [cv2.IMWRITE_TIFF_COMPRESSION, compression])[1].tobytes()
    full = np.iinfo(pixels.dtype).max
    np.testing.assert_allclose(read(data).pixels, pixels / full, atol=1e-6)


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
@pytest.mark.parametrize("name", ["8 bits", "16 bits", "RGB", "smooth"])
def test_what_pillow_writes_comes_back_unchanged(name, compression):
    pixels = PICTURES[name]
    image = read(saved(pixels, compression=compression, dpi=(300, 300), description="x"))
    np.testing.assert_allclose(image.pixels, pixels / np.iinfo(pixels.dtype).max, atol=1e-6)


@pytest.mark.parametrize("order", [LITTLE, BIG])
@pytest.mark.parametrize("dtype", ["u1", "u2"])
@pytest.mark.parametrize("compression", [5, 8])
def test_the_predictor_is_undone_with_its_overflow(compression, dtype, order):
    pixels = PICTURES["RGB, 16 bits"].astype(dtype)
    differences = np.diff(pixels, axis=1, prepend=np.zeros_like(pixels[:, :1]))
    data = tiff(
        differences,
        dtype=dtype,
        order=order,
        compression=compression,
        photometric=2,
        rows_per_strip=5,
        tags={317: (2,)},
    )
    np.testing.assert_allclose(read(data).pixels, pixels / np.iinfo(dtype).max, atol=1e-6)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_page_is_shown_as_pillow_shows_it(orientation):
    for name in ("8 bits", "RGB"):
        data = saved(PICTURES[name], tiffinfo={274: orientation})
        shown = np.asarray(Image.open(io.BytesIO(data)))
        np.testing.assert_allclose(read(data).pixels, shown / 255, atol=1e-6)


# --- what is refused ------------------------------------------------------------------------


def pages() -> bytes:
    first, second = Image.new("L", (4, 4)), Image.new("L", (4, 4))
    buffer = io.BytesIO()
    first.save(buffer, "TIFF", save_all=True, append_images=[second])
    return buffer.getvalue()


def palette() -> bytes:
    buffer = io.BytesIO()
    Image.new("P", (4, 4)).save(buffer, "TIFF")
    return buffer.getvalue()


GRAY = [[0, 51], [102, 255]]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (pages(), "several pages"),
        (tiff(GRAY, further=12345), "several pages"),
        (palette(), "palette"),
        (saved(PICTURES["8 bits"] > 9), "samples of 1 bits"),
        (saved(PICTURES["8 bits"] > 9, compression="group4"), "compressed by method 4"),
        (saved(PICTURES["RGB"], compression="jpeg"), "compressed by method 7"),
        (saved(PICTURES["8 bits"].astype(np.float32)), "samples of 32 bits"),
        (saved(PICTURES["8 bits"], big_tiff=True), "BigTIFF"),
        (b"MM\0+" + bytes(60), "BigTIFF"),
        (tiff(GRAY, tags={258: (4,)}), "samples of 4 bits"),
        (tiff(GRAY, tags={258: (12,)}), "samples of 12 bits"),
        (tiff(GRAY, tags={258: None}), "samples of 1 bits"),
        (tiff(GRAY, dtype="u2", tags={339: (2,)}), "signed or floating-point"),
        (tiff(GRAY, dtype="u2", tags={339: (3,)}), "signed or floating-point"),
        (tiff(GRAY, tags={324: (8,)}), "tiles"),
        (tiff(GRAY, photometric=5), "does not say that it is gray or RGB"),
        (tiff(GRAY, tags={262: None}), "does not say that it is gray or RGB"),
        (tiff(GRAY, photometric=2), "1 samples a pixel"),
        (tiff([[[1, 2, 3, 4, 5]]], photometric=2), "5 samples a pixel"),
        (tiff([[[1, 2]]], photometric=0), "2 samples a pixel"),
        (tiff([[[1, 2, 3]]], photometric=2, tags={284: (2,)}), "colours apart"),
        (tiff([[[1, 2, 3]]], photometric=2, tags={258: (8, 8, 16)}), "differ in tag 258"),
        (tiff(GRAY, tags={266: (2,)}), "reverse"),
        (tiff(GRAY, tags={317: (2,)}), "predictor 2 with compression 1"),
        (tiff(GRAY, compression=8, tags={317: (3,)}), "predictor 3"),
        (tiff(GRAY, tags={257: (0,)}), "at least 1 × 1"),
        (tiff(GRAY, tags={256: None}), "at least 1 × 1"),
        (tiff(GRAY, tags={273: None}), "broken"),
        (tiff(GRAY, tags={279: None}), "broken"),
        (tiff(GRAY, tags={278: (0,)}), "broken"),
        (tiff(GRAY, tags={278: (1,)}), "broken"),
        (tiff(GRAY, tags={279: (3,)}), "broken"),
        (tiff(GRAY, tags={279: (2**31,)}), "broken"),
        (tiff(GRAY, tags={273: (2**31,)}), "broken"),
        (tiff(GRAY, tags={273: (0,)}), "broken"),
        (tiff(GRAY, rows_per_strip=1, tags={273: (8, 8), 279: (90, 90)}), "broken"),
        (tiff([[0]], tags={270: tuple(range(70_000)), 273: (8,) * 70_000}), "70000 values"),
        (b"II*\0" + bytes(60), "broken"),
        (b"II*\0", "broken"),
        (b"MM\0*\xff\xff\xff\xff", "broken"),
    ],
)
def test_what_is_not_read_is_refused_with_its_reason(data, words):
    with pytest.raises(DecodeError, match=words):
        decode(data)


@pytest.mark.parametrize("order", [LITTLE, BIG])
@pytest.mark.parametrize("compression", PACKERS)
def test_a_tiff_cut_anywhere_is_an_error_not_half_a_picture(compression, order):
    data = tiff(PICTURES["8 bits"][:9, :11], order=order, compression=compression, rows_per_strip=4)
    assert read(data).rows == 9
    for end in range(len(data)):
        with pytest.raises(DecodeError):
            decode(data[:end])


@pytest.mark.parametrize("compression", [5, 8, 32773])
def test_a_strip_that_ends_early_is_an_error_not_half_a_picture(compression):
    data = tiff(PICTURES["8 bits"][:9, :11], compression=compression)
    whole = len(PACKERS[compression](PICTURES["8 bits"][:9, :11].tobytes()))
    # LZW's last bytes hold the end code and padding, which no pixel needs.
    for length in range(1, whole - 3):
        shortened = tiff(
            PICTURES["8 bits"][:9, :11], compression=compression, tags={279: (length,)}
        )
        with pytest.raises(DecodeError, match="broken"):
            read(shortened)
    assert read(data).rows == 9


def test_a_flipped_bit_in_a_deflated_strip_is_an_error():
    data = tiff(PICTURES["8 bits"], compression=8)
    for at in range(8, 8 + len(zlib.compress(PICTURES["8 bits"].tobytes())), 7):
        with pytest.raises(DecodeError):
            decode(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])


@pytest.mark.parametrize("compression", PACKERS)
def test_a_huge_header_is_refused_quickly_and_without_memory(compression):
    small = {256: (100_000,), 257: (100_000,), 278: (100_000,)}
    lying = {256: (9_800,), 257: (10_000,), 278: (10_000,)}
    tracemalloc.start()
    start = time.perf_counter()
    with pytest.raises(DecodeError, match="expected at most 100000000 in all"):
        decode(tiff(GRAY, compression=compression, tags=small))
    # Below our limit, above Pillow's warning, and far more than so few bytes can hold.
    with pytest.raises(DecodeError, match="broken"):
        decode(tiff(GRAY, compression=compression, tags=lying))
    assert time.perf_counter() - start < 1.0
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_a_strip_cannot_unpack_beyond_its_rows():
    bomb = zlib.compress(bytes(50_000_000))
    data = tiff(np.zeros((1, len(bomb))), tags={256: (1,), 259: (8,), 279: (len(bomb),)})
    body = data[:8] + bomb + data[8 + len(bomb) :]
    start = time.perf_counter()
    assert read(body).pixels.shape == (1, 1)
    assert time.perf_counter() - start < 0.5


def test_a_packed_strip_above_pillows_warning_is_refused_before_it_is_unpacked():
    length = 40_000
    data = tiff(
        np.zeros((1, length)), tags={256: (9_000,), 257: (9_000,), 278: (9_000,), 259: (5,)}
    )
    with pytest.raises(DecodeError, match="packed strip of 81000000 bytes"):
        decode(data)


def test_nothing_of_the_file_is_quoted(capfd):
    description = tuple(struct.unpack("<8I", CANARY.encode().ljust(32)[:32]))
    for data in (
        tiff(GRAY, tags={270: description, 258: (4,)}),
        tiff(GRAY, compression=5, tags={270: description, 279: (3,)}),
        tiff(GRAY, tags={270: description, 279: (900,)}),
    ):
        with pytest.raises(DecodeError) as caught:
            decode(data)
        assert CANARY not in str(caught.value)
    shown = capfd.readouterr()
    assert CANARY not in shown.out + shown.err


def test_the_limit_is_the_callers():
    with pytest.raises(DecodeError, match="at most 3 in all"):
        decode(tiff(GRAY), limits=Limits(max_pixels=3))
