"""Feeds training: prepared arrays in batches, shuffled and augmented by (seed, epoch, index)."""

from __future__ import annotations

import keras
import numpy as np
from numpy.typing import NDArray

from mammoscope.experiment.augment import AugmentConfig, apply, draw
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
        """
        super().__init__(workers=workers, use_multiprocessing=False)
        self.epoch = 0
        self._x, self._y = x, y
        self._batch_size, self._seed, self._augment = batch_size, seed, augment
        self._shuffled = shuffled

    def __len__(self) -> int:
        return -(-len(self._x) // self._batch_size)

    def __getitem__(self, batch: int) -> tuple[FloatArray, FloatArray]:
        order = np.arange(len(self._x))
        if self._shuffled:
            order = np.random.default_rng((self._seed, self.epoch)).permutation(order)
        chosen = order[batch * self._batch_size : (batch + 1) * self._batch_size]
        return np.stack([self._image(index) for index in chosen]), self._y[chosen, np.newaxis]

    def _image(self, index: int) -> FloatArray:
        if self._augment is None:
            return np.asarray(self._x[index])
        generator = np.random.default_rng((self._seed, self.epoch, 1 + int(index)))
        return apply(self._x[index], draw(self._augment, generator))
