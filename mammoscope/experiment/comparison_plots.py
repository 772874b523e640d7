"""Figures of several models together: epochs, ROC, confusion, AUC against latency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import NDArray

from mammoscope.experiment.history import MEASURES, History
from mammoscope.experiment.plots import (
    BLUE,
    GRAY,
    GREEN,
    MEASURE_TITLES,
    ORANGE,
    confusion_counts,
    draw_counts,
    draw_course,
    roc_points,
    save_figure,
    start_roc,
)
from mammoscope.experiment.statistics import UnitScores
from mammoscope.types import Estimate

# Okabe & Ito's colours, which the colour-blind can tell apart too.
COLORS = (BLUE, ORANGE, GREEN, "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#b8a800")
_COLUMNS = 4
_STEPS = 1001


@dataclass(frozen=True, slots=True)
class Point:
    """A model in the plane of AUC and latency."""

    name: str
    auc: Estimate
    latency_p50_ms: float


def draw_histories(histories: Mapping[str, Sequence[History]], stem: Path, *, title: str) -> None:
    """Loss, accuracy and AUC over the epochs of all models, train dashed, validation solid.

    Args:
        histories: model → one history a network; the line is their mean at each epoch, the band
            reaches from the least to the most.
        stem: the figure's path without its ending.
        title: says on which data.
    """
    figure = Figure(figsize=(9, 6.6), layout="constrained")
    *axes, corner = figure.subplots(2, 2).flat
    for axis, name in zip(axes, MEASURES, strict=True):
        for color, networks in zip(COLORS, histories.values(), strict=False):
            draw_course(axis, networks, name, color=color, linestyle="--", linewidth=1.2)
            draw_course(axis, networks, f"val_{name}", color=color, linewidth=1.8)
        axis.set_xlabel("epoch")
        axis.set_title(MEASURE_TITLES[name])
    corner.set_axis_off()
    keys: list[Line2D | Patch] = [
        Line2D([], [], color=color, linewidth=1.8, label=f"{name}{_networks(networks)}")
        for color, (name, networks) in zip(COLORS, histories.items(), strict=False)
    ]
    keys += [
        Line2D([], [], color=GRAY, linewidth=1.8, label="validation"),
        Line2D([], [], color=GRAY, linewidth=1.2, linestyle="--", label="train"),
    ]
    if any(len(networks) > 1 for networks in histories.values()):
        keys.append(Patch(color=GRAY, alpha=0.2, label="least to most of the networks"))
    corner.legend(handles=keys, frameon=False, loc="center")
    figure.suptitle(title)
    save_figure(figure, stem)


def draw_rocs(models: Mapping[str, tuple[UnitScores, Estimate]], stem: Path, *, title: str) -> None:
    """ROC curves of all models; of several seeds each thinly, and their mean.

    The mean is of the sensitivities at each specificity, so that the area under it is the mean of
    the seeds' areas, which is the AUC in the legend.

    Args:
        models: name → scores of the same units, and their AUC.
        stem: the figure's path without its ending.
        title: says by which unit.
    """
    figure, axis = start_roc(title)
    grid = np.linspace(0, 1, _STEPS)
    for color, (name, (units, auc)) in zip(COLORS, models.items(), strict=False):
        curves = [roc_points(scores, units.labels) for scores in units.scores]
        wrong, found = curves[0]
        if len(curves) > 1:
            for one_wrong, one_found in curves:
                axis.plot(one_wrong, one_found, color=color, linewidth=0.7, alpha=0.45)
            mean = np.mean([np.interp(grid, *curve) for curve in curves], axis=0)
            wrong, found = np.append(0.0, grid), np.append(0.0, mean)
        label = f"{name}: {auc.value:.2f} ({auc.low:.2f} to {auc.high:.2f}), n {len(units.labels)}"
        axis.plot(wrong, found, color=color, linewidth=1.8, label=label)
    # Below the square: a curve may go anywhere inside.
    figure.legend(
        frameon=False,
        loc="outside lower center",
        title="AUC with 95 % interval",
        fontsize="small",
        title_fontsize="small",
    )
    save_figure(figure, stem)


def draw_confusions(
    models: Mapping[str, UnitScores], stem: Path, *, classes: tuple[str, str], title: str
) -> None:
    """Confusion matrices side by side, in one scale of colour; of several seeds mean counts.

    Args:
        models: name → scores of the same units.
        stem: the figure's path without its ending.
        classes: names of the negative and the positive class.
        title: says what is counted, and held against what.
    """
    counts = {name: mean_counts(units) for name, units in models.items()}
    columns = min(len(counts), _COLUMNS)
    rows = -(-len(counts) // _COLUMNS)
    width = max(3.2 * columns, 5.0)
    figure = Figure(figsize=(width, 3.5 * rows + 0.3), layout="constrained")
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    darkest = max(float(table.max()) for table in counts.values())
    for axis, (name, table) in zip(axes, counts.items(), strict=False):
        draw_counts(axis, table, classes=classes, darkest=darkest)
        axis.set_title(name, fontsize="medium")
    for axis in axes[len(counts) :]:
        axis.set_axis_off()
    figure.suptitle(title, fontsize="medium")
    save_figure(figure, stem)


def mean_counts(units: UnitScores) -> NDArray[np.float64]:
    """(2, 2) counts of truth (rows) against verdict (columns), mean of the seeds."""
    counts = np.array([confusion_counts(units.labels, called) for called in units.called])
    return np.asarray(counts.mean(axis=0))


def draw_trade_off(
    points: Sequence[Point], stem: Path, *, colors: Mapping[str, str], title: str
) -> None:
    """AUC with its interval against latency; a ring round each point that none beats on both.

    Args:
        points: at least one.
        stem: the figure's path without its ending.
        colors: model → the colour it has in the other figures.
        title: says by which unit.
    """
    figure = Figure(figsize=(5.6, 5.4), layout="constrained")
    axis = figure.subplots()
    front = find_front(points)
    for point in points:
        value, color = point.auc.value, colors[point.name]
        axis.errorbar(
            point.latency_p50_ms,
            value,
            yerr=[[max(value - point.auc.low, 0.0)], [max(point.auc.high - value, 0.0)]],
            fmt="o",
            color=color,
            capsize=4,
            label=point.name,
        )
        if point.name in front:
            axis.plot(point.latency_p50_ms, value, "o", ms=15, mfc="none", mec=color, mew=1.2)
    axis.axhline(0.5, color=GRAY, linewidth=0.8, linestyle=":")
    times = [point.latency_p50_ms for point in points]
    axis.set_xscale("log")
    axis.set_xlim(min(times) / 2.5, max(times) * 2.5)
    axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.set(xlabel="latency p50 of a warm pass, ms (log scale)", ylabel="AUC")
    axis.set_title(title, fontsize="medium")
    ring = Line2D([], [], ls="", marker="o", ms=11, mfc="none", mec=GRAY, label="Pareto front")
    guess = Line2D([], [], color=GRAY, linewidth=0.8, linestyle=":", label="guessing")
    handles, _ = axis.get_legend_handles_labels()
    figure.legend(
        handles=[*handles, ring, guess],
        frameon=False,
        loc="outside lower center",
        ncols=2,
        fontsize="small",
    )
    save_figure(figure, stem)


def find_front(points: Sequence[Point]) -> set[str]:
    """Names of the points that no other one equals or beats in both, and beats in one."""
    return {
        point.name
        for point in points
        if not any(
            other.auc.value >= point.auc.value
            and other.latency_p50_ms <= point.latency_p50_ms
            and (other.auc.value, other.latency_p50_ms) != (point.auc.value, point.latency_p50_ms)
            for other in points
        )
    }


def _networks(histories: Sequence[History]) -> str:
    return "" if len(histories) == 1 else f" ({len(histories)} networks)"
