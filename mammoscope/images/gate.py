"""The fitted part of the gate: how much a picture's features are those of its modality."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoscope.types import Modality, ModelIntegrityError

# Written by `python -m mammoscope.experiment.gate_fit`; docs/gate.md has its figures.
FILE = Path(__file__).with_name("gate.json")
# One odd feature alone must not outvote all others.
FARTHEST = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Gate:
    """A logistic regression on standardised features and their squares.

    A feature's distance is (value - mean) / scale over good images, cut at ± `FARTHEST`; the
    squares say that far from usual on either side is odd.

    Attributes:
        features: names, in the order of all arrays here.
        mean, scale: float64 (F,), of good images.
        linear, square: float64 (F,), weights of the distance and of its square.
        intercept: the logit of an image whose features are all usual.
        threshold: least logit of an image that is let through.
    """

    features: tuple[str, ...]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    linear: NDArray[np.float64]
    square: NDArray[np.float64]
    intercept: float
    threshold: float

    def contributions(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """What each feature adds to the logit, float64 (F,); their sum + intercept is the logit."""
        distance = distances(values, self.mean, self.scale)
        return self.linear * distance + self.square * distance**2

    def margin(self, values: NDArray[np.float64]) -> float:
        """The logit less the threshold; negative is refused."""
        return float(self.contributions(values).sum()) + self.intercept - self.threshold

    def oddest(self, values: NDArray[np.float64]) -> str:
        """Name of the feature that speaks most against the image."""
        return self.features[int(np.argmin(self.contributions(values)))]

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Gate:
        """From what stands in the file.

        Raises:
            ModelIntegrityError: a field is absent, or of another length than the others.
        """
        try:
            mean, scale, linear, square = (
                np.array(values[name], dtype=np.float64)
                for name in ("mean", "scale", "linear", "square")
            )
            gate = cls(
                tuple(values["features"]),
                mean,
                scale,
                linear,
                square,
                float(values["intercept"]),
                float(values["threshold"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelIntegrityError(
                f"the gate's coefficients cannot be read: {error}; install the package again"
            ) from None
        arrays = (mean, scale, linear, square)
        lengths = {len(gate.features), *map(len, arrays)}
        if len(lengths) != 1 or not all(np.isfinite(array).all() for array in arrays):
            raise ModelIntegrityError(
                f"the gate's coefficients are of {sorted(lengths)} features or not finite; "
                "install the package again"
            )
        return gate


def distances(
    values: NDArray[np.float64], mean: NDArray[np.float64], scale: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Standardised features (…, F), cut at ± `FARTHEST`."""
    return np.asarray(np.clip((values - mean) / scale, -FARTHEST, FARTHEST), dtype=np.float64)


@cache
def load_gate(modality: Modality) -> Gate:
    """The gate before models of a modality.

    Raises:
        ModelIntegrityError: the package's coefficients are broken.
    """
    return Gate.from_values(json.loads(FILE.read_text(encoding="utf-8"))[modality])
