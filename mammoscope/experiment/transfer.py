"""Train on A, test on B: the AUC of each network on every data set that it was tested on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mammoscope.experiment.comparison import SEED, choose_unit
from mammoscope.experiment.comparison_draws import draw_aucs
from mammoscope.experiment.limits import learnt_from
from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.statistics import UnitScores, auc, patient_bootstrap
from mammoscope.experiment.unit_counts import count_units
from mammoscope.experiment.units import Unit, at_unit, units_of
from mammoscope.inference.store import ModelStore
from mammoscope.types import RESEARCH_NOTICE, DatasetError, Estimate

KIND = "mammoscope transfer"


@dataclass(frozen=True, slots=True, eq=False)
class Tested:
    """A network on a data set.

    Attributes:
        folder: that its predictions lie in.
        network: what it is, such as "Custom CNN".
        trained_on, tested_on: names of data sets.
        question: task and positive class.
        home: whether these are the test women of its own split.
        may_know: whether it, or what it started from, may have learnt from these women.
        predictions: of the tested images.
    """

    folder: str
    network: str
    trained_on: str
    tested_on: str
    question: tuple[str, str]
    home: bool
    may_know: bool
    predictions: Predictions


def measure_transfer(folders: Sequence[RunFolder], *, zoo: Path, replicates: int) -> dict[str, Any]:
    """What `figures.json` of a transfer holds.

    Args:
        folders: evaluated runs, each at home on the data that it was trained on, and folders
            that `mammoscope evaluate --model NAME --out` wrote of published models elsewhere.
        zoo: whose cards say what a published model was trained on; no graph is run.
        replicates: of the patient bootstrap.

    Raises:
        DatasetError: a folder that is neither, one cell twice, another question, or one class.
        ModelNotFoundError, ModelIntegrityError: a published model that is not in the zoo as it was.
    """
    tested = [_read(folder, zoo) for folder in folders]
    if not tested:
        raise DatasetError("no folder was given; expected evaluated runs and evaluations")
    seen: dict[tuple[str, str, str], str] = {}
    for one in tested:
        _refuse_other_question(tested[0], one)
        key = (one.network, one.trained_on, one.tested_on)
        if key in seen:
            raise DatasetError(
                f"{seen[key]} and {one.folder} both hold {one.network}, trained on "
                f"{one.trained_on}, tested on {one.tested_on}; expected one of them; leave one out"
            )
        seen[key] = one.folder
    cells: list[dict[str, Any]] = []
    scores: dict[tuple[str, str, str], UnitScores] = {}
    for one in tested:
        unit, units = _at_deciding_unit(one.predictions)
        scores[one.network, one.trained_on, one.tested_on] = units
        found = patient_bootstrap(units, {"auc": auc}, seed=SEED, replicates=replicates)
        cells.append(
            {
                "folder": one.folder,
                "network": one.network,
                "trained_on": one.trained_on,
                "tested_on": one.tested_on,
                "home": one.home,
                "may_know_the_women": one.may_know,
                "unit": unit,
                **count_units(units),
                **asdict(found["auc"]),
            }
        )
    for cell in cells:
        home = scores.get((cell["network"], cell["trained_on"], cell["trained_on"]))
        away = scores[cell["network"], cell["trained_on"], cell["tested_on"]]
        cell["lost"] = None
        if cell["trained_on"] != cell["tested_on"] and home is not None:
            cell["lost"] = asdict(_lost(home, away, replicates=replicates))
    return {
        "kind": KIND,
        "notice": RESEARCH_NOTICE,
        "task": tested[0].question[0],
        "positive": tested[0].question[1],
        "replicates": replicates,
        "cells": cells,
    }


def _lost(home: UnitScores, away: UnitScores, *, replicates: int) -> Estimate:
    """AUC away minus AUC at home: other women, so each is drawn on its own."""
    ours = draw_aucs({"x": home}, seed=SEED, replicates=replicates)["x"]
    theirs = draw_aucs({"x": away}, seed=SEED + 1, replicates=replicates)["x"]
    both = min(len(ours), len(theirs))
    low, high = np.percentile(theirs[:both] - ours[:both], (2.5, 97.5))
    women = [len(set(units.patients)) for units in (away, home)]
    method = (
        f"95 % unpaired patient bootstrap, {both} replicates, {women[0]} and {women[1]} patients"
    )
    return Estimate(away.measure(auc) - home.measure(auc), float(low), float(high), method)


def _at_deciding_unit(predictions: Predictions) -> tuple[Unit, UnitScores]:
    units = {unit: at_unit(predictions, unit) for unit in units_of(predictions)}
    unit = choose_unit(units)
    return unit, units[unit]


def _read(folder: RunFolder, zoo: Path) -> Tested:
    name = folder.path.resolve().name
    if not folder.predictions.is_file():
        raise DatasetError(
            f"{folder.path} holds no predictions.csv; expected an evaluated run, or what "
            "`mammoscope evaluate --model NAME --out DIR` wrote"
        )
    predictions = Predictions.read(folder.predictions).of("test")
    if len(set(predictions.positive.tolist())) < 2:
        raise DatasetError(
            f"{folder.predictions} has {len(predictions.path)} test images of one class; expected "
            "both, since one class has no AUC; leave this folder out"
        )
    if folder.training.is_file():
        training = folder.read_training()
        try:
            dataset = training["dataset"]
            trained = str(dataset["name"])
            question = (str(dataset["task"]), str(dataset["positive"]))
            network = str(training["title"])
        except (KeyError, TypeError) as error:
            raise DatasetError(f"{folder.training} lacks {error}; train the run again") from error
        return Tested(
            folder=name,
            network=network,
            trained_on=trained,
            tested_on=trained,
            question=question,
            home=True,
            may_know=False,
            predictions=predictions,
        )
    return _read_evaluation(folder, name, zoo, predictions)


def _read_evaluation(folder: RunFolder, name: str, zoo: Path, predictions: Predictions) -> Tested:
    try:
        report = json.loads(folder.report.read_text(encoding="utf-8"))
        reference, tested = str(report["model"]), str(report["dataset"]["name"])
        question = (str(report["task"]), str(report["positive"]))
        held_out = bool(report["dataset"].get("held_out", False))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(
            f"{folder.path} holds neither a trained run nor an evaluation of a published model "
            f"({error!r}); expected what `mammoscope evaluate` wrote"
        ) from error
    card = ModelStore(zoo).open(reference).card
    trained = card.get("trained_on", {}).get("dataset")
    if trained is None:
        raise DatasetError(
            f"the card of {reference} does not say what it was trained on; expected it to; "
            "publish the model again with this version"
        )
    network = str(card.get("architecture", reference))
    return Tested(
        folder=name,
        network=network,
        trained_on=str(trained),
        tested_on=tested,
        question=question,
        home=False,
        may_know=tested in learnt_from(card) and not held_out,
        predictions=predictions,
    )


def _refuse_other_question(one: Tested, other: Tested) -> None:
    if one.question != other.question:
        raise DatasetError(
            f"{one.folder} answers {one.question}, {other.folder} {other.question} (task, positive "
            "class); expected one question; compare folders of one question"
        )
