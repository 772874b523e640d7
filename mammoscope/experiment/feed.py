"""Feeds training: prepared arrays in batches, shuffled and augmented by (seed, epoch, index)."""

from __future__ import annotations

import keras
import numpy as np

from mammoscope.experiment.augment import AugmentConfig, apply, draw
from mammoscope.types import FloatArray


class Feed(keras.utils.PyDataset):
    """Training batches. What is drawn depends on nothing but (seed, epoch, index)."""

    def __init__(
        self,
        x: FloatArray,
        y: FloatArray,
        *,
        batch_size: int,
        seed: int,
        augment: AugmentConfig | None,
    ) -> None:
        """Wraps arrays.

        Args:
            x: prepared arrays (N, H, W, C).
            y: class indices (N,).
            batch_size: the last batch of an epoch may be smaller.
            seed: of shuffling and augmentation.
            augment: None = images as they are.
        """
        super().__init__()
        self._x, self._y = x, y
        self._batch_size, self._seed, self._augment = batch_size, seed, augment
        self._epoch = 0

    def __len__(self) -> int:
        return -(-len(self._x) // self._batch_size)

    def __getitem__(self, batch: int) -> tuple[FloatArray, FloatArray]:
        order = np.random.default_rng((self._seed, self._epoch)).permutation(len(self._x))
        chosen = order[batch * self._batch_size : (batch + 1) * self._batch_size]
        return np.stack([self._image(index) for index in chosen]), self._y[chosen, np.newaxis]

    def on_epoch_end(self) -> None:
        self._epoch += 1

    def _image(self, index: int) -> FloatArray:
        if self._augment is None:
            return np.asarray(self._x[index])
        generator = np.random.default_rng((self._seed, self._epoch, 1 + int(index)))
        return apply(self._x[index], draw(self._augment, generator))
