"""The house rules of the design: who may import whom, and where things may be set."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "mammoscope"
FLOORS = {
    "types": 1,
    "images": 2,
    "ledger": 2,
    "datasets": 3,
    "classifiers": 3,
    "inference": 3,
    "experiment": 4,
    "serving": 4,
    "interop": 4,
    "batch": 4,
    "cli": 5,
    "__main__": 6,
}
ANSWERING = {"inference", "images", "ledger", "types"}
FILES = sorted(PACKAGE.rglob("*.py"))
HEAVY = {"keras", "torch", "sklearn", "matplotlib", "scipy", "onnx"}


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def rooms_seen(path: Path) -> set[str]:
    inside = {name for name in imports(path) if name.startswith("mammoscope.")}
    return {name.split(".")[1] for name in inside} & set(FLOORS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_imports_its_own_room_or_a_lower_floor(path: Path) -> None:
    here = room(path)
    if here == "__init__":
        assert rooms_seen(path) == set()
        return
    for seen in rooms_seen(path) - {here}:
        assert FLOORS[seen] < FLOORS[here], f"{path.name} in {here} imports {seen}"


@pytest.mark.parametrize("here", ["serving", "interop", "batch"])
def test_what_answers_a_user_sees_only_inference_images_and_ledger(here: str) -> None:
    for path in FILES:
        if room(path) == here:
            assert rooms_seen(path) <= ANSWERING | {here}, path


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_reading_rooms_import_no_training_library(path: Path) -> None:
    if room(path) in {"types", "images", "ledger", "inference", "serving", "datasets", "cli"}:
        top = {name.split(".")[0] for name in imports(path)}
        assert not top & HEAVY, path


def test_inside_a_room_there_is_no_circle() -> None:
    modules = {
        ".".join(("mammoscope", *p.relative_to(PACKAGE).with_suffix("").parts)): p for p in FILES
    }
    graph = {name: imports(path) & set(modules) - {name} for name, path in modules.items()}

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"circle: {' → '.join((*trail, name))}"
        for seen in graph[name]:
            visit(seen, (*trail, name))

    for name in graph:
        visit(name, ())


def test_the_keras_backend_is_set_in_one_place() -> None:
    setters = [
        p
        for p in FILES
        if "KERAS_BACKEND" in p.read_text(encoding="utf-8").replace("Sets KERAS_BACKEND", "")
    ]
    assert setters == [PACKAGE / "classifiers" / "__init__.py"]


def test_no_file_is_longer_than_400_lines() -> None:
    for path in FILES:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path


def test_every_file_says_in_its_first_line_what_it_is_for() -> None:
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        assert not text or ast.get_docstring(ast.parse(text)), path
