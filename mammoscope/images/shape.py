"""Shape of the breast and of the dense region that Otsu's threshold leaves inside it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.measure import regionprops

from mammoscope.images.description import Description
from mammoscope.types import FloatArray

Mask = NDArray[np.bool_]
Values = dict[str, float]

# Contours of a digital disc are up to 1.1 times as short as they should be for this formula.
_MOST_CIRCULAR = 1.3


def measure(plane: FloatArray, breast: Mask) -> Values:
    """Name → value of every shape feature.

    Args:
        plane: float32 (H, W) in [0, 1].
        breast: bool (H, W), not empty.
    """
    dense = dense_region(plane, breast)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(dense.astype(np.uint8))
    largest = np.zeros(plane.shape, dtype=bool)
    if count > 1:
        largest = labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return {
        "shape_breast_share": float(breast.mean()),
        **{f"shape_breast_{name}": value for name, value in _outlined(breast).items()},
        "shape_dense_share": float(dense.sum() / breast.sum()),
        "shape_dense_pieces": float(count - 1),
        "shape_dense_largest_share": float(largest.sum() / breast.sum()),
        "shape_dense_contrast": _contrast(plane, dense, breast),
        **{f"shape_dense_{name}": value for name, value in _outlined(largest).items()},
    }


def dense_region(plane: FloatArray, breast: Mask) -> Mask:
    """The pixels of the breast above Otsu's threshold of the breast; none where it is constant."""
    inside = np.rint(plane[breast] * 255).astype(np.uint8)
    if inside.min() == inside.max():
        return np.zeros(plane.shape, dtype=bool)
    threshold, _ = cv2.threshold(inside, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return breast & (np.rint(plane * 255) > threshold)


def _contrast(plane: FloatArray, dense: Mask, breast: Mask) -> float:
    if not dense.any():
        return 0.0
    return float(plane[dense].mean(dtype=float) - plane[breast & ~dense].mean(dtype=float))


def _outlined(region: Mask) -> Values:
    """Of one region; all 0 where it is empty."""
    found = regionprops(region.astype(np.uint8))
    if not found:
        return dict.fromkeys(("circularity", "eccentricity", "solidity", "extent"), 0.0)
    outlines, _ = cv2.findContours(
        region.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    perimeter = sum(cv2.arcLength(outline, True) for outline in outlines)
    circularity = 4 * np.pi * float(region.sum()) / perimeter**2 if perimeter else 0.0
    return {
        "circularity": float(min(circularity, _MOST_CIRCULAR)),
        "eccentricity": float(found[0].eccentricity),
        "solidity": float(found[0].solidity),
        "extent": float(found[0].extent),
    }


def _outline_descriptions(of: str) -> list[Description]:
    return [
        Description(
            f"shape_{of}_circularity",
            "4π area / perimeter² of the outline, at most 1.3; 0 without a region",
            0.0,
            _MOST_CIRCULAR,
        ),
        Description(
            f"shape_{of}_eccentricity",
            "of the ellipse with the same second moments: focal distance / major axis",
            0.0,
            1.0,
        ),
        Description(f"shape_{of}_solidity", "area / area of the convex hull", 0.0, 1.0),
        Description(f"shape_{of}_extent", "area / area of the bounding box", 0.0, 1.0),
    ]


DESCRIPTIONS: tuple[Description, ...] = (
    Description("shape_breast_share", "breast pixels / pixels of the array", 0.0, 1.0),
    *_outline_descriptions("breast"),
    Description("shape_dense_share", "dense pixels / breast pixels", 0.0, 1.0),
    Description("shape_dense_pieces", "number of connected dense regions", 0.0, float("inf")),
    Description("shape_dense_largest_share", "largest dense region / breast pixels", 0.0, 1.0),
    Description("shape_dense_contrast", "mean of dense − mean of other breast pixels", 0.0, 1.0),
    *_outline_descriptions("dense"),
)
