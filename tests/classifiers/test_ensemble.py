"""A soft vote is the mean of its members' probabilities, and its map is theirs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from mammoscope.classifiers.classifier import ClassifierConfig
from mammoscope.classifiers.ensemble import EnsembleClassifier, create
from mammoscope.inference.card import GRAPH_FILE
from mammoscope.inference.runtime import Session
from mammoscope.types import DatasetError
from tests.published import CELLS, SIDE, write_features_model, write_tiny_model

X = np.random.default_rng(0).random((3, SIDE, SIDE, 1), dtype=np.float32)


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    zoo = tmp_path_factory.mktemp("zoo")
    for seed, name in enumerate(("alpha", "beta", "gamma")):
        write_tiny_model(zoo, name, seed=seed)
    return [zoo / f"{name}@1" / GRAPH_FILE for name in ("alpha", "beta", "gamma")]


def vote_of(paths: list[Path], **changes: object) -> EnsembleClassifier:
    values = {"input_shape": (SIDE, SIDE, 1), "classes": ("no", "yes")} | changes
    return create(ClassifierConfig(**values, weights=",".join(map(str, paths))))


def sigmoid(logit: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logit.astype(np.float64)))


def test_the_score_is_the_mean_of_the_members_scores(members: list[Path]) -> None:
    scores = [sigmoid(Session(path).run(X).logit) for path in members]
    assert np.ptp(scores, axis=0).min() > 0.01
    voted = vote_of(members).predict_proba(X)[:, 1:]
    assert np.allclose(voted, np.mean(scores, axis=0), atol=1e-6)


def test_the_graph_votes_alike_and_its_map_weighs_the_members_by_their_slope(
    members: list[Path], tmp_path: Path
) -> None:
    classifier = vote_of(members)
    classifier.export(tmp_path / GRAPH_FILE)
    outputs = Session(tmp_path / GRAPH_FILE).run(X)
    assert np.allclose(outputs.logit, classifier.predict_logit(X), atol=1e-5)
    total = outputs.evidence.mean(axis=(1, 2)) + outputs.bias
    assert np.allclose(total, outputs.logit, atol=1e-5)
    expected = np.zeros((len(X), CELLS, CELLS, 1))
    vote = classifier.predict_proba(X)[:, 1:].astype(np.float64)
    for path in members:
        answer = Session(path).run(X)
        score = sigmoid(answer.logit)
        slope = score * (1 - score) / (len(members) * vote * (1 - vote))
        expected += slope[:, :, np.newaxis, np.newaxis] * answer.evidence
    assert np.allclose(outputs.evidence, expected, atol=1e-4)


def moved(member: Path, logits: float, path: Path) -> Path:
    """The member with so many logits more."""
    model = onnx.load(member)
    bias = next(t for t in model.graph.initializer if t.name == "bias_value")
    value = onnx.numpy_helper.to_array(bias) + np.float32(logits)
    bias.CopyFrom(onnx.numpy_helper.from_array(value, "bias_value"))
    onnx.save(model, path)
    return path


def test_a_small_change_of_a_members_logit_moves_the_vote_by_its_share_of_the_map(
    members: list[Path], tmp_path: Path
) -> None:
    """A member that alone has evidence shows its weight: against a difference quotient."""
    classifier = vote_of(members)
    vote = classifier.predict_proba(X)[:, 1].astype(np.float64)
    step = 0.02
    for m, member in enumerate(members):
        up, down = (moved(member, sign * step, tmp_path / f"{sign}.onnx") for sign in (1, -1))
        higher, lower = (
            vote_of([*members[:m], changed, *members[m + 1 :]]).predict_logit(X)[:, 0]
            for changed in (up, down)
        )
        score = sigmoid(Session(member).run(X).logit[:, 0])
        expected = score * (1 - score) / (len(members) * vote * (1 - vote))
        assert (higher - lower) / (2 * step) == pytest.approx(expected, rel=2e-3)


def test_a_coarse_map_is_spread_over_the_finest(members: list[Path], tmp_path: Path) -> None:
    model = onnx.load(members[1])
    for node in model.graph.node:
        if node.op_type == "Conv":
            # Twice as many pixels a cell each way: 4 × 4 cells.
            next(a for a in node.attribute if a.name == "strides").ints[:] = [16, 16]
    model.graph.output[1].type.tensor_type.shape.dim[1].dim_value = CELLS // 2
    model.graph.output[1].type.tensor_type.shape.dim[2].dim_value = CELLS // 2
    coarse = tmp_path / "coarse.onnx"
    onnx.save(model, coarse)
    classifier = vote_of([coarse, members[0]])
    classifier.export(tmp_path / GRAPH_FILE)
    outputs = Session(tmp_path / GRAPH_FILE).run(X)
    assert outputs.evidence.shape == (len(X), CELLS, CELLS, 1)
    assert np.allclose(outputs.evidence.mean(axis=(1, 2)) + outputs.bias, outputs.logit, atol=1e-5)
    assert np.allclose(outputs.logit, classifier.predict_logit(X), atol=1e-5)


@pytest.mark.parametrize("logits", [-200.0, -12.0, -6.0, 6.0, 12.0, 200.0])
def test_the_graph_keeps_its_digits_where_members_agree(
    members: list[Path], tmp_path: Path, logits: float
) -> None:
    paths = [moved(path, logits, tmp_path / path.parent.name) for path in members[:2]]
    classifier = vote_of(paths)
    classifier.export(tmp_path / GRAPH_FILE)
    outputs = Session(tmp_path / GRAPH_FILE).run(X)
    assert np.allclose(outputs.logit, classifier.predict_logit(X), atol=1e-5)
    assert np.isfinite(outputs.evidence).all()
    # A vote nearer to 0 or 1 than a millionth is cut there.
    assert (np.abs(outputs.logit) < 13.9).all() and (outputs.logit * logits > 0).all()


def test_members_that_cannot_vote_together_are_refused(members: list[Path], tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="1 members; expected at least two"):
        vote_of(members[:1])
    with pytest.raises(DatasetError, match="two classes"):
        vote_of(members, classes=("a", "b", "c"))
    with pytest.raises(DatasetError, match=r"expected a network that takes \[128, 128, 1\]"):
        vote_of(members, input_shape=(128, 128, 1))
    write_features_model(tmp_path, "texture", extractor="texture@1", explained_by="occlusion")
    with pytest.raises(DatasetError, match="gives a logit with its evidence"):
        vote_of([members[0], tmp_path / "texture@1" / GRAPH_FILE])
