"""AUC against the number of women that were learnt from, of runs that were tested on the same."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

from mammoscope.experiment.compared_run import ComparedRun, read_runs
from mammoscope.experiment.comparison import SEED, choose_unit
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.starts import describe_start
from mammoscope.experiment.statistics import UnitScores, auc, paired_difference, patient_bootstrap
from mammoscope.experiment.unit_counts import count_units
from mammoscope.experiment.units import at_unit, units_of
from mammoscope.types import RESEARCH_NOTICE, DatasetError

KIND = "mammoscope learning curve"


def measure_learning(runs: Sequence[RunFolder], *, replicates: int) -> dict[str, Any]:
    """What `figures.json` of a learning curve holds, from what is written in the run folders.

    Runs of one network and start make a curve; several of as many women are points above each
    other. Nothing is trained here: each run learnt from its own subset of the training women.

    Args:
        runs: trained and evaluated, each on one held-out part; of the same test images.
        replicates: of the patient bootstrap.

    Raises:
        DatasetError: what `read_runs` refuses, a run of folds, or fewer than two numbers of women.
    """
    compared = read_runs(runs, same_split=False)
    for run in compared:
        if run.folds or "train" not in (run.training.get("women") or {}):
            raise DatasetError(
                f"{run.name} has {run.folds} folds; expected one held-out part and its number of "
                "training women, since each fold learns from other women; train runs on subsets "
                "with `mammoscope train --split`"
            )
    sizes = sorted({run.training["women"]["train"] for run in compared})
    if len(sizes) < 2:
        raise DatasetError(
            f"all {len(compared)} runs learnt from {sizes[0]} women; expected two numbers at "
            "least, which a curve can join; train runs on subsets"
        )
    known = units_of(compared[0].predictions)
    unit = choose_unit({name: at_unit(compared[0].predictions, name) for name in known})
    scores = {run.name: at_unit(run.predictions, unit) for run in compared}
    counts = {"unit": unit, **count_units(scores[compared[0].name])}
    learnt = {folder.path.resolve().name: _learnt_from(folder.split) for folder in runs}
    curves: dict[str, list[ComparedRun]] = {}
    for run in compared:
        curves.setdefault(f"{run.training['title']}, from {_start(run)}", []).append(run)
    return {
        "kind": KIND,
        "notice": RESEARCH_NOTICE,
        "data": {key: compared[0].training["dataset"][key] for key in ("name", "task", "source")},
        "replicates": replicates,
        "sizes": sizes,
        "nested": _are_nested(list(learnt.values())),
        **counts,
        "curves": [
            _curve(name, members, scores, counts, replicates=replicates)
            for name, members in curves.items()
        ],
    }


def _curve(
    name: str,
    runs: list[ComparedRun],
    scores: dict[str, UnitScores],
    counts: dict[str, Any],
    *,
    replicates: int,
) -> dict[str, Any]:
    ordered = sorted(runs, key=lambda run: (run.training["women"]["train"], run.name))
    points = []
    for run in ordered:
        found = patient_bootstrap(scores[run.name], {"auc": auc}, seed=SEED, replicates=replicates)
        points.append(
            {
                "run": run.name,
                "women": run.training["women"]["train"],
                "images": (run.training.get("images") or {}).get("train"),
                "seeds": run.seeds,
                **counts,
                **asdict(found["auc"]),
            }
        )
    fewest, most = ordered[0], ordered[-1]
    gained = None
    if fewest.training["women"]["train"] < most.training["women"]["train"]:
        gained = paired_difference(
            scores[most.name], scores[fewest.name], auc, seed=SEED, replicates=replicates
        )
    return {
        "name": name,
        "points": points,
        "gained": gained and {"from": fewest.name, "to": most.name, **counts, **asdict(gained)},
    }


def _start(run: ComparedRun) -> str:
    return describe_start(str(run.training.get("start", "not said")), short=True)


def _learnt_from(split: Path) -> frozenset[str]:
    """The training women that `split.csv` names."""
    try:
        with split.open(newline="", encoding="utf-8") as file:
            return frozenset(
                row["patient"] for row in csv.DictReader(file) if row["part"] == "train"
            )
    except (OSError, UnicodeDecodeError, csv.Error, KeyError) as error:
        raise DatasetError(
            f"{split} cannot be read as a split: {error!r}; train the run again"
        ) from error


def _are_nested(subsets: Sequence[frozenset[str]]) -> bool:
    """Whether of every two subsets the smaller one is in the larger."""
    ordered = sorted(subsets, key=len)
    return all(small <= large for small, large in pairwise(ordered))
