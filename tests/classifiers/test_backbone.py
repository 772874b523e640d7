"""A backbone sees what its published weights were fitted on, and its layers are the fast ones."""

from __future__ import annotations

from mammoscope.classifiers.backbone import family, fuse  # isort: skip - sets Keras' backend
import keras
import numpy as np

from mammoscope.classifiers.batch_norm import FusedBatchNormalization
from mammoscope.classifiers.classifier import ClassifierConfig
from mammoscope.classifiers.convolution import ChannelsLastConv2D


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
    model = keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(x))
    fused = fuse(model)
    images = np.random.default_rng(0).normal(2.0, 3.0, size=(16, 8, 8, 5)).astype(np.float32)
    for kind in (FusedBatchNormalization, ChannelsLastConv2D):
        assert any(type(layer) is kind for layer in fused.layers)
    assert fused.inputs[0] is model.inputs[0]
    assert np.allclose(
        model.predict(images, verbose=0), fused.predict(images, verbose=0), atol=1e-6
    )
