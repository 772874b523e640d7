"""The heads against what they stand for: GAP + dense, gradient-made HiResCAM, a mean of peaks."""

from __future__ import annotations

import mammoscope.classifiers  # isort: skip - sets the backend before Keras is imported
import keras
import numpy as np
import torch

from mammoscope.classifiers.evidence import (
    PEAK_SHARE,
    PeakPooling,
    average_head,
    dense_head,
    peak_head,
)

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


def run_peaks(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    pooled, evidence = PeakPooling()(keras.ops.convert_to_tensor(cells))
    return keras.ops.convert_to_numpy(pooled), keras.ops.convert_to_numpy(evidence)


def test_peaks_are_the_mean_of_the_highest_cells_and_each_credit_adds_up_to_it() -> None:
    cells = np.random.default_rng(1).normal(size=(5, 16, 10, 2)).astype(np.float32)
    pooled, evidence = run_peaks(cells)
    flat = np.sort(cells.reshape(5, 160, 2), axis=1)
    assert np.allclose(pooled, flat[:, -4:].mean(axis=1), atol=1e-6)
    assert np.allclose(evidence.mean(axis=(1, 2)), pooled, atol=1e-5)
    # The map points where the cells do, and what is no peak keeps its own value.
    for one, shown in zip(cells, evidence, strict=True):
        for k in range(2):
            assert shown[..., k].argmax() == one[..., k].argmax()
            assert np.sum(~np.isclose(shown[..., k], one[..., k])) == round(160 * PEAK_SHARE)


def test_cells_that_tie_for_the_last_peak_share_it() -> None:
    cells = np.zeros((1, 16, 10, 1), dtype=np.float32)
    cells[0, 3, 4], cells[0, 8, 2:5] = 5.0, 2.0
    cells[0, 12, 2:4] = 2.0
    pooled, evidence = run_peaks(cells)
    assert np.isclose(pooled[0, 0], (5 + 2 + 2 + 2) / 4)
    assert np.isclose(evidence.mean(), pooled[0, 0])
    assert np.unique(evidence[cells == 2.0].round(5)).size == 1


def test_with_every_cell_a_peak_the_mean_is_left_and_the_cells_are_the_map() -> None:
    cells = np.random.default_rng(1).normal(size=(2, 16, 10, 1)).astype(np.float32)
    pooled, evidence = PeakPooling(1.0)(keras.ops.convert_to_tensor(cells))
    assert np.allclose(pooled, cells.mean(axis=(1, 2)), atol=1e-6)
    assert np.array_equal(evidence, cells)


def test_a_peak_learns_and_what_is_no_peak_does_not() -> None:
    cells = torch.arange(160, dtype=torch.float32).reshape(1, 16, 10, 1).requires_grad_()
    PeakPooling()(cells)[0].sum().backward()
    assert cells.grad is not None
    assert torch.equal(torch.nonzero(cells.grad.ravel()).ravel(), torch.arange(156, 160))


def test_the_peak_head_adds_enlarged_coarse_maps_to_the_fine_one() -> None:
    inputs = keras.Input((4, 6, 7))
    coarse = keras.layers.AveragePooling2D(2)(inputs)
    head = peak_head(inputs, [inputs, coarse], outputs=1, dropout=0.3)
    assert head.cells is not None
    model = keras.Model(inputs, [head.logit, head.evidence, head.bias, head.cells])
    model.get_layer("head_bias").bias.assign([-0.4])
    logit, evidence, bias, cells = model.predict(FEATURES, verbose=0)
    assert cells.shape == evidence.shape == (5, 4, 6, 1)
    assert np.allclose(evidence.mean(axis=(1, 2)) + bias, logit, atol=1e-5)
    assert np.allclose(logit, cells.max(axis=(1, 2)) - 0.4, atol=1e-5)
    model.get_layer("head_cells_1").kernel.assign(np.zeros((1, 1, 7, 1)))
    only_coarse = model.predict(FEATURES, verbose=0)[3]
    assert np.abs(only_coarse).max() > 0
    # Bilinear: the middle of four equal coarse cells is their value.
    assert not np.allclose(only_coarse, cells)
