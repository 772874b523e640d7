"""The page's types are made from the API's description, and neither is left behind."""

from __future__ import annotations

import hashlib
from pathlib import Path

from mammoscope.serving.__main__ import description

FRONTEND = Path(__file__).parents[2] / "frontend"
REMEDY = "run `make api-types` and commit what it writes"


def test_the_committed_description_is_the_servers_own() -> None:
    committed = (FRONTEND / "openapi.json").read_text(encoding="utf-8")
    assert committed == description(), REMEDY


def test_the_types_were_generated_from_the_committed_description() -> None:
    digest = hashlib.sha256((FRONTEND / "openapi.json").read_bytes()).hexdigest()
    first = (FRONTEND / "src" / "apiSchema.ts").read_text(encoding="utf-8").splitlines()[0]
    assert digest in first, REMEDY
