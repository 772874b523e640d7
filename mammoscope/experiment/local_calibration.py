"""A published model, calibrated on the user's own women, as a new version: the network stays."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.split import make_folds
from mammoscope.experiment.calibrate import choose_thresholds, fit_calibrator
from mammoscope.experiment.external import refuse_other_question, score_published
from mammoscope.experiment.limits import chance_limits, is_mix_limit, mix_limit
from mammoscope.experiment.prepared import Say
from mammoscope.experiment.run import Predictions
from mammoscope.experiment.statistics import Scores
from mammoscope.experiment.units import at_unit, measure_operating_points, report_units
from mammoscope.inference.calibrator import AffineCalibrator
from mammoscope.inference.card import GRAPH_FILE, PREPROCESS_FILE, PublishedModel, write_card
from mammoscope.inference.store import add_version, refuse_name
from mammoscope.types import DatasetError, Estimate, OperatingPoint, Record, Task

FOLDS = 5
LEAST_WOMEN = 20
LEAST_OF_EACH = FOLDS
CROSS_FITTED = f"cross-fitted by woman in {FOLDS} folds"
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
    holds one of either kind, and two numbers and three thresholds are chosen on 16 women or
    more. That is the least at which the procedure is defined, not enough for narrow intervals.

    What is said of an operating point is measured on women who had no part in it: calibrator and
    thresholds are fitted on four folds and held against the fifth, for all five. What is
    published is fitted on everybody.

    Args:
        model: opened and verified.
        dataset: asked the model's own question.
        zoo: folder that the new version goes to.
        name: of the new version; None = the model's own.
        seed: of the folds and of the bootstrap.
        cache: folder of prepared arrays; None = one that is deleted at the end.
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
    predictions, data = score_published(model, dataset, cache=cache, say=say)
    say("cross-fitting and bootstrap")
    fitted = fit_on_women(predictions, fold_of, seed=seed)
    card = _card(model, dataset, predictions, fitted, seed=seed, refused=data.refused)

    def write(folder: Path, version: str) -> None:
        for file in (GRAPH_FILE, PREPROCESS_FILE):
            shutil.copyfile(model.folder / file, folder / file)
        write_card(
            replace(
                model,
                folder=folder,
                name=name,
                version=version,
                calibrator=fitted.calibrator,
                operating_points=fitted.operating_points,
                card=card,
            )
        )

    return add_version(zoo, name, write)


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """What the women decide.

    Attributes:
        calibrator: fitted on all of them.
        operating_points: thresholds of all of them, figures out of fold.
        held_out: every image scored and called by what its woman had no part in.
    """

    calibrator: AffineCalibrator
    operating_points: tuple[OperatingPoint, ...]
    held_out: Predictions


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


def fit_on_women(predictions: Predictions, fold_of: Mapping[str, int], *, seed: int) -> Fitted:
    """Calibrator and operating points of all women, with figures that are out of fold.

    Args:
        predictions: of all images; only logit and truth are used.
        fold_of: path of each image → its fold from 1 to 5, a woman in one of them.
        seed: of the bootstrap.
    """
    logit, positive = predictions.logit, predictions.positive
    calibrator = fit_calibrator(logit, positive)
    thresholds = choose_thresholds(calibrator.score(logit), positive)
    fold = np.array([fold_of[path] for path in predictions.path], dtype=np.int64)
    score = np.empty_like(logit)
    held_against: dict[str, Scores] = {name: np.empty_like(logit) for name in thresholds}
    for number in range(1, FOLDS + 1):
        out = fold == number
        of_others = fit_calibrator(logit[~out], positive[~out])
        chosen = choose_thresholds(of_others.score(logit[~out]), positive[~out])
        score[out] = of_others.score(logit[out])
        for name, threshold in chosen.items():
            held_against[name][out] = threshold
    held_out = replace(
        predictions, score=score, fold=fold, threshold=next(iter(held_against.values()))
    )
    points = measure_operating_points(held_out, thresholds, seed=seed, held_against=held_against)
    return Fitted(
        calibrator=calibrator,
        operating_points=tuple(
            replace(
                point,
                sensitivity=_cross_fitted(point.sensitivity),
                specificity=_cross_fitted(point.specificity),
            )
            for point in points
        ),
        held_out=held_out,
    )


def _cross_fitted(estimate: Estimate) -> Estimate:
    return replace(estimate, method=f"{estimate.method}, {CROSS_FITTED}")


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
            f"Calibrated on {len(women)} women of {dataset.name}, {int(women.sum())} of them "
            "positive; the operating points are theirs. The other figures are those of "
            "the original test, of other women.",
            *(line for line in card.get("limits", []) if not _is_replaced(line)),
        ],
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
            "method": f"calibrator and operating points {CROSS_FITTED}, then fitted on all",
            "seed": seed,
            "figures": figures,
        },
    }


def _is_replaced(line: str) -> bool:
    """Whether a limit spoke of the calibration that is now another."""
    return is_mix_limit(line) or line.startswith("Calibrated on ") or _WOMEN in line
