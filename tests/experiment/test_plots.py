"""Figures are written twice over, and the same figures give the same bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from mammoscope.experiment.history import read_histories
from mammoscope.experiment.plots import (
    confusion_counts,
    draw_confusion,
    draw_course,
    draw_curves,
    draw_roc,
    roc_points,
)
from mammoscope.experiment.statistics import auc
from mammoscope.types import DatasetError

pytestmark = pytest.mark.drawn
HISTORY = (
    "seed,fold,epoch,accuracy,auc,loss,val_accuracy,val_auc,val_loss\n"
    "0,0,0,.5,.6,.7,.5,.5,.8\n0,0,1,.6,.7,.6,.5,.6,.7\n"
)
SECOND_SEED = "1,0,0,.4,.5,.8,.4,.4,.9\n"
SCORES, LABELS = np.array([0.1, 0.4, 0.4, 0.8]), np.array([False, True, False, True])


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


def test_a_training_whose_first_stage_stopped_early_is_drawn_at_its_own_epochs(
    tmp_path: Path,
) -> None:
    gap = "0,0,12,.7,.8,.5,.6,.7,.6\n1,0,12,.5,.6,.7,.5,.5,.8\n"
    (tmp_path / "history.csv").write_text(HISTORY + gap + SECOND_SEED.replace("1,0,0", "1,0,13"))
    draw_curves(tmp_path / "history.csv", tmp_path / "curves", title="t", best_epoch=13)
    assert (tmp_path / "curves.svg").is_file()
    axis = Figure().subplots()
    draw_course(axis, read_histories(tmp_path / "history.csv"), "loss", color="k")
    (line,) = axis.lines
    assert np.allclose(line.get_xydata(), [(1, 0.7), (2, 0.6), (13, 0.6), (14, 0.8)])
    (band,) = axis.collections
    assert band.get_datalim(axis.transData).x1 == 14


def test_the_title_of_the_loss_says_that_training_is_weighted_and_validation_not(
    tmp_path: Path,
) -> None:
    (tmp_path / "history.csv").write_text(HISTORY)
    draw_curves(tmp_path / "history.csv", tmp_path / "curves", title="t")
    assert "cross-entropy (train: weighted by class)" in (tmp_path / "curves.svg").read_text()


def test_a_history_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "history.csv").write_text("epoch,loss\n0,1\n")
    with pytest.raises(DatasetError, match="lacks the columns"):
        draw_curves(tmp_path / "history.csv", tmp_path / "curves", title="t")


def test_what_was_fitted_in_one_step_is_a_point_and_what_has_no_number_is_not_drawn(
    tmp_path: Path,
) -> None:
    (tmp_path / "history.csv").write_text(
        "seed,fold,epoch,accuracy,auc,loss,val_accuracy,val_auc,val_loss\n"
        "0,1,0,.5,.6,.7,nan,nan,nan\n0,2,0,.7,.6,.9,nan,nan,nan\n"
    )
    histories = read_histories(tmp_path / "history.csv")
    axis = Figure().subplots()
    draw_course(axis, histories, "loss", color="k", linestyle="--", at=-2.0)
    draw_course(axis, histories, "val_loss", color="k")
    (point,) = axis.lines
    assert np.allclose(point.get_xydata(), [(-2.0, 0.8)])
    assert (point.get_marker(), point.get_markerfacecolor()) == ("o", "none")
    (reach,) = axis.collections
    assert np.allclose(reach.get_segments(), [[(-2.0, 0.7), (-2.0, 0.9)]])
