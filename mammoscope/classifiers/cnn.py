"""The paper's custom CNN: convolution and max-pooling blocks, flatten, dense ReLU, one output."""

from __future__ import annotations

import keras

from mammoscope.classifiers.batch_norm import FusedBatchNormalization
from mammoscope.classifiers.evidence import Head, dense_head
from mammoscope.classifiers.network import NetworkClassifier, NetworkConfig

# (filters, stride of the convolution, whether max-pooling follows). The first convolution strides
# because full-resolution maps are most of the cost; three poolings then end at stride 16, where
# a map can still point, and the last block is narrow so that flatten → dense stays small.
BLOCKS = ((16, 2, True), (32, 1, True), (64, 1, True), (64, 1, False))
HIDDEN_UNITS = 64
# An epoch of a small data set is a dozen steps: Keras' 0.99 would lag for many epochs.
NORM_MOMENTUM = 0.9
DROPOUT = 0.5


def build(inputs: keras.KerasTensor, outputs: int) -> Head:
    """The head on top of four convolution blocks, each with batch normalisation."""
    x = inputs
    for number, (filters, stride, pooled) in enumerate(BLOCKS, start=1):
        name = f"block{number}"
        x = keras.layers.Conv2D(
            filters, 3, strides=stride, padding="same", use_bias=False, name=f"{name}_conv"
        )(x)
        x = FusedBatchNormalization(momentum=NORM_MOMENTUM, name=f"{name}_norm")(x)
        x = keras.layers.ReLU(name=f"{name}_relu")(x)
        if pooled:
            x = keras.layers.MaxPooling2D(name=f"{name}_pool")(x)
    return dense_head(x, units=HIDDEN_UNITS, outputs=outputs, dropout=DROPOUT)


def create(config: NetworkConfig) -> NetworkClassifier:
    """An unfitted classifier."""
    return NetworkClassifier(
        config,
        build=build,
        title="Custom CNN",
        explanation=(
            "HiResCAM at the last convolution block: a 16 × 16 map for a 256 × 256 input, "
            "exact but for the dense layers' effective bias, which is given."
        ),
    )
