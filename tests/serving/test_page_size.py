"""What a reader's browser must load before the page stands there."""

from __future__ import annotations

import gzip

import pytest

from mammoscope.serving.app import STATIC

LARGEST_GZIPPED = 250_000


def test_the_built_page_has_at_most_250_kb_gzipped() -> None:
    if not (STATIC / "index.html").is_file():
        pytest.skip("the page is not built; `make frontend` builds it")
    files = [path for path in STATIC.rglob("*") if path.is_file()]
    assert any(path.suffix == ".js" for path in files)
    size = sum(len(gzip.compress(path.read_bytes())) for path in files)
    assert size <= LARGEST_GZIPPED, f"{size:,} bytes"
