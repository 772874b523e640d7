"""Small tables of predictions for tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mammoscope.experiment.predictions import Predictions


def predictions(
    breasts: Sequence[str],
    positive: Sequence[bool],
    scores: Sequence[float],
    *,
    threshold: float = 0.5,
    seed: int = 0,
    fold: int = 0,
) -> Predictions:
    """Test images of breasts named `patient/side`, one path each."""
    rows = len(breasts)
    return Predictions(
        part=["test"] * rows,
        path=[f"{n:03d}" for n in range(rows)],
        patient=[breast.split("/")[0] for breast in breasts],
        breast=list(breasts),
        positive=np.array(positive, dtype=bool),
        logit=np.zeros(rows),
        score=np.array(scores, dtype=np.float64),
        breast_score=np.array(scores, dtype=np.float64),
        threshold=np.full(rows, threshold),
        seed=np.full(rows, seed),
        fold=np.full(rows, fold),
    )
