"""The trainings of a study: one a model, seed and fold; and mosaics, where folds share them.

Epochs of mosaics cost most of a training and differ least from fold to fold. Learnt once from the
women of each half of the folds, they serve the networks that are tested on the other half, and no
network has seen a woman that it is tested on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Member:
    """One training of a study; fold 0 = there are none."""

    model: str
    seed: int
    fold: int

    @property
    def name(self) -> str:
        fold = f"-fold-{self.fold}" if self.fold else ""
        return f"{self.model}-seed-{self.seed}{fold}"


@dataclass(frozen=True, slots=True)
class Half:
    """Folds whose women one training of mosaics shows.

    Attributes:
        model, seed: of the training.
        number: 1 or 2; where the folds are odd in number, the second half is the larger.
        folds: of the study.
    """

    model: str
    seed: int
    number: int
    folds: tuple[int, ...]

    @property
    def name(self) -> str:
        return f"{self.model}-seed-{self.seed}-mosaics-{self.number}"


def make_halves(model: str, seed: int, folds: Sequence[int]) -> tuple[Half, Half]:
    """Both halves of the folds of one seed."""
    middle = len(folds) // 2
    parts = (tuple(folds[:middle]), tuple(folds[middle:]))
    first, second = (Half(model, seed, number, part) for number, part in enumerate(parts, start=1))
    return first, second


def other_half(halves: Sequence[Half], fold: int) -> Half:
    """The half that a fold is not in; the larger for fold 0, which stands for no fold."""
    first, second = halves
    return first if fold in second.folds else second
