"""From images to breasts to women: breast = mean of its views, woman = maximum of her breasts."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray


def aggregate(
    scores: NDArray[np.float64], groups: Sequence[Hashable], *, how: Literal["mean", "max"]
) -> tuple[list[Hashable], NDArray[np.float64]]:
    """One score a group, groups in order of first appearance.

    Args:
        scores: (N,) calibrated scores.
        groups: (N,) the breast of each image, or the woman of each breast.
        how: "mean" (views of a breast) or "max" (breasts of a woman; labels of either).
    """
    order = {group: index for index, group in enumerate(dict.fromkeys(groups))}
    position = np.array([order[group] for group in groups], dtype=np.intp)
    if how == "mean":
        values = np.bincount(position, weights=scores) / np.bincount(position)
    elif how == "max":
        values = np.full(len(order), -np.inf)
        np.maximum.at(values, position, scores)
    else:
        raise ValueError(f"how is {how!r}; expected 'mean' or 'max'")
    return list(order), values
