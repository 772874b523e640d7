"""Runs an exported graph over arrays: what is measured is what gets published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoscope.experiment.prepared import PreparedImages
from mammoscope.inference.runtime import Outputs, Session
from mammoscope.types import FloatArray

BATCH = 8


def run_logits(graph: Path, images: PreparedImages | FloatArray) -> NDArray[np.float64]:
    """Positive-class logits (N,) of N prepared arrays."""
    parts = [outputs.logit[:, -1] for outputs in _run(graph, images)]
    return np.concatenate(parts).astype(np.float64)


def run_evidence(graph: Path, images: PreparedImages | FloatArray) -> FloatArray:
    """Positive-class evidence maps (N, h, w) of N prepared arrays."""
    return np.concatenate([outputs.evidence[..., -1] for outputs in _run(graph, images)])


def _run(graph: Path, images: PreparedImages | FloatArray) -> Iterator[Outputs]:
    session = Session(graph)
    for at in range(0, len(images), BATCH):
        yield session.run(images[at : at + BATCH])
