"""The paper's custom CNN: convolution and max-pooling blocks, flatten, dense ReLU, one output."""

from __future__ import annotations

import keras

from mammoscope.classifiers.batch_norm import MOMENTUM, FusedBatchNormalization
from mammoscope.classifiers.classifier import ClassifierConfig, Family
from mammoscope.classifiers.convolution import ChannelsLastConv2D
from mammoscope.classifiers.evidence import Head, dense_head
from mammoscope.classifiers.network import NetworkClassifier
from mammoscope.types import DatasetError

# What people call the architecture.
TITLE = "Custom CNN"
# (filters, stride of the convolution, whether max-pooling follows). The first convolution strides
# because full-resolution maps are most of the cost; three poolings then end at stride 16, where
# a map can still point.
BLOCKS = ((16, 2, True), (32, 1, True), (64, 1, True), (64, 1, False))
# Flatten → dense holds a weight a place, a channel and a unit: with 64 channels the
# training AUC rose and the validation AUC did not, so a 1 × 1 convolution narrows the map first.
NARROW_FILTERS = 8
HIDDEN_UNITS = 32
DROPOUT = 0.5


def build(input_shape: tuple[int, int, int], outputs: int, weights: str | None) -> Head:
    """The stack and its explanation. The sigmoid is taken with the loss and in `predict_proba`.

    Raises:
        DatasetError: backbone weights were given; this network has no backbone.
    """
    if weights is not None:
        raise DatasetError(f"the custom CNN has no backbone to start from {weights}; use none")
    stack = keras.Sequential(name="cnn")
    stack.add(keras.Input(input_shape, name="image"))
    for number, (filters, stride, pooled) in enumerate(BLOCKS, start=1):
        name = f"block{number}"
        stack.add(
            ChannelsLastConv2D(
                filters, 3, strides=stride, padding="same", use_bias=False, name=f"{name}_conv"
            )
        )
        stack.add(FusedBatchNormalization(momentum=MOMENTUM, name=f"{name}_norm"))
        stack.add(keras.layers.ReLU(name=f"{name}_relu"))
        if pooled:
            stack.add(keras.layers.MaxPooling2D(name=f"{name}_pool"))
    stack.add(ChannelsLastConv2D(NARROW_FILTERS, 1, activation="relu", name="narrow"))
    stack.add(keras.layers.Flatten(name="flatten"))
    stack.add(keras.layers.Dense(HIDDEN_UNITS, activation="relu", name="hidden"))
    stack.add(keras.layers.Dropout(DROPOUT, name="dropout"))
    stack.add(keras.layers.Dense(outputs, dtype="float32", name="logit"))
    return dense_head(stack)


def create(config: ClassifierConfig) -> NetworkClassifier:
    """An unfitted classifier."""
    return NetworkClassifier(
        config,
        build=build,
        title=TITLE,
        explanation=(
            "HiResCAM at the last convolution block: a 16 × 16 map for a 256 × 256 input, "
            "exact but for the dense layers' effective bias, which is given."
        ),
    )


FAMILY = Family(title=TITLE, create=create)
