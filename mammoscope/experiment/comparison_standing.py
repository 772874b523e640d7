"""A report's blocks on ranks and Pareto fronts: how sure the order of the models is."""

from __future__ import annotations

from mammoscope.experiment.report_blocks import (
    Block,
    Section,
    Table,
    Values,
    auc_text,
    figures_of,
    sample_text,
)
from mammoscope.experiment.standing import ALL
from mammoscope.experiment.verdict import any_single, milliseconds
from mammoscope.experiment.wording import duration, join

_AXES = {
    "latency_p50_ms": "latency p50",
    "graph_bytes": "file size",
    "peak_memory_bytes": "peak memory",
    "training_seconds": "training time",
    ALL: "all four at once",
}


def ranking_sections(values: Values) -> list[Section]:
    """One section with a row a model; none of one model."""
    ranking = values["ranking"]
    if not ranking:
        return []
    models = {model["name"]: model for model in values["models"]}
    unit = values["unit"]
    rows = [
        (
            row["name"],
            f"{row['value']:g} ({row['low']:g} to {row['high']:g})",
            _share(row["first_share"]),
            auc_text(figures_of(models[row["name"]], unit)["metrics"]["auc"]),
        )
        for row in ranking
    ]
    caption = (
        f"By AUC by {unit} ({sample_text(ranking[0])}). Rank (low to high): 95 % percentile "
        f"interval over {values['replicates']:,} bootstrap draws of women; first: in which share "
        "of these draws a model has the highest AUC, a shared first place counted in parts. Models "
        "of equal AUC share the mean of their places."
    )
    if any_single(len(model["seeds"]) for model in values["models"]):
        caption += " The noise of training is not in the ranks of a model of one seed."
    header = ("model", "rank", "first in", f"AUC by {unit}")
    return [Section("Ranking", [Table("Ranks by AUC", header, rows, caption)])]


def front_blocks(values: Values) -> list[Block]:
    """A table with a row a cost and model: is another one as good and as cheap, and how surely?"""
    rows = [
        (
            _AXES[front["against"]],
            model["name"],
            _cost_text(front["against"], model["cost"]),
            _dominated(model["dominated_by"]),
            _share(model["dominated_share"]),
        )
        for front in values["fronts"]
        for model in front["models"]
    ]
    if not rows:
        return []
    counts = sample_text(values["fronts"][0])
    caption = (
        f"A model is dominated where another has at least its AUC by {values['unit']} ({counts}) "
        "at no higher cost, and is better in one of the two; one that none dominates is on the "
        f"Pareto front. Dominated in: share of {values['replicates']:,} bootstrap draws of women "
        "in which that is so of some other model. What varies from draw to draw is the AUC; costs "
        "are taken as they were measured, and a cost that differs by less than a shared machine "
        "varies may have put a model on either side."
    )
    header = ("cost", "model", "its cost", "by the figures above", "dominated in")
    return [Table("Pareto fronts of AUC against cost", header, rows, caption)]


def _cost_text(against: str, cost: list[float]) -> str:
    (first, *others) = cost
    if others:
        return "see above"
    if against == "latency_p50_ms":
        return milliseconds(first)
    if against == "training_seconds":
        return duration(first)
    return f"{first / 1e6:.2f} MB" if against == "graph_bytes" else f"{first / 1e6:.0f} MB"


def _dominated(names: list[str]) -> str:
    if not names:
        return "on the front"
    return f"dominated by {join(names) if len(names) < 4 else f'{len(names)} others'}"


def _share(share: float) -> str:
    """A share of draws in percent; never a 0 or a 100 that is not one."""
    if 0 < share < 0.01:
        return "< 1 %"
    if 0.99 < share < 1:
        return "> 99 %"
    return f"{share:.0%}".replace("%", " %")
