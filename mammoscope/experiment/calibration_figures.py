"""Whether a model's scores are probabilities, as JSON values: by image or by breast."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import asdict
from typing import Any, Literal

import numpy as np
from scipy.special import logit

from mammoscope.experiment.calibration_slope import calibration_line
from mammoscope.experiment.reliability import brier_parts, calibration_error, reliability_curve
from mammoscope.experiment.resampling import Numbers, Resample, weigh_alike
from mammoscope.experiment.statistics import UnitScores, patient_bootstrap
from mammoscope.experiment.unit_counts import count_units
from mammoscope.experiment.weighted_metrics import Flags, ratio

_LINE = ("slope", "intercept", "in_the_large")


class BrierScore:
    """Mean squared distance of score and label, in [0, 1]; 0 is best (Brier 1950)."""

    def __call__(self, scores: Numbers, labels: Flags, called: Flags) -> float:
        return float(self.weighted(scores, labels, called, weigh_alike(len(labels)))[0])

    def weighted(
        self, scores: Numbers, labels: Flags, called: Flags, resample: Resample
    ) -> Numbers:
        """(B,) of each weighting."""
        return ratio(resample.total((scores - labels) ** 2), resample.total(np.ones(len(labels))))


def measure_calibration(
    units: UnitScores,
    breasts: Sequence[Hashable],
    *,
    unit: Literal["image", "breast"] = "image",
    seed: int,
    replicates: int,
) -> dict[str, Any]:
    """What `calibration` and `calibration_by_breast` of a model in `comparison.json` hold.

    Of several seeds the scores are taken together, each with its unit's label. A slope is None
    where no finite line is best, or a score is 0 or 1 and has no logit.

    Args:
        units: scores by image or by breast, in [0, 1].
        breasts: (N,) which breast each unit is of: a perfect model's labels are drawn by breast.
        unit: what `units` counts.
        seed, replicates: of the bootstrap and of the simulation.
    """
    seeds = len(units.scores)
    scores, labels = units.scores.ravel(), np.tile(units.labels, seeds)
    patients = [*units.patients] * seeds
    error = calibration_error(
        scores, labels, seed=seed, replicates=replicates, groups=[*breasts] * seeds
    )
    brier = patient_bootstrap(units, {"brier": BrierScore()}, seed=seed, replicates=replicates)
    inside = bool((scores > 0).all() and (scores < 1).all())
    line = calibration_line(logit(scores), labels, patients) if inside else None
    found = {} if line is None else asdict(line)
    return {
        "unit": unit,
        **count_units(units),
        "seeds": seeds,
        "ece": error.value,
        "perfect_ece": asdict(error.perfect),
        "p": error.p,
        "brier": asdict(brier["brier"]),
        "brier_parts": asdict(brier_parts(scores, labels)),
        **{name: found.get(name) for name in _LINE},
        "bins": [
            {"n_of_bin": one.n, "score": one.score, "positives": asdict(one.positives)}
            for one in reliability_curve(scores, labels, patients)
        ],
    }
