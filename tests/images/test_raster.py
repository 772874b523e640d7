"""PGM, PNG and JPEG against pixels worked out by hand, and what is refused."""

from __future__ import annotations

import io
import struct
import time
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from mammoscope.images.decode import Limits, decode
from mammoscope.images.raster import decode_jpeg
from mammoscope.types import DecodeError

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(
    width: int, height: int, depth: int, color: int, raw: bytes, *, before: bytes = b""
) -> bytes:
    """A PNG of `raw` scanlines (each with its filter byte), `before` standing before IDAT."""
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(raw))
    return SIGNATURE + chunk(b"IHDR", header) + before + body + chunk(b"IEND", b"")


def jpeg(pixels: np.ndarray, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", **options)
    return buffer.getvalue()


def words(*values: int) -> bytes:
    return struct.pack(f">{len(values)}H", *values)


PALETTE = chunk(b"PLTE", bytes([0, 0, 0, 255, 0, 51]))

PGM = [
    ("8 bits", b"P5 3 1 255\n" + bytes([0, 51, 255]), [[0, 0.2, 1]], 8),
    ("two rows", b"P5\n2 2\n255\n" + bytes([0, 51, 102, 255]), [[0, 0.2], [0.4, 1]], 8),
    ("maxval 100", b"P5 2 1 100\n" + bytes([20, 100]), [[0.2, 1]], 8),
    ("comments", b"P5# a\n# b 9 9\n3 #c\r1\n255\n" + bytes([0, 51, 255]), [[0, 0.2, 1]], 8),
    ("sample that looks like a space", b"P5 2 1 255\n" + b"\n#", [[10 / 255, 35 / 255]], 8),
    ("12 bits, big-endian", b"P5 3 1 4095\n" + words(0, 819, 4095), [[0, 0.2, 1]], 12),
    ("16 bits, big-endian", b"P5 2 1 65535\n" + words(13107, 65535), [[0.2, 1]], 16),
    ("12 of 16 bits", b"P5 2 1 65535\n" + words(819, 4095), [[0.2, 1]], 12),
    ("maxval 60000", b"P5 2 1 60000\n" + words(12000, 60000), [[0.2, 1]], 16),
    ("bytes after the image", b"P5 1 1 255\n\xff\n\n", [[1]], 8),
    ("plain", b"P2\n3 1\n255\n0 51\n255\n", [[0, 0.2, 1]], 8),
    ("plain, comments", b"P2 2 1 # w\n255\n51 # 7 7\n255", [[0.2, 1]], 8),
    ("plain, 16 bits", b"P2 2 1 4095\n819 4095", [[0.2, 1]], 12),
]

PNG = [
    ("1 bit", png(3, 1, 1, 0, b"\0\xa0"), [[1, 0, 1]], 8),
    ("2 bits", png(3, 1, 2, 0, b"\0\x18"), [[0, 1 / 3, 2 / 3]], 8),
    ("4 bits", png(3, 1, 4, 0, b"\0\x03\xf0"), [[0, 0.2, 1]], 8),
    ("8 bits", png(3, 1, 8, 0, bytes([0, 0, 51, 255])), [[0, 0.2, 1]], 8),
    ("16 bits, big-endian", png(2, 1, 16, 0, b"\0" + words(13107, 65535)), [[0.2, 1]], 16),
    ("14 of 16 bits", png(2, 1, 16, 0, b"\0" + words(0, 16383)), [[0, 1]], 14),
    ("12 of 16 bits", png(2, 1, 16, 0, b"\0" + words(819, 4095)), [[0.2, 1]], 12),
    ("10 of 16 bits", png(2, 1, 16, 0, b"\0" + words(256, 1023)), [[256 / 1023, 1]], 10),
    ("RGB", png(1, 1, 8, 2, bytes([0, 255, 51, 0])), [[[1, 0.2, 0]]], 8),
    ("RGB, 16 bits", png(1, 1, 16, 2, b"\0" + words(65535, 13107, 0)), [[[1, 0.2, 0]]], 16),
    ("RGB that is gray", png(1, 1, 8, 2, bytes([0, 51, 51, 51])), [[0.2]], 8),
    ("palette", png(2, 1, 1, 3, b"\0\x40", before=PALETTE), [[[0, 0, 0], [1, 0, 0.2]]], 8),
    ("gray + alpha", png(2, 1, 8, 4, bytes([0, 255, 255, 255, 51])), [[1, 0.2]], 8),
    ("gray + alpha, 16 bits", png(1, 1, 16, 4, b"\0" + words(65535, 13107)), [[0.2]], 16),
    ("RGBA", png(1, 1, 8, 6, bytes([0, 255, 51, 0, 51])), [[[0.2, 0.04, 0]]], 8),
    ("RGBA, 16 bits", png(1, 1, 16, 6, b"\0" + words(65535, 0, 0, 65535)), [[[1, 0, 0]]], 16),
]


@pytest.mark.parametrize(
    ("kind", "data", "expected", "bits"),
    [pytest.param("pgm", *row[1:], id=f"pgm {row[0]}") for row in PGM]
    + [pytest.param("png", *row[1:], id=f"png {row[0]}") for row in PNG],
)
def test_a_raster_gives_the_pixels_worked_out_by_hand(kind, data, expected, bits):
    image = decode(data)
    assert image.pixels.shape == np.shape(expected)
    np.testing.assert_allclose(image.pixels, expected, atol=1e-6)
    assert (image.source.format, image.source.bits) == (kind, bits)
    assert image.source.transfer_syntax is None


def test_bits_that_carry_information_are_recorded():
    assert decode(PNG[6][1]).source.steps == ("scaled by 12 of 16 bits",)
    assert decode(PGM[5][1]).source.steps == ("divided by maxval 4095",)
    assert decode(PNG[12][1]).source.steps == (
        "scaled by 8 of 8 bits",
        "composited on black by alpha",
        "three equal channels collapsed to gray",
    )


def test_an_interlaced_png_is_the_same_picture():
    rng = np.random.default_rng(0)
    for shape in ((1, 1), (3, 5), (8, 8), (13, 29)):
        pixels = rng.integers(0, 256, shape, dtype=np.uint8)
        np.testing.assert_allclose(decode(interlaced(pixels)).pixels, pixels / 255, atol=1e-6)


def interlaced(pixels: np.ndarray) -> bytes:
    raw = b""
    for x, y, dx, dy in ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4),
                         (1, 0, 2, 2), (0, 1, 1, 2)):  # fmt: skip
        part = pixels[y::dy, x::dx]
        raw += b"".join(b"\0" + row.tobytes() for row in part if row.size)
    header = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 8, 0, 0, 0, 1)
    body = chunk(b"IDAT", zlib.compress(raw))
    return SIGNATURE + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


def test_a_png_written_by_opencv_comes_back_unchanged():
    pixels = np.random.default_rng(1).integers(0, 65536, (40, 30, 3)).astype(np.uint16)
    data = cv2.imencode(".png", pixels[..., ::-1])[1].tobytes()
    np.testing.assert_allclose(decode(data).pixels, pixels / 65535, atol=1e-6)


def test_a_gray_jpeg_is_close_to_what_was_saved():
    pixels = np.tile(np.arange(0, 256, 4, dtype=np.uint8), (64, 1))
    image = decode(jpeg(pixels, quality=95))
    np.testing.assert_allclose(image.pixels, pixels / 255, atol=0.02)
    assert (image.source.format, image.source.bits) == ("jpeg", 8)


@pytest.mark.parametrize("progressive", [False, True])
def test_a_colour_jpeg_keeps_its_channel_order(progressive):
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 200
    image = decode(jpeg(red, quality=95, progressive=progressive))
    np.testing.assert_allclose(image.pixels[8, 8], [200 / 255, 0, 0], atol=0.03)


def test_a_gray_picture_saved_as_colour_jpeg_collapses_with_its_chroma_noise():
    ramp = np.tile(np.arange(64, 192, 2, dtype=np.uint8), (64, 1))
    noisy = np.stack([ramp, ramp, ramp + 2], axis=2)
    image = decode(png(64, 64, 8, 2, b"".join(b"\0" + row.tobytes() for row in noisy)))
    assert image.pixels.shape == (64, 64)
    np.testing.assert_allclose(image.pixels, ramp / 255, atol=1 / 255)
    assert decode(jpeg(np.stack([ramp] * 3, axis=2))).pixels.ndim == 2


def test_colour_beyond_chroma_noise_stays():
    pixels = np.full((4, 4, 3), 100, np.uint8)
    pixels[2, 2, 0] = 103
    raw = b"".join(b"\0" + row.tobytes() for row in pixels)
    assert decode(png(4, 4, 8, 2, raw)).pixels.shape == (4, 4, 3)


def test_in_histology_a_faint_tint_stays_and_exact_gray_collapses():
    raw = bytes([0, 100, 100, 102])
    assert decode(png(1, 1, 8, 2, raw), modality="histology").pixels.shape == (1, 1, 3)
    assert decode(PNG[10][1], modality="histology").pixels.shape == (1, 1)


def exif(orientation: int) -> bytes:
    tags = Image.Exif()
    tags[274] = orientation
    return tags.tobytes()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("color", [False, True])
def test_a_jpeg_is_turned_as_its_exif_says(orientation, color):
    pixels = np.zeros((24, 16, 3) if color else (24, 16), np.uint8)
    pixels[:8, :8] = 200  # one corner, so that no two orientations look alike
    pixels[:8, 8:] = 90
    data = jpeg(pixels, quality=95, exif=exif(orientation))
    with Image.open(io.BytesIO(data)) as picture:
        shown = np.asarray(ImageOps.exif_transpose(picture))
    image = decode_jpeg(data, modality="mammogram", max_pixels=1000)
    expected = shown.mean(axis=2) if shown.ndim == 3 else shown
    np.testing.assert_allclose(image.pixels, expected / 255, atol=1e-3)
    turned = (f"turned from orientation {orientation}",) * (orientation > 1)
    assert image.source.steps[: len(turned)] == turned


@pytest.mark.parametrize(
    "block",
    [
        b"Exif\0\0",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0MM\0*\0\0\0\x08\0\x09",
        exif(9),
        exif(6).replace(b"\x01\x12\x00\x03", b"\x01\x12\x00\x04"),
        b"Exif\0\0nothing of the kind",
    ],
)
def test_an_orientation_that_is_malformed_or_unknown_turns_nothing(block):
    pixels = np.arange(0, 240, 10, dtype=np.uint8).reshape(4, 6)
    data = jpeg(pixels, quality=95, exif=block)
    image = decode_jpeg(data, modality="mammogram", max_pixels=1000)
    assert image.pixels.shape == (4, 6)
    assert image.source.steps == ("scaled by 8 of 8 bits",)


# --- what is refused ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"P5 3 1 255\n\0\0", "truncated"),
        (b"P5 2 1 4095\n\0\0\0", "truncated"),
        (b"P2 3 1 255\n1 2", "fewer than"),
        (b"P2 2 1 255\n1 -2", "something else than numbers"),
        (b"P2 2 1 255\n1 2x", "something else than numbers"),
        (b"P2 1 1 255\n99999999999999999999", "above its maxval"),
        (b"P2 1 1 255\n   ", "fewer than"),
        (b"P5 1 1 100\n\x65", "above its maxval"),
        (b"P5 1 1 0\n\0", "maxval is 0"),
        (b"P5 1 1 65536\n\0\0\0", "maxval is 65536"),
        (b"P5 0 1 255\n", "at least 1 × 1"),
        (b"P5 1 one 255\n\0", "header is malformed"),
        (b"P5 1 1", "header is malformed"),
        (b"P5 #" + b"x" * 50, "header is malformed"),
        (png(2, 2, 8, 0, bytes([0, 1, 2, 0, 1])), "5 of 6 bytes"),
        (png(2, 1, 8, 0, bytes([9, 1, 2])), "cannot be decoded"),
        (png(2, 1, 3, 0, bytes(3)), "bit depth"),
        (png(2, 1, 8, 5, bytes(3)), "bit depth"),
        (png(0, 1, 8, 0, b""), "at least 1 × 1"),
        (png(1, 1, 8, 3, bytes(2)), "cannot be decoded"),
        (SIGNATURE, "start with its header"),
        (SIGNATURE + chunk(b"IDAT", b""), "start with its header"),
        (b"\xff\xd8\xff\xe0", "malformed"),
        (b"\xff\xd8\xff\xd9", "malformed"),
    ],
)
def test_a_broken_raster_is_refused_with_its_reason(data, message):
    with pytest.raises(DecodeError, match=message):
        decode(data)


def test_a_cmyk_jpeg_is_refused():
    buffer = io.BytesIO()
    Image.new("CMYK", (8, 8)).save(buffer, "JPEG")
    with pytest.raises(DecodeError, match="CMYK"):
        decode(buffer.getvalue())


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("kind", ["pgm", "png", "jpeg", "progressive"])
def test_a_truncated_raster_is_an_error_not_half_a_picture(kind, share):
    pixels = np.random.default_rng(2).integers(0, 256, (64, 64), dtype=np.uint8)
    data = {
        "pgm": b"P5 64 64 255\n" + pixels.tobytes(),
        "png": cv2.imencode(".png", pixels)[1].tobytes(),
        "jpeg": jpeg(pixels),
        "progressive": jpeg(pixels, progressive=True),
    }[kind]
    assert decode(data).rows == 64
    with pytest.raises(DecodeError):
        decode(data[: int(len(data) * share)])


def test_a_flipped_bit_in_a_png_is_an_error():
    data = bytearray(PNG[3][1])
    for at in range(len(SIGNATURE), len(data)):
        broken = bytes(data[:at]) + bytes([data[at] ^ 1]) + bytes(data[at + 1 :])
        with pytest.raises(DecodeError):
            decode(broken)


@pytest.mark.parametrize(
    "data",
    [
        png(100_000, 100_000, 16, 6, b"\0"),
        b"P5 100000 100000 65535\n\0",
        b"P2 100000 100000 65535\n0",
        b"P5 999999999 999999999 255\n",
        jpeg(np.zeros((8, 8), np.uint8)).replace(b"\0\x08\0\x08\x01", b"\xff\xff\xff\xff\x01", 1),
    ],
    ids=["png", "pgm", "plain pgm", "enormous pgm", "jpeg"],
)
def test_a_huge_header_is_refused_quickly(data):
    start = time.perf_counter()
    with pytest.raises(DecodeError, match="expected at most 100000000 in all"):
        decode(data)
    assert time.perf_counter() - start < 1.0


def test_a_png_cannot_inflate_beyond_its_header():
    bomb = png(1, 1, 8, 0, bytes(50_000_000))
    start = time.perf_counter()
    decode(bomb)
    assert time.perf_counter() - start < 1.0


def test_our_limit_stands_above_pillows_warning():
    # Pillow warns of a decompression bomb above 89 million pixels; warnings are errors here.
    lying = jpeg(np.zeros((8, 8), np.uint8)).replace(
        b"\0\x08\0\x08\x01", struct.pack(">HH", 9800, 10000) + b"\x01", 1
    )
    with pytest.raises(DecodeError, match="at most 1000 "):
        decode(lying, limits=Limits(max_pixels=1000))
    with pytest.raises(DecodeError, match="too few bytes for its size"):
        decode(lying)
