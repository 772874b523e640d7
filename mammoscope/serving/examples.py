"""The example images that come with the package, by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PACKAGE_EXAMPLES = Path(__file__).parent.parent / "examples"
INDEX_FILE = "examples.json"


@dataclass(frozen=True, slots=True)
class ExampleFile:
    """One example: what the list says of it, and where it lies."""

    name: str
    title: str
    media_type: str
    path: Path


def find_examples(folder: Path = PACKAGE_EXAMPLES) -> Mapping[str, ExampleFile]:
    """Name → example, in the index's order; empty without an index, short of absent files."""
    index = folder / INDEX_FILE
    if not index.is_file():
        return {}
    examples = (
        ExampleFile(row["name"], row["title"], row["media_type"], folder / row["file"])
        for row in json.loads(index.read_text(encoding="utf-8"))
    )
    return {example.name: example for example in examples if example.path.is_file()}
