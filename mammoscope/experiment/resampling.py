"""Draws of patients with all that is theirs, and their totals for many draws at once."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Numbers that one block of replicates may hold in one array: 8 MB, whatever the number of units.
BLOCK = 1 << 20
# Of so many the jackknife tells an acceleration as well as of more.
MOST_GROUPS = 1000

Indices = NDArray[np.intp]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Resample:
    """B weightings of the same N units, which differ in how often each patient counts.

    Attributes:
        owner: (N,) number of each unit's patient, 0 … P - 1.
        counts: float64 (P, B) ≥ 0, how often a patient counts in each weighting.
    """

    owner: Indices
    counts: Numbers

    def total(self, values: NDArray[np.generic]) -> Numbers:
        """(B,) weighted sums of values (N,): a product of matrices, over patients and not units."""
        sums = np.bincount(self.owner, values.astype(np.float64), minlength=len(self.counts))
        return np.asarray(sums @ self.counts)

    def weights(self, rows: Indices | NDArray[np.bool_]) -> Numbers:
        """(n, B) weights of the chosen units, in the order they are chosen."""
        return self.counts[self.owner[rows]]


def weigh_alike(count: int) -> Resample:
    """The one weighting in which each of so many units counts once, as if each were a patient."""
    return Resample(np.arange(count), np.ones((count, 1)))


def number_patients(patients: Sequence[Hashable]) -> Indices:
    """(N,) a number for each unit's patient, in the order in which patients first come."""
    number: dict[Hashable, int] = {}
    return np.array([number.setdefault(patient, len(number)) for patient in patients], np.intp)


def draw_patients(
    owner: Indices, generator: np.random.Generator, *, replicates: int
) -> Iterator[Indices]:
    """Blocks (B, P) of as many patients as there are, drawn with replacement, a row a replicate.

    The stream of numbers is that of one call a replicate, so the size of a block decides nothing.

    Args:
        owner: (N,) number of each unit's patient.
        generator: is moved on.
        replicates: rows of all blocks together.
    """
    count = int(owner.max(initial=-1)) + 1
    for size in _sizes(replicates, len(owner)):
        yield generator.integers(count, size=(size, count))


def count_draws(owner: Indices, drawn: Indices) -> Resample:
    """How often each patient was drawn in each row (B, P) of `draw_patients`."""
    replicates, count = drawn.shape
    cells = drawn * replicates + np.arange(replicates)[:, np.newaxis]
    counts = np.bincount(cells.ravel(), minlength=count * replicates)
    return Resample(owner, counts.reshape(count, replicates).astype(np.float64))


def leave_one_out(owner: Indices, *, most: int = MOST_GROUPS) -> Iterator[Resample]:
    """The jackknife: for each patient in turn the weighting that lacks her, in blocks.

    Of more patients than `most`, groups of like size are left out (delete-d jackknife, Shao & Wu
    1989), each of every so many-th patient: their skewness tells the same acceleration.
    """
    count = int(owner.max(initial=-1)) + 1
    groups = min(count, most)
    group = np.arange(count) % max(groups, 1)
    at = 0
    for size in _sizes(groups, len(owner)):
        yield Resample(owner, np.not_equal.outer(group, at + np.arange(size)).astype(np.float64))
        at += size


def units_of_draws(owner: Indices, drawn: Indices) -> Iterator[Indices]:
    """Row by row the indices of all units of the drawn patients (B, P)."""
    # The units of each patient, one after the other: a draw is then a few array operations,
    # also of 100,000 patients.
    order = np.argsort(owner, kind="stable")
    counts = np.bincount(owner)
    starts = np.cumsum(counts) - counts
    for row in drawn:
        lengths = counts[row]
        ends = np.cumsum(lengths)
        within = np.arange(ends[-1]) - np.repeat(ends - lengths, lengths)
        yield order[np.repeat(starts[row], lengths) + within]


def _sizes(replicates: int, units: int) -> Iterator[int]:
    """How many replicates each block holds."""
    size = max(1, BLOCK // max(1, units))
    for at in range(0, replicates, size):
        yield min(size, replicates - at)
