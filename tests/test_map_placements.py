from __future__ import annotations

import json
from typing import Any

import pytest

from tests.make_map_placements import PLACEMENTS, placements


def _numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [number for inner in value.values() for number in _numbers(inner)]
    return [value] if isinstance(value, int | float) else []


def test_the_pages_placements_are_those_of_todays_phantoms_and_preparation() -> None:
    committed = json.loads(PLACEMENTS.read_text(encoding="utf-8"))
    made = placements()
    assert [_numbers(one) for one in committed] == [pytest.approx(_numbers(one)) for one in made]
    assert [(one["laterality"], one["view"]) for one in committed] == [
        (one["laterality"], one["view"]) for one in made
    ]


def test_right_breasts_are_seen_mirrored_and_left_ones_are_not() -> None:
    for one in placements():
        mirrored = one["geometry"]["left"] > one["geometry"]["right"]
        assert mirrored == (one["laterality"] == "R")
