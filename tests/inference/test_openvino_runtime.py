"""The faster runtime: the same answers but for rounding, and never there unless asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from mammoscope.datasets.phantom import make_phantom
from mammoscope.inference.card import PublishedModel, at_precision
from mammoscope.inference.openvino_runtime import OpenVinoSession, runtime_name
from mammoscope.inference.predictor import Predictor
from mammoscope.inference.runtime import Session
from mammoscope.inference.store import ModelStore
from mammoscope.types import MammoscopeError, ModelIntegrityError, Precision
from tests.published import measure, write_features_model, write_tiny_model

IMAGE = make_phantom(3, laterality="L", view="MLO").image
RUN = """
import json, socket, sys
from pathlib import Path
from mammoscope.datasets.phantom import make_phantom
from mammoscope.inference.card import at_precision
from mammoscope.inference.predictor import Predictor
from mammoscope.inference.store import ModelStore
asked = []
socket.getaddrinfo = lambda *given, **more: asked.append(given) or []
model = at_precision(ModelStore(Path(sys.argv[1])).open("alpha"), sys.argv[2])
answer = Predictor(model).predict(make_phantom(3, laterality="L", view="MLO").image)
loaded = [name for name in sys.modules if name.startswith("openvino") and sys.modules[name]]
heavy = sorted({"keras", "torch", "tensorflow", "sklearn", "scipy", "onnx"} & set(sys.modules))
print(json.dumps({"precision": answer.precision, "loaded": loaded + heavy, "asked": len(asked)}))
"""


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    zoo = tmp_path_factory.mktemp("zoo")
    write_tiny_model(zoo, "alpha", seed=1)
    measure(zoo, "alpha@1", "bfloat16")
    measure(zoo, "alpha@1", "int8")
    return zoo


@pytest.fixture
def model(zoo: Path) -> PublishedModel:
    return ModelStore(zoo).open("alpha")


def able_in(precision: Precision, graph: Path) -> OpenVinoSession:
    try:
        return OpenVinoSession(graph, precision=precision, threads=1)
    except MammoscopeError as error:
        if "this processor has no arithmetic" in str(error):
            pytest.skip(str(error))
        raise


def answered(zoo: Path, precision: str) -> dict:
    run = subprocess.run(
        [sys.executable, "-c", RUN, str(zoo), precision],
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(run.stdout)


def test_a_graph_that_is_not_quantised_answers_as_on_the_other_runtime(
    model: PublishedModel,
) -> None:
    images = np.random.default_rng(0).random((3, 256, 256, 1), dtype=np.float32)
    ours = able_in("int8", model.graph)
    plain = Session(model.graph, threads=1)
    assert ours.explains
    for name in ("logit", "evidence", "bias"):
        assert np.allclose(
            getattr(ours.run(images), name), getattr(plain.run(images), name), atol=1e-4
        )


def test_bfloat16_answers_nearly_the_same(model: PublishedModel) -> None:
    images = np.random.default_rng(0).random((3, 256, 256, 1), dtype=np.float32)
    ours = able_in("bfloat16", model.graph).run(images).logit
    plain = Session(model.graph, threads=1).run(images).logit
    assert not np.array_equal(ours, plain)
    assert np.allclose(ours, plain, atol=0.2)


def test_many_threads_get_each_their_own_answer(model: PublishedModel) -> None:
    images = np.random.default_rng(0).random((16, 256, 256, 1), dtype=np.float32)
    session = able_in("int8", model.graph)
    alone = [float(session.run(image[np.newaxis]).logit[0, 0]) for image in images]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda i: float(session.run(i[np.newaxis]).logit[0, 0]), images))
    assert together == alone


def test_an_answer_names_the_precision_and_has_its_calibrator_and_threshold(
    model: PublishedModel,
) -> None:
    fast = at_precision(model, "int8")
    able_in("int8", fast.graphs[0])
    answer, plain = (Predictor(one, threads=1).predict(IMAGE) for one in (fast, model))
    assert (answer.precision, plain.precision) == ("int8", "float32")
    assert answer.operating_point.threshold == 0.9 and plain.operating_point.threshold == 0.5
    assert answer.score is not None and plain.score is not None
    # The graph is the same here, so that only the calibrator is another.
    logit = (np.log(plain.score / (1 - plain.score)) + 0.2) / 0.7
    assert answer.score == pytest.approx(1 / (1 + np.exp(-(0.3 * logit + 0.4))), abs=1e-5)
    assert answer.verdict == ("suspicious" if answer.score >= 0.9 else "not suspicious")


def test_what_cannot_be_assessed_names_the_precision_too(model: PublishedModel) -> None:
    blank = type(IMAGE)(np.zeros((600, 500), np.float32))
    answer = Predictor(at_precision(model, "bfloat16")).predict(blank)
    assert (answer.verdict, answer.precision) == ("cannot assess", "bfloat16")


def test_float32_never_loads_it(zoo: Path) -> None:
    assert answered(zoo, "float32") == {"precision": "float32", "loaded": [], "asked": 0}


def test_it_is_loaded_without_its_telemetry_and_calls_nobody(zoo: Path, model: object) -> None:
    answer = answered(zoo, "int8")
    assert "openvino" in answer["loaded"] and answer["asked"] == 0
    assert all(name.split(".")[0] == "openvino" for name in answer["loaded"]), answer


def test_without_it_one_error_says_what_to_install(
    model: PublishedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(MammoscopeError, match=r"not installed.*pip install 'mammoscope\[fast\]'"):
        Predictor(at_precision(model, "bfloat16")).warm_up()
    with pytest.raises(MammoscopeError, match="not installed"):
        runtime_name()


def test_an_array_of_another_shape_is_refused(model: PublishedModel) -> None:
    session = able_in("int8", model.graph)
    with pytest.raises(ModelIntegrityError, match=r"alpha@1/model\.onnx does not run"):
        session.run(np.zeros((1, 20, 20, 1), np.float32))


def test_a_file_that_is_no_graph_is_refused(tmp_path: Path, model: PublishedModel) -> None:
    able_in("int8", model.graph)
    (tmp_path / "model.onnx").write_bytes(b"none")
    with pytest.raises(ModelIntegrityError, match="cannot be loaded"):
        OpenVinoSession(tmp_path / "model.onnx", precision="int8")


def test_a_graph_that_takes_features_is_refused(tmp_path: Path, model: PublishedModel) -> None:
    able_in("int8", model.graph)
    write_features_model(tmp_path, "beta", extractor="texture@1", explained_by="occlusion")
    with pytest.raises(ModelIntegrityError, match="expected 'image'"):
        OpenVinoSession(tmp_path / "beta@1" / "model.onnx", precision="int8")
