"""Figures are written twice over, and the same figures give the same bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mammoscope.experiment.plots import (
    confusion_counts,
    draw_confusion,
    draw_curves,
    draw_roc,
    read_history,
    roc_points,
)
from mammoscope.experiment.statistics import auc
from mammoscope.types import DatasetError

HISTORY = (
    "seed,fold,epoch,accuracy,auc,loss,val_accuracy,val_auc,val_loss\n"
    "0,0,0,.5,.6,.7,.5,.5,.8\n0,0,1,.6,.7,.6,.5,.6,.7\n"
)
SECOND_SEED = "1,0,0,.4,.5,.8,.4,.4,.9\n"
SCORES, LABELS = np.array([0.1, 0.4, 0.4, 0.8]), np.array([False, True, False, True])


def test_history_is_read_by_column(tmp_path: Path) -> None:
    (tmp_path / "history.csv").write_text(HISTORY)
    assert read_history(tmp_path / "history.csv")["val_auc"] == [0.5, 0.6]


def test_every_figure_is_an_svg_and_a_png_and_comes_again_byte_for_byte(tmp_path: Path) -> None:
    (tmp_path / "history.csv").write_text(HISTORY)
    bytes_of = []
    for name in ("first", "second"):
        folder = tmp_path / name
        draw_curves(tmp_path / "history.csv", folder / "curves", title="t", best_epoch=2)
        draw_roc({"test": (SCORES, LABELS)}, folder / "roc", title="t")
        draw_confusion(SCORES, LABELS, SCORES >= 0.4, folder / "confusion", classes=("no", "yes"))
        bytes_of.append({file.name: file.read_bytes() for file in folder.iterdir()})
    assert bytes_of[0] == bytes_of[1]
    assert sorted(bytes_of[0]) == sorted(
        f"{stem}.{ending}" for stem in ("curves", "roc", "confusion") for ending in ("svg", "png")
    )


# Text is drawn as paths; matplotlib leaves it in a comment beside them.
def test_the_roc_legend_names_the_auc_and_the_n(tmp_path: Path) -> None:
    scores = np.array([0.1, 0.4, 0.6, 0.8])
    draw_roc({"test": (scores, LABELS)}, tmp_path / "roc", title="t")
    assert "test: AUC 0.750, n 4" in (tmp_path / "roc.svg").read_text()


def test_the_confusion_matrix_says_counts_shares_and_n(tmp_path: Path) -> None:
    draw_confusion(SCORES, LABELS, SCORES >= 0.4, tmp_path / "confusion", classes=("no", "yes"))
    text = (tmp_path / "confusion.svg").read_text()
    for words in ("test images at the operating point", "n 4", "100%", "50%"):
        assert words in text


def test_counts_have_the_truth_in_rows_and_the_verdict_in_columns() -> None:
    called = np.array([False, False, True, True])
    assert confusion_counts(LABELS, called).tolist() == [[1, 1], [1, 1]]
    assert confusion_counts(LABELS, np.ones(4, dtype=bool)).tolist() == [[0, 2], [0, 2]]


def test_equal_scores_are_one_step_of_the_roc_and_its_area_is_the_auc() -> None:
    wrong, found = roc_points(SCORES, LABELS)
    assert list(zip(wrong, found, strict=True)) == [(0, 0), (0, 0.5), (0.5, 1), (1, 1)]
    assert np.trapezoid(found, wrong) == auc(SCORES, LABELS)


def test_curves_of_several_networks_say_how_many(tmp_path: Path) -> None:
    (tmp_path / "history.csv").write_text(HISTORY + SECOND_SEED)
    draw_curves(tmp_path / "history.csv", tmp_path / "curves", title="t")
    assert "mean and range of 2 networks" in (tmp_path / "curves.svg").read_text()


def test_a_history_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "history.csv").write_text("epoch,loss\n0,1\n")
    with pytest.raises(DatasetError, match="lacks the columns"):
        draw_curves(tmp_path / "history.csv", tmp_path / "curves", title="t")
