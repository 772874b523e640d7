"""A key's requests: a burst, then as many as flow back."""

from __future__ import annotations

import pytest

from mammoscope.serving.rate import RateLimit


def test_a_burst_is_allowed_and_then_one_for_each_that_flows_back() -> None:
    now = [100.0]
    limit = RateLimit(clock=lambda: now[0])

    def ask() -> int:
        return limit.wait_s("k", per_minute=6)

    assert [ask() for _ in range(8)] == [0, 0, 0, 0, 0, 0, 10, 10]
    now[0] += 4
    assert ask() == 6
    now[0] += 6
    assert [ask(), ask()] == [0, 10]
    # However long nothing was asked, the bucket holds no more than a minute's.
    now[0] += 10_000
    assert [ask() for _ in range(7)] == [0] * 6 + [10]


@pytest.mark.parametrize("per_minute", [1, 7, 60, 100_000])
def test_whoever_waits_as_told_is_let_in(per_minute: int) -> None:
    now = [0.0]
    limit = RateLimit(clock=lambda: now[0])
    for _ in range(per_minute):
        assert limit.wait_s("k", per_minute=per_minute) == 0
    for _ in range(50):
        wait = limit.wait_s("k", per_minute=per_minute)
        assert wait >= 1
        now[0] += wait
        assert limit.wait_s("k", per_minute=per_minute) == 0
        while limit.wait_s("k", per_minute=per_minute) == 0:
            pass


def test_keys_have_counts_of_their_own() -> None:
    limit = RateLimit(clock=lambda: 0.0)
    assert limit.wait_s("a", per_minute=1) == limit.wait_s("b", per_minute=1) == 0
    assert limit.wait_s("a", per_minute=1) == 60
