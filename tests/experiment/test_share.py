"""A share has an interval that knows of women, also where all or none are hits."""

from __future__ import annotations

import pytest

from mammoscope.experiment.share import share


def test_of_independent_images_it_is_the_textbooks_wilson_interval() -> None:
    # Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662.
    hits = [True] * 81 + [False] * 182
    estimate = share(hits, range(263))
    assert estimate is not None and estimate.value == pytest.approx(81 / 263)
    assert (estimate.low, estimate.high) == (
        pytest.approx(0.2553, abs=2e-4),
        pytest.approx(0.3662, abs=2e-4),
    )


def test_images_of_one_woman_that_always_agree_count_once() -> None:
    hits = [True] * 81 + [False] * 182
    alone = share(hits, range(263))
    fourfold = share(
        [hit for hit in hits for _ in range(4)], [w for w in range(263) for _ in "abcd"]
    )
    assert alone is not None and fourfold is not None
    assert fourfold.value == alone.value
    assert fourfold.low == pytest.approx(alone.low, abs=2e-4)
    assert fourfold.high == pytest.approx(alone.high, abs=2e-4)


@pytest.mark.parametrize("hit", [True, False])
def test_all_or_none_leaves_the_doubt_of_as_many_women(hit: bool) -> None:
    estimate = share([hit] * 40, [number // 4 for number in range(40)])
    assert estimate is not None and estimate.value == float(hit)
    # Wilson of 0 of 10: z² / (10 + z²) = 0.2775.
    doubt = 1 - estimate.low if hit else estimate.high
    assert doubt == pytest.approx(0.2775, abs=1e-4)
    assert estimate.low <= estimate.value <= estimate.high


def test_no_images_have_no_share() -> None:
    assert share([], []) is None
