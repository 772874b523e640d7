"""A published graph with some of its layers' weights shuffled: what it learnt there is gone."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from zlib import crc32

import numpy as np
import onnx
from onnx import numpy_helper

from mammoscope.classifiers.onnx_export import HALF


def list_layers(graph: Path) -> tuple[str, ...]:
    """The layers that hold weights, in the order in which the graph uses them first.

    Args:
        graph: that `export_graph` wrote; a weight is named by its Keras path, `layer/kernel`.

    Raises:
        ValueError: no weight carries such a name.
    """
    model = onnx.load(str(graph)).graph
    weights = {
        tensor.name.removesuffix(HALF): _layer(tensor.name)
        for tensor in model.initializer
        if _is_weight(tensor)
    }
    if not weights:
        raise ValueError(
            f"{graph.parent.name}/{graph.name} holds no weights by name; expected a graph of a "
            "network that this package exported"
        )
    # The casts of halves stand first of all nodes, wherever their weights are used.
    used = (name for node in model.node if node.op_type != "Cast" for name in node.input)
    return tuple(dict.fromkeys(weights[name] for name in used if name in weights))


def shuffle_weights(graph: Path, target: Path, *, layers: Collection[str], seed: int) -> None:
    """Writes a copy of the graph in which each weight of these layers is permuted.

    A weight keeps its numbers and loses their places, so that activations keep their scale as far
    as numbers alone decide it, and batch statistics stay positive. What is one number, or many
    equal ones, stays as it is. A layer is shuffled alike whichever others are.

    Args:
        graph: that `export_graph` wrote.
        target: file to write.
        layers: of `list_layers`.
        seed: of the permutations.

    Raises:
        ValueError: a layer that the graph does not hold.
    """
    unknown = set(layers) - set(list_layers(graph))
    if unknown:
        raise ValueError(f"{graph.name} has no layer {min(unknown)}; see list_layers")
    model = onnx.load(str(graph))
    for tensor in model.graph.initializer:
        if _is_weight(tensor) and _layer(tensor.name) in layers:
            values = numpy_helper.to_array(tensor)
            generator = np.random.default_rng([seed, crc32(tensor.name.encode())])
            shuffled = generator.permutation(values.ravel()).reshape(values.shape)
            tensor.CopyFrom(numpy_helper.from_array(shuffled, tensor.name))
    onnx.save(model, str(target))


def _is_weight(tensor: onnx.TensorProto) -> bool:
    floating = tensor.data_type in (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16)
    return floating and "/" in tensor.name


def _layer(name: str) -> str:
    return name.rsplit("/", 1)[0]
