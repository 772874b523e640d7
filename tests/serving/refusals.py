"""What every refusal has in common."""

from __future__ import annotations

from typing import Any

CHALLENGE = 'Bearer realm="mammoscope"'


def refused(answer: Any, status: int, kind: str) -> None:
    assert (answer.status_code, answer.json()["type"]) == (status, f"/docs#{kind}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"


def changed(token: str) -> str:
    """The same id with another secret."""
    return token[:-2] + ("AA" if token[-2:] != "AA" else "BB")
