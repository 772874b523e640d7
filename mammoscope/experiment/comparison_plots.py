"""Figures of several models together: epochs, ROC, confusion, AUC against latency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from numpy.typing import NDArray

from mammoscope.experiment.comparison_looks import COLORS, Look, add_legend, looks_of
from mammoscope.experiment.history import MEASURES, History
from mammoscope.experiment.pareto import find_dominated
from mammoscope.experiment.plots import (
    GRAY,
    MEASURE_TITLES,
    confusion_counts,
    draw_counts,
    draw_course,
    roc_points,
    save_figure,
    start_roc,
)
from mammoscope.experiment.statistics import UnitScores
from mammoscope.types import Estimate

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
            (of a few models) reaches from the least to the most. What has but one epoch is a
            point, left of the lines.
        stem: the figure's path without its ending.
        title: says on which data.
    """
    many = len(histories) > len(COLORS)
    figure = Figure(figsize=(12, 3.8) if many else (9, 6.6), layout="constrained")
    # More models than colours would fill a corner's legend: theirs goes below.
    axes = list(figure.subplots(1, 3).flat) if many else list(figure.subplots(2, 2).flat)
    looks, places = looks_of(histories), _places(histories)
    for axis, name in zip(axes, MEASURES, strict=False):
        for model, networks in histories.items():
            style = {**looks[model].on_line, "at": places.get(model), "band": not many}
            draw_course(axis, networks, name, **style, linestyle="--", linewidth=1.2)
            draw_course(axis, networks, f"val_{name}", **style, linewidth=1.8)
        axis.set_xlabel("epoch (left of 0: fitted in one step)" if places else "epoch")
        # An epoch has no fraction, and left of 0 there is none.
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:.0f}" if x >= 0 else ""))
        axis.set_title(MEASURE_TITLES[name])
    keys = _history_keys(histories, looks)
    if many:
        add_legend(figure, keys)
    else:
        axes[-1].set_axis_off()
        axes[-1].legend(handles=keys, frameon=False, loc="center")
    figure.suptitle(title)
    save_figure(figure, stem)


def _places(histories: Mapping[str, Sequence[History]]) -> dict[str, float]:
    """Where each model stands that was fitted in one step: side by side, left of the epochs.

    Empty where all were, or none: then each is at its epoch.
    """
    at_once = [name for name, networks in histories.items() if max(h.epochs for h in networks) == 1]
    if len(at_once) == len(histories):
        return {}
    longest = max(int(h.numbers[-1]) + 1 for networks in histories.values() for h in networks)
    step = 0.03 * longest
    return {name: -step * (len(at_once) - place) for place, name in enumerate(at_once)}


def _history_keys(
    histories: Mapping[str, Sequence[History]], looks: Mapping[str, Look]
) -> list[Line2D | Patch]:
    keys: list[Line2D | Patch] = [
        Line2D([], [], linewidth=1.8, label=f"{name}{_networks(networks)}", **looks[name].on_line)
        for name, networks in histories.items()
    ]
    keys += [
        Line2D([], [], color=GRAY, linewidth=1.8, label="validation"),
        Line2D([], [], color=GRAY, linewidth=1.2, linestyle="--", label="train"),
    ]
    if any(history.epochs == 1 for networks in histories.values() for history in networks):
        point: dict[str, Any] = {"color": GRAY, "linestyle": "none", "marker": "o"}
        keys += [
            Line2D([], [], label="validation, fitted in one step", **point),
            Line2D([], [], label="train, fitted in one step", markerfacecolor="none", **point),
        ]
    if len(histories) <= len(COLORS) and any(len(of) > 1 for of in histories.values()):
        keys.append(Patch(color=GRAY, alpha=0.2, label="least to most of the networks"))
    return keys


def draw_rocs(models: Mapping[str, tuple[UnitScores, Estimate]], stem: Path, *, title: str) -> None:
    """ROC curves of all models; of several seeds each thinly (of a few models), and their mean.

    The mean is of the sensitivities at each specificity, so that the area under it is the mean of
    the seeds' areas, which is the AUC in the legend.

    Args:
        models: name → scores of the same units, and their AUC.
        stem: the figure's path without its ending.
        title: says by which unit.
    """
    figure, axis = start_roc(title)
    grid = np.linspace(0, 1, _STEPS)
    looks, keys = looks_of(models), []
    for name, (units, auc) in models.items():
        look = looks[name]
        curves = [roc_points(scores, units.labels) for scores in units.scores]
        wrong, found = curves[0]
        if len(curves) > 1:
            for one_wrong, one_found in curves if len(models) <= len(COLORS) else ():
                axis.plot(one_wrong, one_found, color=look.color, linewidth=0.7, alpha=0.45)
            mean = np.mean([np.interp(grid, *curve) for curve in curves], axis=0)
            wrong, found = np.append(0.0, grid), np.append(0.0, mean)
        label = f"{name}: {auc.value:.2f} ({auc.low:.2f} to {auc.high:.2f}), n {len(units.labels)}"
        style: dict[str, Any] = {"color": look.color, "linestyle": look.line, "linewidth": 1.8}
        keys += axis.plot(wrong, found, label=label, **style)
    # Below the square: a curve may go anywhere inside.
    add_legend(figure, keys, title="AUC with 95 % interval")
    # A square is laid out in two passes: without this one the first file would lose its title.
    figure.draw_without_rendering()
    save_figure(figure, stem)


def draw_confusions(
    models: Mapping[str, UnitScores],
    stem: Path,
    *,
    classes: tuple[str, str],
    title: str,
    notes: Mapping[str, str],
) -> None:
    """Confusion matrices side by side, in one scale of colour; of several seeds mean counts.

    Args:
        models: name → scores of the same units.
        stem: the figure's path without its ending.
        classes: names of the negative and the positive class.
        title: says what is counted, and held against what.
        notes: name → lines below it: the shares with their intervals.
    """
    counts = {name: mean_counts(units) for name, units in models.items()}
    columns = min(len(counts), _COLUMNS)
    rows = -(-len(counts) // _COLUMNS)
    width = max(3.2 * columns, 5.0)
    figure = Figure(figsize=(width, 3.9 * rows + 0.3), layout="constrained")
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    darkest = max(float(table.max()) for table in counts.values())
    for axis, (name, table) in zip(axes, counts.items(), strict=False):
        draw_counts(axis, table, classes=classes, darkest=darkest)
        axis.set_title(f"{name}\n{notes[name]}", fontsize="small")
    for axis in axes[len(counts) :]:
        axis.set_axis_off()
    figure.suptitle(title, fontsize="medium")
    save_figure(figure, stem)


def mean_counts(units: UnitScores) -> NDArray[np.float64]:
    """(2, 2) counts of truth (rows) against verdict (columns), mean of the seeds."""
    counts = np.array([confusion_counts(units.labels, called) for called in units.called])
    return np.asarray(counts.mean(axis=0))


def draw_trade_off(
    points: Sequence[Point], stem: Path, *, looks: Mapping[str, Look], title: str
) -> None:
    """AUC with its interval against latency; a ring round each point that none beats on both.

    Args:
        points: at least one.
        stem: the figure's path without its ending.
        looks: model → the look it has in the other figures.
        title: says by which unit.
    """
    figure = Figure(figsize=(5.6, 4.8), layout="constrained")
    axis = figure.subplots()
    front = find_front(points)
    for point in points:
        value, look = point.auc.value, looks[point.name]
        axis.errorbar(
            point.latency_p50_ms,
            value,
            yerr=[[max(value - point.auc.low, 0.0)], [max(point.auc.high - value, 0.0)]],
            fmt=look.mark,
            color=look.color,
            capsize=4,
            label=point.name,
        )
        if point.name in front:
            ring: dict[str, Any] = {"ms": 15, "mfc": "none", "mec": look.color, "mew": 1.2}
            axis.plot(point.latency_p50_ms, value, "o", **ring)
    axis.axhline(0.5, color=GRAY, linewidth=0.8, linestyle=":")
    times = [point.latency_p50_ms for point in points]
    axis.set_xscale("log")
    axis.set_xlim(min(times) / 2.5, max(times) * 2.5)
    axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.set(xlabel="latency p50 of a warm pass, ms (log scale)", ylabel="AUC")
    axis.set_title(title, fontsize="medium")
    front_key = Line2D([], [], ls="", marker="o", ms=11, mfc="none", mec=GRAY, label="Pareto front")
    guess = Line2D([], [], color=GRAY, linewidth=0.8, linestyle=":", label="guessing")
    handles, _ = axis.get_legend_handles_labels()
    add_legend(figure, [*handles, front_key, guess])
    save_figure(figure, stem)


def find_front(points: Sequence[Point]) -> set[str]:
    """Names of the points that no other one equals or beats in both, and beats in one."""
    aucs = {point.name: point.auc.value for point in points}
    once = {name: np.array([value]) for name, value in aucs.items()}
    costs = {point.name: [point.latency_p50_ms] for point in points}
    return {one.name for one in find_dominated(aucs, once, costs) if not one.dominated_by}


def _networks(histories: Sequence[History]) -> str:
    return "" if len(histories) == 1 else f" ({len(histories)} networks)"
