"""CNN + SVM for H&E patches after Araújo et al. 2017: a network's features, and a linear SVM."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from sklearn.svm import LinearSVC

from mammoscope.classifiers.batch_norm import MOMENTUM, FusedBatchNormalization
from mammoscope.classifiers.channels_last import ChannelsLastConv2D, ChannelsLastMaxPooling2D
from mammoscope.classifiers.classifier import ClassifierConfig, Family, Inputs
from mammoscope.classifiers.evidence import Head, average_head
from mammoscope.classifiers.network import NetworkClassifier
from mammoscope.classifiers.onnx_export import export_graph
from mammoscope.types import DatasetError, FloatArray

TITLE = "CNN + SVM for histology"
SVM, SOFTMAX = "svm", "softmax"
# Filters of the blocks (convolution, normalisation, ReLU, 2 × 2 max-pooling), which go on until
# the map has at most `LARGEST_MAP` cells a side: five blocks for Araújo's patches of 512 × 512,
# three for PatchCamelyon's of 96 × 96.
FILTERS = (16, 32, 64, 96, 128)
LARGEST_MAP = 16
# Of the last convolution, whose mean over the cells is what the SVM sees.
FEATURES = 128
DROPOUT = 0.3
# The SVM's C on standardised features: thousands of patches, 128 features, little to gain.
PENALTY = 0.01
BATCH = 32


def build(input_shape: tuple[int, int, int], outputs: int, weights: str | None) -> Head:
    """Convolution blocks as in Araújo et al. (table 2), averaged instead of flattened.

    The paper flattens its last map into dense layers; with its average, the SVM's decision is a
    mean over cells and so explains itself, and patches of any size have as many features.

    Raises:
        DatasetError: backbone weights were given; this network has no backbone.
    """
    if weights is not None:
        raise DatasetError(f"the histology CNN has no backbone to start from {weights}; use none")
    inputs = keras.Input(input_shape, name="image")
    x, side = inputs, min(input_shape[:2])
    for number, filters in enumerate(FILTERS, start=1):
        if side <= LARGEST_MAP:
            break
        x = _convolve(x, filters, f"block{number}")
        x = ChannelsLastMaxPooling2D(name=f"block{number}_pool")(x)
        side //= 2
    x = _convolve(x, FEATURES, "features")
    return average_head(inputs, x, outputs=outputs, dropout=DROPOUT)


def _convolve(x: Any, filters: int, name: str) -> Any:
    x = ChannelsLastConv2D(filters, 3, padding="same", use_bias=False, name=f"{name}_conv")(x)
    x = FusedBatchNormalization(momentum=MOMENTUM, name=f"{name}_norm")(x)
    return keras.layers.ReLU(name=f"{name}_relu")(x)


class SvmClassifier(NetworkClassifier):
    """The network under its softmax head learns the features; then an SVM takes the head's place.

    Published as two stages: `features.onnx`, image → map, and `model.onnx`, the SVM on the map.
    The SVM is linear, so that what is published holds no patch that it was fitted on.
    """

    has_features_graph = True

    def __init__(self, config: ClassifierConfig) -> None:
        super().__init__(
            config,
            build=build,
            title=TITLE,
            explanation=(
                "The SVM's decision cell by cell: an exact map of 12 × 12 cells for a patch of "
                "96 × 96 pixels. A cell sees some of its neighbourhood, not itself alone."
            ),
        )
        self._kernel: NDArray[np.float32] | None = None
        self._bias: NDArray[np.float32] | None = None

    def fit_head(self, x: Inputs, y: NDArray[np.float32]) -> Mapping[str, NDArray[np.float32]]:
        """Fits the SVM on the features of these patches, as `load_head` takes it."""
        means = self._means(x)
        mean, spread = means.mean(axis=0), np.maximum(means.std(axis=0), 1e-6)
        svm = LinearSVC(C=PENALTY, class_weight="balanced", random_state=self.config.seed)
        svm.fit((means - mean) / spread, y.astype(int))
        # Standardising is affine: it goes into the plane.
        kernel = (svm.coef_ / spread).T
        arrays = {
            "kernel": kernel.astype(np.float32),
            "bias": (svm.intercept_ - mean @ kernel).astype(np.float32),
        }
        self.load_head(arrays)
        return arrays

    def load_head(self, arrays: Mapping[str, NDArray[np.float32]]) -> None:
        self._kernel, self._bias = arrays["kernel"], arrays["bias"]

    def predict_logit(self, x: Inputs) -> FloatArray:
        """Distances (N, K) from the SVM's planes; the network's own logits before it is fitted."""
        if self._kernel is None or self._bias is None:
            return super().predict_logit(x)
        return np.asarray(self._means(x) @ self._kernel + self._bias, dtype=np.float32)

    def export(self, path: Path, *, half: bool = False) -> None:
        """Writes the second stage: `map` (N, h, w, C) → `logit`, `evidence`, `bias`."""
        onnx.save(self._second_stage(), str(path))

    def export_features(self, path: Path, *, half: bool = False) -> None:
        """Writes the first stage: `image` (N, H, W, C) → `map` (N, h, w, C)."""
        export_graph(
            self._features(),
            path,
            half=half,
            outputs=("map",),
            architecture=self._architecture,
        )

    def _features(self) -> keras.Model:
        """Image → the map that the head averages, in float32 arithmetic."""
        network = self._in_float32()[0]
        return keras.Model(network.input, network.get_layer("features_relu").output)

    def _means(self, x: Inputs) -> NDArray[np.float64]:
        """(N, C), each feature's mean over the cells."""
        network = self._features()
        return np.concatenate(
            [
                np.asarray(network.predict_on_batch(x[at : at + BATCH]), dtype=np.float64).mean(
                    axis=(1, 2)
                )
                for at in range(0, len(x), BATCH)
            ]
        )

    def _second_stage(self) -> Any:
        if self._kernel is None or self._bias is None:
            raise DatasetError("the SVM is not fitted; fit the head before the export")
        rows, columns, channels = self._features().output_shape[1:]
        outputs = len(self._bias)
        node, tensor = helper.make_node, helper.make_tensor_value_info
        constants = {
            "kernel": self._kernel,
            "plane_bias": self._bias[np.newaxis],
            "zero": np.zeros((1, outputs), dtype=np.float32),
            "over_cells": np.array([1, 2], dtype=np.int64),
        }
        graph = helper.make_graph(
            [
                # The mean of a product is the product of the mean: exact, cell by cell.
                node("MatMul", ["map", "kernel"], ["evidence"]),
                node("ReduceMean", ["evidence", "over_cells"], ["mean"], keepdims=0),
                # The bias, once a row of the batch.
                node("Mul", ["mean", "zero"], ["zeros"]),
                node("Add", ["zeros", "plane_bias"], ["bias"]),
                node("Add", ["mean", "bias"], ["logit"]),
            ],
            "linear SVM",
            [tensor("map", TensorProto.FLOAT, ["N", rows, columns, channels])],
            [
                tensor("logit", TensorProto.FLOAT, ["N", outputs]),
                tensor("evidence", TensorProto.FLOAT, ["N", rows, columns, outputs]),
                tensor("bias", TensorProto.FLOAT, ["N", outputs]),
            ],
            [numpy_helper.from_array(array, name) for name, array in constants.items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
        onnx.checker.check_model(model)
        return model


def create(config: ClassifierConfig) -> NetworkClassifier:
    """With the SVM, or (variant `softmax`) with the network's own head."""
    if config.variant in ("", SVM):
        return SvmClassifier(config)
    return NetworkClassifier(
        config,
        build=build,
        title=FAMILY.title_of(SOFTMAX),
        explanation=(
            "Class activation map of 12 × 12 cells for a patch of 96 × 96 pixels. It is exact; a "
            "cell sees some of its neighbourhood, not itself alone."
        ),
    )


FAMILY = Family(
    title=TITLE,
    create=create,
    variants=(SVM, SOFTMAX),
    variant_titles={SOFTMAX: "CNN for histology"},
    preset="histology",
    modalities=("histology",),
)
