"""Figures of calibrated scores of several models: the decision curve, and the reliability curve."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from mammoscope.experiment.comparison_calibration import ece_text
from mammoscope.experiment.comparison_looks import COLORS, Look, add_legend
from mammoscope.experiment.plots import GRAY, save_figure

Values = Mapping[str, Any]
_COLUMNS = 4


def draw_decisions(decision: Values, stem: Path, *, looks: Mapping[str, Look], title: str) -> None:
    """Net benefit over the threshold of every model, of acting on all, and of acting on none.

    Args:
        decision: of `comparison.json`.
        stem: the figure's path without its ending.
        looks: model → the look it has in the other figures.
        title: says on which data, by which unit.
    """
    figure = Figure(figsize=(7.2, 4.6), layout="constrained")
    axis = figure.subplots()
    thresholds = decision["thresholds"]
    keys: list[Line2D | Patch] = []
    few = len(decision["models"]) <= len(COLORS)
    for model in decision["models"]:
        look, points = looks[model["name"]], model["net_benefit"]
        values, lows, highs = ([row[end] for row in points] for end in ("value", "low", "high"))
        style: dict[str, Any] = {"color": look.color, "linestyle": look.line, "linewidth": 1.8}
        keys += axis.plot(thresholds, values, label=model["name"], **style)
        if few:
            axis.fill_between(thresholds, lows, highs, color=look.color, alpha=0.1, linewidth=0)
    everyone = [row["value"] for row in decision["everyone"]]
    keys += axis.plot(thresholds, everyone, color=GRAY, linestyle="--", label="acting on all")
    axis.axhline(0, color=GRAY, linewidth=0.8, linestyle=":")
    keys.append(Line2D([], [], color=GRAY, linewidth=0.8, linestyle=":", label="acting on none"))
    if few:
        keys.append(Patch(color=GRAY, alpha=0.2, label="95 % interval"))
    # Acting on all falls without end; what is far below nothing is of no use to anybody.
    top = max(row["high"] for model in decision["models"] for row in model["net_benefit"])
    axis.set_ylim(-0.5 * max(top, 0.05), 1.15 * max(top, 0.05))
    axis.set(xlabel="threshold on the score", ylabel="net benefit, true positives an image")
    axis.set_title(title, fontsize="medium")
    add_legend(figure, keys)
    save_figure(figure, stem)


def draw_reliability(
    models: Mapping[str, Values], stem: Path, *, looks: Mapping[str, Look], title: str
) -> None:
    """Share of positives against mean score in bins, with intervals; a panel a model.

    Args:
        models: name → `calibration` of `comparison.json`.
        stem: the figure's path without its ending.
        looks: model → the look it has in the other figures.
        title: says on which data, by which unit.
    """
    columns = min(len(models), _COLUMNS)
    rows = -(-len(models) // _COLUMNS)
    width = max(3.0 * columns, 4.6)
    figure = Figure(figsize=(width, 3.3 * rows + 0.4), layout="constrained")
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axis, (name, calibration) in zip(axes, models.items(), strict=False):
        look, bins = looks[name], calibration["bins"]
        shares = [one["positives"] for one in bins]
        spread = [
            [row["value"] - row["low"] for row in shares],
            [row["high"] - row["value"] for row in shares],
        ]
        axis.plot([0, 1], [0, 1], color=GRAY, linewidth=0.8, linestyle=":")
        axis.errorbar(
            [one["score"] for one in bins],
            [row["value"] for row in shares],
            yerr=spread,
            fmt=look.mark,
            color=look.color,
            capsize=3,
            markersize=4,
        )
        axis.set(xlim=(0, 1), ylim=(0, 1), xlabel="mean score", ylabel="share of positives")
        axis.set_title(f"{name}\nECE {ece_text(calibration)}", fontsize="small")
    for axis in axes[len(models) :]:
        axis.set_axis_off()
    figure.suptitle(title, fontsize="medium")
    save_figure(figure, stem)
