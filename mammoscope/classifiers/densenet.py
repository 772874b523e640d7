"""DenseNet121 (Huang et al. 2017) with the paper's global average pooling and one output."""

from __future__ import annotations

import keras

from mammoscope.classifiers.batch_norm import fuse
from mammoscope.classifiers.evidence import Head, average_head
from mammoscope.classifiers.network import NetworkClassifier, NetworkConfig, Stage

# What people call the architecture.
TITLE = "DenseNet121"
# keras.applications.densenet.preprocess_input, mode "torch", for inputs already in [0, 1].
MEAN = (0.485, 0.456, 0.406)
STANDARD_DEVIATION = (0.229, 0.224, 0.225)
DROPOUT = 0.2


# With pre-trained weights: the head alone, then the last dense block too, then everything.
FINE_TUNING = (
    Stage(trainable=("head_",), epochs=0.2, learning_rate=1.0),
    Stage(trainable=("head_", "conv5_", "bn"), epochs=0.3, learning_rate=0.3),
    Stage(trainable=None, epochs=0.5, learning_rate=0.1),
)


def build(input_shape: tuple[int, int, int], outputs: int, weights: str | None) -> Head:
    """The head on the backbone; the normalisation it expects is a layer inside the graph.

    Raises:
        OSError: "imagenet" cannot be downloaded; Keras' own error then.
        ValueError: a file that does not hold this backbone's weights.
    """
    inputs = keras.Input(input_shape, name="image")
    # What has colours already goes in as it is.
    gray = input_shape[-1] == 1
    x = keras.layers.Concatenate(name="gray_to_rgb")([inputs] * 3) if gray else inputs
    x = keras.layers.Rescaling(
        scale=[1 / s for s in STANDARD_DEVIATION],
        offset=[-m / s for m, s in zip(MEAN, STANDARD_DEVIATION, strict=True)],
        name="normalize",
    )(x)
    # Un-nested: nested models break graph surgery.
    backbone = keras.applications.DenseNet121(include_top=False, weights=None, input_tensor=x)
    if weights is not None:
        # Through a bare twin: Keras loads a file by the shape of the whole graph, and ours has
        # layers before the backbone.
        twin = keras.applications.DenseNet121(
            include_top=False, weights=weights, input_shape=(*input_shape[:2], 3)
        )
        backbone.set_weights(twin.get_weights())
    return average_head(inputs, fuse(backbone).output, outputs=outputs, dropout=DROPOUT)


def create(config: NetworkConfig) -> NetworkClassifier:
    """An unfitted classifier; `config.weights="imagenet"` downloads Keras' own weights."""
    return NetworkClassifier(
        config,
        build=build,
        fine_tuning=FINE_TUNING,
        title=TITLE,
        explanation=(
            "Class activation map at stride 32: an 8 × 8 map for a 256 × 256 input. "
            "It is exact, and too coarse to point at a small lesion."
        ),
    )
