"""Log lines of both forms, and what is in neither."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pytest

from mammoscope.serving.logs import FIELDS, set_up_logs


@contextmanager
def bare_logging() -> Iterator[None]:
    """As in a process that has set nothing up; no fixture, since pytest adds its handlers later."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    try:
        yield
    finally:
        root.handlers = handlers
        root.setLevel(level)
        logging.getLogger("uvicorn").setLevel(logging.NOTSET)


def written(form: Literal["text", "json"]) -> str:
    with bare_logging():
        set_up_logs(form)
        return say_things()


def say_things() -> str:
    stream = io.StringIO()
    handler: Any = logging.getLogger().handlers[0]
    handler.setStream(stream)
    fields = {"status": 200, "route": "/api/health"}
    logging.getLogger("mammoscope.access").info("GET %s", "/api/health", extra={FIELDS: fields})
    logging.getLogger("mammoscope.serving").debug("too much")
    logging.getLogger("uvicorn.error").info("nor this")
    try:
        raise ValueError("canary".upper())
    except ValueError:
        logging.getLogger("asyncio").exception("a task failed")
    logging.getLogger("asyncio").error("no error here", exc_info=True)
    return stream.getvalue()


def test_a_line_for_a_program_is_an_object_with_each_value() -> None:
    first, second, third = map(json.loads, written("json").splitlines())
    assert first["message"] == "GET /api/health" and first["level"] == "info"
    assert first["status"] == 200 and first["route"] == "/api/health"
    assert first["time"].endswith("+00:00") and first["logger"] == "mammoscope.access"
    assert second["error"].startswith("ValueError\n") and "test_logs.py" in second["error"]
    assert third["message"] == "no error here"


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_errors_message_is_in_no_line(form: Literal["text", "json"]) -> None:
    text = written(form)
    assert "CANARY" not in text
    assert "a task failed" in text and "ValueError" in text
    assert "too much" not in text and "nor this" not in text
