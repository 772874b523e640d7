"""Prints the OpenAPI description, without a server: `python -m mammoscope.serving`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from mammoscope.serving.app import create_app
from mammoscope.serving.openapi import describe
from mammoscope.serving.settings import Settings


def description() -> str:
    """The description as indented JSON, the same wherever it is made."""
    with TemporaryDirectory() as empty:
        # Which models there are is no part of it.
        schema = describe(create_app(Settings(zoo=Path(empty))))
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(description())
