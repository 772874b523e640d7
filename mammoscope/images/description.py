"""What a feature is: its name, its formula and its range."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

INFINITY = float("inf")


@dataclass(frozen=True, slots=True)
class Description:
    """One feature of a vector.

    Attributes:
        name: unique in its extractor; begins with its family.
        formula: how it is computed, with the source where it is another's.
        low, high: ends of its range; ±inf where there is none.
    """

    name: str
    formula: str
    low: float
    high: float


def describe(names: Iterable[str], formula: str, low: float, high: float) -> list[Description]:
    """The same formula and range for each of these names."""
    return [Description(name, formula, low, high) for name in names]
