"""What a figure is of: how many units, how many of them positive, of how many women."""

from __future__ import annotations

from mammoscope.experiment.statistics import UnitScores


def count_units(units: UnitScores) -> dict[str, int]:
    """`n`, `n_positive` and `n_patients`, as they stand beside every figure in JSON."""
    return {
        "n": len(units.labels),
        "n_positive": int(units.labels.sum()),
        "n_patients": len(set(units.patients)),
    }
