"""Figures of a run, each as SVG and PNG: loss and accuracy curves, ROC, confusion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from mammoscope.experiment.history import MEASURES, History, course, read_histories
from mammoscope.experiment.statistics import Labels, Scores, auc
from mammoscope.ledger.durable import write_file

BLUE, ORANGE, GREEN, GRAY = "#0072b2", "#d55e00", "#009e73", "#777777"
# Keras weighs the training loss by class, but not the validation loss.
MEASURE_TITLES = {
    "loss": "cross-entropy (train: weighted by class)",
    "accuracy": "accuracy",
    "auc": "AUC",
}


def draw_curves(history: Path, stem: Path, *, title: str, best_epoch: int | None = None) -> None:
    """Loss, accuracy and AUC over epochs; of several networks their mean and range.

    Args:
        history: CSV by seed, fold and epoch.
        stem: the figure's path without its ending.
        title: says which model on which data.
        best_epoch: that was kept, from 1; None = no line for it.

    Raises:
        DatasetError: the CSV is not that of a training.
    """
    histories = read_histories(history)
    figure = Figure(figsize=(11, 3.4), layout="constrained")
    axes = figure.subplots(1, 3)
    for axis, name in zip(axes, MEASURES, strict=True):
        for column, color, label in (
            (name, BLUE, "train"),
            (f"val_{name}", ORANGE, "validation"),
        ):
            draw_course(axis, histories, column, color=color, label=label)
        if best_epoch is not None:
            axis.axvline(best_epoch, color=GRAY, linewidth=0.8, linestyle=":", label="kept")
        axis.set_xlabel("epoch")
        axis.set_title(MEASURE_TITLES[name])
    axes[0].legend(frameon=False)
    several = "" if len(histories) == 1 else f", mean and range of {len(histories)} networks"
    figure.suptitle(f"{title} (by image{several})")
    save_figure(figure, stem)


def draw_roc(parts: dict[str, tuple[Scores, Labels]], stem: Path, *, title: str) -> None:
    """ROC curve of each part of the split.

    Args:
        parts: name → scores and labels.
        stem: the figure's path without its ending.
        title: says which model on which data, by which unit.
    """
    figure, axis = start_roc(title)
    for (name, (scores, labels)), color in zip(parts.items(), (BLUE, ORANGE, GREEN), strict=False):
        wrong, found = roc_points(scores, labels)
        label = f"{name}: AUC {auc(scores, labels):.3f}, n {len(scores)}"
        axis.plot(wrong, found, color=color, label=label)
    axis.legend(frameon=False, loc="lower right")
    save_figure(figure, stem)


def draw_confusion(
    scores: Scores,
    labels: Labels,
    called: Labels,
    stem: Path,
    *,
    classes: tuple[str, str],
    title: str = "test images at the operating point",
) -> None:
    """Counts of truth against verdict.

    Args:
        scores: (N,) calibrated; only their number is used.
        labels: (N,) True = positive.
        called: (N,) True = the score reached its threshold.
        stem: the figure's path without its ending.
        classes: names of the negative and the positive class.
        title: says what is counted, and held against what.
    """
    figure = Figure(figsize=(4.2, 3.8), layout="constrained")
    axis = figure.subplots()
    counts = confusion_counts(labels, called)
    draw_counts(axis, counts, classes=classes, darkest=float(counts.max()))
    axis.set_title(f"{title}\nn {len(scores)}", fontsize="medium")
    save_figure(figure, stem)


def draw_course(
    axis: Axes,
    histories: Sequence[History],
    column: str,
    *,
    band: bool = True,
    at: float | None = None,
    **style: Any,
) -> None:
    """One column over the epochs from 1: a line, and of several networks a band of their range.

    Where the column has no number nothing is drawn.

    Args:
        axis: to draw on.
        histories: of the networks.
        column: of the histories.
        band: whether to draw the range.
        at: where to draw what has but one epoch, as a point, hollow where the line were broken;
            None = at its epoch.
        style: of the line.
    """
    values = course(histories, column)
    known = np.isfinite(values.mean)
    epochs = values.numbers[known] + 1.0
    mean, least, most = (of[known] for of in (values.mean, values.least, values.most))
    if len(epochs) == 1:
        whole = style.get("linestyle", "-") == "-"
        face = {"markerfacecolor": style["color"] if whole else "none", "markersize": 6}
        mark = {"marker": style.get("marker", "o"), "linestyle": "none", "markevery": 1}
        epochs = epochs if at is None else np.array([at])
        axis.plot(epochs, mean, **(style | mark | face))
        if band and len(histories) > 1:
            axis.vlines(epochs, least, most, color=style["color"], alpha=0.4)
    elif len(epochs):
        axis.plot(epochs, mean, **style)
        if band and len(histories) > 1:
            axis.fill_between(epochs, least, most, color=style["color"], alpha=0.1, linewidth=0)


def start_roc(title: str) -> tuple[Figure, Axes]:
    """A square with the line of guessing in it."""
    figure = Figure(figsize=(5.2, 5.2), layout="constrained")
    axis = figure.subplots()
    axis.plot([0, 1], [0, 1], color=GRAY, linewidth=0.8, linestyle=":")
    axis.set(xlabel="1 - specificity", ylabel="sensitivity", aspect="equal")
    axis.set_title(title, fontsize="medium")
    return figure, axis


def roc_points(scores: Scores, labels: Labels) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """1 - specificity and sensitivity at every threshold, from (0, 0) to (1, 1)."""
    order = np.argsort(-scores, kind="stable")
    # A step only where the score changes: equal scores are called together.
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    found = np.cumsum(labels[order])[ends] / labels.sum()
    wrong = np.cumsum(~labels[order])[ends] / (~labels).sum()
    return np.append(0.0, wrong), np.append(0.0, found)


def confusion_counts(labels: Labels, called: Labels) -> NDArray[np.float64]:
    """(2, 2): rows the truth, columns the verdict; negative first."""
    return np.array(
        [[np.sum((labels == t) & (called == c)) for c in (0, 1)] for t in (0, 1)], dtype=np.float64
    )


def draw_counts(
    axis: Axes, counts: NDArray[np.float64], *, classes: tuple[str, str], darkest: float
) -> None:
    """A confusion matrix; each cell says its count and its share of its row's truth."""
    axis.imshow(counts, cmap="Blues", vmin=0, vmax=darkest)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    for (row, column), count in np.ndenumerate(counts):
        number = f"{count:.0f}" if float(count).is_integer() else f"{count:.1f}"
        axis.text(
            column,
            row,
            f"{number}\n{shares[row, column]:.0%}",
            ha="center",
            va="center",
            color="w" if count > darkest / 2 else "k",
        )
    axis.set_xticks([0, 1], classes)
    axis.set_yticks([0, 1], classes, rotation=90, va="center")
    axis.set(xlabel="verdict", ylabel="truth")


def save_figure(figure: Figure, stem: Path) -> None:
    """Writes the figure as `.svg` and `.png`; the same figure gives the same bytes."""

    def saver(kind: str, **options: Any) -> Callable[[Path], None]:
        return lambda aside: figure.savefig(aside, format=kind, **options)

    # Laying out takes longest: once for both files, and not once more in each.
    figure.draw_without_rendering()
    figure.set_layout_engine(None)
    # Without a date and with a fixed salt nothing of the moment is in the file.
    with rc_context({"svg.hashsalt": "mammoscope"}):
        write_file(stem.with_suffix(".svg"), saver("svg", metadata={"Date": None}))
    write_file(stem.with_suffix(".png"), saver("png", dpi=120, metadata={"Software": None}))
