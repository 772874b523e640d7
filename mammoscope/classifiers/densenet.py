"""DenseNet121 (Huang et al. 2017) with the paper's global average pooling and one output."""

from __future__ import annotations

from functools import partial

import keras

from mammoscope.classifiers.batch_norm import fuse
from mammoscope.classifiers.evidence import Head, average_head
from mammoscope.classifiers.network import NetworkClassifier, NetworkConfig

# keras.applications.densenet.preprocess_input, mode "torch", for inputs already in [0, 1].
MEAN = (0.485, 0.456, 0.406)
STANDARD_DEVIATION = (0.229, 0.224, 0.225)
DROPOUT = 0.2


def build(inputs: keras.KerasTensor, outputs: int, *, weights: str | None) -> Head:
    """The head on the backbone; the normalisation it expects is a layer inside the graph."""
    x = keras.layers.Concatenate(name="gray_to_rgb")([inputs, inputs, inputs])
    x = keras.layers.Rescaling(
        scale=[1 / s for s in STANDARD_DEVIATION],
        offset=[-m / s for m, s in zip(MEAN, STANDARD_DEVIATION, strict=True)],
        name="normalize",
    )(x)
    # Un-nested: nested models break graph surgery.
    backbone = keras.applications.DenseNet121(include_top=False, weights=weights, input_tensor=x)
    return average_head(fuse(backbone).output, outputs=outputs, dropout=DROPOUT)


def create(config: NetworkConfig) -> NetworkClassifier:
    """An unfitted classifier; `config.weights="imagenet"` downloads Keras' own weights."""
    return NetworkClassifier(
        config,
        build=partial(build, weights=config.weights),
        title="DenseNet121",
        explanation=(
            "Class activation map at stride 32: an 8 × 8 map for a 256 × 256 input. "
            "It is exact, and too coarse to point at a small lesion."
        ),
    )
