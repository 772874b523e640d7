"""Runs an exported graph over arrays: what is measured is what gets published."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoscope.inference.runtime import Session
from mammoscope.types import FloatArray

BATCH = 8


@dataclass(frozen=True, slots=True, eq=False)
class GraphOutputs:
    """Positive-class logits (N,) float64 and evidence maps (N, h, w) of N arrays."""

    logit: NDArray[np.float64]
    evidence: FloatArray


def run_graph(graph: Path, arrays: FloatArray) -> GraphOutputs:
    """Outputs of a graph for prepared arrays (N, H, W, C), in small batches."""
    session = Session(graph)
    batches = [session.run(arrays[at : at + BATCH]) for at in range(0, len(arrays), BATCH)]
    return GraphOutputs(
        logit=np.concatenate([batch.logit[:, -1] for batch in batches]).astype(np.float64),
        evidence=np.concatenate([batch.evidence[..., -1] for batch in batches]),
    )
