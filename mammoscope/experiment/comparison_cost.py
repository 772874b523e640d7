"""The section of a comparison's report on cost: a table, and AUC against latency."""

from __future__ import annotations

from collections.abc import Sequence

from mammoscope.experiment.report_blocks import (
    Block,
    Picture,
    Prose,
    Values,
    auc_text,
    figures_of,
    table_of_models,
)
from mammoscope.experiment.verdict import milliseconds
from mammoscope.experiment.wording import duration, join

UNKNOWN = "not measured"
_COST_ROWS = (
    "file size",
    "latency p50",
    "latency p95",
    "cold start",
    "peak memory",
    "measured on",
)


def cost_blocks(values: Values) -> list[Block]:
    """The table of costs, and AUC against latency of the models whose cost was measured."""
    models = values["models"]
    columns = [_cells(model) for model in models]
    rows = [(name, *(cells[name] for cells in columns)) for name in columns[0]]
    blocks: list[Block] = [
        table_of_models(
            "What a model costs",
            ("", *(model["name"] for model in models)),
            rows,
            "Latency is of one network pass over one prepared image, evidence map included, in a "
            "process that has answered before; cold start is a fresh process that loads the graph, "
            "answers once and ends, and peak memory is that process'. Costs were measured in turns "
            "where a study made the runs; else each at its own time. The cost is of the graph that "
            f"would be published{_published(models)}. Training time is of all folds and seeds "
            "together.",
        )
    ]
    missing = [model["name"] for model in models if not model["cost"]]
    if missing:
        blocks.append(
            Prose(
                f"The cost of {join(missing)} was not measured, so there is no point of it "
                "in a plot of AUC against latency."
            )
        )
    if len(missing) < len(models):
        blocks.append(_trade_off(values))
    return blocks


def _published(models: Sequence[Values]) -> str:
    """Which graph that is, where the figures are not its own."""
    if any(model["folds"] for model in models):
        return " (with folds: the network of all women); the figures are those of the fold networks"
    if any(len(model["seeds"]) > 1 for model in models):
        return " (of several seeds: the first's); the figures are those of all seeds"
    return ""


def _trade_off(values: Values) -> Picture:
    unit = values["unit"]
    said = [
        f"{model['name']}: AUC {auc_text(figures_of(model, unit)['metrics']['auc'])} at "
        f"{milliseconds(model['cost']['latency_p50_ms'])}"
        for model in values["models"]
        if model["cost"]
    ]
    return Picture(
        "AUC against latency",
        "trade-off",
        f"AUC by {unit} against latency p50. {'; '.join(said)}.",
        f"AUC by {unit} with its 95 % interval against the latency of a warm pass. A ring marks a "
        "model on the Pareto front: no other is both as good and as fast, and better in one. "
        "Nothing is said of what lies between the points, and intervals that overlap may change "
        "the order.",
    )


def _cells(model: Values) -> dict[str, str]:
    """What is measured → how the report says it."""
    cost, macs, refit = model["cost"], model["macs"], model["refit_seconds"]
    more = "" if refit is None else f", and {duration(refit)} for the network of all women"
    cells = {
        "parameters": f"{model['parameters']:,}",
        "multiply-accumulates an image": UNKNOWN if macs is None else _count(macs),
        "training time": duration(model["training_seconds"]) + more,
        "trained on": model["training_device"],
    }
    if cost is None:
        return cells | dict.fromkeys(_COST_ROWS, UNKNOWN)
    passes = f"{cost['latency_runs']} passes, {cost['threads']} threads"
    measured = (
        f"{cost['graph_bytes'] / 1e6:.2f} MB",
        f"{milliseconds(cost['latency_p50_ms'])} ({passes})",
        f"{milliseconds(cost['latency_p95_ms'])} ({passes})",
        f"{cost['cold_start_s']:.2f} s",
        f"{cost['peak_memory_bytes'] / 1e6:.0f} MB",
        cost["machine"],
    )
    return cells | dict(zip(_COST_ROWS, measured, strict=True))


def _count(number: float) -> str:
    """`2.83 billion`, `551 million`, `12,345`."""
    for power, word in ((1e9, "billion"), (1e6, "million")):
        if number >= power:
            return f"{number / power:.3g} {word}"
    return f"{number:,.0f}"
