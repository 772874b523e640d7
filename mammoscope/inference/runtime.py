"""Runs the graphs of a published model on ONNX Runtime, in float32."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from mammoscope.types import FloatArray, ModelIntegrityError

# For programs that imported it before this package could keep it silent (`mammoscope/__init__`).
onnxruntime.disable_telemetry_events()

INPUTS = ("image", "features")
EXPLAINED = ("evidence", "bias")


@dataclass(frozen=True, slots=True, eq=False)
class Outputs:
    """What a model answers to N inputs.

    Attributes:
        logit: float32 (N, K), K = 1 for two classes.
        evidence: float32 (N, h, w, K), mean(evidence) + bias = logit; None where the model's last
            graph has no map of its own.
        bias: float32 (N, K), or None with `evidence`.
    """

    logit: FloatArray
    evidence: FloatArray | None
    bias: FloatArray | None


class Session:
    """The loaded graphs of one model; safe to call from several threads.

    Attributes:
        explains: whether it answers with evidence, too.
    """

    def __init__(self, graphs: Path | Sequence[Path], *, threads: int = 0) -> None:
        """Loads the graphs.

        Args:
            graphs: ONNX files, in the order they are run. Each has one input: of the first
                `image` (N, H, W, C) or `features` (N, F), of a later one an output, by name, of
                the one before. The last gives `logit`, and `evidence` and `bias` or neither.
            threads: of one inference; 0 = one a physical core.

        Raises:
            ModelIntegrityError: the runtime refuses a file, or a graph does not fit its place.
        """
        files = [graphs] if isinstance(graphs, Path) else list(graphs)
        self._name = f"{files[-1].parent.name}/{files[-1].name}"
        self._stages = [_load(file, threads) for file in files]
        given = set(INPUTS)
        for file, stage in zip(files, self._stages, strict=True):
            wanted = {one.name for one in stage.get_inputs()}
            if len(wanted) != 1 or not wanted <= given:
                raise ModelIntegrityError(
                    f"{file.parent.name}/{file.name} takes {sorted(wanted)}; expected one of what "
                    f"it is given, {sorted(given)}; publish the model again"
                )
            given = {output.name for output in stage.get_outputs()}
        self.explains = gives_map(given, self._name)

    def run(self, inputs: FloatArray) -> Outputs:
        """Outputs for what the model eats: (N, H, W, C) in [0, 1], or (N, F); float32.

        Raises:
            ModelIntegrityError: the graph takes another shape, fails, or answers NaN.
        """
        try:
            values: dict[str, Any] = {self._stages[0].get_inputs()[0].name: inputs}
            for stage in self._stages:
                names = [output.name for output in stage.get_outputs()]
                eaten = stage.get_inputs()[0].name
                found = stage.run(names, {eaten: values[eaten]})
                values = dict(zip(names, found, strict=True))
        except Exception as error:
            raise ModelIntegrityError(
                f"{self._name} does not run on an array of shape {inputs.shape}: {error}"
            ) from error
        return to_outputs(values, self._name, explains=self.explains)


def gives_map(given: Set[str], name: str) -> bool:
    """Whether a graph with these outputs explains itself.

    Raises:
        ModelIntegrityError: they are not those of a published model's last graph.
    """
    explains = set(EXPLAINED) <= given
    if "logit" not in given or (given & set(EXPLAINED) and not explains):
        raise ModelIntegrityError(
            f"{name} gives {sorted(given)}; expected logit, with evidence and bias or without both"
        )
    return explains


def to_outputs(values: Mapping[str, Any], name: str, *, explains: bool) -> Outputs:
    """What a runtime answered, by output.

    Raises:
        ModelIntegrityError: a number in it is not finite.
    """
    wanted = ("logit", *EXPLAINED) if explains else ("logit",)
    answer = {one: np.asarray(values[one]) for one in wanted}
    for one, array in answer.items():
        if not np.isfinite(array).all():
            raise ModelIntegrityError(
                f"{name} answers with {one} that is not finite; "
                "its weights are broken: train or publish it again"
            )
    return Outputs(answer["logit"], answer.get("evidence"), answer.get("bias"))


def _load(graph: Path, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # A pool that spins after its work holds the processors while the next image is checked, and
    # two streams then slow each other: off, one pass alone takes 4 % longer, two streams answer
    # a quarter more (docs/performance.md).
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ModelIntegrityError(
            f"{graph.parent.name}/{graph.name} cannot be loaded: {error}"
        ) from error
