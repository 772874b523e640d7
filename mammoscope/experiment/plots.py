"""Figures of a run, each as SVG and PNG: loss and accuracy curves, ROC, confusion."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from mammoscope.experiment.statistics import Labels, Scores, auc

BLUE, ORANGE, GREEN, GRAY = "#0072b2", "#d55e00", "#009e73", "#777777"


def read_history(path: Path) -> dict[str, list[float]]:
    """Column → value an epoch, from Keras' `CSVLogger`."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name]) for row in rows] for name in (rows[0] if rows else {})}


def draw_curves(history: Path, stem: Path, *, title: str, best_epoch: int) -> None:
    """Loss, accuracy and AUC over epochs; the epoch that was kept is marked.

    Args:
        history: CSV by epoch.
        stem: the figure's path without its ending.
        title: says which model on which data.
        best_epoch: from 1.
    """
    values = read_history(history)
    epochs = range(1, len(values["epoch"]) + 1)
    figure = Figure(figsize=(11, 3.4), layout="constrained")
    axes = figure.subplots(1, 3)
    for axis, name in zip(axes, ("loss", "accuracy", "auc"), strict=True):
        axis.plot(epochs, values[name], color=BLUE, label="train")
        axis.plot(epochs, values[f"val_{name}"], color=ORANGE, label="validation")
        axis.axvline(best_epoch, color=GRAY, linewidth=0.8, linestyle=":", label="kept")
        axis.set_xlabel("epoch")
        axis.set_title({"loss": "cross-entropy", "auc": "AUC"}.get(name, name))
    axes[0].legend(frameon=False)
    figure.suptitle(f"{title} (by image)")
    _save(figure, stem)


def draw_roc(parts: dict[str, tuple[Scores, Labels]], stem: Path, *, title: str) -> None:
    """ROC curve of each part of the split.

    Args:
        parts: name → scores and labels.
        stem: the figure's path without its ending.
        title: says which model on which data, by which unit.
    """
    figure = Figure(figsize=(4.6, 4.6), layout="constrained")
    axis = figure.subplots()
    for (name, (scores, labels)), color in zip(parts.items(), (BLUE, ORANGE, GREEN), strict=False):
        order = np.argsort(-scores, kind="stable")
        # A step only where the score changes: equal scores are called together.
        ends = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
        found = np.cumsum(labels[order])[ends] / labels.sum()
        wrong = np.cumsum(~labels[order])[ends] / (~labels).sum()
        label = f"{name}: AUC {auc(scores, labels):.3f}, n {len(scores)}"
        axis.plot(np.append(0, wrong), np.append(0, found), color=color, label=label)
    axis.plot([0, 1], [0, 1], color=GRAY, linewidth=0.8, linestyle=":")
    axis.set(xlabel="1 - specificity", ylabel="sensitivity", title=title, aspect="equal")
    axis.legend(frameon=False, loc="lower right")
    _save(figure, stem)


def draw_confusion(
    scores: Scores, labels: Labels, stem: Path, *, threshold: float, classes: tuple[str, str]
) -> None:
    """Counts of truth against verdict at an operating point.

    Args:
        scores: (N,) calibrated.
        labels: (N,) True = positive.
        stem: the figure's path without its ending.
        threshold: a score at or above it is called positive.
        classes: names of the negative and the positive class.
    """
    called = scores >= threshold
    counts = np.array([[np.sum((labels == t) & (called == c)) for c in (0, 1)] for t in (0, 1)])
    figure = Figure(figsize=(4.2, 3.6), layout="constrained")
    axis = figure.subplots()
    axis.imshow(counts, cmap="Blues", vmin=0)
    for (row, column), count in np.ndenumerate(counts):
        dark = count > counts.max() / 2
        axis.text(column, row, str(count), ha="center", va="center", color="w" if dark else "k")
    axis.set_xticks([0, 1], classes)
    axis.set_yticks([0, 1], classes, rotation=90, va="center")
    axis.set(xlabel="verdict", ylabel="truth", title=f"test images, score ≥ {threshold:.3f}")
    _save(figure, stem)


def _save(figure: Figure, stem: Path) -> None:
    # Without a date and with a fixed salt the same figures give the same bytes.
    with rc_context({"svg.hashsalt": "mammoscope"}):
        figure.savefig(stem.with_suffix(".svg"), format="svg", metadata={"Date": None})
    figure.savefig(stem.with_suffix(".png"), format="png", dpi=120, metadata={"Software": None})
