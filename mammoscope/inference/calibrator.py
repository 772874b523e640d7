"""From a model's logit to a calibrated score. Data in the card, applied by numpy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoscope.types import ModelIntegrityError

# A card is read by whoever is sent one: what it can make a server hold is bounded.
MOST_KNOTS = 10_000


@dataclass(frozen=True, slots=True)
class AffineCalibrator:
    """score = 1 / (1 + exp(-(slope · logit + intercept))), Platt 1999.

    With an intercept of 0 it is temperature scaling (Guo et al. 2017), temperature = 1 / slope.

    Attributes:
        slope: positive, so that a higher logit is never a lower score.
        intercept: in logits.
    """

    slope: float = 1.0
    intercept: float = 0.0

    def __post_init__(self) -> None:
        if not (0 < self.slope < math.inf and math.isfinite(self.intercept)):
            raise ModelIntegrityError(
                f"calibrator has slope {self.slope} and intercept {self.intercept}; "
                "expected a positive and a finite number"
            )

    def score(self, logit: NDArray[np.floating]) -> NDArray[np.float64]:
        """Calibrated scores in [0, 1], of the shape of `logit`."""
        z = self.slope * np.asarray(logit, dtype=np.float64) + self.intercept
        return np.exp(-np.logaddexp(0.0, -z))  # cannot overflow

    def to_dict(self) -> dict[str, Any]:
        return {"kind": "affine", "slope": self.slope, "intercept": self.intercept}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> AffineCalibrator:
        """The calibrator of a card.

        Raises:
            ModelIntegrityError: another kind, or values without sense.
        """
        _refuse_other_kind(values, "affine")
        try:
            return cls(slope=float(values["slope"]), intercept=float(values["intercept"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ModelIntegrityError(
                f"calibrator holds {sorted(values)}; expected numbers slope and intercept"
            ) from error


@dataclass(frozen=True, slots=True)
class IsotonicCalibrator:
    """A rising line through knots: straight between two of them, level before and after all.

    Zadrozny & Elkan 2002. Where two neighbouring knots have one score, all logits between them
    have it too. Such a tie is harmless: a threshold is chosen between two *different* scores, so
    that all who are tied get one verdict, and an AUC counts a tie of two as one half. It is not
    broken, since the women it was fitted on gave no reason to put one above the other.

    Attributes:
        logits: of the knots, rising.
        scores: of the knots, in [0, 1], never falling, the last above the first.
    """

    logits: tuple[float, ...]
    scores: tuple[float, ...]

    def __post_init__(self) -> None:
        holds = (
            2 <= len(self.logits) == len(self.scores) <= MOST_KNOTS
            # The span, too: a difference that overflows cannot be divided by.
            and math.isfinite(self.logits[-1] - self.logits[0])
            and all(low < high for low, high in pairwise(self.logits))
            and all(low <= high for low, high in pairwise(self.scores))
            and 0 <= self.scores[0] < self.scores[-1] <= 1
        )
        if not holds:
            raise ModelIntegrityError(
                f"calibrator has {len(self.logits)} logits {_ends(self.logits)} and "
                f"{len(self.scores)} scores {_ends(self.scores)}; expected as many of both, 2 to "
                f"{MOST_KNOTS}, finite logits that rise and scores in [0, 1] that never fall and "
                "are not all one"
            )

    def score(self, logit: NDArray[np.floating]) -> NDArray[np.float64]:
        """Calibrated scores in [0, 1], of the shape of `logit`; NaN for NaN."""
        x = np.asarray(logit, dtype=np.float64)
        knots, values = np.array(self.logits), np.array(self.scores)
        clipped = np.clip(x, knots[0], knots[-1])
        left = np.clip(np.searchsorted(knots, clipped, side="right") - 1, 0, len(knots) - 2)
        low, high = values[left], values[left + 1]
        share = (clipped - knots[left]) / (knots[left + 1] - knots[left])
        # Unlike np.interp, to the bit: every step of this rounds in one direction as x rises, and
        # the least of both keeps rounding from passing the next knot.
        return np.asarray(np.minimum(low + share * (high - low), high), dtype=np.float64)

    def to_dict(self) -> dict[str, Any]:
        return {"kind": "isotonic", "logits": list(self.logits), "scores": list(self.scores)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> IsotonicCalibrator:
        """The calibrator of a card.

        Raises:
            ModelIntegrityError: another kind, or values without sense.
        """
        _refuse_other_kind(values, "isotonic")
        columns = [values.get("logits"), values.get("scores")]
        if not all(isinstance(column, list) and all(map(_is_number, column)) for column in columns):
            raise ModelIntegrityError(
                f"calibrator holds {sorted(values)}; expected lists of numbers logits and scores"
            )
        logits, scores = (tuple(map(float, column or ())) for column in columns)
        return cls(logits=logits, scores=scores)


Calibrator = AffineCalibrator | IsotonicCalibrator
_KINDS: Mapping[str, type[AffineCalibrator] | type[IsotonicCalibrator]] = {
    "affine": AffineCalibrator,
    "isotonic": IsotonicCalibrator,
}


def parse_calibrator(values: Mapping[str, Any]) -> Calibrator:
    """The calibrator of a card or a run, of whichever kind it says it is.

    Raises:
        ModelIntegrityError: an unknown kind, or values without sense.
    """
    kind = _kind(values)
    if kind not in _KINDS:
        raise ModelIntegrityError(
            f"calibrator is of kind {kind!r}; expected one of {list(_KINDS)}; "
            "read it with the version that wrote it"
        )
    return _KINDS[str(kind)].from_dict(values)


def parse_breasts(values: Mapping[str, Any] | None) -> AffineCalibrator | None:
    """The calibrator of breasts of several views; None where a card or a run has none.

    Raises:
        ModelIntegrityError: another kind, or values without sense.
    """
    return None if values is None else AffineCalibrator.from_dict(values)


def _kind(values: Mapping[str, Any]) -> object:
    kind = values.get("kind") if isinstance(values, Mapping) else None
    return kind if isinstance(kind, str) else repr(kind)


def _refuse_other_kind(values: Mapping[str, Any], expected: str) -> None:
    kind = _kind(values)
    if kind != expected:
        raise ModelIntegrityError(f"calibrator is of kind {kind!r}; expected {expected!r}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _ends(values: tuple[float, ...]) -> str:
    return f"from {values[0]:g} to {values[-1]:g}" if values else "without one"
