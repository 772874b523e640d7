"""Feeds training: prepared arrays in batches, shuffled and augmented by (seed, epoch, index)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from mammoscope.experiment.augment import AugmentConfig, apply, draw
from mammoscope.experiment.lessons import Lesson, Lessons, count_tiles
from mammoscope.experiment.prepared import PreparedImages
from mammoscope.types import FloatArray


class Feed(keras.utils.PyDataset):
    """Batches of images. What is drawn depends on nothing but (seed, epoch, index).

    Attributes:
        epoch: of the next batch; whoever trains sets it, since Keras counts none.
    """

    def __init__(
        self,
        x: PreparedImages | FloatArray,
        y: NDArray[np.float32],
        *,
        batch_size: int,
        seed: int,
        augment: AugmentConfig | None,
        shuffled: bool = True,
        workers: int = 1,
        lessons: Lessons | None = None,
        mosaic_epochs: int = 0,
        class_weight: Mapping[int, float] | None = None,
    ) -> None:
        """Wraps images.

        Args:
            x: N prepared arrays (H, W, C).
            y: class indices (N,).
            batch_size: the last batch of an epoch may be smaller.
            seed: of shuffling and augmentation.
            augment: None = images as they are.
            shuffled: anew in every epoch, or in their own order.
            workers: threads that make batches ahead of their use.
            lessons: that images are made into, `augment` being theirs then; None = there are none.
            mosaic_epochs: the first, in which lessons are mosaics.
            class_weight: class index → weight of its images' labels, in lessons alone: else Keras
                is told of it.
        """
        super().__init__(workers=workers, use_multiprocessing=False)
        self.epoch = 0
        self._x, self._y = x, y
        self._batch_size, self._seed, self._augment = batch_size, seed, augment
        self._shuffled = shuffled
        self._lessons, self._mosaic_epochs = lessons, mosaic_epochs
        self._class_weight = dict(class_weight or {})

    def __len__(self) -> int:
        return -(-len(self._x) // self._batch_size)

    def __getitem__(self, batch: int) -> tuple[Any, ...]:
        """Arrays and class indices (N, 1); of lessons what `NetworkClassifier.fit` says."""
        order = np.arange(len(self._x))
        if self._shuffled:
            order = np.random.default_rng((self._seed, self.epoch)).permutation(order)
        chosen = order[batch * self._batch_size : (batch + 1) * self._batch_size]
        if self._lessons is None:
            return np.stack([self._image(index) for index in chosen]), self._y[chosen, np.newaxis]
        lessons = [self._lesson(self._lessons, int(index)) for index in chosen]
        return self._tell(lessons, self._y[chosen])

    def _generator(self, index: int) -> np.random.Generator:
        return np.random.default_rng((self._seed, self.epoch, 1 + index))

    def _image(self, index: int) -> FloatArray:
        if self._augment is None:
            return np.asarray(self._x[index])
        return apply(self._x[index], draw(self._augment, self._generator(int(index))))

    def _lesson(self, lessons: Lessons, index: int) -> Lesson:
        generator = self._generator(index)
        if self.epoch >= self._mosaic_epochs:
            return lessons.whole(self._x[index], self._y[index], index, generator)
        tiles = count_tiles(self._x[index].shape)
        without = generator.choice(np.flatnonzero(self._y < 0.5), tiles)
        return lessons.mosaic([self._x[int(one)] for one in without], generator)

    def _tell(self, lessons: list[Lesson], y: NDArray[np.float32]) -> tuple[Any, ...]:
        """A painted breast's label says nothing of it; the others count for it."""
        told = np.array([not lesson.painted for lesson in lessons], dtype=np.float32)
        weight = told * np.array([self._class_weight.get(int(one), 1.0) for one in y])
        return (
            np.stack([lesson.array for lesson in lessons]),
            {
                "logit": y[:, np.newaxis],
                "cells": np.stack([lesson.target for lesson in lessons])[..., np.newaxis],
            },
            {
                "logit": weight.astype(np.float32),
                "cells": np.stack([lesson.weight for lesson in lessons]),
            },
        )
