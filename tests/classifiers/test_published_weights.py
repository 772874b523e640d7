"""A published graph carries its weights by name, and a network can be started from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import mammoscope.classifiers  # isort: skip - sets the backend before Keras is imported
import keras
import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from mammoscope.classifiers.catalog import CLASSIFIERS
from mammoscope.classifiers.classifier import ClassifierConfig
from mammoscope.classifiers.network import FROM_SCRATCH, NetworkClassifier
from mammoscope.classifiers.onnx_export import HALF
from mammoscope.classifiers.published_weights import load_published
from mammoscope.types import DatasetError
from tests.published import write_tiny_model

assert mammoscope.classifiers
SHAPE = (64, 64, 1)
X = np.random.default_rng(0).random((4, *SHAPE), dtype=np.float32)


def create(name: str, **changes: object) -> NetworkClassifier:
    values = {"input_shape": SHAPE, "classes": ("no", "yes"), **changes}
    return CLASSIFIERS[name](ClassifierConfig(**values))


@dataclass(frozen=True)
class Exported:
    name: str
    classifier: NetworkClassifier
    graph: Path
    half: bool


@pytest.fixture(
    scope="module",
    params=[
        ("cnn", False),
        ("cnn", True),
        pytest.param(("densenet121", True), marks=pytest.mark.slow),
    ],
    ids=str,
)
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    # A DenseNet121 is exported once, as it is published: half size. It takes half a minute.
    name, half = request.param
    classifier = create(name, seed=1)
    rng = np.random.default_rng(2)
    for variable in classifier.model.weights:
        if len(variable.shape) == 1:  # zeros and ones at the start, alike in every network
            values = keras.ops.convert_to_numpy(variable)
            values = values + rng.uniform(0.0, 0.1, values.shape)
            variable.assign(values.astype(np.float32))
    if half:
        classifier.round_to_float16()
    graph = tmp_path_factory.mktemp("graph") / "model.onnx"
    classifier.export(graph, half=half)
    return Exported(name, classifier, graph, half)


def initializers(graph: Path) -> dict[str, np.ndarray]:
    tensors = onnx.load(graph).graph.initializer
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in tensors}


def test_every_weight_stands_in_the_graph_under_its_keras_path(exported: Exported) -> None:
    stored = initializers(exported.graph)
    for variable in exported.classifier.model.weights:
        ending = HALF if exported.half and len(variable.shape) >= 2 else ""
        values = keras.ops.convert_to_numpy(variable)
        assert np.array_equal(stored[variable.path + ending], values), variable.path


def test_no_weight_stands_in_the_graph_twice(exported: Exported) -> None:
    stored = initializers(exported.graph)
    others = stored.keys() - {
        variable.path + ending
        for variable in exported.classifier.model.weights
        for ending in ("", HALF)
    }
    assert sum(stored[name].size for name in others) < 100


def test_a_fresh_network_with_a_graphs_weights_is_the_network_of_the_graph(
    exported: Exported,
) -> None:
    other = create(exported.name, seed=9)
    expected = exported.classifier.predict_logit(X)
    assert not np.allclose(other.predict_logit(X), expected, atol=1e-3)
    load_published(other.model, exported.graph)
    assert np.abs(other.predict_logit(X) - expected).max() < 1e-6


def test_a_classifier_starts_from_a_graph_in_its_fine_tuning_stages(exported: Exported) -> None:
    started = create(exported.name, seed=9, weights=str(exported.graph))
    expected = exported.classifier.predict_logit(X)
    assert np.abs(started.predict_logit(X) - expected).max() < 1e-6
    if exported.name == "densenet121":
        assert started._stages != FROM_SCRATCH


def test_a_graph_without_names_is_refused_with_what_to_do(tmp_path: Path) -> None:
    write_tiny_model(tmp_path, "old", seed=1)
    with pytest.raises(DatasetError, match=r"before its weights carried names; .* newer version"):
        load_published(create("cnn").model, tmp_path / "old@1" / "model.onnx")


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("graph") / "model.onnx"
    create("cnn", seed=1).export(path)
    return path


def test_a_graph_that_lacks_a_weight_is_refused_by_its_name(graph: Path, tmp_path: Path) -> None:
    model = onnx.load(graph)
    kept = [tensor for tensor in model.graph.initializer if tensor.name != "cnn/hidden/kernel"]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    onnx.save(model, tmp_path / "model.onnx")
    with pytest.raises(DatasetError, match=r"lacks 1 of .* cnn/hidden/kernel"):
        load_published(create("cnn").model, tmp_path / "model.onnx")


def test_a_graph_of_another_shape_is_refused_and_changes_nothing(graph: Path) -> None:
    larger = create("cnn", input_shape=(96, 96, 1))
    x = np.zeros((1, 96, 96, 1), np.float32)
    before = larger.predict_logit(x)
    with pytest.raises(DatasetError, match=r"cnn/hidden/kernel as \(128, 32\).*expected \(288, 32"):
        load_published(larger.model, graph)
    assert np.array_equal(larger.predict_logit(x), before)


@pytest.mark.parametrize("content", [b"no graph at all", None])
def test_a_file_that_is_no_graph_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "model.onnx").write_bytes(content)
    with pytest.raises(DatasetError, match="cannot be read as a published graph"):
        create("cnn", weights=str(tmp_path / "model.onnx"))
