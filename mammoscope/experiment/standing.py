"""Where models stand among each other, as JSON values: ranks by AUC, and fronts against costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from mammoscope.experiment.comparison_draws import draw_aucs
from mammoscope.experiment.comparison_ranking import rank_models
from mammoscope.experiment.pareto import find_dominated
from mammoscope.experiment.report_blocks import figures_of
from mammoscope.experiment.statistics import UnitScores

# What a model costs, in the order of the report; the last is known of every run.
COSTS = ("latency_p50_ms", "graph_bytes", "peak_memory_bytes", "training_seconds")
ALL = "all"


def measure_standing(
    units: Mapping[str, UnitScores],
    models: Sequence[Mapping[str, Any]],
    unit: str,
    *,
    seed: int,
    replicates: int,
) -> dict[str, Any]:
    """`ranking` and `fronts` of `comparison.json`; both empty where there is but one model.

    Args:
        units: model → scores by the deciding unit.
        models: their figures.
        unit: that decides.
        seed, replicates: of the bootstrap.
    """
    if len(units) < 2:
        return {"ranking": [], "fronts": []}
    draws = draw_aucs(units, seed=seed, replicates=replicates)
    figures = {model["name"]: figures_of(model, unit) for model in models}
    aucs = {name: row["metrics"]["auc"]["value"] for name, row in figures.items()}
    counts = {
        key: figures[models[0]["name"]][key] for key in ("unit", "n", "n_positive", "n_patients")
    }
    ranking = [
        {"name": one.name, **counts, **asdict(one.rank), "first_share": one.first_share}
        for one in rank_models(aucs, draws, women=counts["n_patients"])
    ]
    fronts = []
    for against in (*COSTS, ALL):
        asked = COSTS if against == ALL else (against,)
        costs = {
            model["name"]: [_cost(model, name) for name in asked]
            for model in models
            if model["cost"] or asked == COSTS[-1:]
        }
        if len(costs) > 1:
            rows = [
                asdict(one) | {"dominated_by": list(one.dominated_by), "cost": costs[one.name]}
                for one in find_dominated(aucs, draws, costs)
            ]
            fronts.append({"against": against, **counts, "models": rows})
    return {"ranking": ranking, "fronts": fronts}


def _cost(model: Mapping[str, Any], name: str) -> float:
    return float(model[name] if name in model else model["cost"][name])
