"""From images to breasts to women: a breast by its views, a woman by the maximum of her breasts."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mammoscope.inference.calibrator import AffineCalibrator

# A score of 0 or 1 has no log-odds; the page cuts where this does.
_LEAST_RISK = 1e-7


def aggregate(
    scores: NDArray[np.float64], groups: Sequence[Hashable], *, how: Literal["mean", "max"]
) -> tuple[list[Hashable], NDArray[np.float64]]:
    """One score a group, groups in order of first appearance.

    Args:
        scores: (N,) calibrated scores.
        groups: (N,) the breast of each image, or the woman of each breast.
        how: "mean" (views of a breast) or "max" (breasts of a woman; labels of either).
    """
    names, position = _number(groups)
    if how == "mean":
        values = np.bincount(position, weights=scores) / np.bincount(position)
    elif how == "max":
        values = np.full(len(names), -np.inf)
        np.maximum.at(values, position, scores)
    else:
        raise ValueError(f"how is {how!r}; expected 'mean' or 'max'")
    return names, values


def score_breasts(
    scores: NDArray[np.float64],
    breasts: Sequence[Hashable],
    calibrator: AffineCalibrator | None,
) -> NDArray[np.float64]:
    """(N,) of each image the score of its breast: of one view its own, of several by their mean.

    The mean of calibrated views is less extreme than the breast's risk, since views err apart in
    part (as any mean of probabilities does: Ranjan & Gneiting 2010). The calibrator mends that.

    Args:
        scores: (N,) calibrated scores of views.
        breasts: (N,) whose each is.
        calibrator: log-odds of the mean of two views or more → score; None = that mean.
    """
    _, position = _number(breasts)
    views = np.bincount(position)
    mean = np.bincount(position, weights=scores) / views
    if calibrator is not None:
        mean = np.where(views > 1, calibrator.score(log_odds(mean)), mean)
    return mean[position]


def log_odds(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """ln(score / (1 - score)), finite for a score of 0 or 1 too."""
    cut = np.clip(scores, _LEAST_RISK, 1 - _LEAST_RISK)
    return np.log(cut) - np.log1p(-cut)


def _number(groups: Sequence[Hashable]) -> tuple[list[Hashable], NDArray[np.intp]]:
    """Groups in order of first appearance, and the place in it of each row's."""
    order = {group: index for index, group in enumerate(dict.fromkeys(groups))}
    return list(order), np.array([order[group] for group in groups], dtype=np.intp)
