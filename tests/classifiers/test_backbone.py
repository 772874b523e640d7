"""A backbone sees what its published weights were fitted on."""

from __future__ import annotations

import numpy as np

from mammoscope.classifiers.backbone import family
from mammoscope.classifiers.classifier import ClassifierConfig


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
