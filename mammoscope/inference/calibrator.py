"""From a model's logit to a calibrated score. Data in the card, applied by numpy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoscope.types import ModelIntegrityError


@dataclass(frozen=True, slots=True)
class AffineCalibrator:
    """score = 1 / (1 + exp(-(slope · logit + intercept))), Platt 1999.

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
        kind = values.get("kind") if isinstance(values, Mapping) else None
        if kind != "affine":
            raise ModelIntegrityError(f"calibrator is of kind {kind!r}; expected 'affine'")
        try:
            return cls(slope=float(values["slope"]), intercept=float(values["intercept"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ModelIntegrityError(
                f"calibrator holds {sorted(values)}; expected numbers slope and intercept"
            ) from error
