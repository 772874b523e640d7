"""How lists, counted things and times read in a sentence."""

from __future__ import annotations

from collections.abc import Sequence


def join(names: Sequence[str], word: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return f" {word} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def plural(word: str, number: int) -> str:
    """The word as it stands after the number."""
    if number == 1:
        return word
    return {"woman": "women"}.get(word, f"{word}s")


def duration(seconds: float) -> str:
    """`42 s`, `13 min` or `2 h 05 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
