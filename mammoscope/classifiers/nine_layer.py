"""The nine-layer CNN of Zhang et al. 2018, in its 18 variants of activation and pooling.

Zhang, Pan, Chen & Wang 2018 (J. Comput. Sci. 27: 57-68, doi 10.1016/j.jocs.2018.05.005) compare
three activations and six poolings on mini-MIAS, and report an accuracy of 94.0 %, a sensitivity of
93.4 % and a specificity of 94.6 % for parametric ReLU with rank-based stochastic pooling; their
abstract does not say whether a woman's two films were kept together.

Theirs are the number of layers and what is compared. The layers themselves are this project's:
seven convolutions (the abstract speaks of two) and two dense layers hold weights, the first
convolution strides, the maps are narrowed before the dense layers, and each convolution is
batch-normalised, so that some 165 films and two CPU cores are enough to train it.

Cost-sensitive learning is the class weights of `experiment/fit.py`; data augmentation, of training
images alone, is in `experiment/feed.py`. Both are there for every model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import keras

from mammoscope.classifiers.batch_norm import MOMENTUM, FusedBatchNormalization
from mammoscope.classifiers.channels_last import ChannelsLastConv2D
from mammoscope.classifiers.classifier import ClassifierConfig, Family
from mammoscope.classifiers.evidence import Head, dense_head
from mammoscope.classifiers.network import HeadBuilder, NetworkClassifier
from mammoscope.classifiers.pooling import POOLINGS
from mammoscope.types import DatasetError

TITLE = "Nine-layer CNN"
# The best of the paper first. A slope a channel, which starts at a quarter (He et al. 2015, arXiv
# 1502.01852, section 2.1); Keras' own start at 0 would be a ReLU.
ACTIVATIONS: Mapping[str, Callable[..., Any]] = {
    "prelu": lambda **names: keras.layers.PReLU(
        alpha_initializer=keras.initializers.Constant(0.25), shared_axes=(1, 2), **names
    ),
    # Maas et al. 2013.
    "leaky-relu": lambda **names: keras.layers.LeakyReLU(negative_slope=0.01, **names),
    "relu": lambda **names: keras.layers.ReLU(**names),
}
VARIANTS = tuple(
    f"{activation}.{pooling}" for activation, pooling in product(ACTIVATIONS, [*POOLINGS][::-1])
)
# Seven convolutions: (filters, size of the kernel, stride, whether pooling follows). Three poolings
# and a stride end at stride 16, where a map can still point. The last one narrows the map, since
# Flatten → dense holds a weight a place, a channel and a unit.
CONVOLUTIONS = (
    (16, 3, 2, True),
    (32, 3, 1, True),
    (32, 3, 1, False),
    (64, 3, 1, True),
    (64, 3, 1, False),
    (64, 3, 1, False),
    (8, 1, 1, False),
)
# The dense ones: hidden units, and the logit. The hidden units stay ReLU in every variant, for
# HiResCAM's way of writing the gradient asks for a unit that is on or off.
HIDDEN_UNITS = 32
DROPOUT = 0.5


def head_builder(variant: str) -> HeadBuilder:
    """The builder of a variant, `ACTIVATION.POOLING`.

    Raises:
        DatasetError: no such variant; by the builder: backbone weights were given.
    """
    if variant not in VARIANTS:
        raise DatasetError(
            f"the nine-layer CNN has no variant {variant!r}; expected one of {list(VARIANTS)}"
        )
    activation, _, pooling = variant.partition(".")

    def build(input_shape: tuple[int, int, int], outputs: int, weights: str | None) -> Head:
        if weights is not None:
            raise DatasetError(
                f"the nine-layer CNN has no backbone to start from {weights}; use none"
            )
        stack = keras.Sequential(name="nine_layer")
        stack.add(keras.Input(input_shape, name="image"))
        for number, (filters, size, stride, pooled) in enumerate(CONVOLUTIONS, start=1):
            name = f"block{number}"
            stack.add(
                ChannelsLastConv2D(
                    filters,
                    size,
                    strides=stride,
                    padding="same",
                    use_bias=False,
                    name=f"{name}_conv",
                )
            )
            stack.add(FusedBatchNormalization(momentum=MOMENTUM, name=f"{name}_norm"))
            stack.add(ACTIVATIONS[activation](name=f"{name}_activation"))
            if pooled:
                stack.add(POOLINGS[pooling](name=f"{name}_pool"))
        stack.add(keras.layers.Flatten(name="flatten"))
        stack.add(keras.layers.Dense(HIDDEN_UNITS, activation="relu", name="hidden"))
        stack.add(keras.layers.Dropout(DROPOUT, name="dropout"))
        stack.add(keras.layers.Dense(outputs, dtype="float32", name="logit"))
        return dense_head(stack)

    return build


def create(config: ClassifierConfig) -> NetworkClassifier:
    """An unfitted classifier.

    Raises:
        DatasetError: `config.variant` is not one of the family.
    """
    return NetworkClassifier(
        config,
        build=head_builder(config.variant or VARIANTS[0]),
        title=FAMILY.title_of(config.variant),
        explanation=(
            "HiResCAM at the last convolution: a 16 × 16 map for a 256 × 256 input, "
            "exact but for the dense layers' effective bias, which is given."
        ),
    )


FAMILY = Family(
    title=TITLE,
    create=create,
    variants=VARIANTS,
    variant_titles={variant: f"{TITLE} ({variant})" for variant in VARIANTS[1:]},
)
