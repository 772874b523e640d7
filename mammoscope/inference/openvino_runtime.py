"""Runs the graph of a published network on OpenVINO, in bfloat16 or int8. Only if asked for."""

from __future__ import annotations

import sys
import threading
from collections.abc import Set
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from mammoscope.inference.runtime import EXPLAINED, INPUTS, Outputs, gives_map, to_outputs
from mammoscope.types import FloatArray, MammoscopeError, ModelIntegrityError, Precision

_TELEMETRY = "openvino_telemetry"
# OpenVINO would choose bfloat16 by itself where the processor has it: what int8 leaves out of
# its quantised layers stays float32, as it was when it was measured.
_ARITHMETIC = {"bfloat16": "bf16", "int8": "f32"}
_NEEDED = {"bfloat16": "BF16", "int8": "INT8"}


class OpenVinoSession:
    """The loaded graph of one network; safe to call from several threads.

    Attributes:
        explains: whether it answers with evidence, too.
    """

    def __init__(self, graph: Path, *, precision: Precision, threads: int = 0) -> None:
        """Loads the graph.

        Args:
            graph: ONNX file with the input `image`, and the outputs of `runtime.Session`.
            precision: bfloat16 or int8; a graph for int8 is quantised already.
            threads: of one inference; 0 = as OpenVINO chooses.

        Raises:
            MammoscopeError: OpenVINO is not installed, or the processor lacks the arithmetic.
            ModelIntegrityError: the runtime refuses the file, or it is no such graph.
        """
        openvino = _openvino()
        core = openvino.Core()
        able = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        if _NEEDED[precision] not in able:
            raise MammoscopeError(
                f"this processor has no arithmetic in {precision}, only {', '.join(sorted(able))}; "
                "ask for float32"
            )
        self._name = f"{graph.parent.name}/{graph.name}"
        config = {
            "INFERENCE_PRECISION_HINT": _ARITHMETIC[precision],
            "PERFORMANCE_HINT": "LATENCY",
            **({"INFERENCE_NUM_THREADS": threads} if threads else {}),
        }
        try:
            network = core.read_model(str(graph))
            wanted = {name for one in network.inputs for name in one.get_names()}
            if wanted == {INPUTS[0]}:
                # One image at a time: int8 takes a third longer where their number is left open.
                network.reshape([1, *list(network.inputs[0].partial_shape)[1:]])
            self._network = core.compile_model(network, "CPU", config)
            self._outputs = [_name(one.get_names()) for one in self._network.outputs]
        except Exception as error:
            raise ModelIntegrityError(f"{self._name} cannot be loaded: {error}") from error
        if wanted != {INPUTS[0]}:
            raise ModelIntegrityError(
                f"{self._name} takes {sorted(wanted)}; expected {INPUTS[0]!r}, as a network does"
            )
        self.explains = gives_map(set(self._outputs), self._name)
        self._shape_of = openvino.PartialShape
        # A request holds the memory of one inference, and is used by one thread at a time.
        self._idle: list[Any] = []
        self._lock = threading.Lock()

    def run(self, inputs: FloatArray) -> Outputs:
        """Outputs for what the network eats: (N, H, W, C) in [0, 1], float32.

        Raises:
            ModelIntegrityError: the graph takes another shape, fails, or answers NaN.
        """
        expected = self._network.inputs[0].partial_shape
        # It would read an array of another shape as one of its own.
        if not expected.compatible(self._shape_of([1, *inputs.shape[1:]])):
            raise ModelIntegrityError(
                f"{self._name} does not run on an array of shape {inputs.shape}; "
                f"expected {expected}"
            )
        with self._lock:
            request = self._idle.pop() if self._idle else self._network.create_infer_request()
        try:
            each = [self._answer(request, inputs[at : at + 1]) for at in range(len(inputs))]
        except Exception as error:
            raise ModelIntegrityError(
                f"{self._name} does not run on an array of shape {inputs.shape}: {error}"
            ) from error
        with self._lock:
            self._idle.append(request)
        values = {name: np.concatenate([one[name] for one in each]) for name in self._outputs}
        return to_outputs(values, self._name, explains=self.explains)

    def _answer(self, request: Any, image: FloatArray) -> dict[str, FloatArray]:
        request.infer({0: image})
        # Copied: the request's memory is the next inference's.
        return {
            name: request.get_output_tensor(at).data.copy() for at, name in enumerate(self._outputs)
        }


def _name(names: Set[str]) -> str:
    """An output's name in the graph file: OpenVINO keeps the names of all that it fused into it."""
    return next((name for name in ("logit", *EXPLAINED) if name in names), min(names, default=""))


def runtime_name() -> str:
    """The runtime as a card names it.

    Raises:
        MammoscopeError: OpenVINO is not installed.
    """
    _openvino()
    return f"openvino {version('openvino')}"


def _openvino() -> Any:
    """The package, without its telemetry, which reports each import to its maker unasked."""
    if _TELEMETRY not in sys.modules:
        # Python's own way to say that a module is not there; OpenVINO then has a stub for it.
        sys.modules[_TELEMETRY] = None  # type: ignore[assignment]
    try:
        import openvino  # noqa: PLC0415

        version("openvino")
    except (ImportError, PackageNotFoundError) as error:
        raise MammoscopeError(
            "bfloat16 and int8 are run by OpenVINO, which is not installed; install it with "
            "`pip install 'mammoscope[fast]'`, or ask for float32"
        ) from error
    return openvino
