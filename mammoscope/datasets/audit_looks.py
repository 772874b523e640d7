"""What an audit remembers of one picture: a digest of its pixels, and its keypoints."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoscope.types import BreastImage

# The longer side of the picture that keypoints are sought in. SIFT doubles it first, so that a
# picture's finest structure is looked at as if it were 512 pixels high; that is what an export, a
# preview and a JPEG of bad quality still have in common.
WORKING_SIDE = 256
MOST_KEYPOINTS = 200
# An eighth of Lowe's: fat has little contrast, and the strongest points are kept anyway.
_CONTRAST = 0.004


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A picture, as far as it can be compared with thousands of others.

    Attributes:
        digest: SHA-256 of shape and decoded pixels at 16 bits, whatever the file's format.
        rows, columns: of the decoded picture.
        brightness: mean of its pixels, in [0, 1].
        format: container, such as `png`.
        bits: a sample.
        size: (rows, columns) of the working picture, in true proportions.
        points: float32 (K, 2), x and y in the working picture.
        descriptors: uint8 (K, 128), SIFT's: 4 × 4 places × 8 directions.
    """

    digest: str
    rows: int
    columns: int
    brightness: float
    format: str
    bits: int
    size: tuple[int, int]
    points: NDArray[np.float32]
    descriptors: NDArray[np.uint8]


def look_at(image: BreastImage) -> Look:
    """The picture's digest and keypoints (Lowe, IJCV 60, 2004)."""
    pixels = image.pixels
    levels = np.rint(pixels * 65535).astype(np.uint16)
    digest = hashlib.sha256(str(levels.shape).encode())
    digest.update(np.ascontiguousarray(levels).data)
    working = _working(image)
    sift = cv2.SIFT.create(nfeatures=MOST_KEYPOINTS, contrastThreshold=_CONTRAST)
    found, descriptors = sift.detectAndCompute(working, None)
    # SIFT may give one more than it was asked for.
    points = np.array([point.pt for point in found[:MOST_KEYPOINTS]], dtype=np.float32)
    if descriptors is None:
        descriptors = np.zeros((0, 128), dtype=np.float32)
    return Look(
        digest=digest.hexdigest(),
        rows=image.rows,
        columns=image.columns,
        brightness=float(pixels.mean(dtype=np.float64)),
        format=image.source.format,
        bits=image.source.bits,
        size=(int(working.shape[0]), int(working.shape[1])),
        points=points.reshape(-1, 2),
        descriptors=descriptors[:MOST_KEYPOINTS].astype(np.uint8),
    )


def _working(image: BreastImage) -> NDArray[np.uint8]:
    """Gray, 8 bits, no larger than `WORKING_SIDE`, with square pixels."""
    pixels = image.pixels.mean(axis=2) if image.is_color else image.pixels
    height, width = image.rows * image.pixel_aspect, float(image.columns)
    scale = min(1.0, WORKING_SIDE / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    shrinks = size[0] < image.columns and size[1] < image.rows
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return np.asarray(np.rint(np.clip(small, 0.0, 1.0) * 255), dtype=np.uint8)
