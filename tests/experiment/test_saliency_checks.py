"""Sanity checks of maps: a network that has learnt passes them, an edge detector does not."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from scipy.stats import spearmanr

from mammoscope.classifiers.onnx_export import export_graph
from mammoscope.experiment.permuted_labels import permute_labels
from mammoscope.experiment.saliency_checks import check_weights, compare_maps
from tests.experiment.spots import LAYERS, SIDE, draw_spots, maps_of, train


@pytest.fixture(scope="module")
def learnt() -> keras.Model:
    return train(draw_spots(0)[1], seed=1)


@pytest.fixture(scope="module")
def graph(learnt: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("learnt") / "model.onnx"
    export_graph(learnt, path, half=False)
    return path


@pytest.fixture(scope="module")
def held_out() -> np.ndarray:
    """Positive images of another draw."""
    x, y = draw_spots(9)
    return np.ascontiguousarray(x[y == 1])


def test_maps_are_compared_by_rank_with_and_without_signs() -> None:
    rng = np.random.default_rng(0)
    maps = rng.normal(size=(4, 8, 6)).round(1)
    others = np.stack([maps[0], -maps[1], maps[2] ** 3, rng.normal(size=(8, 6))])
    found = compare_maps(maps, others)
    assert found.rank[:3].tolist() == pytest.approx([1.0, -1.0, 1.0])
    assert found.absolute_rank[:3].tolist() == pytest.approx([1.0, 1.0, 1.0])
    theirs = spearmanr(maps[3].ravel(), others[3].ravel()).statistic
    assert found.rank[3] == pytest.approx(theirs)
    theirs = spearmanr(np.abs(maps[3]).ravel(), np.abs(others[3]).ravel()).statistic
    assert found.absolute_rank[3] == pytest.approx(theirs)
    assert found.ssim[0] == pytest.approx(1.0)
    assert found.ssim[1] < 0.0 and abs(found.ssim[3]) < 0.5


def test_the_scale_of_a_map_is_no_matter() -> None:
    maps = np.random.default_rng(0).normal(size=(3, 5, 5))
    found = compare_maps(maps, maps * 40)
    for values in (found.rank, found.absolute_rank, found.ssim):
        assert values == pytest.approx(np.ones(3))


def test_what_is_not_defined_is_left_out() -> None:
    rng = np.random.default_rng(0)
    maps = rng.normal(size=(3, 2, 9))
    maps[0] = 0.7
    found = compare_maps(maps, rng.normal(size=(3, 2, 9)))
    assert np.isnan(found.rank).tolist() == [True, False, False]
    estimates = found.estimate("abc", seed=0, replicates=50)
    assert estimates.keys() == {"rank", "absolute_rank"}
    assert estimates["rank"].value == pytest.approx(found.rank[1:].mean())
    assert "2 patients" in estimates["rank"].method
    with pytest.raises(ValueError, match="cannot be compared"):
        compare_maps(maps, maps[:2])


def test_a_network_that_has_learnt_loses_its_map_with_its_weights(
    graph: Path, held_out: np.ndarray
) -> None:
    found = check_weights(graph, held_out, range(len(held_out)), seed=0, replicates=100)
    # From the answer down, one layer more at each step.
    assert [step.layers for step in found.steps] == [LAYERS[::-1][:n] for n in (1, 2, 3, 4)]
    bias, *_, everything = (step.likeness["rank"] for step in found.steps)
    # A bias is one number and no part of the map.
    assert bias.value == pytest.approx(1.0)
    assert everything.low <= everything.value <= everything.high < 0.3
    # Spots are in other places, so the maps of different images are unlike.
    assert found.between["rank"].high < 0.3


def test_layers_shuffled_on_their_own_are_each_shuffled_once(
    graph: Path, held_out: np.ndarray
) -> None:
    found = check_weights(
        graph, held_out[:4], "abcd", seed=0, mode="independent", steps=3, replicates=20
    )
    layers = [layer for step in found.steps for layer in step.layers]
    assert len(found.steps) == 3 and layers == list(LAYERS[::-1])


def test_an_edge_detector_fails_the_check(tmp_path: Path) -> None:
    """Its map is the image's own gradient, whatever the weights are that make the logit."""
    path = tmp_path / "model.onnx"
    kernel = np.random.default_rng(0).normal(size=(64, 1)).astype(np.float32)
    edges = np.array([[[[-1.0, 1.0]]]], np.float32)
    tensor = helper.make_tensor_value_info
    nodes = [
        helper.make_node("Transpose", ["image"], ["channels"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["channels", "edges"], ["steps"], pads=[0, 0, 0, 1]),
        helper.make_node("Transpose", ["steps"], ["evidence"], perm=[0, 2, 3, 1]),
        helper.make_node("Flatten", ["evidence"], ["flat"]),
        helper.make_node("MatMul", ["flat", "dense/kernel"], ["logit"]),
        helper.make_node("Sub", ["logit", "logit"], ["bias"]),
    ]
    graph = helper.make_graph(
        nodes,
        "edges",
        [tensor("image", TensorProto.FLOAT, ["N", 8, 8, 1])],
        [
            tensor("logit", TensorProto.FLOAT, ["N", 1]),
            tensor("evidence", TensorProto.FLOAT, ["N", 8, 8, 1]),
            tensor("bias", TensorProto.FLOAT, ["N", 1]),
        ],
        [
            numpy_helper.from_array(edges, "edges"),
            numpy_helper.from_array(kernel, "dense/kernel"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.save(model, str(path))
    images = np.random.default_rng(1).random((5, 8, 8, 1)).astype(np.float32)
    found = check_weights(path, images, range(5), seed=0, replicates=20)
    (step,) = found.steps
    assert step.layers == ("dense",)
    assert {name: one.value for name, one in step.likeness.items()} == pytest.approx(
        {"rank": 1.0, "absolute_rank": 1.0, "ssim": 1.0}
    )
    # Maps of different images differ, so this is no matter of an outline.
    assert found.between["rank"].value < 0.5


def test_maps_of_permuted_labels_are_unlike_those_of_true_ones(
    learnt: keras.Model, held_out: np.ndarray
) -> None:
    _, y = draw_spots(0)
    permuted = permute_labels(y > 0.5, range(len(y)), seed=0)
    assert permuted.sum() == y.sum()
    assert 0.3 < np.mean(permuted != (y > 0.5)) < 0.7
    maps = maps_of(learnt, held_out)
    again = maps_of(train(y, seed=2), held_out)
    fooled = maps_of(train(permuted.astype(np.float32), seed=3), held_out)
    women = range(len(held_out))
    true, false = (
        compare_maps(maps, others).estimate(women, seed=0, replicates=100)["rank"]
        for others in (again, fooled)
    )
    assert true.low > false.high


def test_what_cannot_be_checked_is_refused(graph: Path, held_out: np.ndarray) -> None:
    with pytest.raises(ValueError, match="expected at least 2"):
        check_weights(graph, held_out[:1], "a", seed=0)
    with pytest.raises(ValueError, match="2 images of 3 patients"):
        check_weights(graph, held_out[:2], "abc", seed=0)


def test_a_graph_without_a_map_is_refused(graph: Path, tmp_path: Path) -> None:
    model = onnx.load(str(graph))
    logit = [output for output in model.graph.output if output.name == "logit"]
    del model.graph.output[:]
    model.graph.output.extend(logit)
    onnx.save(model, str(tmp_path / "mute.onnx"))
    with pytest.raises(ValueError, match="no evidence map"):
        check_weights(tmp_path / "mute.onnx", np.zeros((2, SIDE, SIDE, 1)), "ab", seed=0)
