"""What training wrote of its epochs: one history a network, and what several have in common."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoscope.types import DatasetError

MEASURES = ("loss", "accuracy", "auc")
_COLUMNS = tuple(f"{prefix}{name}" for prefix in ("", "val_") for name in MEASURES)


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """The epochs of one network.

    Attributes:
        seed: of its training.
        fold: that it was not fitted on, from 1; 0 = there are no folds.
        numbers: (E,) of the epochs, rising from 0 or more. One is missing where a stage of
            fine-tuning stopped early, since the next begins where the schedule has it.
        values: column (`loss`, `accuracy`, `auc`, and each with `val_`) → (E,).
    """

    seed: int
    fold: int
    numbers: NDArray[np.int64]
    values: Mapping[str, NDArray[np.float64]]

    @property
    def epochs(self) -> int:
        """How many were trained."""
        return len(self.numbers)


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """One column over the epochs of several networks.

    Attributes:
        numbers: (E,) of the epochs that any of the networks has, rising.
        mean, least, most: (E,) over the networks that have that epoch.
    """

    numbers: NDArray[np.int64]
    mean: NDArray[np.float64]
    least: NDArray[np.float64]
    most: NDArray[np.float64]


def read_histories(path: Path) -> tuple[History, ...]:
    """The histories of a run's networks, by seed and fold.

    Raises:
        DatasetError: no such file, no epoch in it, epochs that do not rise from 0 or
            more, or other columns.
    """
    groups: dict[tuple[int, int], list[dict[str, str]]] = {}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            expected = {"seed", "fold", "epoch", *_COLUMNS}
            missing = sorted(expected - set(reader.fieldnames or ()))
            if missing:
                raise DatasetError(
                    f"{path} lacks the columns {missing}; expected {sorted(expected)}; "
                    "train the run again with this version"
                )
            for row in reader:
                groups.setdefault((int(row["seed"]), int(row["fold"])), []).append(row)
        if not groups:
            raise DatasetError(f"{path} has no epoch; expected a row an epoch; train the run again")
        return tuple(_history(path, *key, rows) for key, rows in sorted(groups.items()))
    except (OSError, UnicodeDecodeError, csv.Error, TypeError, ValueError) as error:
        raise DatasetError(f"{path} cannot be read as a history: {error}") from error


def course(histories: Sequence[History], column: str) -> Course:
    """Mean and range of one column at each epoch, over the networks that have it."""
    numbers = np.unique(np.concatenate([history.numbers for history in histories]))
    table = np.full((len(histories), len(numbers)), np.nan)
    for row, history in zip(table, histories, strict=True):
        row[np.searchsorted(numbers, history.numbers)] = history.values[column]
    # An epoch whose every value is NaN has no mean; masked arrays say so without a warning.
    masked = np.ma.masked_invalid(table)
    mean, least, most = masked.mean(axis=0), masked.min(axis=0), masked.max(axis=0)
    return Course(
        numbers,
        *(np.ma.filled(values.astype(float), np.nan) for values in (mean, least, most)),
    )


def _history(path: Path, seed: int, fold: int, rows: list[dict[str, str]]) -> History:
    numbers = np.array([int(row["epoch"]) for row in rows])
    if numbers[0] < 0 or (np.diff(numbers) <= 0).any():
        raise DatasetError(
            f"{path} has the epochs {numbers.tolist()} for seed {seed}, fold {fold}; expected "
            "numbers from 0 that rise; train the run again"
        )
    values = {name: np.array([float(row[name]) for row in rows]) for name in _COLUMNS}
    return History(seed=seed, fold=fold, numbers=numbers, values=values)
