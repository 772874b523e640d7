"""The store finds models by name, the newest unless one is pinned, the preferred one first."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mammoscope.inference.card import GRAPH_FILE, read_card, write_card
from mammoscope.inference.store import PREFERRED, ModelStore, add_version
from mammoscope.types import (
    DatasetError,
    MammoscopeError,
    ModelIntegrityError,
    ModelNotFoundError,
)
from tests.published import copy_version, write_tiny_model


@pytest.fixture
def zoo(tmp_path: Path) -> Path:
    for seed, name in enumerate(("beta", "alpha")):
        write_tiny_model(tmp_path, name, seed=seed)
    # 10 comes after 9 as a number, before it as a text.
    for version in (10, 9):
        copy_version(tmp_path, "alpha", version)
    (tmp_path / "notes").mkdir()
    (tmp_path / "Gamma@1").mkdir()
    (tmp_path / "alpha@1.part").mkdir()
    (tmp_path / "alpha@new").mkdir()
    (tmp_path / "alpha@03").mkdir()
    (tmp_path / "alpha@0").mkdir()
    (tmp_path / "alpha@٤").mkdir()
    (tmp_path / "alpha@11").write_text("no folder")
    (tmp_path / "delta@1").write_text("no folder")
    return tmp_path


def test_versions_are_numbers_in_order_and_what_else_is_there_is_passed_over(zoo: Path) -> None:
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


@pytest.mark.parametrize("version", ["2", "0", "latest", "-1", "1.0", "1@1", "01", "11"])
def test_an_unknown_version_is_refused_with_the_versions_there_are(zoo: Path, version: str) -> None:
    with pytest.raises(ModelNotFoundError, match=r"one of \[1, 9, 10\]") as refusal:
        ModelStore(zoo).open(f"alpha@{version}")
    assert repr(version) in str(refusal.value)


def test_every_version_has_its_reference_the_newest_first(zoo: Path) -> None:
    assert ModelStore(zoo).references() == ["alpha@10", "alpha@9", "alpha@1", "beta@1"]


@pytest.mark.parametrize(
    ("name", "reference"), [("alpha", "alpha@10"), ("alpha@9", "alpha@9"), ("beta", "beta@1")]
)
def test_a_name_is_resolved_to_a_reference_without_opening(
    zoo: Path, name: str, reference: str
) -> None:
    for graph in zoo.glob("*/" + GRAPH_FILE):
        graph.unlink()
    assert ModelStore(zoo).resolve(name) == reference


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
    copy_version(zoo, "beta", 2)
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


def copying(source: Path) -> Callable[[Path, str], None]:
    """What writes a copy of a published model under a new version."""

    def write(folder: Path, version: str) -> None:
        shutil.copytree(source, folder, dirs_exist_ok=True)
        name = folder.name.partition("@")[0]
        write_card(replace(read_card(folder), name=name, version=version))

    return write


def test_what_is_added_is_the_next_version_and_the_older_ones_stay(zoo: Path) -> None:
    before = {path: path.read_bytes() for path in zoo.rglob("*") if path.is_file()}
    # Where the next number is taken by a file, the one after it is given.
    assert add_version(zoo, "alpha", copying(zoo / "alpha@1")).reference == "alpha@12"
    assert add_version(zoo, "new", copying(zoo / "alpha@1")).reference == "new@1"
    assert ModelStore(zoo).open("alpha").folder == zoo / "alpha@12"
    assert all(path.read_bytes() == content for path, content in before.items())
    assert not list(zoo.glob(".*"))


def test_a_zoo_is_made_for_its_first_model(zoo: Path, tmp_path: Path) -> None:
    other = tmp_path / "made" / "zoo"
    assert add_version(other, "alpha", copying(zoo / "alpha@1")).folder == other / "alpha@1"


def test_models_that_are_added_at_the_same_time_are_versions_one_by_one(zoo: Path) -> None:
    ready = threading.Barrier(4)
    added: list[str] = []

    def write(folder: Path, version: str) -> None:
        copying(zoo / "beta@1")(folder, version)
        if version == "2":
            ready.wait(timeout=30)  # all of them have chosen version 2 before one has it

    def add() -> None:
        added.append(add_version(zoo, "beta", write).reference)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(added) == ["beta@2", "beta@3", "beta@4", "beta@5"]
    assert [ModelStore(zoo).open(reference).reference for reference in added] == added
    assert not list(zoo.glob(".*"))


def test_a_version_that_fails_halfway_leaves_nothing(zoo: Path) -> None:
    def fails(folder: Path, version: str) -> None:
        copying(zoo / "beta@1")(folder, version)
        raise ValueError("stopped")

    with pytest.raises(ValueError, match="stopped"):
        add_version(zoo, "beta", fails)
    assert ModelStore(zoo).versions()["beta"] == [1]
    assert not list(zoo.glob(".*"))


def test_a_version_that_cannot_be_opened_is_not_added(zoo: Path) -> None:
    def breaks(folder: Path, version: str) -> None:
        copying(zoo / "beta@1")(folder, version)
        (folder / GRAPH_FILE).write_bytes(b"other")

    with pytest.raises(ModelIntegrityError, match="SHA-256"):
        add_version(zoo, "beta", breaks)
    with pytest.raises(ModelIntegrityError, match=r"beta@2 holds the card of beta@1"):
        add_version(
            zoo,
            "beta",
            lambda folder, _: shutil.copytree(zoo / "beta@1", folder, dirs_exist_ok=True) and None,
        )
    assert ModelStore(zoo).versions()["beta"] == [1]


@pytest.mark.parametrize("name", ["", "Tiny", "a/b", "../x", "tiny@2", "a b"])
def test_a_name_that_could_leave_the_zoo_is_refused(zoo: Path, name: str) -> None:
    with pytest.raises(DatasetError, match="model name"):
        add_version(zoo, name, copying(zoo / "beta@1"))


def test_a_zoo_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(MammoscopeError, match="give a folder that can be written with --zoo"):
        add_version(tmp_path / "file", "tiny", lambda *_: None)
