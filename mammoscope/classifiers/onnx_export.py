"""Writes a Keras network as an ONNX graph with named outputs; float16 storage on request."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
import torch
from onnx import numpy_helper

OUTPUTS = ("logit", "evidence", "bias")


class _Call(torch.nn.Module):
    """torch's exporter wants one module with plain arguments; Keras' `forward` takes any."""

    def __init__(self, model: keras.Model) -> None:
        super().__init__()
        self.model = model

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(self.model(image, training=False))


def export_graph(model: keras.Model, path: Path, *, half: bool) -> None:
    """Saves a Keras model with outputs logit, evidence, bias; any batch size.

    Args:
        model: on the torch backend, in float32.
        path: of the ONNX file.
        half: store kernels (rank ≥ 2) as float16; arithmetic stays float32.
    """
    example = torch.zeros((2, *model.input_shape[1:]), dtype=torch.float32)
    module = _Call(model).eval()
    exporter_log = logging.getLogger("torch.onnx")
    level = exporter_log.level
    exporter_log.setLevel(logging.ERROR)  # it warns that torchvision is not there
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecations inside torch, not ours to mend
            module(example)  # Keras wants to be called once before it is traced
            program = torch.onnx.export(
                module,
                (example,),
                input_names=["image"],
                output_names=list(OUTPUTS),
                dynamic_shapes=({0: torch.export.Dim("batch", min=1)},),
                dynamo=True,
                external_data=False,
                verbose=False,
            )
    finally:
        exporter_log.setLevel(level)
    graph = program.model_proto
    _strip(graph)
    if half:
        _store_half(graph)
    onnx.checker.check_model(graph)
    onnx.save(graph, str(path))


def _strip(model: Any) -> None:
    """Drops what the exporter notes about where each node came from: megabytes, and paths."""
    graph = model.graph
    for item in (*graph.node, *graph.initializer, *graph.value_info, *graph.input, *graph.output):
        del item.metadata_props[:]
        item.doc_string = ""
    del graph.metadata_props[:]
    del graph.value_info[:]
    del model.metadata_props[:]


def _store_half(model: Any) -> None:
    """Replaces each float32 kernel by a float16 one and a cast, which a runtime folds at load."""
    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.ndim < 2:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), name + "_half"))
        casts.append(onnx.helper.make_node("Cast", [name + "_half"], [name], to=1))
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend([*casts, *nodes])
