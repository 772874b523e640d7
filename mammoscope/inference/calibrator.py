"""From a model's logit to a calibrated score. Data in the card, applied by numpy."""

from __future__ import annotations

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
        if not self.slope > 0:
            raise ModelIntegrityError(
                f"calibrator slope is {self.slope}; expected a positive number"
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
        if values.get("kind") != "affine":
            raise ModelIntegrityError(
                f"calibrator is of kind {values.get('kind')!r}; expected 'affine'"
            )
        return cls(slope=float(values["slope"]), intercept=float(values["intercept"]))
