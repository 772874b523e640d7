"""The plane that a viewer windows."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mammoscope.serving.plane import encode_plane
from mammoscope.types import BreastImage, Source


def parts(body: bytes) -> tuple[dict[str, object], np.ndarray]:
    size = int(np.frombuffer(body[:4], "<u4")[0])
    assert size % 4 == 0
    return json.loads(body[4 : 4 + size]), np.frombuffer(body[4 + size :], "<u2")


@pytest.mark.parametrize("warning", ["", "a", "ab", "abc", "ß ×"])
def test_the_plane_starts_on_a_multiple_of_four(warning: str) -> None:
    image = BreastImage(np.eye(3, dtype=np.float32), source=Source("png", 8, warnings=(warning,)))
    header, plane = parts(encode_plane(image))
    assert header["warnings"] == [warning] and header["channels"] == 1
    assert plane.tolist() == [65535, 0, 0, 0, 65535, 0, 0, 0, 65535]


def test_sixteen_bits_come_through_exactly() -> None:
    stored = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    pixels = stored.astype(np.float32) / np.float32(65535)
    _, plane = parts(encode_plane(BreastImage(pixels)))
    assert np.array_equal(plane, stored.ravel())


def test_colour_comes_as_three_samples_a_pixel() -> None:
    pixels = np.array([[[1, 0, 0], [0, 0.5, 1]]], dtype=np.float32)
    header, plane = parts(encode_plane(BreastImage(pixels, modality="histology")))
    assert header["channels"] == 3
    assert plane.tolist() == [65535, 0, 0, 0, 32768, 65535]
