"""What is fitted on validation women after training: calibrator and operating points."""

from __future__ import annotations

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from mammoscope.experiment.statistics import Labels, Scores
from mammoscope.inference.calibrator import AffineCalibrator, Calibrator, IsotonicCalibrator

AIM = 0.90
# Of a fit: below it the model is worse than chance, or tells nothing.
LEAST_SLOPE = 1e-3
# Of isotonic steps, a standard deviation of the logits: a step is climbed over one of these.
RAMPS = 20


def fit_platt(logits: Scores, labels: Labels) -> AffineCalibrator:
    """Platt scaling: logistic regression of the label on the logit, without penalty.

    Where the fit would turn the order round (a model that is worse than chance on validation),
    the logit keeps its own slope and only the intercept is fitted, by the base rate.

    Args:
        logits: (N,).
        labels: (N,) True = positive; of both classes.
    """
    model = LogisticRegression(C=np.inf).fit(logits[:, np.newaxis], labels)
    slope, intercept = float(model.coef_[0, 0]), float(model.intercept_[0])
    if slope > LEAST_SLOPE:
        return AffineCalibrator(slope=slope, intercept=intercept)
    return fit_base_rate(logits, labels)


def fit_temperature(logits: Scores, labels: Labels) -> AffineCalibrator:
    """Temperature scaling (Guo et al. 2017, eq. 9): a slope alone, so that a logit of 0 stays ½.

    Where the slope would turn the order round, as for `fit_platt`.

    Args:
        logits, labels: as for `fit_platt`.
    """
    model = LogisticRegression(C=np.inf, fit_intercept=False).fit(logits[:, np.newaxis], labels)
    slope = float(model.coef_[0, 0])
    if slope > LEAST_SLOPE:
        return AffineCalibrator(slope=slope)
    return fit_base_rate(logits, labels)


def fit_isotonic(logits: Scores, labels: Labels) -> Calibrator:
    """Isotonic regression: the rising steps with the least squared error (Zadrozny & Elkan 2002).

    N images cannot show a risk below one in N + 2, nor one above the rest of it (Laplace's rule
    of succession), so the ends of the steps are cut there: no score is a flat 0 or 1.
    Logits are first rounded to a twentieth of their standard deviation, so that a step is climbed
    over that much: else two images that differ in the last digit could be a step apart, and
    another machine's rounding would move a woman's score by as much.
    Where the best rising line is level, which a model worse than chance has, as for `fit_platt`:
    a level line would take from the model the order that it has.

    Args:
        logits, labels: as for `fit_platt`.
    """
    least, width = 1 / (len(labels) + 2), float(np.std(logits)) / RAMPS
    if width == 0:
        return fit_base_rate(logits, labels)
    rounded = np.round(logits / width) * width
    model = IsotonicRegression(y_min=least, y_max=1 - least).fit(rounded, labels)
    knots, scores = model.X_thresholds_.tolist(), model.y_thresholds_.tolist()
    if len(knots) > 1 and scores[0] < scores[-1]:
        return IsotonicCalibrator(logits=tuple(knots), scores=tuple(scores))
    return fit_base_rate(logits, labels)


def fit_base_rate(logits: Scores, labels: Labels) -> AffineCalibrator:
    """The logit with its own slope, moved so that its mean is the log-odds of the base rate."""
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
