"""Runs exported graphs over inputs: what is measured is what gets published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoscope.experiment.prepared import PreparedImages
from mammoscope.inference.runtime import Outputs, Session
from mammoscope.types import FloatArray

BATCH = 8


Graphs = Path | Sequence[Path]


def run_logits(graphs: Graphs, images: PreparedImages | FloatArray) -> NDArray[np.float64]:
    """Positive-class logits (N,) of N inputs."""
    return run_all_logits(graphs, images)[:, -1]


def run_all_logits(graphs: Graphs, images: PreparedImages | FloatArray) -> NDArray[np.float64]:
    """Logits (N, K) of N inputs, K = 1 for two classes."""
    parts = [outputs.logit for outputs in _run(graphs, images)]
    return np.concatenate(parts).astype(np.float64)


def run_logits_and_evidence(
    graphs: Graphs, images: PreparedImages | FloatArray
) -> tuple[NDArray[np.float64], FloatArray | None]:
    """Positive-class logits (N,) and maps (N, h, w) of one pass; None of a model without maps."""
    parts = [
        (outputs.logit[:, -1], outputs.evidence[..., -1] if outputs.evidence is not None else None)
        for outputs in _run(graphs, images)
    ]
    maps = [one for _, one in parts if one is not None]
    logits = np.concatenate([logit for logit, _ in parts]).astype(np.float64)
    return logits, np.concatenate(maps) if maps else None


def run_evidence(graphs: Graphs, images: PreparedImages | FloatArray) -> FloatArray:
    """Positive-class evidence maps (N, h, w) of N inputs of a model that has them."""
    maps = [outputs.evidence for outputs in _run(graphs, images)]
    return np.concatenate([one[..., -1] for one in maps if one is not None])


def _run(graphs: Graphs, images: PreparedImages | FloatArray) -> Iterator[Outputs]:
    session = Session(graphs)
    for at in range(0, len(images), BATCH):
        yield session.run(images[at : at + BATCH])
