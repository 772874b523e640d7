"""Operating points as a card holds them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from mammoscope.types import Estimate, OperatingPoint


def parse_operating_point(values: Mapping[str, Any]) -> OperatingPoint:
    """The operating point that `dataclasses.asdict` took apart."""
    return OperatingPoint(
        name=values["name"],
        threshold=float(values["threshold"]),
        sensitivity=Estimate(**values["sensitivity"]),
        specificity=Estimate(**values["specificity"]),
    )


def has_finite_figures(point: OperatingPoint) -> bool:
    """Whether its figures and intervals are numbers: a card may hold anything."""
    return all(
        isinstance(figure, int | float) and math.isfinite(figure)
        for estimate in (point.sensitivity, point.specificity)
        for figure in (estimate.value, estimate.low, estimate.high)
    )
