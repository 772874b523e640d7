"""Calibrator and operating points of all women, with figures that no woman had a part in."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mammoscope.experiment.calibrate import choose_thresholds, fit_calibrator
from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.statistics import Scores
from mammoscope.experiment.units import measure_operating_points
from mammoscope.inference.calibrator import AffineCalibrator
from mammoscope.types import Estimate, OperatingPoint

CROSS_FITTED = "cross-fitted by woman"


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """What the women decide.

    Attributes:
        calibrator: fitted on all of them.
        thresholds: name → threshold on its score, chosen on all of them.
        operating_points: those thresholds, with figures out of fold.
        held_out: every image scored and called by what its woman had no part in.
    """

    calibrator: AffineCalibrator
    thresholds: dict[str, float]
    operating_points: tuple[OperatingPoint, ...]
    held_out: Predictions


def fit_on_women(predictions: Predictions, *, seed: int) -> Fitted:
    """What is published is fitted on all; what is said of it is measured fold by fold.

    Calibrator and thresholds of a fold are those of the other folds' women, so that a figure is
    what their way of being chosen is worth, and not how well they fit.

    Args:
        predictions: of all images, with the fold of each; only logit, truth and fold are used.
        seed: of the bootstrap.
    """
    logit, positive = predictions.logit, predictions.positive
    calibrator = fit_calibrator(logit, positive)
    thresholds = choose_thresholds(calibrator.score(logit), positive)
    score = np.empty_like(logit)
    held_against: dict[str, Scores] = {name: np.empty_like(logit) for name in thresholds}
    for fold in np.unique(predictions.fold):
        out = predictions.fold == fold
        of_others = fit_calibrator(logit[~out], positive[~out])
        chosen = choose_thresholds(of_others.score(logit[~out]), positive[~out])
        score[out] = of_others.score(logit[out])
        for name, threshold in chosen.items():
            held_against[name][out] = threshold
    held_out = replace(predictions, score=score, threshold=next(iter(held_against.values())))
    points = measure_operating_points(held_out, thresholds, seed=seed, held_against=held_against)
    return Fitted(
        calibrator=calibrator,
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
