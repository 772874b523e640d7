"""What every model family offers, in scikit-learn's words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, Self

from mammoscope.types import FloatArray


class Classifier(Protocol):
    """An estimator of class probabilities that can be written as an ONNX graph.

    Attributes:
        classes_: class names in the order of `predict_proba`'s columns.
        title: what people call the architecture.
        explanation: one sentence on what its map can and cannot show.
    """

    classes_: Sequence[str]
    title: str
    explanation: str

    def fit(self, x: Any, y: Any = None, *, epochs: int) -> Self:
        """Fits on prepared arrays (N, H, W, C) and class indices (N,), or on a feed of both."""
        ...

    def predict_proba(self, x: FloatArray) -> FloatArray:
        """Class probabilities (N, K), before calibration."""
        ...

    def export(self, path: Path) -> None:
        """Writes an ONNX graph `image` → `logit`, `evidence`, `bias`."""
        ...
