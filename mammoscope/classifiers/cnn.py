"""The paper's custom CNN: convolution and max-pooling blocks, flatten, dense ReLU, one output."""

from __future__ import annotations

import keras

from mammoscope.classifiers.batch_norm import FusedBatchNormalization
from mammoscope.classifiers.evidence import Head, dense_head
from mammoscope.classifiers.network import NetworkClassifier, NetworkConfig

# Four blocks end at stride 16, where a map can still point; the last one is kept narrow so that
# flatten → dense stays small.
FILTERS = (16, 32, 64, 64)
HIDDEN_UNITS = 64
DROPOUT = 0.5


def build(inputs: keras.KerasTensor, outputs: int) -> Head:
    """The head on top of four convolution blocks, each with batch normalisation."""
    x = inputs
    for number, filters in enumerate(FILTERS, start=1):
        x = keras.layers.Conv2D(
            filters, 3, padding="same", use_bias=False, name=f"block{number}_conv"
        )(x)
        x = FusedBatchNormalization(name=f"block{number}_norm")(x)
        x = keras.layers.ReLU(name=f"block{number}_relu")(x)
        x = keras.layers.MaxPooling2D(name=f"block{number}_pool")(x)
    return dense_head(x, units=HIDDEN_UNITS, outputs=outputs, dropout=DROPOUT)


def create(config: NetworkConfig) -> NetworkClassifier:
    """An unfitted classifier."""
    return NetworkClassifier(
        config,
        build=build,
        title="Custom CNN",
        explanation=(
            "HiResCAM at the last pooling layer: a 16 × 16 map for a 256 × 256 input, "
            "exact but for the dense layers' effective bias, which is given."
        ),
    )
