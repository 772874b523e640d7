"""Shuffling takes the places of a layer's numbers, and of no other layer's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from mammoscope.classifiers.onnx_export import export_graph
from mammoscope.experiment.graph import run_evidence
from mammoscope.experiment.shuffled_weights import list_layers, shuffle_weights
from tests.experiment.spots import LAYERS, build, draw_spots


@pytest.fixture(scope="module", params=[False, True], ids=["float32", "float16"])
def graph(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("graph") / "model.onnx"
    export_graph(build(seed=0)[1], path, half=request.param)
    return path


def weights(graph: Path) -> dict[str, np.ndarray]:
    tensors = onnx.load(str(graph)).graph.initializer
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in tensors}


def test_layers_come_in_the_order_of_the_forward_pass(graph: Path) -> None:
    assert list_layers(graph) == LAYERS


def test_only_the_chosen_layers_change_and_only_in_their_order(graph: Path, tmp_path: Path) -> None:
    first, *others = list_layers(graph)
    target = tmp_path / "shuffled.onnx"
    shuffle_weights(graph, target, layers=[first], seed=0)
    before, after = weights(graph), weights(target)
    assert before.keys() == after.keys()
    for name, values in before.items():
        assert after[name].dtype == values.dtype and after[name].shape == values.shape
        if name.startswith(f"{first}/") and values.std() > 0:
            assert not np.array_equal(after[name], values)
        if not name.startswith(f"{first}/"):
            assert np.array_equal(after[name], values)
        assert np.array_equal(np.sort(after[name].ravel()), np.sort(values.ravel()))
    assert others
    images = draw_spots(0)[0][:2]
    assert not np.allclose(run_evidence(target, images), run_evidence(graph, images))


def test_a_layer_is_shuffled_alike_alone_and_with_others(graph: Path, tmp_path: Path) -> None:
    alone, together, again = (tmp_path / f"{name}.onnx" for name in ("alone", "all", "again"))
    layers = list_layers(graph)
    shuffle_weights(graph, alone, layers=layers[:1], seed=3)
    shuffle_weights(graph, together, layers=layers, seed=3)
    shuffle_weights(graph, again, layers=layers[:1], seed=4)
    kernel = next(name for name in weights(graph) if name.startswith(f"{layers[0]}/kernel"))
    assert np.array_equal(weights(alone)[kernel], weights(together)[kernel])
    assert not np.array_equal(weights(alone)[kernel], weights(again)[kernel])


def test_what_is_not_there_is_said(graph: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no layer nowhere"):
        shuffle_weights(graph, tmp_path / "x.onnx", layers=["nowhere"], seed=0)
    tensor = helper.make_tensor_value_info
    bare = helper.make_graph(
        [helper.make_node("MatMul", ["features", "kernel"], ["logit"])],
        "linear",
        [tensor("features", TensorProto.FLOAT, ["N", 2])],
        [tensor("logit", TensorProto.FLOAT, ["N", 1])],
        [numpy_helper.from_array(np.ones((2, 1), np.float32), "kernel")],
    )
    onnx.save(helper.make_model(bare), str(tmp_path / "bare.onnx"))
    with pytest.raises(ValueError, match="no weights by name"):
        list_layers(tmp_path / "bare.onnx")
