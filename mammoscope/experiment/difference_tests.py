"""Tests beside the bootstrap's differences, as JSON values: DeLong, McNemar, each with Holm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from itertools import combinations
from typing import Any

import numpy as np

from mammoscope.experiment.delong import delong_difference
from mammoscope.experiment.metrics import accuracy
from mammoscope.experiment.paired_tests import compare_verdicts, holm
from mammoscope.experiment.statistics import UnitScores, paired_differences
from mammoscope.experiment.unit_counts import count_units


def add_delong(
    rows: Sequence[dict[str, Any]], units: Mapping[str, Mapping[Any, UnitScores]]
) -> list[dict[str, Any]]:
    """The rows of differences of AUC, each with `delong`: interval, p, and p after Holm.

    All pairs of models by one unit are a family. `delong` is None where it is not defined.

    Args:
        rows: of `comparison.json`, each with `one`, `other` and `unit`.
        units: model → unit → scores.
    """
    found: dict[tuple[str, str, str], Any] = {}
    for row in rows:
        pair = (units[row[key]][row["unit"]] for key in ("one", "other"))
        found[row["unit"], row["one"], row["other"]] = delong_difference(*pair)
    adjusted: dict[tuple[str, str, str], float] = {}
    for unit in dict.fromkeys(row["unit"] for row in rows):
        family = {key: test.p for key, test in found.items() if key[0] == unit and test}
        adjusted |= holm(family)
    added = []
    for row in rows:
        key = (row["unit"], row["one"], row["other"])
        test = found[key]
        said = test and {**asdict(test.difference), "p": test.p, "p_holm": adjusted[key]}
        added.append({**row, "delong": said})
    return added


def measure_verdicts(
    units: Mapping[str, UnitScores], *, seed: int, replicates: int
) -> list[dict[str, Any]]:
    """Of every two models by woman: difference of accuracy, exact McNemar, and p after Holm.

    Of several seeds a woman's verdict is what more than half of them called.

    Args:
        units: model → scores by woman.
        seed, replicates: of the bootstrap.
    """
    voted = {name: _vote(of) for name, of in units.items()}
    pairs = list(combinations(voted, 2))
    tests = {pair: compare_verdicts(*(voted[name] for name in pair)) for pair in pairs}
    adjusted = holm({pair: test.p for pair, test in tests.items()})
    differences = paired_differences(voted, accuracy, seed=seed, replicates=replicates)
    rows = []
    for pair in pairs:
        first, difference = voted[pair[0]], differences[pair]
        # An accuracy is defined on any draw.
        assert difference is not None
        rows.append(
            {
                "one": pair[0],
                "other": pair[1],
                "metric": "accuracy",
                "unit": "woman",
                **count_units(first),
                **asdict(difference),
                "mcnemar": {**asdict(tests[pair]), "p_holm": adjusted[pair]},
            }
        )
    return rows


def _vote(units: UnitScores) -> UnitScores:
    called = np.mean(units.called, axis=0, keepdims=True) > 0.5
    return replace(units, scores=units.scores.mean(axis=0, keepdims=True), called=called)
