"""Histories are read a network at a time, and what several have in common is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mammoscope.experiment.history import course, read_histories
from mammoscope.types import DatasetError

HEADER = "seed,fold,epoch,accuracy,auc,loss,val_accuracy,val_auc,val_loss\n"


def row(seed: int, fold: int, epoch: int, val_loss: float) -> str:
    return f"{seed},{fold},{epoch},.5,.6,.7,.5,.55,{val_loss}\n"


def write(path: Path, *rows: str) -> Path:
    path.write_text(HEADER + "".join(rows), encoding="utf-8")
    return path


def test_each_seed_and_fold_is_a_history_of_its_own(tmp_path: Path) -> None:
    # Networks that train at the same time write their epochs in turns.
    path = write(tmp_path / "history.csv", row(1, 2, 0, 0.9), row(0, 1, 0, 0.8), row(1, 2, 1, 0.7))
    histories = read_histories(path)
    assert [(h.seed, h.fold, h.epochs) for h in histories] == [(0, 1, 1), (1, 2, 2)]
    assert histories[1].values["val_loss"].tolist() == [0.9, 0.7]


def test_epochs_that_early_stopping_skipped_are_a_gap_and_no_fault(tmp_path: Path) -> None:
    numbers = [0, 1, 12, 13, 14]
    path = write(tmp_path / "history.csv", *(row(0, 0, number, 0.8) for number in numbers))
    (history,) = read_histories(path)
    assert history.numbers.tolist() == numbers and history.epochs == 5
    assert course([history], "val_loss").numbers.tolist() == numbers


def test_networks_with_other_gaps_meet_at_the_epochs_that_they_share(tmp_path: Path) -> None:
    path = write(
        tmp_path / "history.csv",
        *(row(0, 0, number, 0.8) for number in (0, 1, 4)),
        *(row(1, 0, number, 0.4) for number in (0, 2, 4)),
    )
    values = course(read_histories(path), "val_loss")
    assert values.numbers.tolist() == [0, 1, 2, 4]
    assert np.allclose(values.mean, [0.6, 0.8, 0.4, 0.6])
    assert values.least.tolist() == [0.4, 0.8, 0.4, 0.4]


def test_a_course_is_of_the_networks_that_trained_that_long(tmp_path: Path) -> None:
    path = write(tmp_path / "history.csv", row(0, 0, 0, 0.8), row(1, 0, 0, 0.4), row(1, 0, 1, 0.2))
    values = course(read_histories(path), "val_loss")
    assert np.allclose(values.mean, [0.6, 0.2])
    assert values.least.tolist() == [0.4, 0.2] and values.most.tolist() == [0.8, 0.2]


def test_an_epoch_without_a_number_has_no_mean(tmp_path: Path) -> None:
    path = write(tmp_path / "history.csv", row(0, 0, 0, 0.8), row(0, 0, 1, float("nan")))
    values = course(read_histories(path), "val_loss")
    assert values.mean[0] == 0.8 and np.isnan(values.mean[1])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("epoch,loss\n0,1\n", "lacks the columns"),
        (HEADER, "has no epoch"),
        (HEADER + row(0, 0, -1, 0.5), "expected numbers from 0 that rise"),
        (HEADER + row(0, 0, 0, 0.5) * 2, "expected numbers from 0 that rise"),
        (HEADER + row(0, 0, 2, 0.5) + row(0, 0, 1, 0.5), "expected numbers from 0 that rise"),
        (HEADER + "0,0,0,a,b,c,d,e,f\n", "cannot be read"),
        (HEADER + "0,0\n", "cannot be read"),
    ],
)
def test_what_is_no_history_is_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "history.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError, match=words):
        read_histories(tmp_path / "history.csv")


def test_a_history_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read"):
        read_histories(tmp_path / "history.csv")
