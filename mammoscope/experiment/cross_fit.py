"""Calibrator and operating points of all women, with figures that no woman had a part in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mammoscope.experiment.breast_calibrator import fit_breasts
from mammoscope.experiment.calibrate import choose_thresholds
from mammoscope.experiment.calibrator_choice import ChosenCalibrator, choose_calibrator
from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.statistics import Scores
from mammoscope.experiment.units import measure_operating_points
from mammoscope.inference.calibrator import AffineCalibrator, Calibrator
from mammoscope.inference.exam import score_breasts
from mammoscope.types import Estimate, OperatingPoint

CROSS_FITTED = "cross-fitted by woman"


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """What the women decide.

    Attributes:
        choice: of the calibrator, made and fitted on all of them.
        choice_of_fold: fold → the choice that the other folds' women made for it.
        breast_calibrator: of breasts of several views, fitted on all; None = their mean stands.
        thresholds: name → threshold on its score, chosen on all of them.
        operating_points: those thresholds, with figures out of fold.
        held_out: every image scored and called by what its woman had no part in.
    """

    choice: ChosenCalibrator
    choice_of_fold: Mapping[int, ChosenCalibrator]
    breast_calibrator: AffineCalibrator | None
    thresholds: dict[str, float]
    operating_points: tuple[OperatingPoint, ...]
    held_out: Predictions

    @property
    def calibrator(self) -> Calibrator:
        """What is published."""
        return self.choice.calibrator

    def describe_choice(self) -> dict[str, Any]:
        """What a run and a card hold of the choice, and of the choices within it."""
        return {
            **self.choice.to_dict(),
            "nested": {
                str(fold): {"method": choice.method, "log_loss": dict(choice.log_loss)}
                for fold, choice in self.choice_of_fold.items()
            },
        }


def fit_on_women(predictions: Predictions, *, seed: int) -> Fitted:
    """What is published is fitted on all; what is said of it is measured fold by fold.

    The calibrators, their kind and the thresholds of a fold are those of the other folds' women,
    so that a figure is what their way of being chosen is worth, and not how well they fit.

    Args:
        predictions: of all images, with the fold of each; their scores and thresholds are not
            used. Where folds were drawn again, a fold's women are in others too: none of their
            logits is used for the fold.
        seed: of the bootstrap, and of the folds that choose the kind of calibrator.
    """
    logit, positive = predictions.logit, predictions.positive
    patients = np.array(predictions.patient)
    # Another seed's scores of a breast are no further views of it.
    breasts = np.array(
        [f"{s} {b}" for s, b in zip(predictions.seed, predictions.breast, strict=True)]
    )
    choice = choose_calibrator(logit, positive, patients=predictions.patient, seed=seed)
    thresholds = choose_thresholds(choice.calibrator.score(logit), positive)
    choice_of_fold = {}
    score, breast_score = np.empty_like(logit), np.empty_like(logit)
    held_against: dict[str, Scores] = {name: np.empty_like(logit) for name in thresholds}
    for fold in np.unique(predictions.fold):
        out = predictions.fold == fold
        others = ~np.isin(patients, patients[out])
        of_others = choose_calibrator(
            logit[others], positive[others], patients=patients[others].tolist(), seed=seed
        )
        choice_of_fold[int(fold)] = of_others
        score_of = of_others.calibrator.score
        chosen = choose_thresholds(score_of(logit[others]), positive[others])
        score[out] = score_of(logit[out])
        of_breasts = fit_breasts(
            score_of(logit[others]), positive[others], breasts[others].tolist()
        )
        breast_score[out] = score_breasts(score[out], breasts[out].tolist(), of_breasts)
        for name, threshold in chosen.items():
            held_against[name][out] = threshold
    held_out = replace(
        predictions,
        score=score,
        breast_score=breast_score,
        threshold=next(iter(held_against.values())),
    )
    points = measure_operating_points(held_out, thresholds, seed=seed, held_against=held_against)
    return Fitted(
        choice=choice,
        choice_of_fold=choice_of_fold,
        breast_calibrator=fit_breasts(choice.calibrator.score(logit), positive, breasts.tolist()),
        thresholds=thresholds,
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
