"""A soft vote: the mean of other models' class probabilities, joined into one graph."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, compose, helper, numpy_helper

from mammoscope.classifiers.classifier import ClassifierConfig, Family, Inputs
from mammoscope.types import DatasetError, FloatArray

TITLE = "Soft-voting ensemble"
# A vote nearer to 0 or 1 than this would have no finite logit.
LEAST = 1e-6
BATCH = 16


class EnsembleClassifier:
    """Members that see the same array; p = mean of their 1 / (1 + exp(-logit)).

    It has nothing to fit. Its map is the members' maps, each weighted by the slope of the vote's
    logit in the member's own, p_m (1 − p_m) / (M p (1 − p)): what a small change of a cell would
    do to the vote. What the vote bends is in the bias, so that mean(evidence) + bias = logit.

    Attributes:
        classes_: class names in the order of `predict_proba`'s columns.
        title: what people call it.
        explanation: one sentence on what its map can and cannot show.
    """

    title = TITLE
    explanation = (
        "The members' own maps, each weighted by how far a small change of its logit moves the "
        "vote; what the vote bends beyond that is in the bias and has no place on the map."
    )

    def __init__(self, config: ClassifierConfig) -> None:
        """Loads the members.

        Args:
            config: `weights` holds the paths of their ONNX graphs, separated by commas.

        Raises:
            DatasetError: fewer than two members, more than two classes, or a member whose graph
                cannot be joined.
        """
        paths = [Path(name) for name in (config.weights or "").split(",") if name]
        if len(paths) < 2:
            raise DatasetError(
                f"an ensemble was given {len(paths)} members; expected at least two graphs"
            )
        if len(config.classes) != 2:
            raise DatasetError(f"an ensemble votes on two classes, not on {list(config.classes)}")
        self.config = config
        self.classes_ = config.classes
        self._graphs = [_read(path, config.input_shape) for path in paths]
        self._sessions = [
            onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
            for path in paths
        ]

    def fit(self, x: Inputs, y: Any = None, *, groups: Sequence[str] | None = None) -> Self:
        """There is nothing to fit: a vote has no weights."""
        return self

    def predict_logit(self, x: Inputs) -> FloatArray:
        """Logits (N, 1) of prepared arrays (N, H, W, C)."""
        parts = [self._vote(x[at : at + BATCH]) for at in range(0, len(x), BATCH)]
        return np.concatenate(parts).astype(np.float32)

    def predict_proba(self, x: Inputs) -> FloatArray:
        """Class probabilities (N, 2)."""
        positive = 1 / (1 + np.exp(-self.predict_logit(x).astype(np.float64)))
        return np.concatenate([1 - positive, positive], axis=1).astype(np.float32)

    def export(self, path: Path) -> None:
        """Writes an ONNX graph: `image` (N, H, W, C) → `logit`, `evidence`, `bias`."""
        onnx.save(_join(self._graphs, self.config.input_shape), str(path))

    def count_parameters(self) -> int:
        """Those of all members, constants of their graphs included."""
        tensors = [tensor for graph in self._graphs for tensor in graph.graph.initializer]
        return int(sum(np.prod(tensor.dims, dtype=np.int64) for tensor in tensors))

    def count_macs(self) -> int | None:
        """Not counted: a member is a graph, whose operations nobody counts here."""
        return None

    def _vote(self, arrays: FloatArray) -> NDArray[np.float64]:
        if arrays.shape[1:] != self.config.input_shape:
            raise ValueError(
                f"arrays have the shape {arrays.shape}; expected (N, "
                f"{', '.join(map(str, self.config.input_shape))})"
            )
        logits = [session.run(["logit"], {"image": arrays})[0] for session in self._sessions]
        both = (
            np.exp(-np.logaddexp(0, -sign * np.asarray(logits, dtype=np.float64))).mean(axis=0)
            for sign in (1, -1)
        )
        vote, other = (np.maximum(share, LEAST) for share in both)
        return np.asarray(np.log(vote) - np.log(other), dtype=np.float64)


def _read(path: Path, shape: tuple[int, ...]) -> Any:
    graph = onnx.load(str(path))
    outputs = {output.name for output in graph.graph.output}
    sizes = [dim.dim_value for dim in graph.graph.input[0].type.tensor_type.shape.dim][1:]
    if not {"logit", "evidence"} <= outputs or tuple(sizes) != shape:
        raise DatasetError(
            f"{path.parent.name} takes {sizes} and gives {sorted(outputs)}; expected a network "
            f"that takes {list(shape)} and gives a logit with its evidence"
        )
    return graph


def _join(members: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """One graph: every member's nodes under a name of its own, and the vote."""
    nodes: list[Any] = []
    constants: list[Any] = []
    for number, member in enumerate(members):
        prefixed = compose.add_prefix(member, _prefix(number)).graph
        nodes.append(helper.make_node("Identity", ["image"], [prefixed.input[0].name]))
        nodes += prefixed.node
        constants += prefixed.initializer
    side = max((_side(member) for member in members), key=lambda side: side[0] * side[1])
    constants += [
        numpy_helper.from_array(array, name)
        for name, array in {
            "least": np.array(LEAST, dtype=np.float32),
            "members": np.full(1, len(members), dtype=np.float32),
            "cells": np.array(side, dtype=np.int64),
            "over_cells": np.array([1, 2], dtype=np.int64),
            "shares": np.full((side[0] * side[1], 1), 1 / (side[0] * side[1]), dtype=np.float32),
        }.items()
    ]
    graph = helper.make_graph(
        [*nodes, *_vote_nodes(len(members))],
        "soft vote",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", *shape])],
        [
            helper.make_tensor_value_info("logit", TensorProto.FLOAT, ["N", 1]),
            helper.make_tensor_value_info("evidence", TensorProto.FLOAT, ["N", *side, 1]),
            helper.make_tensor_value_info("bias", TensorProto.FLOAT, ["N", 1]),
        ],
        constants,
    )
    newest = max(members, key=lambda member: member.opset_import[0].version)
    joined = helper.make_model(
        graph, opset_imports=newest.opset_import, ir_version=newest.ir_version
    )
    onnx.checker.check_model(joined)
    return joined


def _vote_nodes(count: int) -> list[Any]:
    node = helper.make_node
    scores, rests = ([f"{side}_{m}" for m in range(count)] for side in ("score", "rest"))
    nodes = []
    for m in range(count):
        nodes.append(node("Neg", [f"{_prefix(m)}logit"], [f"against_{m}"]))
        # ln σ(z) = -softplus(-z). Of a score near 1, 1 - score has no digits left in float32, and
        # of one near 0 ONNX Runtime's sigmoid has not.
        for share, of in ((scores[m], f"against_{m}"), (rests[m], f"{_prefix(m)}logit")):
            nodes += [
                node("Softplus", [of], [f"cost_of_{share}"]),
                node("Neg", [f"cost_of_{share}"], [f"log_{share}"]),
                node("Exp", [f"log_{share}"], [share]),
            ]
    nodes += [
        node("Mean", scores, ["mean_score"]),
        node("Mean", rests, ["mean_rest"]),
        node("Max", ["mean_score", "least"], ["vote"]),
        node("Max", ["mean_rest", "least"], ["other"]),
        node("Log", ["vote"], ["log_vote"]),
        node("Log", ["other"], ["log_other"]),
        node("Sub", ["log_vote", "log_other"], ["logit"]),
        # M p (1 − p), what each member's own slope is divided by.
        node("Mul", ["vote", "other"], ["bend"]),
        node("Mul", ["bend", "members"], ["divisor"]),
    ]
    for m in range(count):
        nodes += [
            node("Mul", [scores[m], rests[m]], [f"slope_{m}"]),
            node("Div", [f"slope_{m}", "divisor"], [f"weight_{m}"]),
            node("Unsqueeze", [f"weight_{m}", "over_cells"], [f"weight_map_{m}"]),
            *_resize_nodes(m),
            node("Mul", [f"map_{m}", f"weight_map_{m}"], [f"part_{m}"]),
        ]
    return [
        *nodes,
        node("Sum", [f"part_{m}" for m in range(count)], ["evidence"]),
        # The mean over the cells as a product: ReduceMean differs between versions of ONNX.
        node("Flatten", ["evidence"], ["flat_evidence"]),
        node("MatMul", ["flat_evidence", "shares"], ["mean_evidence"]),
        node("Sub", ["logit", "mean_evidence"], ["bias"]),
    ]


def _resize_nodes(m: int) -> list[Any]:
    """A member's map (N, h, w, 1) on the finest member's grid: each cell repeated."""
    node = helper.make_node
    return [
        node("Transpose", [f"{_prefix(m)}evidence"], [f"planes_{m}"], perm=[0, 3, 1, 2]),
        node("Shape", [f"planes_{m}"], [f"outer_{m}"], start=0, end=2),
        node("Concat", [f"outer_{m}", "cells"], [f"sizes_{m}"], axis=0),
        node(
            "Resize",
            [f"planes_{m}", "", "", f"sizes_{m}"],
            [f"resized_{m}"],
            mode="nearest",
            nearest_mode="floor",
            coordinate_transformation_mode="asymmetric",
        ),
        node("Transpose", [f"resized_{m}"], [f"map_{m}"], perm=[0, 2, 3, 1]),
    ]


def _prefix(number: int) -> str:
    return f"member_{number}/"


def _side(member: Any) -> tuple[int, int]:
    """(h, w) of a member's evidence."""
    output = next(output for output in member.graph.output if output.name == "evidence")
    _, rows, columns, _ = (dim.dim_value for dim in output.type.tensor_type.shape.dim)
    return rows, columns


def create(config: ClassifierConfig) -> EnsembleClassifier:
    """The vote of the members that `config.weights` names."""
    return EnsembleClassifier(config)


FAMILY = Family(title=TITLE, create=create, begins="members")
