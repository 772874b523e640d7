"""The runtime runs graphs in a chain, refuses what does not fit, and may be shared by threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from mammoscope.inference.card import GRAPH_FILE
from mammoscope.inference.runtime import Session
from mammoscope.types import ModelIntegrityError
from tests.published import CELLS, SIDE, write_tiny_model


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    zoo = tmp_path_factory.mktemp("zoo")
    write_tiny_model(zoo, "alpha", seed=1)
    return zoo / "alpha@1" / GRAPH_FILE


@pytest.fixture(scope="module")
def session(graph: Path) -> Session:
    return Session(graph, threads=1)


def arrays(count: int, *, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((count, SIDE, SIDE, 1), dtype=np.float32)


@pytest.mark.parametrize("count", [1, 3])
def test_outputs_have_their_shapes_in_float32(session: Session, count: int) -> None:
    outputs = session.run(arrays(count))
    assert outputs.logit.shape == outputs.bias.shape == (count, 1)
    assert outputs.evidence.shape == (count, CELLS, CELLS, 1)
    for array in (outputs.logit, outputs.evidence, outputs.bias):
        assert array.dtype == np.float32


def test_each_output_is_what_its_name_says(session: Session) -> None:
    outputs = session.run(arrays(4))
    mean = outputs.evidence.mean(axis=(1, 2))
    assert np.allclose(mean + outputs.bias, outputs.logit, atol=1e-5)
    assert np.ptp(outputs.bias) == 0.0 and outputs.bias[0, 0] != 0.0
    assert len(np.unique(outputs.logit)) == 4


def test_a_row_of_a_batch_is_answered_as_if_it_were_alone(session: Session) -> None:
    batch = arrays(3)
    together = session.run(batch)
    for index in range(3):
        alone = session.run(batch[index : index + 1])
        assert np.allclose(alone.evidence[0], together.evidence[index], atol=1e-5)
        assert np.allclose(alone.logit[0], together.logit[index], atol=1e-5)


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((1, SIDE, SIDE, 3), np.float32),
        np.zeros((1, SIDE // 2, SIDE, 1), np.float32),
        np.zeros((SIDE, SIDE, 1), np.float32),
        np.zeros((1, SIDE, SIDE, 1), np.float64),
    ],
)
def test_an_array_that_the_graph_does_not_take_is_refused_with_its_shape(
    session: Session, wrong: np.ndarray
) -> None:
    with pytest.raises(ModelIntegrityError, match=r"alpha@1/model\.onnx does not run") as refusal:
        session.run(wrong)
    assert str(wrong.shape) in str(refusal.value)


@pytest.mark.parametrize("data", [b"", b"not a graph", b"\x08\x0a" * 40])
def test_a_file_that_is_no_graph_is_refused_by_its_name(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x@1").mkdir()
    (tmp_path / "x@1" / GRAPH_FILE).write_bytes(data)
    with pytest.raises(ModelIntegrityError, match=r"x@1/model\.onnx cannot be loaded"):
        Session(tmp_path / "x@1" / GRAPH_FILE)


def test_a_graph_cut_short_is_refused(graph: Path, tmp_path: Path) -> None:
    (tmp_path / GRAPH_FILE).write_bytes(graph.read_bytes()[:-30])
    with pytest.raises(ModelIntegrityError, match="cannot be loaded"):
        Session(tmp_path / GRAPH_FILE)


def test_an_absent_graph_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelIntegrityError, match="cannot be loaded"):
        Session(tmp_path / GRAPH_FILE)


def without(graph: Path, path: Path, *names: str) -> Path:
    """The graph less some of its outputs."""
    model = onnx.load(graph)
    kept = [output for output in model.graph.output if output.name not in names]
    del model.graph.output[:]
    model.graph.output.extend(kept)
    onnx.save(model, path)
    return path


@pytest.mark.parametrize("name", ["logit", "evidence", "bias"])
def test_a_graph_without_one_of_the_outputs_is_refused(
    graph: Path, tmp_path: Path, name: str
) -> None:
    with pytest.raises(ModelIntegrityError, match="expected") as refusal:
        Session(without(graph, tmp_path / GRAPH_FILE, name))
    assert str(sorted({"logit", "evidence", "bias"} - {name})) in str(refusal.value)


def test_a_graph_that_gives_a_logit_alone_answers_without_a_map(
    graph: Path, session: Session, tmp_path: Path
) -> None:
    alone = Session(without(graph, tmp_path / GRAPH_FILE, "evidence", "bias"))
    assert not alone.explains and session.explains
    outputs = alone.run(arrays(2))
    assert outputs.evidence is None and outputs.bias is None
    assert np.allclose(outputs.logit, session.run(arrays(2)).logit, atol=1e-5)


def test_a_graph_with_another_input_is_refused(graph: Path, tmp_path: Path) -> None:
    model = onnx.load(graph)
    model.graph.input[0].name = model.graph.node[0].input[0] = "picture"
    onnx.save(model, tmp_path / GRAPH_FILE)
    with pytest.raises(ModelIntegrityError, match=r"takes \['picture'\]"):
        Session(tmp_path / GRAPH_FILE)


def test_two_stages_answer_as_the_one_graph_that_they_were(
    graph: Path, session: Session, tmp_path: Path
) -> None:
    """The tiny graph, cut where it has its small picture."""
    whole = onnx.load(graph)
    extract = onnx.utils.Extractor(onnx.shape_inference.infer_shapes(whole))
    onnx.save(extract.extract_model(["image"], ["small"]), tmp_path / "features.onnx")
    rest = extract.extract_model(["small"], ["logit", "evidence", "bias"])
    onnx.save(rest, tmp_path / GRAPH_FILE)
    staged = Session([tmp_path / "features.onnx", tmp_path / GRAPH_FILE])
    one, other = staged.run(arrays(2)), session.run(arrays(2))
    assert np.allclose(one.logit, other.logit, atol=1e-6)
    assert np.allclose(one.evidence, other.evidence, atol=1e-6)
    with pytest.raises(ModelIntegrityError, match=r"takes \['small'\]"):
        Session([graph, tmp_path / GRAPH_FILE])


def changed(graph: Path, folder: Path, **values: float) -> tuple[onnx.ModelProto, Path]:
    """The graph with every value of the named weights set to one number, and where to save it."""
    model = onnx.load(graph)
    for initializer in model.graph.initializer:
        if initializer.name in values:
            array = np.full_like(numpy_helper.to_array(initializer), values[initializer.name])
            initializer.CopyFrom(numpy_helper.from_array(array, initializer.name))
    return model, folder / GRAPH_FILE


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("weights", ["bias_value", "kernel"])
def test_a_logit_that_is_not_finite_is_refused(
    graph: Path, tmp_path: Path, weights: str, number: float
) -> None:
    model, path = changed(graph, tmp_path, **{weights: number})
    onnx.save(model, path)
    with pytest.raises(ModelIntegrityError, match="logit that is not finite"):
        Session(path).run(arrays(1))


def test_evidence_that_is_not_finite_is_refused_though_the_logit_is_finite(
    graph: Path, tmp_path: Path
) -> None:
    model, path = changed(graph, tmp_path, kernel=np.nan)
    for node in model.graph.node:
        if node.output[0] in ("bias", "logit"):
            node.input[0] = "zero"
    onnx.save(model, path)
    with pytest.raises(ModelIntegrityError, match="evidence that is not finite"):
        Session(path).run(arrays(1))


def test_several_threads_get_the_answers_that_one_gets(session: Session) -> None:
    inputs = [arrays(1, seed=seed) for seed in range(24)]
    expected = [session.run(array) for array in inputs]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(session.run, inputs))
    for one, other in zip(expected, found, strict=True):
        assert one.logit.tobytes() == other.logit.tobytes()
        assert one.evidence.tobytes() == other.evidence.tobytes()


def test_the_number_of_threads_does_not_change_the_answer(graph: Path) -> None:
    one, two = (Session(graph, threads=n).run(arrays(2)) for n in (1, 2))
    assert one.logit.tobytes() == two.logit.tobytes()
