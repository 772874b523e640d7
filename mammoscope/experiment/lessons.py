"""Tells a network where lesions are: painted into training images, or outlined by a reader.

A label says that a breast has a cancer, and not where; a few hundred such labels teach a network
of random weights little. So a part of the breasts without a finding is given lesions, whose cells
are told; and at first the network sees nothing but mosaics of such breasts, cut to the tiles where
a lesion is or might be. Only women of the training part are painted on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoscope.datasets.lesion_synthesis import LesionConfig, paint_lesions
from mammoscope.experiment.augment import (
    STILL,
    AugmentConfig,
    apply,
    brighten,
    draw,
    moving,
    turn,
    warp,
)
from mammoscope.types import DatasetError, FloatArray

# A circle's place (x, y) and half axes in pixels of the prepared array.
Ellipse = tuple[float, float, float, float]
# A cell is told to hold a lesion if so much of it is covered; with less, nothing is told.
LEAST_COVER = 0.1
# What a cell with a lesion counts beside one without: there are few.
LESION_CELL_WEIGHT = 3.0
# A tile of a mosaic is about so many pixels high and wide: a lesion and its surroundings.
TILE = 96
# How far a tile's middle is from its lesion's, at the most, as a share of the tile.
_OFF_CENTER = 0.35


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """One training image and what is told of it.

    Attributes:
        array: (H, W, C) float32, changed.
        target: (h, w) float32, 1 where a lesion is.
        weight: (h, w) float32, 0 where nobody knows.
        painted: whether it is no longer the image that its label was given for.
    """

    array: FloatArray
    target: FloatArray
    weight: FloatArray
    painted: bool


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """How images are made into lessons.

    Attributes:
        cells: (h, w) of the network's map.
        probability: that a breast without a finding is painted on.
        augment: of every image; None = images as they are.
        outlined: image by image, where its lesions are; None of one where nobody knows. Empty =
            nobody knows of any.
        silent: whether nothing is told of any cell, as in validation.
    """

    cells: tuple[int, int]
    probability: float
    augment: AugmentConfig | None
    outlined: Sequence[tuple[Ellipse, ...] | None] = ()
    silent: bool = False

    def hushed(self) -> Lessons:
        """The same for images that are only measured: unchanged, and nothing told."""
        return Lessons(self.cells, probability=0.0, augment=None, silent=True)

    def whole(
        self, array: FloatArray, label: float, index: int, generator: np.random.Generator
    ) -> Lesson:
        """A whole image, maybe with lesions.

        Args:
            array: (H, W, 1) float32, prepared.
            label: 1 = it has a finding.
            index: among `outlined`.
            generator: of all that is drawn.

        Raises:
            DatasetError: the array is in colour.
        """
        plane = _plane(array)
        if label > 0.5:
            ellipses = self.outlined[index] if self.outlined else None
            mask = _draw(ellipses or (), plane.shape)
            known, painted = ellipses is not None, False
        else:
            config = LesionConfig(probability=self.probability)
            plane, mask = paint_lesions(plane, config, generator)
            known, painted = True, bool(mask.any())
        plane, cover = self._change(plane, mask, generator)
        target, weight = self._tell(cover, known=known)
        return Lesson(plane[:, :, np.newaxis], target, weight, painted)

    def mosaic(self, arrays: Sequence[FloatArray], generator: np.random.Generator) -> Lesson:
        """Tiles of breasts without a finding, every second of which was given one.

        Args:
            arrays: (H, W, 1) float32, prepared; as many as `count_tiles` says.
            generator: of all that is drawn.
        """
        rows, columns = arrays[0].shape[:2]
        whole = np.zeros((rows, columns), dtype=np.float32)
        cover = np.zeros((rows, columns), dtype=np.float32)
        spots = [
            (slice(*down), slice(*across)) for down in _cuts(rows) for across in _cuts(columns)
        ]
        config = LesionConfig(probability=0.5, second=0.0)
        for spot, array in zip(spots, arrays, strict=True):
            plane, mask = paint_lesions(_plane(array), config, generator)
            size = (spot[0].stop - spot[0].start, spot[1].stop - spot[1].start)
            whole[spot], cover[spot] = self._cut(plane, mask, size, generator)
        target, weight = self._tell(cover, known=True)
        return Lesson(whole[:, :, np.newaxis], target, weight, painted=True)

    def _change(
        self, plane: FloatArray, mask: NDArray[np.bool_], generator: np.random.Generator
    ) -> tuple[FloatArray, FloatArray]:
        """The changed plane, and how much of each of its pixels the mask covers."""
        cover = mask.astype(np.float32)
        if self.augment is None:
            return plane, cover
        drawn = draw(self.augment, generator)
        if mask.any():
            cover = apply(cover[:, :, np.newaxis], replace(drawn, gamma=1.0))[:, :, 0]
        return apply(plane[:, :, np.newaxis], drawn)[:, :, 0], cover

    def _cut(
        self,
        plane: FloatArray,
        mask: NDArray[np.bool_],
        size: tuple[int, int],
        generator: np.random.Generator,
    ) -> tuple[FloatArray, FloatArray]:
        """A tile of the changed plane near its lesion, or near a place of the breast; its cover.

        Only the tile is moved, not the plane: there are many tiles to a mosaic.
        """
        drawn = draw(self.augment or STILL, generator)
        plane, covered = turn(plane, drawn), turn(mask.astype(np.uint8), drawn)
        # Not every pixel: a lesion has dozens, a breast thousands, and a place need not be exact.
        places, step = (covered, 2) if mask.any() else (plane > 0, 8)
        down, across = np.nonzero(places[::step, ::step])
        shift = generator.uniform(-_OFF_CENTER, _OFF_CENTER, size=2)
        matrix = moving(drawn, plane.shape)
        if down.size:
            at = int(generator.integers(down.size))
            x, y = matrix @ (step * float(across[at]), step * float(down[at]), 1.0)
            matrix[:, 2] -= np.round(np.array([x, y]) + (shift[::-1] - 0.5) * size[::-1])
        tile = warp(plane, matrix, size)[:, :, np.newaxis]
        shown = np.zeros(size, np.float32)
        if mask.any():
            shown = warp(covered.astype(np.float32), matrix, size)
        return brighten(tile, drawn.gamma)[:, :, 0], shown

    def _tell(self, cover: FloatArray, *, known: bool) -> tuple[FloatArray, FloatArray]:
        """Target and weight of the cells."""
        if self.silent:
            nothing = np.zeros(self.cells, dtype=np.float32)
            return nothing, nothing
        rows, columns = self.cells
        share = cv2.resize(cover, (columns, rows), interpolation=cv2.INTER_AREA)
        target = (share > LEAST_COVER).astype(np.float32)
        weight = np.where(share > 0, 0.0, float(known)).astype(np.float32)
        return target, np.where(target > 0, np.float32(LESION_CELL_WEIGHT), weight)


def count_tiles(shape: tuple[int, ...]) -> int:
    """Tiles of a mosaic of that shape (H, W, …)."""
    return len(_cuts(shape[0])) * len(_cuts(shape[1]))


def _cuts(side: int) -> list[tuple[int, int]]:
    """Where tiles begin and end along a side."""
    count = max(1, round(side / TILE))
    ends = [side * number // count for number in range(count + 1)]
    return list(pairwise(ends))


def _plane(array: FloatArray) -> FloatArray:
    if array.ndim != 3 or array.shape[2] != 1:
        raise DatasetError(
            f"lesions are to be painted into an array of shape {array.shape}; expected a gray one "
            "(H, W, 1); choose a preset without colour, or no --lesions"
        )
    return np.ascontiguousarray(array[:, :, 0])


def _draw(ellipses: Sequence[Ellipse], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]] + 0.5
    mask = np.zeros(shape, dtype=bool)
    for across, down, wide, high in ellipses:
        mask |= ((x - across) / wide) ** 2 + ((y - down) / high) ** 2 <= 1
    return mask
