"""The models that are served: the good ones of a zoo."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from mammoscope.inference.answer import model_to_dict
from mammoscope.inference.runtime import Session
from mammoscope.inference.store import ModelStore
from mammoscope.serving.app import create_app
from mammoscope.serving.problems import ProblemError
from mammoscope.serving.roster import Roster, open_admitted, open_named, open_roster
from mammoscope.serving.schemas import PublishedModel, Reading
from mammoscope.serving.settings import Settings
from mammoscope.types import MammoscopeError, ModelIntegrityError, ModelNotFoundError
from tests.published import copy_version, measure, write_tiny_model
from tests.serving.conftest import TestClient


@pytest.fixture(scope="module")
def roster(zoo: Path) -> Roster:
    return open_roster(ModelStore(zoo))


def test_a_model_whose_file_was_changed_is_left_out_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_tiny_model(tmp_path, "alpha", seed=1)
    write_tiny_model(tmp_path, "beta", seed=2)
    with (tmp_path / "alpha@1" / "model.onnx").open("ab") as file:
        file.write(b"\0")
    served = open_roster(ModelStore(tmp_path)).predictors
    assert [predictor.model.reference for predictor in served] == ["beta@1"]
    assert "alpha" in caplog.text and "SHA-256" in caplog.text


def test_a_model_goes_by_its_name_with_or_without_version(roster: Roster) -> None:
    assert roster.select(["beta"]) == roster.select(["beta@1"]) == (roster.predictors[1],)
    assert roster.select([]) == (roster.predictors[0],)


def test_an_unknown_model_is_answered_by_the_known_ones(roster: Roster) -> None:
    with pytest.raises(ModelNotFoundError, match=r"'gamma'.*alpha@1, beta@1"):
        roster.select(["alpha", "gamma"])


def test_one_model_asked_for_by_two_names_is_refused(roster: Roster) -> None:
    with pytest.raises(ProblemError):
        roster.select(["beta", "beta@1"])


@pytest.fixture
def versions(tmp_path: Path) -> ModelStore:
    write_tiny_model(tmp_path, "alpha", seed=1)
    write_tiny_model(tmp_path, "beta", seed=2)
    copy_version(tmp_path, "beta", 2)
    return ModelStore(tmp_path)


def named_roster(store: ModelStore, names: list[str]) -> Roster:
    return open_roster(store, open_named(store, names))


def references(roster: Roster) -> list[str]:
    return [predictor.model.reference for predictor in roster.predictors]


def test_the_newest_version_of_each_is_served_unless_some_are_named(versions: ModelStore) -> None:
    assert references(open_roster(versions)) == ["alpha@1", "beta@2"]
    assert references(named_roster(versions, ["beta"])) == ["beta@2"]


def test_the_named_models_are_served_alone_and_the_first_is_the_default(
    versions: ModelStore,
) -> None:
    roster = named_roster(versions, ["beta@1", "alpha"])
    assert references(roster) == ["beta@1", "alpha@1"]
    assert roster.select([]) == roster.select(["beta"]) == roster.select(["beta@1"])
    with pytest.raises(ModelNotFoundError, match=r"'beta@2' is not served.*beta@1, alpha@1"):
        roster.select(["beta@2"])


def test_of_two_versions_of_a_model_the_first_has_its_bare_name(versions: ModelStore) -> None:
    roster = named_roster(versions, ["beta@1", "beta@2"])
    assert roster.select(["beta"]) == roster.predictors[:1]
    assert roster.select(["beta@2"]) == roster.predictors[1:]


@pytest.mark.parametrize("name", ["gamma", "beta@3", "beta@latest"])
def test_a_named_model_that_is_not_there_is_an_error(versions: ModelStore, name: str) -> None:
    with pytest.raises(ModelNotFoundError):
        named_roster(versions, ["alpha", name])


def test_a_model_that_is_named_twice_is_an_error(versions: ModelStore) -> None:
    with pytest.raises(MammoscopeError, match=r"beta@2 is named 2 times in beta, beta@2"):
        named_roster(versions, ["beta", "beta@2"])


def test_a_named_model_whose_file_was_changed_is_an_error(versions: ModelStore) -> None:
    with (versions.zoo / "alpha@1" / "model.onnx").open("ab") as file:
        file.write(b"\0")
    assert references(named_roster(versions, ["beta@1"])) == ["beta@1"]
    with pytest.raises(ModelIntegrityError, match="SHA-256"):
        named_roster(versions, ["beta@1", "alpha"])


def test_in_another_precision_those_that_are_admitted_are_served_and_the_rest_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for number, name in enumerate(("alpha", "beta", "gamma")):
        write_tiny_model(tmp_path, name, seed=number)
    measure(tmp_path, "alpha@1", "int8", flipped=0.02)
    measure(tmp_path, "beta@1", "int8")
    (served,) = open_admitted(ModelStore(tmp_path), "int8")
    assert (served.reference, served.precision) == ("beta@1", "int8")
    assert "alpha is not served" in caplog.text and "2.00% change" in caplog.text
    assert "gamma is not served" in caplog.text and "not measured in int8" in caplog.text


def test_where_none_is_admitted_no_server_starts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_tiny_model(tmp_path, "alpha", seed=1)
    measure(tmp_path, "alpha@1", "int8", flipped=0.02)
    with pytest.raises(MammoscopeError, match=r"no model of .* is admitted in int8"):
        create_app(Settings(zoo=tmp_path, precision="int8"))
    assert "2.00% change" in caplog.text
    measure(tmp_path, "alpha@1", "int8")
    create_app(Settings(zoo=tmp_path, precision="int8"))


def test_without_the_runtime_no_server_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tiny_model(tmp_path, "alpha", seed=1)
    measure(tmp_path, "alpha@1", "int8")
    monkeypatch.setitem(sys.modules, "openvino", None)
    for models in ((), ("alpha",)):
        with pytest.raises(MammoscopeError, match=r"pip install 'mammoscope\[fast\]'"):
            create_app(Settings(zoo=tmp_path, models=models, precision="int8"))
    create_app(Settings(zoo=tmp_path))


def test_a_named_model_that_is_not_admitted_is_refused(tmp_path: Path) -> None:
    write_tiny_model(tmp_path, "alpha", seed=1)
    measure(tmp_path, "alpha@1", "int8", flipped=0.02)
    with pytest.raises(MammoscopeError, match=r"not admitted in int8.*2\.00% change"):
        open_named(ModelStore(tmp_path), ["alpha"], precision="int8")


def test_the_list_of_models_has_the_operating_points_of_the_precision(tmp_path: Path) -> None:
    write_tiny_model(tmp_path, "alpha", seed=1)
    measure(tmp_path, "alpha@1", "int8")
    store = ModelStore(tmp_path)
    (served,) = open_roster(store, open_named(store, ["alpha"], precision="int8")).predictors
    values = PublishedModel.model_validate(model_to_dict(served.model))
    assert values.precision == "int8"
    assert [point.threshold for point in values.operating_points] == [0.9]


def test_a_server_answers_and_lists_its_models_in_the_precision_of_the_environment(
    tmp_path: Path, png: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tiny_model(tmp_path, "alpha", seed=1)
    measure(tmp_path, "alpha@1", "int8")
    monkeypatch.setenv("MAMMOSCOPE_PRECISION", "int8")
    with TestClient(create_app(Settings(zoo=tmp_path))) as client:
        reading = client.post("/api/predictions", files={"file": ("image", png)}).json()
        (model,) = client.get("/api/models").json()["models"]
    (answer,) = Reading.model_validate(reading).predictions
    assert (answer.precision, answer.operating_point.threshold) == ("int8", 0.9)
    assert PublishedModel.model_validate(model).precision == "int8"


def test_each_model_runs_on_as_many_threads_as_are_given(
    versions: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[int] = []

    class Noted(Session):
        def __init__(self, graphs: Sequence[Path], *, threads: int = 0) -> None:
            given.append(threads)
            super().__init__(graphs, threads=threads)

    monkeypatch.setattr("mammoscope.inference.predictor.Session", Noted)
    models = len(open_roster(versions, threads=1).predictors)
    open_roster(versions, open_named(versions, ["beta@1"]), threads=3)
    assert given == [1] * models + [3]
