"""Wilson's interval, against Newcombe's table and scipy's own."""

from __future__ import annotations

import pytest
from scipy.stats import binomtest

from mammoscope.experiment.wilson import wilson_interval


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_newcombe_1998_table_1(hits: int, trials: int, low: float, high: float) -> None:
    found = wilson_interval(hits, trials)
    assert found is not None and found.value == hits / trials
    assert (found.low, found.high) == (
        pytest.approx(low, abs=5e-5),
        pytest.approx(high, abs=5e-5),
    )


@pytest.mark.parametrize(("hits", "trials"), [(0, 1), (1, 1), (3, 7), (500, 1000), (19, 20)])
def test_it_agrees_with_scipy(hits: int, trials: int) -> None:
    found = wilson_interval(hits, trials)
    theirs = binomtest(hits, trials).proportion_ci(0.95, method="wilson")
    assert found is not None
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_nothing_tried_has_no_share_and_more_hits_than_trials_are_refused() -> None:
    assert wilson_interval(0, 0) is None
    with pytest.raises(ValueError, match="4 hits of 3 trials"):
        wilson_interval(4, 3)
    with pytest.raises(ValueError, match="nan hits"):
        wilson_interval(float("nan"), 3)
