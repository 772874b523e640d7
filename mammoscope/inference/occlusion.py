"""A map for a model that has none of its own: cells are covered, and the logit is asked again."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from mammoscope.types import FloatArray

# 8 × 8 cells, so at most 64 times the work of an answer.
CELLS = 8

# What a model eats of one array (H, W, C); logits (N,) of N of them.
Eat = Callable[[FloatArray], FloatArray]
Ask = Callable[[FloatArray], FloatArray]


def occlusion_map(array: FloatArray, logit: float, *, eat: Eat, ask: Ask) -> FloatArray:
    """By how many logits each cell raises the score: the logit less that without the cell.

    Zeiler and Fergus 2014 (section 4.2). A cell is covered by the breast's mean, channel by
    channel, where it shows breast, so that neither outline nor surround changes; a cell that shows
    none is 0. The cells do not sum to the logit: what two of them show together is in neither, or
    in both.

    Args:
        array: prepared, float32 (H, W, C) in [0, 1], 0 outside the breast.
        logit: of the array as it is.
        eat: what the model eats of an array.
        ask: the model's logits of what it eats, stacked.

    Returns:
        float32 (CELLS, CELLS), signed.
    """
    shown = array.max(axis=2) > 0
    grid = np.zeros((CELLS, CELLS), dtype=np.float32)
    if not shown.any():
        return grid
    mean = array[shown].mean(axis=0, dtype=np.float64).astype(np.float32)
    rows, columns = (np.linspace(0, side, CELLS + 1).astype(int) for side in shown.shape)

    def covered(cell: tuple[int, int]) -> FloatArray:
        down, across = cell
        window = (slice(*rows[down : down + 2]), slice(*columns[across : across + 2]))
        copy = array.copy()
        copy[window][shown[window]] = mean
        return eat(copy)

    cells = [
        (down, across)
        for down, across in np.ndindex(CELLS, CELLS)
        if shown[rows[down] : rows[down + 1], columns[across] : columns[across + 1]].any()
    ]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        logits = ask(np.stack(list(pool.map(covered, cells))))
    for cell, without in zip(cells, logits, strict=True):
        grid[cell] = logit - without
    return grid
