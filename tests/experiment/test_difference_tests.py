"""Tests of differences are those of the statistics, each family corrected on its own."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from mammoscope.experiment.delong import delong_difference
from mammoscope.experiment.difference_tests import add_delong, measure_verdicts
from mammoscope.experiment.paired_tests import exact_mcnemar, holm
from mammoscope.experiment.statistics import UnitScores


def units(signal: float, *, per_woman: int, noise: int, seeds: int = 1) -> UnitScores:
    rng = np.random.default_rng(noise)
    n = 40 * per_woman
    labels = np.arange(n) % (2 * per_woman) == 0
    scores = rng.normal(size=(seeds, n)) + signal * labels
    return UnitScores(
        scores, scores > 0.5, labels, [str(i) for i in range(n)], [i // per_woman for i in range(n)]
    )


MODELS = {
    name: {
        "image": units(signal, per_woman=2, noise=n),
        "woman": units(signal, per_woman=1, noise=10 + n),
    }
    for n, (name, signal) in enumerate((("a", 1.5), ("b", 0.8), ("c", 0.0)))
}


def test_delong_is_added_to_each_row_and_holm_is_by_unit() -> None:
    rows = [
        {"one": one, "other": other, "unit": unit}
        for unit in ("image", "woman")
        for one, other in combinations(MODELS, 2)
    ]
    added = add_delong(rows, MODELS)
    assert [{key: row[key] for key in rows[0]} for row in added] == rows
    for unit in ("image", "woman"):
        found = {
            (one, other): delong_difference(MODELS[one][unit], MODELS[other][unit])
            for one, other in combinations(MODELS, 2)
        }
        expected = holm({pair: test.p for pair, test in found.items() if test})
        for row in added:
            if row["unit"] == unit:
                pair = (row["one"], row["other"])
                test = found[pair]
                assert test is not None
                assert row["delong"]["value"] == test.difference.value
                assert row["delong"]["p"] == test.p
                assert row["delong"]["p_holm"] == expected[pair] >= test.p


def test_what_delong_cannot_say_is_none() -> None:
    # All positives are of one woman: nothing is known of other women.
    labels = np.array([True, True, False, False, False])
    scores = np.array([[0.9, 0.8, 0.1, 0.2, 0.3]])
    alone = UnitScores(scores, scores > 0.5, labels, list("abcde"), [0, 0, 1, 2, 3])
    (row,) = add_delong(
        [{"one": "x", "other": "y", "unit": "image"}],
        {"x": {"image": alone}, "y": {"image": alone}},
    )
    assert row["delong"] is None


def test_verdicts_count_the_women_on_whom_one_model_alone_is_right() -> None:
    rows = measure_verdicts({n: of["woman"] for n, of in MODELS.items()}, seed=0, replicates=50)
    assert [(row["one"], row["other"]) for row in rows] == [("a", "b"), ("a", "c"), ("b", "c")]
    for row in rows:
        right = [
            MODELS[row[key]]["woman"].called[0] == MODELS[row[key]]["woman"].labels
            for key in ("one", "other")
        ]
        counts = (int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum()))
        test = row["mcnemar"]
        assert (test["only_one"], test["only_other"]) == counts
        assert test["p"] == exact_mcnemar(*counts) <= test["p_holm"]
        assert row["value"] == pytest.approx((counts[0] - counts[1]) / 40)
        assert row["low"] <= row["value"] <= row["high"]


def test_of_several_seeds_more_than_half_must_call() -> None:
    three = units(0.0, per_woman=1, noise=3, seeds=3)
    called = np.zeros((3, 40), dtype=bool)
    called[:2, :10] = True
    called[:1, 10:20] = True
    voted = UnitScores(three.scores, called, three.labels, three.names, three.patients)
    nobody = UnitScores(
        three.scores, np.zeros((3, 40), dtype=bool), three.labels, three.names, three.patients
    )
    (row,) = measure_verdicts({"voted": voted, "nobody": nobody}, seed=0, replicates=10)
    changed = three.labels[:10]
    assert row["mcnemar"]["only_one"] == changed.sum()
    assert row["mcnemar"]["only_other"] == (~changed).sum()
