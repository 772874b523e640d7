"""Figures are written twice over, and the same figures give the same bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mammoscope.experiment.plots import draw_confusion, draw_curves, draw_roc, read_history

HISTORY = (
    "epoch,accuracy,auc,loss,val_accuracy,val_auc,val_loss\n"
    "0,.5,.6,.7,.5,.5,.8\n1,.6,.7,.6,.5,.6,.7\n"
)


def test_history_is_read_by_column(tmp_path: Path) -> None:
    (tmp_path / "history.csv").write_text(HISTORY)
    assert read_history(tmp_path / "history.csv")["val_auc"] == [0.5, 0.6]


def test_every_figure_is_an_svg_and_a_png_and_comes_again_byte_for_byte(tmp_path: Path) -> None:
    (tmp_path / "history.csv").write_text(HISTORY)
    scores, labels = np.array([0.1, 0.4, 0.4, 0.8]), np.array([False, True, False, True])
    bytes_of = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        draw_curves(tmp_path / "history.csv", folder / "curves", title="t", best_epoch=2)
        draw_roc({"test": (scores, labels)}, folder / "roc", title="t")
        draw_confusion(scores, labels, folder / "confusion", threshold=0.4, classes=("no", "yes"))
        bytes_of.append({file.name: file.read_bytes() for file in folder.iterdir()})
    assert bytes_of[0] == bytes_of[1]
    assert sorted(bytes_of[0]) == sorted(
        f"{stem}.{ending}" for stem in ("curves", "roc", "confusion") for ending in ("svg", "png")
    )


def test_the_roc_legend_names_the_auc_and_the_n(tmp_path: Path) -> None:
    scores, labels = np.array([0.1, 0.4, 0.6, 0.8]), np.array([False, True, False, True])
    draw_roc({"test": (scores, labels)}, tmp_path / "roc", title="t")
    # Text is drawn as paths; matplotlib leaves it in a comment beside them.
    assert "test: AUC 0.750, n 4" in (tmp_path / "roc.svg").read_text()
