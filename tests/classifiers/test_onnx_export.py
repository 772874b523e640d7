"""A network of an architecture that was traced before is written as if it had been traced."""

from __future__ import annotations

from pathlib import Path

import mammoscope.classifiers  # isort: skip - sets the backend before Keras is imported
import numpy as np
import onnx
import pytest

from mammoscope.classifiers import onnx_export
from mammoscope.classifiers.catalog import CLASSIFIERS
from mammoscope.classifiers.classifier import ClassifierConfig
from mammoscope.inference.runtime import Session

assert mammoscope.classifiers
SHAPE = (48, 48, 1)
X = np.random.default_rng(0).random((3, *SHAPE), dtype=np.float32)


@pytest.fixture(autouse=True)
def _nothing_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_export, "_traced", {})


@pytest.fixture
def traces(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every network that was traced."""
    seen: list[object] = []
    trace = onnx_export._trace

    def counted(model: object, outputs: object) -> object:
        seen.append(model)
        return trace(model, outputs)

    monkeypatch.setattr(onnx_export, "_trace", counted)
    return seen


def network(name: str = "cnn", **changes: object):
    values = {"input_shape": SHAPE, "classes": ("no", "yes"), **changes}
    return CLASSIFIERS[name](ClassifierConfig(**values))


@pytest.mark.slow
def test_the_second_of_an_architecture_is_not_traced_and_is_the_same_to_the_byte(
    traces: list[object], tmp_path: Path
) -> None:
    first, second = network(seed=1), network(seed=2)
    for classifier in (first, second):
        classifier.round_to_float16()
    for half in (False, True):
        first.export(tmp_path / f"first-{half}.onnx", half=half)
        second.export(tmp_path / f"second-{half}.onnx", half=half)
        found = Session(tmp_path / f"second-{half}.onnx").run(X).logit
        assert np.allclose(found, second.predict_logit(X), atol=1e-5)
    assert len(traces) == 1
    onnx_export._traced.clear()
    second.export(tmp_path / "alone.onnx", half=True)
    assert len(traces) == 2
    written = {path.stem: path.read_bytes() for path in tmp_path.glob("*.onnx")}
    assert written["second-True"] == written["alone"] != written["first-True"]


@pytest.mark.parametrize(
    "changes",
    [
        {"input_shape": (64, 48, 1)},
        {"classes": ("a", "b", "c")},
        {"name": "nine-layer-cnn", "variant": "relu.average"},
        {"name": "nine-layer-cnn", "variant": "leaky-relu.max"},
    ],
    ids=["another size", "another number of classes", "another pooling", "another activation"],
)
def test_what_is_unlike_is_traced_anew(
    changes: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []

    def refused(model: object, outputs: object) -> object:
        """Tracing takes seconds: that it was asked for is enough."""
        seen.append(model)
        node = onnx.helper.make_node("Identity", ["image"], ["logit"])
        graph = onnx.helper.make_graph([node], "nothing", [_value("image")], [_value("logit")])
        return onnx.helper.make_model(graph)

    monkeypatch.setattr(onnx_export, "_trace", refused)
    one, like = network(), network("nine-layer-cnn", variant="relu.max")
    for classifier in (one, like, network(**changes), one, like):
        classifier.export(tmp_path / "model.onnx")
    assert len(seen) == 3


def _value(name: str) -> onnx.ValueInfoProto:
    return onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1])


def test_a_few_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_export, "_KEPT", 2)
    for name in "abc":
        onnx_export._keep(name, name.encode())
    assert onnx_export._traced == {"b": b"b", "c": b"c"}
