"""docs/security.md names tests that are there, and all that are attacks."""

from __future__ import annotations

import ast
import re

import pytest

from tests.conftest import REPOSITORY

ATTACKS = tuple(
    f"tests/serving/{name}.py" for name in ("test_attacks", "test_attacks_on_traces", "test_keys")
)
ROW = re.compile(
    r"^\| (?P<attack>.+) \| `(?P<file>[\w/]+\.py)::(?P<name>\w+)(?:\[(?P<case>.+)\])?` \|$"
)
DOCUMENT = (REPOSITORY / "docs" / "security.md").read_text(encoding="utf-8")
TABLE = DOCUMENT.partition("| attack | test |\n|---|---|\n")[2]
ROWS = [ROW.fullmatch(line) for line in TABLE.splitlines()]


def names_in(file: str) -> set[str]:
    tree = ast.parse((REPOSITORY / file).read_text(encoding="utf-8"))
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row and row["attack"])
def test_an_attack_names_a_test_that_is_there(row: re.Match[str] | None) -> None:
    assert row is not None, "a line of the table is no row: | attack | `file::test` |"
    assert row["name"] in names_in(row["file"])
    if row["case"]:
        assert f'"{row["case"]}"' in (REPOSITORY / row["file"]).read_text(encoding="utf-8")


def test_every_attack_that_is_tried_is_in_the_table_once() -> None:
    named = [row["name"] for row in ROWS if row is not None and row["file"] in ATTACKS]
    assert sorted(named) == sorted(name for file in ATTACKS for name in names_in(file))
    assert len(ROWS) >= 40
