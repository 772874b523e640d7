"""A run as a comparison sees it: what its folder holds in writing; and which runs are alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mammoscope.experiment.config import TrainConfig
from mammoscope.experiment.cost import Cost
from mammoscope.experiment.history import History, read_histories
from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.run import RunFolder
from mammoscope.types import DatasetError

# A figure has no more colours, lines and marks than these that can be told apart.
MOST_RUNS = 24
SHORT_HASH = 12
_NEEDED = ("title", "parameters", "seconds", "device", "dataset", "split_digest")
_NEEDED_OF_DATASET = ("name", "source", "license", "task", "classes", "positive")


@dataclass(frozen=True, slots=True, eq=False)
class ComparedRun:
    """What is written of one run.

    Attributes:
        name: of its folder, and of its model in the report.
        training: `training.json`.
        split_digest: SHA-256 of `split.csv`.
        predictions: of the test women, or out of fold; each seed names the same images.
        histories: one a network.
        cost: of its graph; None = not measured.
        config: that it was made from; None = the folder has none.
        report: `report.json`; empty = the folder has none.
        saliency: `saliency.json`; empty = its maps were not checked.
    """

    name: str
    training: dict[str, Any]
    split_digest: str
    predictions: Predictions
    histories: tuple[History, ...]
    cost: Cost | None
    config: TrainConfig | None
    report: dict[str, Any]
    saliency: dict[str, Any]

    @property
    def seeds(self) -> list[int]:
        return sorted(set(self.predictions.seed.tolist()))

    @property
    def folds(self) -> int:
        """K, or 0 where one part of the women was held out; a fold alone is such a part."""
        first = self.predictions.fold[self.predictions.seed == self.seeds[0]]
        folds = len(set(first.tolist()))
        return folds if folds > 1 else 0

    @property
    def redrawn(self) -> bool:
        """Whether each seed has folds of its own."""
        return len(set(self.predictions.fold.tolist())) > max(self.folds, 1)


def read_runs(runs: Sequence[RunFolder], *, same_split: bool = True) -> tuple[ComparedRun, ...]:
    """The runs, in the order given, once it is sure that they can be compared.

    Args:
        runs: their folders.
        same_split: whether all must be of one split; else only the tested images must be the
            same, as where runs learnt from more and fewer women.

    Raises:
        DatasetError: no run, too many, a name twice, a run that lacks a file or is not evaluated,
            or runs of another split, another question or other test images.
    """
    if not 1 <= len(runs) <= MOST_RUNS:
        raise DatasetError(
            f"{len(runs)} runs were given; expected 1 to {MOST_RUNS}, which a figure can tell "
            "apart; give the run folders to compare"
        )
    names = [_name(run) for run in runs]
    for name in names:
        if names.count(name) > 1:
            raise DatasetError(
                f"two runs are named {name!r}; expected a name of its own for each, since the "
                "report calls a model by its folder; rename one of the folders"
            )
    compared = tuple(_read_run(run) for run in runs)
    for other in compared[1:]:
        if same_split:
            _refuse_other_split(compared[0], other)
        _refuse_unlike(compared[0], other)
    return compared


def _name(run: RunFolder) -> str:
    return run.path.resolve().name


def _read_run(run: RunFolder) -> ComparedRun:
    if not run.training.is_file():
        raise DatasetError(
            f"{run.path} holds no training.json; expected a trained run; "
            "train one with `mammoscope train`"
        )
    if not run.predictions.is_file():
        raise DatasetError(
            f"{run.path} holds no predictions.csv; expected an evaluated run; "
            f"run `mammoscope evaluate {run.path}`"
        )
    training = _read_training(run.training)
    return ComparedRun(
        name=_name(run),
        training=training,
        split_digest=_read_split_digest(run, training["split_digest"]),
        predictions=_read_test(run),
        histories=read_histories(run.history),
        cost=_read_cost(run.cost),
        config=_read_config(run),
        report=_read_report(run.report),
        saliency=_read_saliency(run.saliency, training),
    )


def _read_training(path: Path) -> dict[str, Any]:
    try:
        training = json.loads(path.read_text(encoding="utf-8"))
        missing = [name for name in _NEEDED if name not in training]
        missing += [
            f"dataset.{name}"
            for name in _NEEDED_OF_DATASET
            if name not in training.get("dataset", _NEEDED_OF_DATASET)
        ]
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise DatasetError(f"{path} cannot be read: {error}; train the run again") from error
    if missing:
        raise DatasetError(
            f"{path} lacks {', '.join(missing)}; it is another version's; train the run again"
        )
    return dict(training)


def _read_report(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise DatasetError(f"{path} cannot be read: {error}; evaluate the run again") from error


def _read_saliency(path: Path, training: Mapping[str, Any]) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        found = dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise DatasetError(f"{path} cannot be read: {error}; check the maps again") from error
    if found.get("graph_sha256") != training.get("graph_sha256"):
        raise DatasetError(
            f"{path} is of another graph than the run's; expected checks of this one: run "
            "`mammoscope sanity` again, or delete the file"
        )
    return found


def _read_split_digest(run: RunFolder, expected: str) -> str:
    try:
        digest = hashlib.sha256(run.split.read_bytes()).hexdigest()
    except OSError as error:
        raise DatasetError(f"{run.split} cannot be read: {error}; train the run again") from error
    if digest != expected:
        raise DatasetError(
            f"{run.split} has the hash {_short(digest)}, its training.json says "
            f"{_short(expected)}; expected the split that the run was trained on: put it back, "
            "or train the run again"
        )
    return digest


def _read_test(run: RunFolder) -> Predictions:
    test = Predictions.read(run.predictions).of("test")
    if len(set(test.positive.tolist())) < 2:
        raise DatasetError(
            f"{run.predictions} has {len(test.path)} test images, {int(test.positive.sum())} of "
            "them positive; expected both classes; evaluate the run on a split that has them"
        )
    images: dict[int, list[str]] = {}
    for seed, path in zip(test.seed.tolist(), test.path, strict=True):
        images.setdefault(seed, []).append(path)
    first = sorted(next(iter(images.values())))
    if len(set(first)) < len(first) or any(sorted(of) != first for of in images.values()):
        raise DatasetError(
            f"{run.predictions} does not name the same test images for each of the seeds "
            f"{sorted(images)}; expected each image once a seed; evaluate the run again"
        )
    scores = np.concatenate([test.score, test.threshold])
    if not np.isfinite(scores).all():
        raise DatasetError(f"{run.predictions} has scores that are not finite; evaluate it again")
    return test


def _read_cost(path: Path) -> Cost | None:
    if not path.exists():
        return None
    try:
        return Cost.from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} cannot be read: {error}; measure the cost again") from error


def _read_config(run: RunFolder) -> TrainConfig | None:
    if not run.config.exists():
        return None
    try:
        return run.read_config()
    except (OSError, UnicodeDecodeError, DatasetError) as error:
        raise DatasetError(f"{run.config} cannot be read: {error}; train the run again") from error


def _refuse_other_split(one: ComparedRun, other: ComparedRun) -> None:
    if one.split_digest != other.split_digest:
        raise DatasetError(
            f"{one.name} was trained on the split {_short(one.split_digest)}, {other.name} on "
            f"{_short(other.split_digest)}; expected one split, since only the same women can be "
            "compared; train on the same one (`mammoscope train --split`, or `mammoscope study`)"
        )


def _refuse_unlike(one: ComparedRun, other: ComparedRun) -> None:
    for key in ("name", "task", "classes", "positive"):
        mine, theirs = one.training["dataset"][key], other.training["dataset"][key]
        if mine != theirs:
            raise DatasetError(
                f"{one.name} has the {_WORDS[key]} {mine!r}, {other.name} {theirs!r}; expected "
                "the same; compare runs of one question on one data set"
            )
    if _truth(one) != _truth(other):
        raise DatasetError(
            f"{one.name} and {other.name} were tested on {len(_truth(one))} and "
            f"{len(_truth(other))} images that are not the same, or not of the same truth; "
            "expected the same; evaluate both again on their split"
        )


_WORDS = {"name": "data set", "task": "task", "classes": "classes", "positive": "positive class"}


def _truth(run: ComparedRun) -> set[tuple[str, str, str, bool]]:
    rows = run.predictions
    return set(zip(rows.path, rows.patient, rows.breast, rows.positive.tolist(), strict=True))


def _short(digest: str) -> str:
    return digest[:SHORT_HASH]
