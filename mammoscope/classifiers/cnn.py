"""The custom CNN, as the paper draws it, and with residual blocks and peaks.

Variant `flatten` is the paper's: convolution and max-pooling blocks, flatten, dense ReLU, one
output. Variant `peak` spends the flatten's weights on depth, and judges cell by cell. Variant
`mean` is the same but for its pooling: to see what peaks are worth.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import keras

from mammoscope.classifiers.batch_norm import MOMENTUM, FusedBatchNormalization
from mammoscope.classifiers.channels_last import (
    ChannelsLastAveragePooling2D,
    ChannelsLastConv2D,
    ChannelsLastMaxPooling2D,
)
from mammoscope.classifiers.classifier import ClassifierConfig, Family
from mammoscope.classifiers.evidence import (
    PEAK_EXPLANATION,
    PEAK_SHARE,
    Head,
    Tensor,
    dense_head,
    peak_head,
)
from mammoscope.classifiers.network import HeadBuilder, NetworkClassifier
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
FLATTEN, PEAK, MEAN = "flatten", "peak", "mean"
# Of the variant `peak`: filters and stride of each residual block (He et al. 2016), after a stem
# of two convolutions and a max-pooling; they end at stride 16.
STEM = (16, 24)
RESIDUAL_BLOCKS = ((48, 1), (80, 2), (80, 1), (128, 2), (128, 1))
PEAK_DROPOUT = 0.2
# Variant → what a card says of its map.
EXPLANATIONS = {
    FLATTEN: (
        "HiResCAM at the last convolution block: a 16 × 16 map for a 256 × 256 input, "
        "exact but for the dense layers' effective bias, which is given."
    ),
    PEAK: PEAK_EXPLANATION,
    MEAN: (
        "Class activation map at stride 16: a 16 × 16 map for a 256 × 256 input. It is exact, "
        "and every cell counts alike."
    ),
}


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
            stack.add(ChannelsLastMaxPooling2D(name=f"{name}_pool"))
    stack.add(ChannelsLastConv2D(NARROW_FILTERS, 1, activation="relu", name="narrow"))
    stack.add(keras.layers.Flatten(name="flatten"))
    stack.add(keras.layers.Dense(HIDDEN_UNITS, activation="relu", name="hidden"))
    stack.add(keras.layers.Dropout(DROPOUT, name="dropout"))
    stack.add(keras.layers.Dense(outputs, dtype="float32", name="logit"))
    return dense_head(stack)


def build_residual(
    share: float, input_shape: tuple[int, int, int], outputs: int, weights: str | None
) -> Head:
    """The residual network and its cells, of which so great a share is averaged.

    Raises:
        DatasetError: as for `build`.
    """
    if weights is not None:
        raise DatasetError(f"the custom CNN has no backbone to start from {weights}; use none")
    inputs = keras.Input(input_shape, name="image")
    x = _convolve(inputs, STEM[0], "stem1", stride=2)
    x = ChannelsLastMaxPooling2D(name="stem_pool")(_convolve(x, STEM[1], "stem2"))
    for number, (filters, stride) in enumerate(RESIDUAL_BLOCKS, start=1):
        x = _residual(x, filters, f"block{number}", stride=stride)
    return peak_head(inputs, [x], outputs=outputs, dropout=PEAK_DROPOUT, share=share)


def _residual(x: Tensor, filters: int, name: str, *, stride: int) -> Tensor:
    shortcut = x
    if stride > 1:
        shortcut = ChannelsLastAveragePooling2D(stride, padding="same", name=f"{name}_mean")(x)
    if stride > 1 or x.shape[-1] != filters:
        shortcut = _normalize(shortcut, filters, f"{name}_shortcut", size=1)
    x = _convolve(x, filters, f"{name}_1", stride=stride)
    x = _normalize(x, filters, f"{name}_2")
    x = keras.layers.Add(name=f"{name}_add")([x, shortcut])
    return keras.layers.ReLU(name=f"{name}_relu")(x)


def _convolve(x: Tensor, filters: int, name: str, *, stride: int = 1) -> Tensor:
    x = _normalize(x, filters, name, stride=stride)
    return keras.layers.ReLU(name=f"{name}_relu")(x)


def _normalize(x: Tensor, filters: int, name: str, *, size: int = 3, stride: int = 1) -> Tensor:
    """Convolution and batch normalisation; padded by hand, since torch pads a stride evenly."""
    if stride > 1:
        x = keras.layers.ZeroPadding2D(size // 2, name=f"{name}_pad")(x)
    x = ChannelsLastConv2D(
        filters,
        size,
        strides=stride,
        padding="valid" if stride > 1 else "same",
        use_bias=False,
        kernel_initializer="he_normal",
        name=f"{name}_conv",
    )(x)
    return FusedBatchNormalization(momentum=MOMENTUM, name=f"{name}_norm")(x)


_BUILDERS: Mapping[str, HeadBuilder] = {
    FLATTEN: build,
    PEAK: partial(build_residual, PEAK_SHARE),
    MEAN: partial(build_residual, 1.0),
}


def create(config: ClassifierConfig) -> NetworkClassifier:
    """An unfitted classifier.

    Raises:
        DatasetError: `config.variant` is not one of the family.
    """
    variant = config.variant or FLATTEN
    if variant not in _BUILDERS:
        raise DatasetError(
            f"the custom CNN has no variant {variant!r}; expected one of {list(_BUILDERS)}"
        )
    return NetworkClassifier(
        config,
        build=_BUILDERS[variant],
        title=FAMILY.title_of(variant),
        explanation=EXPLANATIONS[variant],
    )


FAMILY = Family(
    title=TITLE,
    create=create,
    variants=tuple(_BUILDERS),
    variant_titles={name: f"{TITLE} ({name})" for name in (PEAK, MEAN)},
)
