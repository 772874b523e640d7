"""Loss and accuracy over epochs, train and validation, as one SVG."""

from __future__ import annotations

import csv
from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure


def read_history(path: Path) -> dict[str, list[float]]:
    """Column → value an epoch, from Keras' `CSVLogger`."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name]) for row in rows] for name in (rows[0] if rows else {})}


def draw_curves(history: Path, out: Path, *, title: str, best_epoch: int) -> None:
    """Writes the figure; the epoch that was kept is marked.

    Args:
        history: CSV by epoch.
        out: the SVG to write.
        title: says which model on which data.
        best_epoch: from 1.
    """
    values = read_history(history)
    epochs = range(1, len(values["epoch"]) + 1)
    figure = Figure(figsize=(11, 3.4), layout="constrained")
    axes = figure.subplots(1, 3)
    for axis, name in zip(axes, ("loss", "accuracy", "auc"), strict=True):
        axis.plot(epochs, values[name], color="#0072b2", label="train")
        axis.plot(epochs, values[f"val_{name}"], color="#d55e00", label="validation")
        axis.axvline(best_epoch, color="#777777", linewidth=0.8, linestyle=":", label="kept")
        axis.set_xlabel("epoch")
        axis.set_title({"loss": "cross-entropy", "auc": "AUC"}.get(name, name))
    axes[0].legend(frameon=False)
    figure.suptitle(f"{title} (by image)")
    # Without a date and with a fixed salt the same history gives the same bytes.
    with rc_context({"svg.hashsalt": "mammoscope"}):
        figure.savefig(out, format="svg", metadata={"Date": None})
