"""Log lines, for a person or for a program; an error's message is in neither.

It may quote a request, and so a person: of an error, its kind and the places it went through
are told.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, Literal

# A record's attribute with what its message says, value by value.
FIELDS = "fields"


def set_up_logs(form: Literal["text", "json"]) -> None:
    """Sends every log line to stderr in this form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLine() if form == "json" else _TextLine("%(asctime)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


class _TextLine(logging.Formatter):
    """A line for a person."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's own name
        return _told(ei)


class _JsonLine(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info:
            line["error"] = _told(record.exc_info)
        # Escapes whatever could end a line or a string.
        return json.dumps(line, default=str)


def _told(error: Any) -> str:
    kind, _, trace = error
    return f"{getattr(kind, '__qualname__', kind)}\n{''.join(traceback.format_tb(trace))}".rstrip()
