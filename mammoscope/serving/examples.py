"""The example images that come with the package, by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PACKAGE_EXAMPLES = Path(__file__).parent.parent / "examples"
INDEX_FILE = "examples.json"


@dataclass(frozen=True, slots=True)
class ExampleExam:
    """An exam that examples are views of."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class ExampleFile:
    """One example: what the list says of it, and where it lies."""

    name: str
    title: str
    media_type: str
    path: Path
    exam: ExampleExam | None


def find_examples(folder: Path = PACKAGE_EXAMPLES) -> Mapping[str, ExampleFile]:
    """Name → example, in the index's order; empty without an index, short of absent files."""
    index = folder / INDEX_FILE
    if not index.is_file():
        return {}
    examples = (_example(row, folder) for row in json.loads(index.read_text(encoding="utf-8")))
    return {example.name: example for example in examples if example.path.is_file()}


def _example(row: Mapping[str, Any], folder: Path) -> ExampleFile:
    return ExampleFile(
        name=row["name"],
        title=row["title"],
        media_type=row["media_type"],
        path=folder / row["file"],
        exam=ExampleExam(**row["exam"]) if "exam" in row else None,
    )
