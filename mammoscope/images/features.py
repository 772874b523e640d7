"""What classical models eat: a named vector measured on a prepared array."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoscope.images import shape, texture
from mammoscope.images.description import Description
from mammoscope.types import FloatArray

# The side of a prepared array below which a co-occurrence or a wavelet level says nothing.
MINIMUM_SIDE = 32


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """A vector of measurements.

    Attributes:
        extractor: name and version of what measured it.
        names: F names, in the order of `values`.
        values: float32 (F,), finite.
    """

    extractor: str
    names: tuple[str, ...]
    values: FloatArray

    def __post_init__(self) -> None:
        expected = tuple(one.name for one in described(self.extractor))
        if self.names != expected or self.values.shape != (len(expected),):
            raise ValueError(
                f"{len(self.names)} names and values of shape {self.values.shape}; expected the "
                f"{len(expected)} of {self.extractor}, in its order"
            )
        if not np.isfinite(self.values).all():
            unsound = [self.names[i] for i in np.flatnonzero(~np.isfinite(self.values))]
            raise ValueError(f"{unsound} are not finite; expected numbers")

    def __getitem__(self, name: str) -> float:
        return float(self.values[self.names.index(name)])


# A version's features never change: published models were fitted on them.
EXTRACTORS: Mapping[str, tuple[Description, ...]] = {
    "texture@1": (*texture.DESCRIPTIONS, *shape.DESCRIPTIONS),
}


def described(extractor: str) -> tuple[Description, ...]:
    """What each feature is, in the order of the vector.

    Raises:
        ValueError: no extractor of that name.
    """
    if extractor not in EXTRACTORS:
        raise ValueError(f"no extractor {extractor!r}; expected one of {sorted(EXTRACTORS)}")
    return EXTRACTORS[extractor]


def measure(array: FloatArray, *, extractor: str = "texture@1") -> Features:
    """The features of one prepared array.

    Everything is measured inside the breast, which in a prepared array is what is not 0; the
    surround is filled with the breast's mean where a filter would else see the outline. The
    segmented region is what Otsu's threshold inside the breast leaves as dense.

    Args:
        array: float32 (H, W) or (H, W, C) in [0, 1], both sides at least 32; channels are averaged.
        extractor: name and version.

    Raises:
        ValueError: another shape, or no such extractor.
    """
    expected = described(extractor)
    if array.ndim not in (2, 3) or min(array.shape[:2]) < MINIMUM_SIDE:
        raise ValueError(
            f"the array has shape {array.shape}; expected (H, W) or (H, W, C), "
            f"both sides at least {MINIMUM_SIDE}"
        )
    plane = np.asarray(array if array.ndim == 2 else array.mean(axis=2), dtype=np.float32)
    breast = _inside(plane)
    values = {**texture.measure(plane, breast), **shape.measure(plane, breast)}
    names = tuple(one.name for one in expected)
    return Features(
        extractor=extractor,
        names=names,
        values=np.array([values[name] for name in names], dtype=np.float32),
    )


def _inside(plane: FloatArray) -> NDArray[np.bool_]:
    """Where the breast is: the outline of what is not 0, filled; everything if all is 0."""
    outlines, _ = cv2.findContours(
        (plane > 0).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    filled = np.zeros(plane.shape, dtype=np.uint8)
    cv2.drawContours(filled, outlines, -1, 1, thickness=-1)
    return filled.astype(bool) if filled.any() else np.ones(plane.shape, dtype=bool)
