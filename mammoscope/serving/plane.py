"""A decoded image as one body: a JSON header and its samples of 16 bits, which the page windows."""

from __future__ import annotations

import json

import numpy as np

from mammoscope.inference.answer import image_to_dict
from mammoscope.types import BreastImage

WHITE = 65535
_ALIGNMENT = 4


def encode_plane(image: BreastImage) -> bytes:
    """uint32 n, n bytes of JSON, then rows × columns × channels uint16; all little-endian.

    The image is never flipped; 0 … 65535 stand for pixels in [0, 1]. Of colour, R, G and B of a
    pixel stand together. n is a multiple of 4, so that they can be looked at where they lie.
    """
    header = {
        **image_to_dict(image),
        "warnings": list(image.source.warnings),
        "channels": 3 if image.is_color else 1,
    }
    text = json.dumps(header, ensure_ascii=False, allow_nan=False).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    plane = np.rint(image.pixels * np.float32(WHITE)).astype("<u2")
    return b"".join((np.array(len(text), dtype="<u4").tobytes(), text, plane.tobytes()))
