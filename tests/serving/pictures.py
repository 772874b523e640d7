"""Files to upload."""

from __future__ import annotations

import cv2
import numpy as np

from mammoscope.types import FloatArray


def png(pixels: FloatArray, *, rows: int | None = None, columns: int | None = None) -> bytes:
    """A 16-bit PNG of a view in [0, 1]; where a size is given, of that size.

    Noise is added to one that is made larger, or it would be decoded in no time.
    """
    if rows is not None and columns is not None:
        view = cv2.resize(pixels, (columns, rows))
        noise = np.random.default_rng(0).random(view.shape, dtype=np.float32)
        pixels = 0.97 * view + 0.03 * noise
    levels = np.rint(pixels * 65535).astype(np.uint16)
    done, data = cv2.imencode(".png", levels, (cv2.IMWRITE_PNG_COMPRESSION, 1))
    assert done
    return data.tobytes()
