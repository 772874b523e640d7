"""A replayed network is the same network; a stand-in replays where there is no GPU."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest
import torch

from mammoscope.classifiers.catalog import CLASSIFIERS
from mammoscope.classifiers.classifier import ClassifierConfig
from mammoscope.classifiers.cuda_graph import ReplayedModel, _KeptConstants, split
from mammoscope.classifiers.network import FROM_SCRATCH, NetworkClassifier, Stage

SHAPE = (64, 64, 1)
# The third batch is the smaller last one of an epoch.
SIZES = (4, 4, 3, 4)


class Replayer:
    """Stands in for torch's capture: warms up as it does, and counts what is replayed."""

    def __init__(self) -> None:
        self.captured: list[tuple[int, ...]] = []
        self.replayed: list[tuple[int, ...]] = []

    def capture(
        self, passes: torch.nn.Module, images: tuple[torch.Tensor], *, allow_unused_input: bool
    ) -> Callable[[torch.Tensor], Any]:
        assert allow_unused_input
        self.captured.append(tuple(images[0].shape))
        assert len(list(passes.parameters())) > 20
        for _ in range(3):
            passes(*images)

        def replay(batch: torch.Tensor) -> Any:
            self.replayed.append(tuple(batch.shape))
            return passes(batch)

        return replay


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[Replayer]:
    replayer = Replayer()
    with monkeypatch.context() as patch:
        patch.setattr(torch.cuda, "is_available", lambda: True)
        patch.setattr(torch.cuda, "make_graphed_callables", replayer.capture)
        yield replayer


def network(name: str) -> NetworkClassifier:
    classifier: NetworkClassifier = CLASSIFIERS[name](
        ClassifierConfig(
            input_shape=SHAPE, classes=("no", "yes"), variant="peak", mixed_precision=True
        )
    )
    classifier.compile(FROM_SCRATCH[0], steps=10, told=True)
    return classifier


def told_model(classifier: NetworkClassifier) -> ReplayedModel:
    model = classifier._trained(told=True)
    assert isinstance(model, ReplayedModel)
    return model


def train(classifier: NetworkClassifier) -> list[float]:
    """Losses of some steps."""
    draw, model = np.random.default_rng(0), told_model(classifier)
    assert classifier.cells is not None
    losses = []
    for size in SIZES:
        images = draw.random((size, *SHAPE), dtype=np.float32)
        told = {
            "logit": draw.integers(0, 2, (size, 1)).astype(np.float32),
            "cells": draw.integers(0, 2, (size, *classifier.cells, 1)).astype(np.float32),
        }
        losses.append(float(model.train_on_batch(images, told)[0]))
    return losses


def weights(classifier: NetworkClassifier) -> list[np.ndarray[Any, Any]]:
    return [keras.ops.convert_to_numpy(one) for one in classifier.model.variables]


@pytest.mark.parametrize("name", ["cnn", pytest.param("densenet121", marks=pytest.mark.slow)])
def test_what_is_replayed_trains_the_same_network(name: str, gpu: Replayer) -> None:
    replayed = network(name)
    losses = train(replayed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.cuda, "is_available", lambda: False)
        layer_by_layer = network(name)
        assert train(layer_by_layer) == losses
    # Running statistics among them, which warming up moves.
    for ours, theirs in zip(weights(replayed), weights(layer_by_layer), strict=True):
        assert np.array_equal(ours, theirs)
    assert gpu.captured == [(4, *SHAPE)]
    assert gpu.replayed == [(size, *SHAPE) for size in SIZES if size == 4]


def test_a_stage_is_captured_anew_and_an_answer_is_never_replayed(gpu: Replayer) -> None:
    classifier = network("cnn")
    train(classifier)
    model = told_model(classifier)
    model.predict_on_batch(np.zeros((4, *SHAPE), np.float32))
    model(np.zeros((4, *SHAPE), np.float32), training=False)
    assert len(gpu.replayed) == 3
    classifier.compile(FROM_SCRATCH[0], steps=10, told=True)
    train(classifier)
    assert len(gpu.captured) == 2


def test_what_draws_before_its_head_passes_layer_by_layer(gpu: Replayer) -> None:
    """A graph would hold one draw for ever."""
    images = keras.Input((8, 8, 1))
    features = keras.layers.Dropout(0.5)(keras.layers.Conv2D(4, 3)(images))
    pooled = keras.layers.GlobalAveragePooling2D()(
        keras.layers.SpatialDropout2D(0.5, name="head_dropout_1")(features)
    )
    model = ReplayedModel(images, {"logit": keras.layers.Dense(1)(pooled)})
    drawn = [model(np.ones((2, 8, 8, 1), np.float32), training=True)["logit"] for _ in range(2)]
    assert not torch.equal(*drawn)
    assert not gpu.captured


def test_where_the_head_alone_learns_nothing_is_replayed(gpu: Replayer) -> None:
    classifier = network("cnn")
    head_alone = Stage(trainable=("head",), epochs=1.0, learning_rate=1.0)
    classifier.compile(head_alone, steps=10, told=True)
    before = weights(classifier)
    train(classifier)
    changed = [not np.array_equal(*pair) for pair in zip(before, weights(classifier), strict=True)]
    assert any(changed)
    assert not gpu.captured


def test_its_parts_are_no_layers_of_it(gpu: Replayer) -> None:
    classifier = network("cnn")
    before = [one.path for one in told_model(classifier).variables]
    train(classifier)
    model = told_model(classifier)
    assert [one.path for one in model.variables] == before
    body, head = split(model)
    assert {one.path for one in (*body.variables, *head.variables)} == set(before)


def test_constants_are_brought_to_the_gpu_once() -> None:
    """In a capture nothing may be copied; the layer that scales by colour has such constants."""
    with _KeptConstants():
        first = torch.as_tensor([1.0, 2.0])
        again = torch.as_tensor([1.0, 2.0])
        other = torch.as_tensor([1.0, 3.0])
        coarse = torch.as_tensor([1.0, 2.0], dtype=torch.bfloat16)
        tensor = torch.zeros(2)
        same = torch.as_tensor(tensor)
    assert again is first
    assert other.tolist() == [1.0, 3.0]
    assert coarse.dtype == torch.bfloat16
    assert same is tensor
