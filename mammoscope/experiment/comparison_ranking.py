"""The ranks of models by AUC, and how sure they are: over draws of women."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from mammoscope.experiment.comparison_draws import Draws
from mammoscope.types import Estimate

_ENDS = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Rank:
    """The place of one model among all.

    Attributes:
        name: of the model.
        rank: from 1 = the highest AUC, models of equal AUC sharing the mean of their places;
            with the 95 % percentile interval of its rank over the draws.
        first_share: share of the draws in which it is first, in [0, 1]; a first place that is
            shared counts in parts, so that the shares of all models sum to 1.
    """

    name: str
    rank: Estimate
    first_share: float


def rank_models(aucs: Mapping[str, float], draws: Draws, *, women: int) -> list[Rank]:
    """The models by rank, the first one first; by name where they share one.

    The ranks of draws say how far the order rests on which women were drawn (Goldstein &
    Spiegelhalter 1996, J. R. Stat. Soc. A 159, section 4). They say nothing of the noise of
    training where a model has one seed.

    Args:
        aucs: model → AUC on all women.
        draws: model → (R,) AUC on each draw of women, R at least 1.
        women: that are drawn from; said in the method.
    """
    names = list(aucs)
    places = rankdata([-aucs[name] for name in names])
    table = np.stack([draws[name] for name in names])
    drawn = rankdata(-table, axis=0)
    best = table == table.max(axis=0)
    shares = (best / best.sum(axis=0)).mean(axis=1)
    method = f"95 % patient bootstrap of ranks, {table.shape[1]} replicates, {women} patients"
    found = []
    for name, place, of_draws, share in zip(names, places, drawn, shares, strict=True):
        low, high = np.percentile(of_draws, _ENDS)
        rank = Estimate(float(place), float(low), float(high), method)
        found.append(Rank(name, rank, float(share)))
    return sorted(found, key=lambda one: (one.rank.value, one.name))
