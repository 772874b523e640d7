"""The fused layer against Keras' own, trained and not."""

from __future__ import annotations

import mammoscope.classifiers  # isort: skip - sets the backend before Keras is imported
import keras
import numpy as np

from mammoscope.classifiers.batch_norm import FusedBatchNormalization

assert mammoscope.classifiers
X = np.random.default_rng(0).normal(2.0, 3.0, size=(16, 8, 8, 5)).astype(np.float32)


def values(variable: keras.Variable) -> np.ndarray:
    return np.array(keras.ops.convert_to_numpy(variable))


def test_it_normalises_and_tracks_as_keras_does() -> None:
    ours, theirs = (
        FusedBatchNormalization(momentum=0.9),
        keras.layers.BatchNormalization(momentum=0.9),
    )
    for _ in range(3):
        a, b = ours(X, training=True), theirs(X, training=True)
    assert np.allclose(a.detach(), b.detach(), atol=1e-4)
    for mine, other in zip(ours.weights, theirs.weights, strict=True):
        # torch keeps the unbiased variance, 1024 / 1023 of Keras'.
        assert np.allclose(values(mine), values(other), rtol=2e-3, atol=1e-4)
    assert np.allclose(ours(X).detach(), theirs(X).detach(), rtol=2e-3, atol=1e-3)


def test_a_frozen_layer_keeps_its_statistics() -> None:
    layer = FusedBatchNormalization()
    layer(X, training=True)
    layer.trainable = False
    before = values(layer.moving_mean)
    layer(X, training=True)
    assert np.array_equal(before, values(layer.moving_mean))
