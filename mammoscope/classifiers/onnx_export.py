"""Writes a Keras network as an ONNX graph with named outputs and weights; float16 on request.

Every weight is an initializer under its Keras path (`conv1_conv/kernel`), in Keras' own shape. One
that is stored in float16 is `conv1_conv/kernel_half`, and a cast gives it back its path. All
other initializers are constants of the exporter.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
import torch
from onnx import numpy_helper

OUTPUTS = ("logit", "evidence", "bias")
HALF = "_half"
# Traced graphs that are kept, of kilobytes each: a study trains its models in turns, fold by fold.
_KEPT = 32
_traced: dict[Hashable, bytes] = {}


class _Call(torch.nn.Module):
    """torch's exporter wants one module with plain arguments; Keras' `forward` takes any.

    The weights are arguments too: what is traced as a constant loses its name, and may be copied,
    reshaped or folded.
    """

    def __init__(self, model: keras.Model) -> None:
        super().__init__()
        self.model = model

    def forward(self, image: torch.Tensor, weights: list[torch.Tensor]) -> tuple[torch.Tensor, ...]:
        state = list(zip(self.model.weights, weights, strict=True))
        with keras.StatelessScope(state_mapping=state):
            answer = self.model(image, training=False)
        return tuple(answer) if isinstance(answer, list | tuple) else (answer,)


def export_graph(
    model: keras.Model,
    path: Path,
    *,
    half: bool,
    outputs: Sequence[str] = OUTPUTS,
    architecture: Hashable = None,
) -> None:
    """Saves a Keras model with an input `image` and named outputs; any batch size.

    Args:
        model: on the torch backend, in float32, with as many outputs as there are names.
        path: of the ONNX file.
        half: store kernels (rank ≥ 2) as float16; arithmetic stays float32.
        outputs: names, in the order of the model's.
        architecture: what tells this network from all others but for its weights. Tracing takes
            half a minute for a DenseNet121, and knows no weight: a second network of the same
            architecture, such as the next fold's, takes the graph of the first. None = trace.
    """
    weights = tuple((one.path, tuple(one.shape)) for one in model.weights)
    key = (architecture, model.input_shape, weights, tuple(outputs))
    if architecture is None:
        graph = _trace(model, outputs)
    else:
        if key not in _traced:
            _keep(key, _trace(model, outputs).SerializeToString())
        graph = onnx.load_from_string(_traced[key])
    _store(graph, model.weights)
    if half:
        _store_half(graph)
    onnx.checker.check_model(graph)
    onnx.save(graph, str(path))


def _keep(key: Hashable, graph: bytes) -> None:
    while len(_traced) >= _KEPT:
        del _traced[next(iter(_traced))]
    _traced[key] = graph


def _trace(model: keras.Model, outputs: Sequence[str]) -> Any:
    """The graph with its weights as inputs."""
    example = torch.zeros((2, *model.input_shape[1:]), dtype=torch.float32)
    weights = [variable.value.detach().cpu().clone() for variable in model.weights]
    module = _Call(model).eval()
    exporter_log = logging.getLogger("torch.onnx")
    level = exporter_log.level
    exporter_log.setLevel(logging.ERROR)  # it warns that torchvision is not there
    try:
        # On the processor also where training used a GPU: one graph, and no copies in it.
        with torch.no_grad(), warnings.catch_warnings(), keras.device("cpu"):
            warnings.simplefilter("ignore")  # deprecations inside torch, not ours to mend
            module(example, weights)  # Keras wants to be called once before it is traced
            program = torch.onnx.export(
                module,
                (example, weights),
                input_names=["image", *(variable.path for variable in model.weights)],
                output_names=list(outputs),
                dynamic_shapes=({0: torch.export.Dim("batch", min=1)}, [None] * len(weights)),
                dynamo=True,
                external_data=False,
                verbose=False,
            )
    finally:
        exporter_log.setLevel(level)
    graph = program.model_proto
    strip(graph)
    return graph


def strip(model: Any) -> None:
    """Drops what an exporter notes about where each node came from: megabytes, and paths."""
    graph = model.graph
    for item in (*graph.node, *graph.initializer, *graph.value_info, *graph.input, *graph.output):
        del item.metadata_props[:]
        item.doc_string = ""
    del graph.metadata_props[:]
    del graph.value_info[:]
    del model.metadata_props[:]


def _store(model: Any, weights: Sequence[keras.Variable]) -> None:
    """Turns the weights from inputs into initializers."""
    graph = model.graph
    del graph.input[1:]
    for variable in weights:
        values = keras.ops.convert_to_numpy(variable)
        graph.initializer.append(numpy_helper.from_array(values, variable.path))


def _store_half(model: Any) -> None:
    """Replaces each float32 kernel by a float16 one and a cast, which a runtime folds at load."""
    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.ndim < 2:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), name + HALF))
        casts.append(onnx.helper.make_node("Cast", [name + HALF], [name], to=1))
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend([*casts, *nodes])
