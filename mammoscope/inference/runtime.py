"""Runs a published graph on ONNX Runtime, in float32."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime

from mammoscope.types import FloatArray, ModelIntegrityError

OUTPUTS = ["logit", "evidence", "bias"]


@dataclass(frozen=True, slots=True, eq=False)
class Outputs:
    """What a graph answers to N prepared arrays: mean(evidence) + bias = logit.

    Attributes:
        logit: float32 (N, K), K = 1 for two classes.
        evidence: float32 (N, h, w, K).
        bias: float32 (N, K).
    """

    logit: FloatArray
    evidence: FloatArray
    bias: FloatArray


class Session:
    """A loaded graph; safe to call from several threads."""

    def __init__(self, graph: Path, *, threads: int = 0) -> None:
        """Loads the graph.

        Args:
            graph: ONNX file with input `image` and outputs `logit`, `evidence`, `bias`.
            threads: of one inference; 0 = one a physical core.

        Raises:
            ModelIntegrityError: the runtime refuses the file.
        """
        self._name = f"{graph.parent.name}/{graph.name}"
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(graph), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise ModelIntegrityError(f"{self._name} cannot be loaded: {error}") from error
        names = {output.name for output in self._session.get_outputs()}
        if not set(OUTPUTS) <= names:
            raise ModelIntegrityError(f"{self._name} gives {sorted(names)}; expected {OUTPUTS}")

    def run(self, arrays: FloatArray) -> Outputs:
        """Outputs for prepared arrays (N, H, W, C) float32 in [0, 1].

        Raises:
            ModelIntegrityError: the graph takes another shape, fails, or answers NaN.
        """
        try:
            logit, evidence, bias = self._session.run(OUTPUTS, {"image": arrays})
        except Exception as error:
            raise ModelIntegrityError(
                f"{self._name} does not run on an array of shape {arrays.shape}: {error}"
            ) from error
        outputs = Outputs(
            logit=np.asarray(logit), evidence=np.asarray(evidence), bias=np.asarray(bias)
        )
        for name in OUTPUTS:
            if not np.isfinite(getattr(outputs, name)).all():
                raise ModelIntegrityError(
                    f"{self._name} answers with {name} that is not finite; "
                    "its weights are broken: train or publish it again"
                )
        return outputs
