"""Ranks and their intervals come from draws that all models share."""

from __future__ import annotations

import numpy as np
import pytest

from mammoscope.experiment.comparison_draws import draw_aucs
from mammoscope.experiment.comparison_ranking import rank_models
from mammoscope.experiment.statistics import UnitScores, auc, paired_difference, patient_bootstrap


def scores(signal: float, *, women: int = 30, seeds: int = 1, noise: int = 0) -> UnitScores:
    rng = np.random.default_rng(noise)
    labels = np.arange(2 * women) % 3 == 0
    table = rng.normal(size=(seeds, 2 * women)) + signal * labels
    return UnitScores(
        scores=table,
        called=table > 0.5,
        labels=labels,
        names=[str(n) for n in range(2 * women)],
        patients=[n // 2 for n in range(2 * women)],
    )


def test_the_draws_are_those_of_the_other_intervals() -> None:
    models = {"one": scores(1.0), "other": scores(0.5, noise=1)}
    draws = draw_aucs(models, seed=3, replicates=200)
    for name, model in models.items():
        expected = patient_bootstrap(
            model, {"auc": auc}, seed=3, replicates=200, ends="percentile"
        )["auc"]
        low, high = np.percentile(draws[name], (2.5, 97.5))
        assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    difference = paired_difference(*models.values(), auc, seed=3, replicates=200, ends="percentile")
    assert difference is not None
    ends = np.percentile(draws["one"] - draws["other"], (2.5, 97.5))
    assert ends == pytest.approx((difference.low, difference.high), abs=1e-12)


def test_seeds_are_drawn_too_and_do_not_change_the_women() -> None:
    several = scores(1.0, seeds=4)
    draws = draw_aucs({"several": several, "one": scores(0.5)}, seed=3, replicates=200)
    alone = draw_aucs({"x": scores(1.0), "one": scores(0.5)}, seed=3, replicates=200)
    assert np.array_equal(draws["one"], alone["one"])
    single = [
        patient_bootstrap(
            UnitScores(row[np.newaxis], called[np.newaxis], several.labels, *_who(several)),
            {"auc": auc},
            seed=3,
            replicates=200,
        )["auc"]
        for row, called in zip(several.scores, several.called, strict=True)
    ]
    assert min(e.low for e in single) <= draws["several"].mean() <= max(e.high for e in single)


def _who(units: UnitScores) -> tuple[list[str], list[int]]:
    return list(units.names), list(units.patients)  # type: ignore[arg-type]


def test_other_units_are_refused() -> None:
    with pytest.raises(ValueError, match="same units"):
        draw_aucs({"a": scores(1.0), "b": scores(1.0, women=20)}, seed=0, replicates=10)


def test_shares_of_the_first_place_sum_to_one_and_ties_are_shared() -> None:
    draws = {
        "a": np.array([0.9, 0.8, 0.7, 0.6]),
        "b": np.array([0.5, 0.8, 0.9, 0.7]),
        "c": np.array([0.1, 0.1, 0.1, 0.1]),
    }
    ranks = rank_models({"a": 0.75, "b": 0.72, "c": 0.1}, draws, women=7)
    assert [one.name for one in ranks] == ["a", "b", "c"]
    assert [one.first_share for one in ranks] == [1.5 / 4, 2.5 / 4, 0.0]
    assert [one.rank.value for one in ranks] == [1.0, 2.0, 3.0]
    assert (ranks[2].rank.low, ranks[2].rank.high) == (3.0, 3.0)
    # Of a: first, shared first, second, second.
    expected = np.percentile([1, 1.5, 2, 2], (2.5, 97.5))
    assert (ranks[0].rank.low, ranks[0].rank.high) == pytest.approx(tuple(expected))
    assert ranks[0].rank.method == "95 % patient bootstrap of ranks, 4 replicates, 7 patients"


def test_equal_models_share_their_places_and_stand_by_name() -> None:
    same = np.array([0.5, 0.6])
    ranks = rank_models({"b": 0.55, "a": 0.55}, {"b": same, "a": same}, women=2)
    assert [(one.name, one.rank.value, one.first_share) for one in ranks] == [
        ("a", 1.5, 0.5),
        ("b", 1.5, 0.5),
    ]
