"""What classical models eat: a named vector measured on a prepared array."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoscope.images import region_features, shape, texture
from mammoscope.images.description import Description
from mammoscope.types import FloatArray

Mask = NDArray[np.bool_]
Values = dict[str, float]

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


@dataclass(frozen=True, slots=True)
class Extractor:
    """What measures a vector.

    Attributes:
        descriptions: of the features, in the order of the vector.
        measure: plane (H, W) in [0, 1], breast bool (H, W) → value of each name.
        membership: likewise → float32 (h, w) in [0, 1], the map of its segmentation, evenly over
            the plane and 0 outside the breast; None where nothing is segmented.
    """

    descriptions: tuple[Description, ...]
    measure: Callable[[FloatArray, Mask], Values]
    membership: Callable[[FloatArray, Mask], FloatArray] | None = None


def _texture_and_shape(plane: FloatArray, breast: Mask) -> Values:
    return {**texture.measure(plane, breast), **shape.measure(plane, breast)}


def _of_regions(method: region_features.Clustering) -> Extractor:
    return Extractor(
        descriptions=region_features.DESCRIPTIONS,
        measure=partial(region_features.measure, method=method),
        membership=partial(region_features.membership, method=method),
    )


# A version's features never change: published models were fitted on them.
EXTRACTORS: Mapping[str, Extractor] = {
    "texture@1": Extractor(
        descriptions=(*texture.DESCRIPTIONS, *shape.DESCRIPTIONS), measure=_texture_and_shape
    ),
    "kmeans-regions@1": _of_regions("kmeans"),
    "fuzzy-c-means-regions@1": _of_regions("fuzzy_c_means"),
}


def described(extractor: str) -> tuple[Description, ...]:
    """What each feature is, in the order of the vector.

    Raises:
        ValueError: no extractor of that name.
    """
    return _find(extractor).descriptions


def measure(array: FloatArray, *, extractor: str = "texture@1") -> Features:
    """The features of one prepared array.

    Everything is measured inside the breast, which in a prepared array is what is not 0; the
    surround is filled with the breast's mean where a filter would else see the outline. What
    `texture@1` calls dense is what Otsu's threshold inside the breast leaves; the regions of the
    others are those of `masses.find_masses`.

    Args:
        array: float32 (H, W) or (H, W, C) in [0, 1], both sides at least 32; channels are averaged.
        extractor: name and version.

    Raises:
        ValueError: another shape, or no such extractor.
    """
    found = _find(extractor)
    values = found.measure(*_plane_and_breast(array))
    names = tuple(one.name for one in found.descriptions)
    return Features(
        extractor=extractor,
        names=names,
        values=np.array([values[name] for name in names], dtype=np.float32),
    )


def membership(array: FloatArray, *, extractor: str) -> FloatArray:
    """The map of the segmentation that the features are measured on, as a heatmap shows it.

    Args:
        array: as of `measure`.
        extractor: name and version of one that segments: its `membership` is not None.

    Returns:
        float32 (h, w) in [0, 1], evenly over the array; 0 outside the breast.

    Raises:
        ValueError: another shape, no such extractor, or one that segments nothing.
    """
    found = _find(extractor)
    if found.membership is None:
        segmenting = sorted(name for name, one in EXTRACTORS.items() if one.membership is not None)
        raise ValueError(f"{extractor} segments nothing; expected one of {segmenting}")
    return found.membership(*_plane_and_breast(array))


def _find(extractor: str) -> Extractor:
    if extractor not in EXTRACTORS:
        raise ValueError(f"no extractor {extractor!r}; expected one of {sorted(EXTRACTORS)}")
    return EXTRACTORS[extractor]


def _plane_and_breast(array: FloatArray) -> tuple[FloatArray, Mask]:
    if array.ndim not in (2, 3) or min(array.shape[:2]) < MINIMUM_SIDE:
        raise ValueError(
            f"the array has shape {array.shape}; expected (H, W) or (H, W, C), "
            f"both sides at least {MINIMUM_SIDE}"
        )
    plane = np.asarray(array if array.ndim == 2 else array.mean(axis=2), dtype=np.float32)
    return plane, _inside(plane)


def _inside(plane: FloatArray) -> Mask:
    """Where the breast is: the outline of what is not 0, filled; everything if all is 0."""
    outlines, _ = cv2.findContours(
        (plane > 0).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    filled = np.zeros(plane.shape, dtype=np.uint8)
    cv2.drawContours(filled, outlines, -1, 1, thickness=-1)
    return filled.astype(bool) if filled.any() else np.ones(plane.shape, dtype=bool)
