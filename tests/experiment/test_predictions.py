"""A table of predictions comes back as it was written, and one of an older version with it."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoscope.experiment.predictions import Predictions
from mammoscope.types import DatasetError
from tests.experiment.tables import predictions

TABLE = replace(
    predictions(["p/L", "p/L", "q/R"], [True, True, False], [0.1, 0.3, 1 / 3]),
    breast_score=np.array([0.15, 0.15, 1 / 3]),
)


def rewrite(path: Path, drop: str) -> None:
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    kept = [name for name in rows[0] if name != drop]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, kept, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def test_what_is_read_is_what_was_written_to_the_bit(tmp_path: Path) -> None:
    TABLE.write(tmp_path / "predictions.csv")
    read = Predictions.read(tmp_path / "predictions.csv")
    assert read.score.tolist() == TABLE.score.tolist()
    assert read.breast_score.tolist() == TABLE.breast_score.tolist()
    assert Predictions.join([read.take(np.array([0])), read]).breast_score.tolist() == [
        0.15,
        *TABLE.breast_score.tolist(),
    ]


def test_a_table_older_than_scores_of_breasts_has_each_views_own(tmp_path: Path) -> None:
    TABLE.write(tmp_path / "predictions.csv")
    rewrite(tmp_path / "predictions.csv", drop="breast_score")
    read = Predictions.read(tmp_path / "predictions.csv")
    assert read.breast_score.tolist() == read.score.tolist() == TABLE.score.tolist()


def test_a_table_without_another_column_is_refused(tmp_path: Path) -> None:
    TABLE.write(tmp_path / "predictions.csv")
    rewrite(tmp_path / "predictions.csv", drop="logit")
    with pytest.raises(DatasetError, match="evaluate the run again"):
        Predictions.read(tmp_path / "predictions.csv")


def test_other_scores_leave_no_score_of_a_breast_behind() -> None:
    other = TABLE.scored(np.array([0.5, 0.7, 0.9]))
    assert other.score.tolist() == other.breast_score.tolist() == [0.5, 0.7, 0.9]
