"""Pareto fronts of AUC against what a model costs, and how often each model is dominated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mammoscope.experiment.comparison_draws import Draws

Costs = Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class Domination:
    """A model against all others in the plane (or space) of AUC and costs.

    Attributes:
        name: of the model.
        dominated_by: those that equal or beat it in everything and beat it in something, by the
            figures on all women; none = it is on the front.
        dominated_share: share of the draws of women in which some other model does so, in [0, 1].
    """

    name: str
    dominated_by: tuple[str, ...]
    dominated_share: float


def find_dominated(aucs: Mapping[str, float], draws: Draws, costs: Costs) -> list[Domination]:
    """Each model of `costs`, in their order.

    Costs are taken as they were measured, once; what varies from draw to draw is the AUC alone.

    Args:
        aucs: model → AUC on all women; it may hold models without a cost, which are left out.
        draws: model → (R,) AUC on each draw of women.
        costs: model → as many numbers each, the lower the better, all finite.
    """
    names = list(costs)
    whole = np.array([[aucs[name]] for name in names])
    beaten = _dominates(whole, costs)[..., 0]
    drawn = _dominates(np.stack([draws[name] for name in names]), costs).any(axis=0).mean(axis=1)
    return [
        Domination(
            name=name,
            dominated_by=tuple(other for at, other in enumerate(names) if beaten[at, place]),
            dominated_share=float(drawn[place]),
        )
        for place, name in enumerate(names)
    ]


def _dominates(aucs: NDArray[np.float64], costs: Costs) -> NDArray[np.bool_]:
    """(K, K, R) whether the first of two models dominates the second on a draw; aucs (K, R)."""
    prices = np.array([list(cost) for cost in costs.values()])
    ours = prices[:, np.newaxis]
    no_dearer = np.all(ours <= prices, axis=-1)[..., np.newaxis]
    cheaper = no_dearer & np.any(ours < prices, axis=-1)[..., np.newaxis]
    as_good, better = aucs[:, np.newaxis] >= aucs, aucs[:, np.newaxis] > aucs
    return np.asarray((no_dearer & better) | (cheaper & as_good), dtype=np.bool_)
