"""A tiny network with an evidence map that learns to find bright spots in noise within a second."""

from __future__ import annotations

import keras
import numpy as np

from mammoscope.classifiers.evidence import average_head

SIDE, COUNT = 32, 128
LAYERS = ("first", "second", "head_evidence", "head_bias")


def draw_spots(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Images (COUNT, SIDE, SIDE, 1) of noise, and labels; every other image has a spot, label 1."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 0.3, (COUNT, SIDE, SIDE, 1)).astype(np.float32)
    y = (np.arange(COUNT) % 2).astype(np.float32)
    for image, label in zip(x, y, strict=True):
        if label:
            row, column = rng.integers(2, SIDE - 10, 2)
            image[row : row + 8, column : column + 8] += 0.7
    return x, y


def build(seed: int) -> tuple[keras.Model, keras.Model]:
    """Image → logit, and image → logit, evidence (8 × 8), bias, of one untrained network."""
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((SIDE, SIDE, 1), name="image")
    x = inputs
    for name, size in zip(LAYERS[:2], (5, 3), strict=True):
        x = keras.layers.Conv2D(8, size, strides=2, padding="same", activation="relu", name=name)(x)
    head = average_head(inputs, x, outputs=1, dropout=0.0)
    explained = keras.Model(head.inputs, [head.logit, head.evidence, head.bias])
    return keras.Model(head.inputs, head.logit), explained


def train(labels: np.ndarray, *, seed: int) -> keras.Model:
    """The explained network once it was trained on the images of `draw_spots(0)`."""
    network, explained = build(seed)
    network.compile(keras.optimizers.Adam(1e-2), keras.losses.BinaryCrossentropy(from_logits=True))
    network.fit(draw_spots(0)[0], labels, epochs=40, batch_size=32, verbose=0)
    return explained


def maps_of(explained: keras.Model, images: np.ndarray) -> np.ndarray:
    """Evidence maps (N, 8, 8)."""
    return np.asarray(explained.predict_on_batch(images)[1])[..., 0]
