"""Slope and intercept of the labels on the logits: 1 and 0 where scores are probabilities."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from mammoscope.experiment.resampling import number_patients
from mammoscope.experiment.statistics import Labels, Scores
from mammoscope.types import Estimate

# 97.5th percentile of the normal distribution.
_Z = 1.959963984540054
_STEPS = 50
# A slope or an intercept that is still growing past this has no finite best value.
_MOST = 1e4


@dataclass(frozen=True, slots=True)
class CalibrationLine:
    """log odds of being positive = slope · logit of the score + intercept.

    Attributes:
        slope: below 1 where scores are too extreme, above 1 where they are too timid.
        intercept: beside that slope, in logits.
        in_the_large: the intercept beside a slope of 1, in logits: above 0 where scores are too
            low on the whole.
    """

    slope: Estimate
    intercept: Estimate
    in_the_large: Estimate


def calibration_line(
    logits: Scores, labels: Labels, patients: Sequence[Hashable]
) -> CalibrationLine | None:
    """Logistic regression of the labels on the calibrated logits (Cox 1958), with 95 % intervals.

    Normal intervals from the sandwich over patients (Liang & Zeger 1986), times P / (P - 1) of P
    patients: units of one woman are alike. Where few women were seen they are too narrow.

    Args:
        logits: float64 (N,), log(score / (1 - score)) of calibrated scores.
        labels: (N,) True = positive.
        patients: (N,) whose each unit is.

    Returns:
        None where there is no finite line: a class is absent, all logits are equal, the logits part
            the classes without overlap, or there is one patient.

    Raises:
        ValueError: a logit that is not finite, as of a score of 0 or 1.
    """
    if not np.isfinite(logits).all():
        raise ValueError("a logit is not finite; expected those of scores inside (0, 1)")
    if labels.all() or not labels.any() or len(set(patients)) < 2 or np.ptp(logits) == 0:
        return None
    positives, negatives = logits[labels], logits[~labels]
    if positives.min() >= negatives.max() or positives.max() <= negatives.min():
        return None
    owner = number_patients(patients)
    line = _fit(np.stack([np.ones_like(logits), logits], axis=1), np.zeros_like(logits), labels)
    large = _fit(np.ones((len(logits), 1)), logits, labels)
    if line is None or large is None:
        return None
    errors = _errors(*line, labels, owner)
    (error,) = _errors(*large, labels, owner)
    method = f"95 % logistic regression, sandwich over {int(owner.max()) + 1} patients"
    intercept, slope = (
        Estimate(float(b), float(b - _Z * e), float(b + _Z * e), method)
        for b, e in zip(line[0], errors, strict=True)
    )
    b = float(large[0][0])
    return CalibrationLine(slope, intercept, Estimate(b, b - _Z * error, b + _Z * error, method))


Fit = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def _fit(design: NDArray[np.float64], offset: Scores, labels: Labels) -> Fit | None:
    """Coefficients, design and fitted probabilities by Newton's steps; None where they diverge."""
    beta = np.zeros(design.shape[1])
    truth = labels.astype(np.float64)

    def loss(at: NDArray[np.float64]) -> float:
        z = design @ at + offset
        return float(np.sum(np.logaddexp(0.0, z) - truth * z))

    for _ in range(_STEPS):
        chance = expit(design @ beta + offset)
        gradient = design.T @ (truth - chance)
        curvature = (design * (chance * (1 - chance))[:, np.newaxis]).T @ design
        if np.linalg.cond(curvature) > 1 / np.finfo(np.float64).eps:
            return None
        step = np.linalg.solve(curvature, gradient)
        # A full step may overshoot far from the best: it is halved until it gains.
        while loss(beta + step) > loss(beta) + 1e-12 and np.abs(step).max() > 1e-12:
            step /= 2
        beta = beta + step
        if np.abs(beta).max() > _MOST:
            return None
        if np.abs(step).max() <= 1e-10 * (1 + np.abs(beta).max()):
            break
    return beta, design, expit(design @ beta + offset)


def _errors(
    beta: NDArray[np.float64],
    design: NDArray[np.float64],
    chance: NDArray[np.float64],
    labels: Labels,
    owner: NDArray[np.intp],
) -> list[float]:
    """Standard error of each coefficient, robust to whatever ties the units of a patient."""
    count = int(owner.max()) + 1
    bread = np.linalg.inv((design * (chance * (1 - chance))[:, np.newaxis]).T @ design)
    pull = np.zeros((count, len(beta)))
    np.add.at(pull, owner, design * (labels - chance)[:, np.newaxis])
    spread = count / (count - 1) * bread @ (pull.T @ pull) @ bread
    return [float(error) for error in np.sqrt(np.diag(spread))]
