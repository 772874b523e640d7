"""Backbones of Keras Applications, with the paper's global average pooling or with peaks.

One is a name and the preprocessing that its weights expect; what they share is here. In variant
`average` the last map, at stride 32, is averaged; in variant `peak` the map at stride 16 and the
last one are added up cell by cell, and the highest cells averaged: a map that can point.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras

from mammoscope.classifiers.batch_norm import MOMENTUM, FusedBatchNormalization
from mammoscope.classifiers.channels_last import (
    ChannelsLastAveragePooling2D,
    ChannelsLastConv2D,
    ChannelsLastMaxPooling2D,
)
from mammoscope.classifiers.classifier import ClassifierConfig, Family
from mammoscope.classifiers.evidence import PEAK_EXPLANATION, Head, average_head, peak_head
from mammoscope.classifiers.network import NetworkClassifier, Stage
from mammoscope.types import DatasetError

DROPOUT = 0.2
AVERAGE, PEAK = "average", "peak"
# Variant → what a card says of its map.
EXPLANATIONS = {
    AVERAGE: (
        "Class activation map at stride 32: an 8 × 8 map for a 256 × 256 input. "
        "It is exact, and too coarse to point at a small lesion."
    ),
    PEAK: PEAK_EXPLANATION,
}


@dataclass(frozen=True, slots=True)
class Backbone:
    """A network of Keras Applications, ending in a feature map at stride 32.

    Attributes:
        title: what people call the architecture.
        application: Keras' function.
        normalize: unfitted layers for an image (N, H, W, 3) in [0, 1], of what its weights expect.
        last_block: prefixes of the names of the layers that learn second in fine-tuning.
        middle: name of the activation that gives the last feature map at stride 16.
    """

    title: str
    application: Callable[..., keras.Model]
    normalize: Callable[[], Sequence[keras.layers.Layer]]
    last_block: tuple[str, ...]
    middle: str

    @property
    def fine_tuning(self) -> tuple[Stage, ...]:
        """The head alone, then the last block too, then everything."""
        return (
            Stage(trainable=("head_",), epochs=0.2, learning_rate=1.0),
            Stage(trainable=("head_", *self.last_block), epochs=0.3, learning_rate=0.3),
            Stage(trainable=None, epochs=0.5, learning_rate=0.1),
        )


# keras.applications.imagenet_utils, mode "torch", for inputs already in [0, 1].
_MEAN = (0.485, 0.456, 0.406)
_STANDARD_DEVIATION = (0.229, 0.224, 0.225)
# The same, mode "caffe": BGR, in [0, 255] less the mean.
_CAFFE_MEAN = (103.939, 116.779, 123.68)


class ReverseChannels(keras.layers.Layer):
    """RGB (N, H, W, 3) as BGR."""

    def call(self, inputs: Any) -> Any:
        return keras.ops.flip(inputs, axis=-1)


def _standardize() -> Sequence[keras.layers.Layer]:
    scale = [1 / deviation for deviation in _STANDARD_DEVIATION]
    offset = [-m / d for m, d in zip(_MEAN, _STANDARD_DEVIATION, strict=True)]
    return [keras.layers.Rescaling(scale=scale, offset=offset, name="normalize")]


def _center() -> Sequence[keras.layers.Layer]:
    """[-1, 1], mode "tf"."""
    return [keras.layers.Rescaling(scale=2.0, offset=-1.0, name="normalize")]


def _subtract_mean() -> Sequence[keras.layers.Layer]:
    offset = [-mean for mean in _CAFFE_MEAN]
    return [
        ReverseChannels(name="bgr"),
        keras.layers.Rescaling(scale=255.0, offset=offset, name="normalize"),
    ]


def _to_bytes() -> Sequence[keras.layers.Layer]:
    """[0, 255], of which EfficientNet's own first layers subtract the mean m and divide by √s.

    ImageNet's weights want a division by s, the rest of which Keras adds as one more layer where
    it downloads them, and nowhere else. It is taken here: m + (x - m) / √s.
    """
    scale = [255 / deviation**0.5 for deviation in _STANDARD_DEVIATION]
    offset = [255 * m - m * s for m, s in zip(_MEAN, scale, strict=True)]
    return [keras.layers.Rescaling(scale=scale, offset=offset, name="normalize")]


BACKBONES = {
    "densenet121": Backbone(
        # Huang et al. 2017.
        title="DenseNet121",
        application=keras.applications.DenseNet121,
        normalize=_standardize,
        last_block=("conv5_", "bn"),
        middle="pool4_relu",
    ),
    "mobilenetv2": Backbone(
        # Sandler et al. 2018.
        title="MobileNetV2",
        application=keras.applications.MobileNetV2,
        normalize=_center,
        last_block=("block_14_", "block_15_", "block_16_", "Conv_1"),
        middle="block_13_expand_relu",
    ),
    "efficientnetb0": Backbone(
        # Tan and Le 2019.
        title="EfficientNetB0",
        application=keras.applications.EfficientNetB0,
        normalize=_to_bytes,
        last_block=("block7", "top_"),
        middle="block6a_expand_activation",
    ),
    "resnet50": Backbone(
        # He et al. 2016.
        title="ResNet50",
        application=keras.applications.ResNet50,
        normalize=_subtract_mean,
        last_block=("conv5_",),
        middle="conv4_block6_out",
    ),
}


def family(name: str) -> Family:
    """The family of classifiers on that backbone."""
    title = BACKBONES[name].title
    return Family(
        title=title,
        create=partial(_create, BACKBONES[name]),
        variants=tuple(EXPLANATIONS),
        variant_titles={PEAK: _title(title, PEAK)},
    )


def _title(title: str, variant: str) -> str:
    return f"{title} ({PEAK})" if variant == PEAK else title


def _create(backbone: Backbone, config: ClassifierConfig) -> NetworkClassifier:
    """An unfitted classifier; `config.weights="imagenet"` downloads Keras' own weights.

    Raises:
        DatasetError: `config.variant` is not one of `EXPLANATIONS`.
    """
    variant = config.variant or AVERAGE
    if variant not in EXPLANATIONS:
        raise DatasetError(
            f"{backbone.title} has no variant {variant!r}; expected one of {list(EXPLANATIONS)}"
        )
    return NetworkClassifier(
        config,
        build=partial(_build, backbone, variant),
        fine_tuning=backbone.fine_tuning,
        title=_title(backbone.title, variant),
        explanation=EXPLANATIONS[variant],
    )


def _build(
    backbone: Backbone,
    variant: str,
    input_shape: tuple[int, int, int],
    outputs: int,
    weights: str | None,
) -> Head:
    """The head on the backbone; the normalisation it expects is a layer inside the graph.

    Raises:
        OSError: "imagenet" cannot be downloaded; Keras' own error then.
        ValueError: a file that does not hold this backbone's weights.
    """
    inputs = keras.Input(input_shape, name="image")
    # What has colours already goes in as it is.
    gray = input_shape[-1] == 1
    x = keras.layers.Concatenate(name="gray_to_rgb")([inputs] * 3) if gray else inputs
    for layer in backbone.normalize():
        x = layer(x)
    # Un-nested: nested models break graph surgery.
    network = backbone.application(include_top=False, weights=None, input_tensor=x)
    if weights is not None:
        # Through a bare twin: Keras loads a file by the shape of the whole graph, and ours has
        # layers before the backbone.
        twin = backbone.application(
            include_top=False, weights=weights, input_shape=(*input_shape[:2], 3)
        )
        network.set_weights(twin.get_weights())
    network = fuse(network)
    if variant == PEAK:
        features = [network.get_layer(backbone.middle).output, network.output]
        return peak_head(inputs, features, outputs=outputs, dropout=DROPOUT)
    return average_head(inputs, network.output, outputs=outputs, dropout=DROPOUT)


def fuse(model: keras.Model) -> keras.Model:
    """The same network, on the same input tensor, with layers that torch computes at once.

    Every batch normalisation is fused, convolutions and poolings take their tensors where they
    lie. The running statistics follow training with `MOMENTUM`.
    """
    in_place: dict[type[Any], type[Any]] = {
        keras.layers.Conv2D: ChannelsLastConv2D,
        keras.layers.MaxPooling2D: ChannelsLastMaxPooling2D,
        keras.layers.AveragePooling2D: ChannelsLastAveragePooling2D,
    }

    def clone(layer: keras.layers.Layer) -> keras.layers.Layer:
        if type(layer) is keras.layers.BatchNormalization:
            config = layer.get_config() | {"momentum": MOMENTUM}
            return FusedBatchNormalization.from_config(config)
        return in_place.get(type(layer), type(layer)).from_config(layer.get_config())

    fused = keras.models.clone_model(model, input_tensors=model.input, clone_function=clone)
    fused.set_weights(model.get_weights())
    return fused
