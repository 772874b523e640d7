"""From a mask of dense cells to candidate regions: size, shape, and an order of suspicion."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoscope.types import BreastImage, FloatArray

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RegionFilter:
    """Which connected pieces are kept. Set by the sizes that masses have, and not searched over.

    Attributes:
        opening: radius that cuts thin bridges, as a share of √(breast's area): 1.6 mm in a breast
            of 130 mm × 130 mm, narrower than the smallest mass that is kept.
        smallest, largest: area as a share of the breast's; there 17 mm² (a disc of 4.6 mm) and
            1,690 mm² (46 mm).
        compactness: least 4π·area / perimeter²; vessels and strands of gland lie below.
        most: how many are kept, the most suspicious first; more marks than these nobody reads.
    """

    opening: float = 0.012
    smallest: float = 0.001
    largest: float = 0.10
    compactness: float = 0.25
    most: int = 5

    def __post_init__(self) -> None:
        if not (self.opening >= 0 and 0 <= self.smallest < self.largest and self.most >= 1):
            raise ValueError(f"{self} keeps nothing; expected smallest < largest and most ≥ 1")


@dataclass(frozen=True, slots=True)
class Region:
    """One candidate.

    Attributes:
        label: of its cells in `SuspiciousRegions.labels`, from 1.
        box: (top, left, bottom, right) in image pixels, end exclusive.
        centroid: (x, y) in image pixels, (0, 0) at the corner of the first one.
        area_px: in image pixels, be they square or not.
        area_mm2: None where the spacing is unknown.
        contrast: mean intensity less that of the ring around it, in the breast's own range
            (0 to 1); above 0.
        compactness: 4π·area / perimeter², in (0, 1]; 1 is a disc.
    """

    label: int
    box: tuple[int, int, int, int]
    centroid: tuple[float, float]
    area_px: float
    area_mm2: float | None
    contrast: float
    compactness: float

    @property
    def score(self) -> float:
        """Contrast × compactness, in (0, 1]: an order of suspicion, no probability."""
        return self.contrast * self.compactness


def find_regions(
    dense: BoolArray,
    intensity: FloatArray,
    inside: BoolArray,
    *,
    side: float,
    image: BreastImage,
    keep: RegionFilter,
) -> tuple[tuple[Region, ...], NDArray[np.uint8]]:
    """The kept pieces, most suspicious first, and their labels (h, w), 0 elsewhere.

    Args:
        dense: bool (h, w), the cells that may be mass.
        intensity: float32 (h, w) in [0, 1].
        inside: bool (h, w), the cells that were looked at; the ring stays inside them.
        side: √(cells of the breast).
        image: that the grid covers evenly.
        keep: which pieces.
    """
    opened = _open(dense, round(keep.opening * side))
    count, pieces, stats, centers = cv2.connectedComponentsWithStats(opened, connectivity=4)
    up, across = image.rows / dense.shape[0], image.columns / dense.shape[1]
    found = []
    for piece in range(1, count):
        left, top, width, height, cells = (int(value) for value in stats[piece])
        if not keep.smallest <= cells / side**2 <= keep.largest:
            continue
        # The ring is as wide as half of the radius of the disc of that area.
        ring = max(2, round(0.5 * np.sqrt(cells / np.pi)))
        window = (
            slice(max(0, top - ring), top + height + ring),
            slice(max(0, left - ring), left + width + ring),
        )
        one = pieces[window] == piece
        compactness = _compactness(one, cells)
        if compactness < keep.compactness:
            continue
        contrast = _contrast(one, intensity[window], inside[window], ring)
        if contrast <= 0:
            continue
        x, y = centers[piece]
        area = cells * up * across
        spacing = image.spacing_mm
        region = Region(
            label=piece,
            box=(
                int(np.floor(top * up)),
                int(np.floor(left * across)),
                min(image.rows, int(np.ceil((top + height) * up))),
                min(image.columns, int(np.ceil((left + width) * across))),
            ),
            centroid=(float((x + 0.5) * across), float((y + 0.5) * up)),
            area_px=area,
            area_mm2=None if spacing is None else area * spacing[0] * spacing[1],
            contrast=contrast,
            compactness=compactness,
        )
        found.append(region)
    found.sort(key=lambda region: (-region.score, region.label))
    return _relabelled(found[: keep.most], pieces)


def _relabelled(
    found: list[Region], pieces: NDArray[np.int32]
) -> tuple[tuple[Region, ...], NDArray[np.uint8]]:
    labels = np.zeros(pieces.shape, dtype=np.uint8)
    for rank, region in enumerate(found, start=1):
        labels[pieces == region.label] = rank
    return tuple(replace(r, label=rank) for rank, r in enumerate(found, start=1)), labels


def _disc(radius: int) -> NDArray[np.uint8]:
    size = (2 * radius + 1, 2 * radius + 1)
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, size), dtype=np.uint8)


def _open(dense: BoolArray, radius: int) -> NDArray[np.uint8]:
    mask = dense.astype(np.uint8)
    if radius == 0:
        return mask
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, _disc(radius)), dtype=np.uint8)


def _compactness(one: BoolArray, cells: int) -> float:
    contours, _ = cv2.findContours(one.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    # The contour runs through the centres of the outer cells, half a cell too far inside: a
    # disc's perimeter is π short. That also keeps a region of one cell from having none.
    perimeter = cv2.arcLength(max(contours, key=len), True) + np.pi
    return float(min(1.0, 4 * np.pi * cells / perimeter**2))


def _contrast(one: BoolArray, intensity: FloatArray, inside: BoolArray, ring: int) -> float:
    around = np.asarray(cv2.dilate(one.astype(np.uint8), _disc(ring)), dtype=bool) & ~one & inside
    if not around.any():
        return 0.0
    return float(intensity[one].mean(dtype=float) - intensity[around].mean(dtype=float))
