"""How fast the patient bootstrap is: `python -m benchmarks.bootstrap`.

Prints one JSON object a size: 2,000 replicates of the six metrics (AUC, accuracy, precision,
sensitivity, specificity, F1) of simulated women with two to six images each.

- `blocks_seconds`: `patient_bootstrap`, which measures blocks of replicates at once;
- `loop_seconds`: the same draws, units taken out by index and each metric called for each
  replicate, which is how it was done before;
- `ratio`: loop over blocks, medians of rounds in turns, within this one run. At the size of the
  RSNA test part it must be at least 8;
- `largest_difference` of the ends of the intervals, which must be within 10⁻¹²: the draws are the
  same.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from mammoscope.experiment.metrics import METRICS
from mammoscope.experiment.resampling import draw_patients, number_patients, units_of_draws
from mammoscope.experiment.statistics import REPLICATES, UnitScores, patient_bootstrap

# Women, of some four images each: RSNA's test part, all of RSNA here, a screening year.
SIZES = (154, 787, 10_000)
JUDGED = 154
ROUNDS = 3
LEAST_RATIO, MOST_DIFFERENCE = 8.0, 1e-12


def simulate(women: int) -> UnitScores:
    """Images of women, a third of them positive, scores a little higher there."""
    rng = np.random.default_rng(0)
    patients = np.repeat(np.arange(women), rng.integers(2, 7, women))
    labels = rng.random(len(patients)) < 0.34
    scores = rng.normal(size=len(patients)) + 0.3 * labels
    names = [str(number) for number in range(len(patients))]
    return UnitScores(scores[None], scores[None] > 0.5, labels, names, patients.tolist())


def loop(units: UnitScores, replicates: int) -> dict[str, tuple[float, float]]:
    """Ends of each interval, one replicate after the other."""
    owner = number_patients(units.patients)
    values: dict[str, list[float]] = {name: [] for name in METRICS}
    for drawn in draw_patients(owner, np.random.default_rng(1), replicates=replicates):
        for rows in units_of_draws(owner, drawn):
            arrays = (units.scores[0][rows], units.labels[rows], units.called[0][rows])
            for name, metric in METRICS.items():
                values[name].append(metric(*arrays))
    return {name: tuple(np.percentile(each, (2.5, 97.5))) for name, each in values.items()}


def blocks(units: UnitScores, replicates: int) -> dict[str, tuple[float, float]]:
    """The same ends from blocks of replicates."""
    found = patient_bootstrap(units, dict(METRICS), seed=1, replicates=replicates)
    return {name: (estimate.low, estimate.high) for name, estimate in found.items()}


def compare(women: int) -> bool:
    units = simulate(women)
    # The largest takes the loop minutes: a tenth of the replicates costs both a tenth.
    replicates = REPLICATES if women < 5000 else REPLICATES // 10
    ends: dict[str, dict[str, tuple[float, float]]] = {}
    times: dict[str, list[float]] = {"loop": [], "blocks": []}
    ways: dict[str, Callable[[UnitScores, int], dict[str, tuple[float, float]]]] = {
        "loop": loop,
        "blocks": blocks,
    }
    # In turns, so that a noisy machine is noisy for both.
    for _ in range(ROUNDS):
        for name, way in ways.items():
            started = time.perf_counter()
            ends[name] = way(units, replicates)
            times[name].append(time.perf_counter() - started)
    slow, fast = (statistics.median(times[name]) for name in ("loop", "blocks"))
    worst = max(
        float(np.abs(np.subtract(ends["loop"][n], ends["blocks"][n])).max()) for n in METRICS
    )
    met = worst <= MOST_DIFFERENCE and (women != JUDGED or slow / fast >= LEAST_RATIO)
    answer = {
        "women": women,
        "images": len(units.labels),
        "replicates": replicates,
        "loop_seconds": round(slow, 3),
        "blocks_seconds": round(fast, 3),
        "ratio": round(slow / fast, 1),
        "largest_difference": worst,
        "rounds": ROUNDS,
        "met": met,
    }
    print(json.dumps(answer))
    return met


def main() -> None:
    sys.exit(0 if all([compare(women) for women in SIZES]) else 1)


if __name__ == "__main__":
    main()
