"""Views make a breast by their mean, breasts make a woman by their maximum."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mammoscope.inference.calibrator import AffineCalibrator
from mammoscope.inference.exam import aggregate, log_odds, score_breasts

SCORES = np.array([0.25, 0.5, 1.0, 0.0, 0.75])
GROUPS = ["b", "a", "b", "c", "a"]


def test_the_mean_and_the_maximum_are_those_counted_by_hand() -> None:
    names, values = aggregate(SCORES, GROUPS, how="mean")
    assert (names, values.tolist()) == (["b", "a", "c"], [0.625, 0.625, 0.0])
    names, values = aggregate(SCORES, GROUPS, how="max")
    assert (names, values.tolist()) == (["b", "a", "c"], [1.0, 0.75, 0.0])


def test_groups_come_in_the_order_of_their_first_appearance() -> None:
    order = ["z", "m", "a", "m", "z", "b"]
    for how in ("mean", "max"):
        assert aggregate(np.zeros(6), order, how=how)[0] == ["z", "m", "a", "b"]


def test_four_views_become_two_breasts_and_one_woman() -> None:
    views = np.array([0.2, 0.4, 0.9, 0.5])
    breasts, of_breasts = aggregate(views, [("w", "L")] * 2 + [("w", "R")] * 2, how="mean")
    assert breasts == [("w", "L"), ("w", "R")]
    assert of_breasts == pytest.approx([0.3, 0.7])
    women, of_women = aggregate(of_breasts, ["w", "w"], how="max")
    assert women == ["w"] and of_women == pytest.approx([0.7])


def test_a_maximum_of_negative_values_is_not_zero() -> None:
    assert aggregate(np.array([-3.0, -2.0]), ["a", "a"], how="max")[1].tolist() == [-2.0]


@pytest.mark.parametrize("how", ["mean", "max"])
def test_groups_of_one_keep_their_scores(how: str) -> None:
    names, values = aggregate(SCORES, range(5), how=how)  # type: ignore[arg-type]
    assert names == list(range(5)) and values.tolist() == SCORES.tolist()


@pytest.mark.parametrize("how", ["mean", "max"])
def test_no_scores_make_no_groups(how: str) -> None:
    names, values = aggregate(np.empty(0), [], how=how)
    assert names == [] and values.shape == (0,)


@settings(deadline=None)
@given(rows=st.lists(st.tuples(st.integers(0, 5), st.floats(0, 1)), min_size=1, max_size=40))
def test_each_group_has_its_own_mean_and_maximum(rows: list[tuple[int, float]]) -> None:
    groups = [group for group, _ in rows]
    scores = np.array([score for _, score in rows])
    for how, one in (("mean", np.mean), ("max", np.max)):
        names, values = aggregate(scores, groups, how=how)
        assert names == list(dict.fromkeys(groups))
        for name, value in zip(names, values, strict=True):
            assert value == pytest.approx(one([s for g, s in rows if g == name]))


def test_a_breast_of_several_views_is_calibrated_and_one_view_keeps_its_score() -> None:
    scores = np.array([0.2, 0.9, 0.4, 0.7])
    breasts = ["L", "R", "L", "other"]
    steeper = AffineCalibrator(slope=2.0, intercept=0.5)
    found = score_breasts(scores, breasts, steeper)
    odds = 0.3 / 0.7
    mended = odds**2 * np.exp(0.5) / (1 + odds**2 * np.exp(0.5))
    assert found == pytest.approx([mended, 0.9, mended, 0.7])
    assert found[0] == found[2] and found[1] == 0.9 and found[3] == 0.7


def test_without_a_calibrator_a_breast_has_the_mean_of_its_views() -> None:
    found = score_breasts(SCORES, GROUPS, None)
    assert found.tolist() == [0.625, 0.625, 0.625, 0.0, 0.625]


def test_views_of_certainty_have_a_breast_score_that_is_a_number() -> None:
    found = score_breasts(np.array([0.0, 0.0, 1.0, 1.0]), list("aabb"), AffineCalibrator(3.0, 0.0))
    assert np.isfinite(found).all() and found[0] < 1e-6 and found[2] > 1 - 1e-6
    assert log_odds(np.array([0.0, 0.5, 1.0])) == pytest.approx([-16.118, 0.0, 16.118], abs=1e-3)


def test_a_calibrator_of_breasts_turns_no_order_round() -> None:
    means = np.linspace(0, 1, 101)
    found = score_breasts(
        np.repeat(means, 2), np.repeat(np.arange(101), 2).tolist(), AffineCalibrator(1.4, 0.2)
    )
    assert (np.diff(found[::2])[1:-1] > 0).all() and (np.diff(found) >= 0).all()
