"""Sanity checks of maps: a network that has learnt passes them, an edge detector does not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from scipy.stats import spearmanr

from mammoscope.classifiers.catalog import CLASSIFIERS
from mammoscope.classifiers.classifier import ClassifierConfig
from mammoscope.experiment.graph import run_evidence
from mammoscope.experiment.saliency_checks import check_weights, compare_maps, permute_labels

SIDE, COUNT = 64, 96


def spots(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Noise, with a bright spot somewhere in every other image, which is what makes it positive."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 0.4, (COUNT, SIDE, SIDE, 1)).astype(np.float32)
    y = np.arange(COUNT) % 2
    for image in x[y == 1]:
        row, column = rng.integers(8, SIDE - 16, 2)
        image[row : row + 8, column : column + 8] += 0.5
    return x, y.astype(np.float32)


def train(folder: Path, y: np.ndarray, *, seed: int) -> Path:
    x, _ = spots(0)
    config = ClassifierConfig(
        input_shape=(SIDE, SIDE, 1), classes=("no", "yes"), learning_rate=3e-3, seed=seed
    )
    path = folder / f"model-{seed}.onnx"
    CLASSIFIERS["cnn"](config).fit(x, y, epochs=12).export(path)
    return path


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tmp_path_factory.mktemp("learnt"), spots(0)[1], seed=1)


@pytest.fixture(scope="module")
def held_out() -> np.ndarray:
    """Positive images of another draw."""
    x, y = spots(9)
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
    learnt: Path, held_out: np.ndarray
) -> None:
    women = range(len(held_out))
    found = check_weights(learnt, held_out, women, seed=0, steps=4, replicates=100)
    assert len(found.steps) == 4
    numbers = [len(step.layers) for step in found.steps]
    assert numbers == sorted(numbers) and numbers[-1] == 11
    # The layers nearest to the answer go first.
    assert found.steps[0].layers[0].endswith("logit")
    last = found.steps[-1].likeness["rank"]
    assert last.low <= last.value <= last.high
    assert last.high < 0.5
    assert found.between["rank"].value < 0.9


def test_layers_shuffled_on_their_own_are_each_shuffled_once(
    learnt: Path, held_out: np.ndarray
) -> None:
    found = check_weights(
        learnt, held_out[:4], "abcd", seed=0, mode="independent", steps=3, replicates=20
    )
    layers = [layer for step in found.steps for layer in step.layers]
    assert len(layers) == len(set(layers)) == 11


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
    learnt: Path, held_out: np.ndarray, tmp_path: Path
) -> None:
    _, y = spots(0)
    permuted = permute_labels(y > 0.5, seed=0)
    assert sorted(permuted.tolist()) == sorted((y > 0.5).tolist())
    assert 0.2 < np.mean(permuted != (y > 0.5)) < 0.8
    maps = run_evidence(learnt, held_out)
    again = run_evidence(train(tmp_path, y, seed=2), held_out)
    fooled = run_evidence(train(tmp_path, permuted.astype(np.float32), seed=3), held_out)
    women = range(len(held_out))
    true, false = (
        compare_maps(maps, others).estimate(women, seed=0, replicates=100)["rank"]
        for others in (again, fooled)
    )
    assert true.low > false.high


def test_what_cannot_be_checked_is_refused(learnt: Path, held_out: np.ndarray) -> None:
    with pytest.raises(ValueError, match="expected at least 2"):
        check_weights(learnt, held_out[:1], "a", seed=0)
    with pytest.raises(ValueError, match="expected both"):
        permute_labels(np.ones(3, bool), seed=0)
