"""A decoded image as one body: a JSON header and one plane of 16 bits that the page windows."""

from __future__ import annotations

import json

import numpy as np

from mammoscope.inference.answer import image_to_dict
from mammoscope.types import BreastImage, FloatArray

WHITE = 65535
# ITU-R BT.709
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
_ALIGNMENT = 4


def encode_plane(image: BreastImage) -> bytes:
    """uint32 n, n bytes of JSON, then rows × columns uint16; all little-endian.

    The plane is never flipped; 0 … 65535 stand for pixels in [0, 1], colour as its luminance.
    n is a multiple of 4, so that the plane can be looked at as an array where it lies.
    """
    header = {**image_to_dict(image), "warnings": list(image.source.warnings)}
    text = json.dumps(header, ensure_ascii=False, allow_nan=False).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    plane = np.rint(_gray(image) * np.float32(WHITE)).astype("<u2")
    return b"".join((np.array(len(text), dtype="<u4").tobytes(), text, plane.tobytes()))


def _gray(image: BreastImage) -> FloatArray:
    if not image.is_color:
        return image.pixels
    # The weights' sum may exceed 1 by rounding.
    luminance: FloatArray = image.pixels @ _LUMINANCE
    return np.minimum(luminance, np.float32(1.0))
