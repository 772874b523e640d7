"""What cards say of a model's limits."""

from __future__ import annotations

import pytest

from mammoscope.experiment.limits import chance_limits, is_mix_limit, mix_limit


def figure(unit: str, low: float) -> dict[str, object]:
    return {"unit": unit, "metrics": {"auc": {"value": 0.6, "low": low, "high": 0.7}}}


def test_the_mix_is_told_and_known_again() -> None:
    line = mix_limit(0.253)
    assert "25% of the images are positive" in line
    assert is_mix_limit(line) and not is_mix_limit("One view at a time.")


@pytest.mark.parametrize(
    ("lows", "told"),
    [((0.51, 0.6), None), ((0.5, 0.6), "By image the"), ((0.4, 0.3), "By image, breast the")],
)
def test_units_that_cannot_be_told_from_guessing_are_named(
    lows: tuple[float, float], told: str | None
) -> None:
    figures = [figure(unit, low) for unit, low in zip(("image", "breast"), lows, strict=True)]
    lines = chance_limits([*figures, {"unit": "woman", "metrics": {}}], women="its test women")
    assert (told is None) == (not lines)
    assert told is None or (lines[0].startswith(told) and "on its test women" in lines[0])
