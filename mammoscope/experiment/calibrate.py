"""What is fitted on validation women after training: calibrator and operating points."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression

from mammoscope.experiment.statistics import Labels, Scores
from mammoscope.inference.calibrator import AffineCalibrator

AIM = 0.90


def fit_calibrator(logits: Scores, labels: Labels) -> AffineCalibrator:
    """Platt scaling: logistic regression of the label on the logit, without penalty.

    Where the fit would turn the order round (a model that is worse than chance on validation),
    the logit keeps its own slope and only the intercept is fitted, by the base rate.
    """
    model = LogisticRegression(C=np.inf).fit(logits[:, np.newaxis], labels)
    slope, intercept = float(model.coef_[0, 0]), float(model.intercept_[0])
    if slope > 1e-3:
        return AffineCalibrator(slope=slope, intercept=intercept)
    rate = float(np.clip(labels.mean(), 0.01, 0.99))
    return AffineCalibrator(slope=1.0, intercept=float(np.log(rate / (1 - rate)) - np.mean(logits)))


def choose_thresholds(scores: Scores, labels: Labels) -> dict[str, float]:
    """Thresholds on the calibrated score: Youden's, 90 % sensitivity, 90 % specificity.

    A threshold lies midway between two neighbouring scores, so that rounding in the last digit
    cannot change a verdict that decided it.
    """
    ordered = np.unique(scores)
    middles = (ordered[1:] + ordered[:-1]) / 2 if len(ordered) > 1 else ordered
    # Of 100,000 images only the shares on either side of each threshold are needed.
    positives, negatives = np.sort(scores[labels]), np.sort(scores[~labels])
    found = (len(positives) - np.searchsorted(positives, middles)) / len(positives)
    spared = np.searchsorted(negatives, middles) / len(negatives)
    figures = list(zip(middles.tolist(), found.tolist(), spared.tolist(), strict=True))
    youden = max(figures, key=lambda figure: figure[1] + figure[2])
    sensitive = [figure for figure in figures if figure[1] >= AIM] or figures[:1]
    specific = [figure for figure in figures if figure[2] >= AIM] or figures[-1:]
    return {
        "youden": youden[0],
        "sensitivity_90": max(sensitive)[0],
        "specificity_90": min(specific)[0],
    }
