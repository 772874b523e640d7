"""The AUC of every model on the same drawn women: what ranks and fronts are counted over."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mammoscope.experiment.resampling import count_draws, draw_patients, number_patients
from mammoscope.experiment.statistics import UnitScores, refuse_unpaired
from mammoscope.experiment.weighted_metrics import auc

Draws = Mapping[str, NDArray[np.float64]]


def draw_aucs(models: Mapping[str, UnitScores], *, seed: int, replicates: int) -> Draws:
    """Model → float64 (R,): its AUC on each draw, averaged over as many drawn seeds as it has.

    The women of a draw are the same for every model; seeds are each model's own. A draw that
    lacks a class is left out, so R may be less than was asked for.

    Args:
        models: name → scores of the same units in the same order.
        seed: of the draws; the women are those that the other intervals of this seed drew.
        replicates: how many.

    Raises:
        ValueError: two are not of the same units.
    """
    first, *rest = models.values()
    for model in rest:
        refuse_unpaired(first, model)
    generator = np.random.default_rng(seed)
    # A child, which spawning does not move: the women do not depend on the number of seeds.
    children = np.random.default_rng(seed).spawn(len(models))
    owner = number_patients(first.patients)
    blocks: dict[str, list[NDArray[np.float64]]] = {name: [] for name in models}
    for drawn in draw_patients(owner, generator, replicates=replicates):
        resample = count_draws(owner, drawn)
        for (name, model), child in zip(models.items(), children, strict=True):
            table = np.stack(
                [auc(scores, model.labels, model.labels, resample) for scores in model.scores]
            )
            seeds = child.integers(len(table), size=table.shape)
            blocks[name].append(np.take_along_axis(table, seeds, axis=0).mean(axis=0))
    draws = {name: np.concatenate(parts) for name, parts in blocks.items()}
    defined = np.isfinite(np.stack(list(draws.values()))).all(axis=0)
    return {name: values[defined] for name, values in draws.items()}
