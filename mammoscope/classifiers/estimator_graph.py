"""The ONNX graph of a fitted pipeline of scikit-learn's: skl2onnx's, cut at its margin or votes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType

from mammoscope.classifiers.onnx_export import strip

# A logit beyond it says no more: the probability differs from 0 or 1 by 2·10⁻⁹.
LARGEST_LOGIT = 20.0
OPSETS = {"": 17, "ai.onnx.ml": 1}


def added_to_shares(estimator: Any) -> float:
    """Half a vote, of what votes; nothing of what knows its probabilities."""
    return 0.5 / estimator.n_neighbors if hasattr(estimator, "n_neighbors") else 0.0


def pipeline_graph(pipeline: Any, features: int) -> Any:
    """skl2onnx's graph of the pipeline up to its margin or its shares, and the logit's nodes."""
    last = pipeline[-1]
    options: dict[str, bool] = {"zipmap": False}
    if hasattr(last, "decision_function"):
        options["raw_scores"] = True
    source = to_onnx(
        pipeline,
        initial_types=[("features", FloatTensorType([None, features]))],
        options={id(last): options},
        target_opset=OPSETS,
    ).graph
    sigmoids = [node for node in source.node if node.op_type == "Sigmoid"]
    # One column: a network before its last sigmoid. Else the second output, a column a class.
    tensor = sigmoids[-1].input[0] if sigmoids else source.output[1].name
    ends, constants = _ending(last, tensor, one_column=bool(sigmoids))
    nodes = _needed(source.node, tensor)
    used = {name for node in nodes for name in node.input}
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [*nodes, *ends],
        type(last).__name__,
        [value("features", TensorProto.FLOAT, ["N", features])],
        [value("logit", TensorProto.FLOAT, ["N", 1])],
        [one for one in source.initializer if one.name in used]
        + [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    domains = {node.domain for node in nodes} | {""}
    opsets = [helper.make_opsetid(name, OPSETS[name]) for name in sorted(domains)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    strip(model)
    onnx.checker.check_model(model)
    return model


def _needed(nodes: Sequence[Any], tensor: str) -> list[Any]:
    """The nodes that a tensor is computed by, in their order."""
    wanted, kept = {tensor}, []
    for node in reversed(nodes):
        if wanted & set(node.output):
            wanted |= set(node.input)
            kept.append(node)
    return kept[::-1]


def _ending(
    estimator: Any, tensor: str, *, one_column: bool
) -> tuple[list[Any], dict[str, NDArray[Any]]]:
    """Nodes and constants from a margin (N, 1) or (N, 2), or from shares (N, 2), to `logit`."""
    constants: dict[str, NDArray[Any]] = {
        "largest_logit": np.array(LARGEST_LOGIT, dtype=np.float32),
        "smallest_logit": np.array(-LARGEST_LOGIT, dtype=np.float32),
    }
    node = helper.make_node
    nodes = []
    margin = tensor
    if not one_column:
        constants |= {"first": np.array([0], np.int64), "second": np.array([1], np.int64)}
        margin = "margin"
        if hasattr(estimator, "decision_function"):
            nodes = [node("Gather", [tensor, "second"], [margin], axis=1)]
            del constants["first"]
        else:
            added = added_to_shares(estimator)
            constants["added_to_shares"] = np.array(added, dtype=np.float32)
            nodes = [
                node("Add", [tensor, "added_to_shares"], ["smoothed_shares"]),
                node("Log", ["smoothed_shares"], ["log_shares"]),
                node("Gather", ["log_shares", "first"], ["log_first"], axis=1),
                node("Gather", ["log_shares", "second"], ["log_second"], axis=1),
                node("Sub", ["log_second", "log_first"], [margin]),
            ]
    nodes.append(node("Clip", [margin, "smallest_logit", "largest_logit"], ["logit"]))
    return nodes, constants
