"""Which calibrator: temperature, Platt's line or isotonic steps, by cross-validation of women."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mammoscope.experiment.calibrate import (
    fit_base_rate,
    fit_isotonic,
    fit_platt,
    fit_temperature,
)
from mammoscope.experiment.statistics import Labels, Scores
from mammoscope.inference.calibrator import Calibrator, IsotonicCalibrator

Method = Literal["temperature", "platt", "isotonic", "base rate"]

FOLDS = 5
# Women with and women without a positive image, each: a fit then has three of either at least.
LEAST_OF_EACH = 4
# Of women, not of images, since a woman's images err together. On simulated women of four images
# each, isotonic steps cost 0.022 to 0.026 nats an image more than the truth at 100 women and 0.008
# to 0.009 at 400, whatever the truth was. Platt's line cost 0.003 and 0.001 where it was right;
# where risk levelled off at both ends, 0.009 at 400. It is there that the two are even.
LEAST_WOMEN_FOR_ISOTONIC = 400
# In nats an image: less than what the choice of folds moves; the simpler method is kept.
TIE = 1e-3
# A score that says "never" of what was seen would outweigh all others.
_LEAST_RISK = 1e-7

_FITS: Mapping[Method, Callable[[Scores, Labels], Calibrator]] = {
    # The simplest first: one number, two numbers, as many as there are steps.
    "temperature": fit_temperature,
    "platt": fit_platt,
    "isotonic": fit_isotonic,
}


@dataclass(frozen=True, slots=True)
class ChosenCalibrator:
    """A calibrator, and by what figures its kind was picked.

    Attributes:
        calibrator: fitted on all images that were given.
        method: that was picked; "base rate" where the model is worse than chance on them.
        reason: in words.
        log_loss: method → nats an image, out of fold; empty where nothing was held against
            another. A method that was not admitted is absent.
        folds: of the cross-validation; 0 = none.
        women, images: that were given.
    """

    calibrator: Calibrator
    method: Method
    reason: str
    log_loss: Mapping[str, float]
    folds: int
    women: int
    images: int

    def to_dict(self) -> dict[str, Any]:
        """What a run and a card hold of the choice; the calibrator stands beside it."""
        return {
            "method": self.method,
            "reason": self.reason,
            "log_loss": dict(self.log_loss),
            "folds": self.folds,
            "women": self.women,
            "images": self.images,
        }


def choose_calibrator(
    logits: Scores, labels: Labels, *, patients: Sequence[str], seed: int
) -> ChosenCalibrator:
    """The kind of calibrator with the least log loss on women it was not fitted on.

    Women are dealt into folds, those with and those without a positive image alike; each method
    is fitted on the other folds and scored on the fold. A simpler method is kept unless the next
    one's loss is lower by more than `TIE`. Isotonic steps are tried from
    `LEAST_WOMEN_FOR_ISOTONIC` women on. With fewer than `LEAST_OF_EACH` women of a kind nothing
    can be held against another, and the simplest is taken. The order of a model that is worse
    than chance is never turned, and there is nothing to choose: see `fit_platt`.

    Args:
        logits: (N,) of images that the model was not fitted on.
        labels: (N,) True = positive; of both classes.
        patients: (N,) whose image each is.
        seed: of the folds.
    """
    fold, folds = _deal(labels, patients, seed=seed)
    women = len(set(patients))

    def chosen(method: Method, reason: str, losses: Mapping[str, float]) -> ChosenCalibrator:
        calibrator = _FITS[method](logits, labels) if method in _FITS else worst
        tried = folds if losses else 0
        return ChosenCalibrator(
            calibrator, method, reason, losses, folds=tried, women=women, images=len(labels)
        )

    worst = fit_base_rate(logits, labels)
    if fit_platt(logits, labels) == worst:
        return chosen("base rate", "worse than chance here: the order is kept, not turned", {})
    usable = [name for name in _FITS if _is_usable(name, logits, labels, women)]
    if folds < LEAST_OF_EACH:
        return chosen(usable[0], f"fewer than {LEAST_OF_EACH} women of a kind: the simplest", {})
    losses: dict[str, float] = {
        name: _log_loss(_FITS[name], logits, labels, fold) for name in usable
    }
    picked = usable[0]
    for name in usable[1:]:
        if losses[name] < losses[picked] - TIE:
            picked = name
    reason = f"least log loss out of fold; within {TIE:g} nats the simpler is kept"
    return chosen(picked, reason, losses)


def fit_calibrator(method: Method, logits: Scores, labels: Labels) -> Calibrator:
    """The calibrator of a kind that was chosen already.

    Args:
        method: its kind.
        logits, labels: as for `choose_calibrator`.
    """
    return _FITS.get(method, fit_base_rate)(logits, labels)


def _is_usable(method: Method, logits: Scores, labels: Labels, women: int) -> bool:
    """Whether all images together admit the method.

    A temperature has no say where its slope would turn the order round, as it does where all
    logits lie to one side of the base rate's; the base rate's line is not a temperature.
    """
    fitted = _FITS[method](logits, labels)
    if method == "isotonic":
        return women >= LEAST_WOMEN_FOR_ISOTONIC and isinstance(fitted, IsotonicCalibrator)
    return fitted != fit_base_rate(logits, labels)


def _log_loss(
    fit: Callable[[Scores, Labels], Calibrator],
    logits: Scores,
    labels: Labels,
    fold: NDArray[np.intp],
) -> float:
    """Mean of -ln (score of what was seen), each fold scored by the fit on the others."""
    seen = np.empty(len(labels))
    for number in np.unique(fold):
        out = fold == number
        score = fit(logits[~out], labels[~out]).score(logits[out])
        seen[out] = np.where(labels[out], score, 1 - score)
    return float(-np.log(np.clip(seen, _LEAST_RISK, None)).mean())


def _deal(labels: Labels, patients: Sequence[str], *, seed: int) -> tuple[NDArray[np.intp], int]:
    """Fold of each image (N,), from 0, and how many: as many as the rarer kind of woman allows."""
    positive: dict[str, bool] = {}
    for patient, label in zip(patients, labels.tolist(), strict=True):
        positive[patient] = positive.get(patient, False) or label
    generator = np.random.default_rng(seed)
    with_one = sum(positive.values())
    folds = min(FOLDS, with_one, len(positive) - with_one)
    fold_of: dict[str, int] = {}
    for kind in (False, True):
        members = sorted(patient for patient, found in positive.items() if found == kind)
        for rank, index in enumerate(generator.permutation(len(members)).tolist()):
            fold_of[members[index]] = rank % max(folds, 1)
    return np.array([fold_of[patient] for patient in patients], dtype=np.intp), folds
