"""Entries to log, and SQL behind the log's back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import create_engine, text

from mammoscope.ledger.entry import Entry


def entry(**changes: Any) -> Entry:
    fields = {"key_id": "0a1b2c3d", "model": "cnn@1", "input": "ab" * 32, "verdict": "suspicious"}
    return Entry(**{**fields, **changes})


def tamper(url: str, *statements: str) -> None:
    """Runs SQL as somebody who can write to the database, and has no key."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
