"""The two heads against what they stand for: GAP + dense, and gradient-made HiResCAM."""

from __future__ import annotations

import mammoscope.classifiers  # isort: skip - sets the backend before Keras is imported
import keras
import numpy as np
import torch

from mammoscope.classifiers.evidence import average_head, dense_head

FEATURES = np.random.default_rng(0).normal(size=(5, 4, 6, 7)).astype(np.float32)

assert mammoscope.classifiers


def test_the_average_head_is_global_average_pooling_and_dense() -> None:
    inputs = keras.Input((4, 6, 7))
    head = average_head(inputs, inputs, outputs=2, dropout=0.3)
    model = keras.Model(inputs, [head.logit, head.evidence, head.bias])
    model.get_layer("head_bias").bias.assign([0.5, -1.0])
    logit, evidence, bias = model.predict(FEATURES, verbose=0)
    kernel = keras.ops.convert_to_numpy(model.get_layer("head_evidence").kernel)[0, 0]
    expected = FEATURES.mean(axis=(1, 2)) @ kernel + [0.5, -1.0]
    assert np.allclose(logit, expected, atol=1e-5)
    assert np.allclose(evidence, FEATURES @ kernel, atol=1e-5)
    assert np.allclose(bias, [[0.5, -1.0]] * 5)


def test_the_dense_head_explains_itself_by_activation_times_gradient() -> None:
    stack = keras.Sequential(
        [
            keras.Input((4, 6, 7)),
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(9, activation="relu", name="hidden"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(1, name="logit"),
        ]
    )
    head = dense_head(stack)
    model = keras.Model(head.inputs, [head.logit, head.evidence, head.bias])
    model.get_layer("hidden").bias.assign(np.linspace(-1, 1, 9))
    model.get_layer("logit").bias.assign([0.7])
    features = torch.tensor(FEATURES, requires_grad=True)
    logit, evidence, bias = model(features, training=False)
    logit.sum().backward()
    assert features.grad is not None
    # HiResCAM, eq. 3, scaled by the number of cells.
    expected = (features * features.grad).sum(dim=3).detach().numpy() * 24
    assert np.allclose(evidence.detach().numpy()[..., 0], expected, atol=1e-4)
    total = evidence.mean(dim=(1, 2)) + bias
    assert np.allclose(total.detach().numpy(), logit.detach().numpy(), atol=1e-5)
    # The effective bias depends on which units are active: it is not one constant.
    assert float(bias.detach().std()) > 0
