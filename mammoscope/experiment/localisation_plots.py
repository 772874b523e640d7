"""The FROC figure of several models: lesions found against false marks an image, beside chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from mammoscope.experiment.comparison_looks import COLORS, Look, add_legend
from mammoscope.experiment.plots import GRAY, save_figure

Values = Mapping[str, Any]
_TICKS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
# A map that finds nothing still needs an axis to be read on.
_LEAST_TOP = 0.1


def draw_froc(
    models: Mapping[str, Sequence[Values]], stem: Path, *, looks: Mapping[str, Look], title: str
) -> None:
    """Sensitivity by lesion over false marks an image (log scale); chance dashed.

    Args:
        models: name → `froc` of a run's `localisation`.
        stem: the figure's path without its ending.
        looks: model → the look it has in the other figures.
        title: says on which data.
    """
    figure = Figure(figsize=(7.2, 4.6), layout="constrained")
    axis = figure.subplots()
    few = len(models) <= len(COLORS)
    keys: list[Line2D | Patch] = []
    for name, points in models.items():
        look, rates = looks[name], [point["rate"] for point in points]
        found, guessed = ([point[key] for point in points] for key in ("sensitivity", "chance"))
        style = look.on_line
        keys += axis.plot(rates, [row["value"] for row in found], label=name, lw=1.8, **style)
        axis.plot(rates, [row["value"] for row in guessed], color=look.color, ls="--", lw=1.0)
        if few:
            lows, highs = ([row[end] for row in found] for end in ("low", "high"))
            axis.fill_between(rates, lows, highs, color=look.color, alpha=0.1, linewidth=0)
    keys.append(Line2D([], [], color=GRAY, linestyle="--", linewidth=1.0, label="chance"))
    if few:
        keys.append(Patch(color=GRAY, alpha=0.2, label="95 % interval"))
    top = max(
        point[key]["high"]
        for points in models.values()
        for point in points
        for key in ("sensitivity", "chance")
    )
    axis.set_xscale("log", base=2)
    axis.xaxis.set_major_locator(FixedLocator(_TICKS))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_xlim(_TICKS[0], _TICKS[-1])
    axis.set_ylim(0, min(1.0, 1.05 * max(top, _LEAST_TOP)))
    axis.set(xlabel="false marks an image (log scale)", ylabel="share of lesions found")
    axis.set_title(title, fontsize="medium")
    add_legend(figure, keys)
    save_figure(figure, stem)
