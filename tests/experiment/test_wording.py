"""Lists, counted things and times read as in a sentence."""

from __future__ import annotations

import pytest

from mammoscope.experiment.wording import duration, join, plural


def test_a_list_reads_as_in_a_sentence() -> None:
    assert [join(names) for names in (["a"], ["a", "b"], ["a", "b", "c"])] == [
        "a",
        "a and b",
        "a, b and c",
    ]
    assert join(["time", "space"], "or") == "time or space"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0 s"),
        (89, "89 s"),
        (90, "2 min"),
        (754, "13 min"),
        (5340, "89 min"),
        (5370, "1 h 30 min"),
        (7500, "2 h 05 min"),
    ],
)
def test_a_time_is_told_as_finely_as_it_matters(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_one_is_not_many() -> None:
    assert [plural("woman", 1), plural("woman", 2), plural("fold", 0)] == [
        "woman",
        "women",
        "folds",
    ]
