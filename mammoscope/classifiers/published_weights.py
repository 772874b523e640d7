"""Reads a published graph back into a Keras network: the weights by their Keras paths."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import onnx
from google.protobuf.message import DecodeError as ProtobufError  # type: ignore[import-untyped]
from onnx import numpy_helper

from mammoscope.classifiers.onnx_export import HALF
from mammoscope.types import DatasetError, FloatArray


def load_published(model: keras.Model, graph: Path) -> None:
    """Sets every weight of a network to what a published graph holds under its path.

    What was stored in float16 is widened: the network is then the rounded one that was measured.
    Where a weight does not fit, none is changed.

    Args:
        model: built, of the architecture that the graph was exported from.
        graph: ONNX file that `export_graph` wrote.

    Raises:
        DatasetError: the file is no graph, was published before weights carried names, or lacks
            a weight or holds it in another shape.
    """
    stored = _read(graph)
    wanted = {variable.path: variable for variable in model.weights}
    if not stored.keys() & wanted.keys():
        raise DatasetError(
            f"{graph} holds none of the network's {len(wanted)} weights by name: it is of "
            "another architecture, or was published before its weights carried names; "
            "train from a newer version"
        )
    missing = [path for path in wanted if path not in stored]
    if missing:
        raise DatasetError(
            f"{graph} lacks {len(missing)} of the network's {len(wanted)} weights "
            f"(first: {missing[0]}); expected a model of the same architecture"
        )
    for path, variable in wanted.items():
        if stored[path].shape != tuple(variable.shape):
            raise DatasetError(
                f"{graph} holds {path} as {stored[path].shape}; expected {tuple(variable.shape)}: "
                "give the image size and the classes that the model was published with"
            )
    for path, variable in wanted.items():
        variable.assign(stored[path])


def _read(graph: Path) -> dict[str, FloatArray]:
    """Every floating-point initializer in float32, by the name it has without the half's ending."""
    try:
        tensors = onnx.load(str(graph)).graph.initializer
    except (OSError, ProtobufError) as error:
        raise DatasetError(f"{graph} cannot be read as a published graph: {error}") from error
    arrays = {tensor.name.removesuffix(HALF): numpy_helper.to_array(tensor) for tensor in tensors}
    return {
        name: np.asarray(array, dtype=np.float32)
        for name, array in arrays.items()
        if np.issubdtype(array.dtype, np.floating)
    }
