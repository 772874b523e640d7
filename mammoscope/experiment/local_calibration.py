"""A published model, calibrated on the user's own women, as a new version: the network stays."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.folder import NAME as FOLDER
from mammoscope.datasets.split import make_folds
from mammoscope.experiment.cross_fit import CROSS_FITTED, Fitted, fit_on_women
from mammoscope.experiment.external import refuse_other_question, score_published
from mammoscope.experiment.limits import (
    chance_limits,
    is_mix_limit,
    is_trained_on,
    leakage_limits,
    mix_limit,
)
from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.prepared import Say
from mammoscope.experiment.units import at_unit, report_units
from mammoscope.inference.card import PREPROCESS_FILE, PublishedModel, write_card
from mammoscope.inference.store import add_version, refuse_name
from mammoscope.types import DatasetError, Record, Task

FOLDS = 5
LEAST_WOMEN = 20
LEAST_OF_EACH = FOLDS
_WOMEN = "the women it was calibrated on"
_TITLE_JOINT = ", calibrated on "


def calibrate_published(
    model: PublishedModel,
    dataset: Dataset,
    *,
    zoo: Path,
    name: str | None = None,
    seed: int = 0,
    cache: Path | None = None,
    say: Say = lambda line: None,
) -> PublishedModel:
    """The model with a calibrator and operating points of these women, as the next version.

    At least 20 women, and 5 with and 5 without a positive image, are asked for: each fold then
    holds one of either kind, and a kind of calibrator, two numbers and three thresholds are
    chosen on 16 women or more. That is the least at which the procedure is defined, not enough
    for narrow intervals.

    What is said of an operating point is measured on women who had no part in it: calibrator and
    thresholds are fitted on four folds and held against the fifth, for all five. What is
    published is fitted on everybody.

    Args:
        model: opened and verified.
        dataset: asked the model's own question.
        zoo: folder that the new version goes to.
        name: of the new version; None = the model's own.
        seed: of the folds and of the bootstrap.
        cache: folder of prepared arrays, which are kept there; None = none is kept.
        say: told of progress, a line at a time.

    Raises:
        DatasetError: the data set is asked another question or is too small, or the name is
            not one for a model.
        DecodeError: an image cannot be read; none is skipped.
        MammoscopeError: the zoo cannot be written to.
    """
    name = name or model.name
    refuse_name(name)
    refuse_other_question(model, dataset)
    _refuse_few(dataset)
    fold_of = _assign_folds(dataset.records, dataset.task, seed=seed)
    predictions, refused = score_published(model, dataset, cache=cache, say=say)
    say("cross-fitting and bootstrap")
    fold = np.array([fold_of[path] for path in predictions.path], dtype=np.int64)
    fitted = fit_on_women(replace(predictions, fold=fold), seed=seed)
    card = _card(model, dataset, predictions, fitted, seed=seed, refused=refused)

    def write(folder: Path, version: str) -> None:
        for file in (*model.stages, PREPROCESS_FILE):
            shutil.copyfile(model.folder / file, folder / file)
        write_card(
            replace(
                model,
                folder=folder,
                name=name,
                version=version,
                calibrator=fitted.calibrator,
                breast_calibrator=fitted.breast_calibrator,
                operating_points=fitted.operating_points,
                card=card,
                # Those were fitted on others.
                precisions={},
            )
        )

    return add_version(zoo, name, write)


def _refuse_few(dataset: Dataset) -> None:
    task = dataset.task
    positive: dict[str, bool] = {}
    for record in dataset.records:
        found = task.classes[task.index(record.label)] == task.positive
        positive[record.patient] = positive.get(record.patient, False) or found
    women, with_one = len(positive), sum(positive.values())
    if women < LEAST_WOMEN or min(with_one, women - with_one) < LEAST_OF_EACH:
        raise DatasetError(
            f"data set {dataset.name} holds {women} women, {with_one} with an image of "
            f"{task.positive!r}; expected at least {LEAST_WOMEN}, {LEAST_OF_EACH} with and "
            f"{LEAST_OF_EACH} without: fewer cannot settle a calibration; give more women"
        )


def _assign_folds(records: Sequence[Record], task: Task, *, seed: int) -> Mapping[str, int]:
    """Path of each image → its fold, from 1."""
    folds = make_folds(records, task, folds=FOLDS, seed=seed)
    return {r.path: number for number, part in enumerate(folds.parts, start=1) for r in part}


def _card(
    model: PublishedModel,
    dataset: Dataset,
    predictions: Predictions,
    fitted: Fitted,
    *,
    seed: int,
    refused: int,
) -> dict[str, Any]:
    """The model's own card, with what was calibrated; training facts and test figures stay."""
    figures = [asdict(unit) for unit in report_units(fitted.held_out, seed=seed)]
    share = float(predictions.positive.mean())
    women = at_unit(predictions, "woman").labels
    card = dict(model.card)
    title = str(card.get("title", model.reference)).partition(_TITLE_JOINT)[0]
    return {
        **card,
        "title": f"{title}{_TITLE_JOINT}{dataset.name}",
        "limits": [
            *chance_limits(figures, women=_WOMEN),
            mix_limit(share),
            f"Calibrated on {len(women)} women{' as counted' if dataset.notes else ''} of "
            f"{dataset.name}, {int(women.sum())} of them positive; the operating points are "
            f"theirs. The other figures are those of the original test{_of_whom(model, dataset)}.",
            *leakage_limits(model, dataset.name, collection=f"the collection of {_WOMEN}"),
            *(f"Of {_WOMEN}: {note}" for note in dataset.notes),
            *(line for line in card.get("limits", []) if not _is_replaced(line)),
        ],
        "calibration": fitted.describe_choice(),
        "calibrated_on": {
            "dataset": dataset.name,
            "source": dataset.source,
            "notes": list(dataset.notes),
            "women": len(women),
            "positive_women": int(women.sum()),
            "images": len(predictions.path),
            "positive_share": share,
            "refused_by_the_gate": refused,
            "from": model.reference,
            "method": f"calibrator and operating points {CROSS_FITTED} in {FOLDS} folds, "
            "then fitted on all",
            "seed": seed,
            "figures": figures,
        },
    }


def _of_whom(model: PublishedModel, dataset: Dataset) -> str:
    """What is known of the women of the original test, after the word "test"."""
    if is_trained_on(model, dataset.name):
        return ", whose women may be among these"
    if dataset.name == FOLDER:
        # Nobody can know whose images a folder holds: maybe those that the model was made from.
        return ""
    return ", of other women"


def _is_replaced(line: str) -> bool:
    """Whether a limit spoke of the calibration that is now another."""
    return is_mix_limit(line) or line.startswith("Calibrated on ") or _WOMEN in line
