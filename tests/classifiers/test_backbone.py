"""A backbone sees what its published weights were fitted on, and its layers are the fast ones."""

from __future__ import annotations

from mammoscope.classifiers.backbone import BACKBONES, family, fuse  # isort: skip - sets Keras' backend
from pathlib import Path

import keras
import numpy as np
import onnxruntime as ort
import pytest

from mammoscope.classifiers.batch_norm import FusedBatchNormalization
from mammoscope.classifiers.channels_last import (
    ChannelsLastAveragePooling2D,
    ChannelsLastConv2D,
    ChannelsLastMaxPooling2D,
)
from mammoscope.classifiers.classifier import ClassifierConfig
from mammoscope.types import DatasetError


def test_efficientnet_standardises_twice_as_its_imagenet_weights_were_fitted() -> None:
    """Keras adds the second division where it downloads the weights, and there alone."""
    config = ClassifierConfig(input_shape=(32, 32, 3), classes=("no", "yes"))
    model = family("efficientnetb0").create(config).model
    mean, deviation = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])
    (layer,) = (one for one in model.layers if type(one).__name__ == "Normalization")
    # As they stand in the published file: the layer divides by the root of its variance.
    layer.set_weights([mean, deviation, np.int64(0)])
    layer.finalize_state()
    x = np.random.default_rng(0).random((2, 32, 32, 3), dtype=np.float32)
    seen = np.asarray(type(model)(model.input, layer.output)(x).detach())
    assert np.allclose(seen, (x - mean) / deviation, atol=1e-4)


def test_fusing_a_network_changes_its_layers_and_not_its_answers() -> None:
    inputs = keras.Input((8, 8, 5))
    x = keras.layers.Conv2D(3, 3)(inputs)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.MaxPooling2D()(x)
    x = keras.layers.AveragePooling2D(2)(x)
    model = keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(x))
    fused = fuse(model)
    images = np.random.default_rng(0).normal(2.0, 3.0, size=(16, 8, 8, 5)).astype(np.float32)
    for kind in (
        *(FusedBatchNormalization, ChannelsLastConv2D),
        *(ChannelsLastMaxPooling2D, ChannelsLastAveragePooling2D),
    ):
        assert any(type(layer) is kind for layer in fused.layers)
    assert fused.inputs[0] is model.inputs[0]
    assert np.allclose(
        model.predict(images, verbose=0), fused.predict(images, verbose=0), atol=1e-6
    )


@pytest.mark.parametrize("name", BACKBONES)
def test_the_middle_layer_of_a_backbone_is_its_last_map_at_stride_16(name: str) -> None:
    backbone = BACKBONES[name]
    model = backbone.application(include_top=False, weights=None, input_shape=(96, 64, 3))
    names = [layer.name for layer in model.layers]
    strides = [layer.output.shape[1:3] == (6, 4) for layer in model.layers]
    assert model.get_layer(backbone.middle).output.shape[1:3] == (6, 4)
    # Nothing after it is at stride 16 but what its own next block begins with, or a copy of it.
    after = [n for n, at in zip(names, strides, strict=True) if at][-8:]
    assert backbone.middle in after


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mobilenetv2", "densenet121"])
def test_peaks_give_a_map_at_stride_16_that_adds_up(name: str, tmp_path: Path) -> None:
    config = ClassifierConfig(input_shape=(96, 64, 1), classes=("no", "yes"), variant="peak")
    classifier = family(name).create(config)
    classifier.export(tmp_path / "model.onnx")
    x = np.random.default_rng(0).random((3, 96, 64, 1), dtype=np.float32)
    session = ort.InferenceSession(str(tmp_path / "model.onnx"))
    logit, evidence, bias = session.run(["logit", "evidence", "bias"], {"image": x})
    assert evidence.shape == (3, 6, 4, 1)
    assert np.allclose(evidence.mean(axis=(1, 2)) + bias, logit, atol=1e-4)
    assert np.allclose(logit, classifier.predict_logit(x), atol=1e-3)
    assert classifier.title.endswith(" (peak)")


def test_an_unknown_variant_is_refused() -> None:
    config = ClassifierConfig(input_shape=(64, 64, 1), classes=("no", "yes"), variant="fine")
    with pytest.raises(DatasetError, match=r"has no variant 'fine'; expected one of \['average'"):
        family("mobilenetv2").create(config)
