"""The store finds models by name, the newest unless one is pinned, the preferred one first."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from mammoscope.inference.card import GRAPH_FILE, read_card, write_card
from mammoscope.inference.store import PREFERRED, ModelStore
from mammoscope.types import ModelIntegrityError, ModelNotFoundError
from tests.published import write_tiny_model


def add_version(zoo: Path, name: str, version: int) -> None:
    """Copies `name@1` and says in its card what it is now."""
    folder = zoo / f"{name}@{version}"
    shutil.copytree(zoo / f"{name}@1", folder)
    write_card(replace(read_card(folder), version=str(version)))


@pytest.fixture
def zoo(tmp_path: Path) -> Path:
    for seed, name in enumerate(("beta", "alpha")):
        write_tiny_model(tmp_path, name, seed=seed)
    # 10 comes after 9 as a number, before it as a text.
    for version in (10, 9):
        add_version(tmp_path, "alpha", version)
    (tmp_path / "notes").mkdir()
    (tmp_path / "Gamma@1").mkdir()
    (tmp_path / "alpha@1.part").mkdir()
    (tmp_path / "alpha@new").mkdir()
    return tmp_path


def test_versions_are_numbers_in_order_and_other_folders_are_passed_over(zoo: Path) -> None:
    assert ModelStore(zoo).versions() == {"alpha": [1, 9, 10], "beta": [1]}


def test_a_name_opens_its_newest_version(zoo: Path) -> None:
    model = ModelStore(zoo).open("alpha")
    assert (model.reference, model.folder) == ("alpha@10", zoo / "alpha@10")


@pytest.mark.parametrize("version", [1, 9, 10])
def test_a_pinned_version_is_the_one_that_is_opened(zoo: Path, version: int) -> None:
    model = ModelStore(zoo).open(f"alpha@{version}")
    assert (model.reference, model.folder) == (f"alpha@{version}", zoo / f"alpha@{version}")


@pytest.mark.parametrize("name", ["gamma", "", "Alpha", "../alpha", "gamma@1"])
def test_an_unknown_name_is_refused_with_the_names_there_are(zoo: Path, name: str) -> None:
    with pytest.raises(ModelNotFoundError, match=r"one of \['alpha', 'beta'\]") as refusal:
        ModelStore(zoo).open(name)
    assert repr(name) in str(refusal.value)


@pytest.mark.parametrize("version", ["2", "0", "latest", "-1", "1.0", "1@1"])
def test_an_unknown_version_is_refused_with_the_versions_there_are(zoo: Path, version: str) -> None:
    with pytest.raises(ModelNotFoundError, match=r"one of \[1, 9, 10\]") as refusal:
        ModelStore(zoo).open(f"alpha@{version}")
    assert repr(version) in str(refusal.value)


def test_names_are_in_alphabetical_order(zoo: Path) -> None:
    store = ModelStore(zoo)
    assert store.names() == ["alpha", "beta"]
    assert store.default() == "alpha"


def test_the_preferred_model_stands_first_and_is_the_default(zoo: Path) -> None:
    write_tiny_model(zoo, PREFERRED, seed=5)
    write_tiny_model(zoo, "aaa", seed=6)
    store = ModelStore(zoo)
    assert store.names() == [PREFERRED, "aaa", "alpha", "beta"]
    assert store.default() == PREFERRED


def test_all_models_are_opened_at_their_newest_version_in_that_order(zoo: Path) -> None:
    write_tiny_model(zoo, PREFERRED, seed=5)
    assert [model.reference for model in ModelStore(zoo).open_all()] == [
        f"{PREFERRED}@1",
        "alpha@10",
        "beta@1",
    ]


@pytest.mark.parametrize("folder", ["", "absent"])
def test_an_empty_or_absent_zoo_has_no_models_and_no_default(tmp_path: Path, folder: str) -> None:
    store = ModelStore(tmp_path / folder)
    assert store.versions() == {} and store.names() == [] and store.open_all() == []
    with pytest.raises(ModelNotFoundError, match="mammoscope publish"):
        store.default()
    with pytest.raises(ModelNotFoundError, match="'alpha'"):
        store.open("alpha")


def test_a_model_published_later_is_found_without_a_new_store(zoo: Path) -> None:
    store = ModelStore(zoo)
    assert store.open("beta").version == "1"
    add_version(zoo, "beta", 2)
    assert store.open("beta").version == "2"


def test_opening_verifies_the_files(zoo: Path) -> None:
    graph = zoo / "alpha@10" / GRAPH_FILE
    graph.write_bytes(graph.read_bytes() + b"\0")
    with pytest.raises(ModelIntegrityError, match=r"alpha@10/model\.onnx"):
        ModelStore(zoo).open("alpha")
    assert ModelStore(zoo).open("alpha@9").version == "9"


def test_every_model_of_the_package_opens() -> None:
    for model in ModelStore().open_all():
        assert model.folder.name == model.reference
