"""What holds for every accepted file: pixels in [0, 1], bright = dense, a way back for points."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mammoscope.images.decode import decode
from mammoscope.images.polarity import TURNED
from mammoscope.images.preprocess import prepare
from mammoscope.images.presets import PRESETS
from mammoscope.types import BreastImage, Geometry
from tests.dicom_files import make_dicom
from tests.tiff_files import BIG, LITTLE, tiff

MAMMOGRAM_PRESETS = sorted(set(PRESETS) - {"histology"})


@st.composite
def stored_values(draw: st.DrawFn, *bits: int) -> tuple[np.ndarray, int]:
    """(rows, columns) of unsigned values of so many bits, and the bits; noise over their range."""
    depth = draw(st.sampled_from(bits))
    shape = draw(st.tuples(st.integers(1, 40), st.integers(1, 40)))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    top = (1 << depth) - 1
    low = draw(st.integers(0, top))
    high = draw(st.integers(low, top))
    values = rng.integers(low, high, shape, endpoint=True)
    return values.astype(np.uint8 if depth == 8 else np.uint16), depth


def pgm(values: np.ndarray, depth: int) -> bytes:
    rows, columns = values.shape
    samples = values.astype(">u2" if depth > 8 else "u1").tobytes()
    return f"P5 {columns} {rows} {(1 << depth) - 1}\n".encode() + samples


def png(values: np.ndarray) -> bytes:
    written, data = cv2.imencode(".png", values)
    assert written
    return data.tobytes()


def assert_is_an_image_of(image: BreastImage, values: np.ndarray, *, rises: bool) -> None:
    """Finite, in [0, 1], and in the order of the stored values (or the opposite one)."""
    assert image.pixels.shape == values.shape and image.pixels.dtype == np.float32
    assert np.isfinite(image.pixels).all()
    assert image.pixels.min() >= 0.0 and image.pixels.max() <= 1.0
    rises = rises != (TURNED in image.source.steps)
    order = np.argsort(values.ravel().astype(np.int64), kind="stable")
    steps = np.diff(image.pixels.ravel()[order])
    assert (steps >= -1e-6).all() if rises else (steps <= 1e-6).all()


def assert_tells_the_ends_apart(image: BreastImage, values: np.ndarray, *, bits: int) -> None:
    """What is half the range apart when stored is apart by more than an eighth when read."""
    if int(values.max()) - int(values.min()) >= 1 << (bits - 1):
        assert np.ptp(image.pixels) > 0.125


@settings(deadline=None)
@given(stored=stored_values(8, 12, 16))
def test_a_pgm_is_bright_where_its_samples_are_large(stored: tuple[np.ndarray, int]) -> None:
    values, bits = stored
    image = decode(pgm(values, bits))
    assert_is_an_image_of(image, values, rises=True)
    assert_tells_the_ends_apart(image, values, bits=bits)


@settings(deadline=None)
@given(stored=stored_values(8, 16))
def test_a_png_is_bright_where_its_samples_are_large(stored: tuple[np.ndarray, int]) -> None:
    values, bits = stored
    image = decode(png(values))
    assert_is_an_image_of(image, values, rises=True)
    assert_tells_the_ends_apart(image, values, bits=bits)


@settings(deadline=None)
@given(
    stored=stored_values(8, 16),
    order=st.sampled_from([LITTLE, BIG]),
    compression=st.sampled_from([1, 5, 8, 32773]),
    white_is_zero=st.booleans(),
)
def test_a_tiff_is_bright_as_its_photometric_says(
    stored: tuple[np.ndarray, int], order: str, compression: int, white_is_zero: bool
) -> None:
    values, bits = stored
    data = tiff(
        values,
        dtype=f"u{bits // 8}",
        order=order,
        compression=compression,
        photometric=0 if white_is_zero else 1,
    )
    image = decode(data)
    assert_is_an_image_of(image, values, rises=not white_is_zero)
    assert_tells_the_ends_apart(image, values, bits=bits)


@settings(deadline=None)
@given(
    stored=stored_values(8, 10, 12, 16),
    photometric=st.sampled_from(["MONOCHROME1", "MONOCHROME2"]),
    window=st.booleans(),
    rescale=st.sampled_from([None, (2.0, -100.0), (0.5, 7.0)]),
)
def test_a_dicom_is_bright_as_its_photometric_says(
    stored: tuple[np.ndarray, int],
    photometric: str,
    window: bool,
    rescale: tuple[float, float] | None,
) -> None:
    values, bits = stored
    slope, intercept = rescale or (1.0, 0.0)
    middle = slope * (1 << (bits - 1)) + intercept
    data = make_dicom(
        values,
        photometric=photometric,
        bits_stored=bits,
        rescale=rescale,
        window=(middle, slope * (1 << bits)) if window else None,
    )
    image = decode(data)
    assert_is_an_image_of(image, values, rises=photometric == "MONOCHROME2")
    assert_tells_the_ends_apart(image, values, bits=bits)


@settings(deadline=None)
@given(
    stored=stored_values(12),
    center=st.floats(-5000, 9000),
    width=st.floats(2, 9000),
    function=st.sampled_from([None, "LINEAR_EXACT", "SIGMOID"]),
)
def test_any_window_of_signed_values_keeps_their_order(
    stored: tuple[np.ndarray, int], center: float, width: float, function: str | None
) -> None:
    values = stored[0].astype(np.int16) - 2048
    # A DICOM's decimal string has at most 16 characters.
    window = (round(center, 3), round(width, 3))
    data = make_dicom(values, signed=True, bits_stored=12, window=window, function=function)
    assert_is_an_image_of(decode(data), values, rises=True)


@st.composite
def pictures(draw: st.DrawFn, *, modality: str = "mammogram") -> BreastImage:
    """A half ellipse somewhere in a frame of any shape, flipped and stretched; or mere noise."""
    rows, columns = draw(st.integers(24, 260)), draw(st.integers(24, 260))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    noise = rng.random((rows, columns), dtype=np.float32)
    y, x = np.mgrid[0:rows, 0:columns] / np.array([rows, columns]).reshape(2, 1, 1)
    breast = (x / draw(st.floats(0.2, 1))) ** 2 + ((y - draw(st.floats(0.3, 0.7))) / 0.4) ** 2 < 1
    pixels = noise if draw(st.integers(0, 4)) == 0 else np.where(breast, 0.3 + 0.6 * noise, 0)
    if draw(st.booleans()):
        pixels = pixels[:, ::-1]
    if draw(st.booleans()):
        pixels = pixels[::-1]
    if modality == "histology":
        pixels = np.stack([pixels, pixels**2, pixels**0.5], axis=2)
    return BreastImage(
        np.ascontiguousarray(pixels, dtype=np.float32),
        modality="histology" if modality == "histology" else "mammogram",
        view=draw(st.sampled_from([None, "MLO", "CC"])),
        pixel_aspect=draw(st.floats(0.2, 5)),
    )


def assert_goes_there_and_back(geometry: Geometry, image: BreastImage, seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = np.array([image.columns, image.rows])
    points = rng.random((20, 2)) * size
    assert np.allclose(geometry.back(geometry.forward(points)), points, atol=1e-6)
    rows, columns = geometry.prepared_shape
    there = rng.random((20, 2)) * np.array([columns, rows])
    assert np.allclose(geometry.forward(geometry.back(there)), there, atol=1e-6)
    top, left, bottom, right = geometry.crop
    assert 0 <= top < bottom <= image.rows and 0 <= left < right <= image.columns
    corners = geometry.forward(np.array([[left, top], [right, bottom]], dtype=float))
    assert corners.min() >= -1e-6 and (corners <= np.array([columns, rows]) + 1e-6).all()


@pytest.mark.parametrize("name", sorted(PRESETS))
@settings(deadline=None, max_examples=40)
@given(
    data=st.data(),
    rows=st.integers(1, 120),
    columns=st.integers(1, 120),
    margin=st.floats(0, 0.5),
    seed=st.integers(0, 1000),
)
def test_points_come_back_and_pixels_are_in_range_whatever_the_flip_crop_and_scale(
    name: str, data: st.DataObject, rows: int, columns: int, margin: float, seed: int
) -> None:
    image = data.draw(pictures(modality="histology" if name == "histology" else "mammogram"))
    config = replace(PRESETS[name], rows=rows, columns=columns, margin=margin)
    prepared = prepare(image, config)
    assert prepared.array.shape == (rows, columns, config.channels)
    assert prepared.array.dtype == np.float32 and np.isfinite(prepared.array).all()
    assert prepared.array.min() >= 0.0 and prepared.array.max() <= 1.0
    assert_goes_there_and_back(prepared.geometry, image, seed)


@pytest.mark.parametrize("name", MAMMOGRAM_PRESETS)
@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize("aspect", [0.5, 1.0, 2.0])
def test_what_the_geometry_points_at_is_what_the_array_shows(
    name: str, flipped: bool, aspect: float
) -> None:
    """A bright disc in a drawn breast is the brightest place where `forward` puts its centre."""
    y, x = np.mgrid[0:300, 0:240]
    disc = np.hypot(x - 70, (y - 160) * aspect) < 14
    pixels = np.where((x / 170) ** 2 + ((y - 150) / 120) ** 2 < 1, 0.4, 0.0) + 0.5 * disc
    centre = np.array([[70.5, 160.5]])
    if flipped:
        pixels, centre = pixels[:, ::-1], np.array([[240 - 70.5, 160.5]])
    image = BreastImage(
        np.ascontiguousarray(pixels, dtype=np.float32), view="CC", pixel_aspect=aspect
    )
    # CLAHE lifts a flat drawing by different amounts from part to part; it moves nothing.
    prepared = prepare(image, replace(PRESETS[name], enhancement=()))
    assert prepared.geometry.mirrored == flipped
    # Viridis and the windows grow lighter with the intensity.
    light = prepared.array.mean(axis=2)
    bright_y, bright_x = np.nonzero(light > 0.9 * light.max())
    column, row = prepared.geometry.forward(centre)[0]
    assert abs(float(bright_x.mean()) + 0.5 - column) < 1.5
    assert abs(float(bright_y.mean()) + 0.5 - row) < 1.5
