"""The 18 variants, what the default learns, and that it explains itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mammoscope.classifiers.classifier import ClassifierConfig
from mammoscope.classifiers.network import NetworkClassifier
from mammoscope.classifiers.nine_layer import FAMILY, VARIANTS, create
from mammoscope.inference.runtime import Session
from mammoscope.types import DatasetError

SHAPE = (64, 64, 1)
X = np.random.default_rng(0).random((6, *SHAPE), dtype=np.float32)
Y = np.array([0, 1, 0, 1, 0, 1], dtype=np.float32)


def make(variant: str = "", **changes: object) -> NetworkClassifier:
    return create(
        ClassifierConfig(input_shape=SHAPE, classes=("no", "yes"), variant=variant, **changes)
    )


def test_there_are_three_activations_and_six_poolings_and_the_papers_best_comes_first() -> None:
    assert len(set(VARIANTS)) == 18
    assert FAMILY.variants[0] == "prelu.rank-stochastic"
    layers = {type(layer).__name__ for layer in make().model.layers}
    assert {"PReLU", "RankStochasticPooling2D"} <= layers


def test_every_variant_answers_and_no_two_answer_the_same() -> None:
    logits = {variant: make(variant).predict_logit(X[:2]) for variant in VARIANTS}
    assert all(np.isfinite(logit).all() and logit.shape == (2, 1) for logit in logits.values())
    # One seed gives all of them the same kernels: what differs is activation and pooling.
    assert len({logit.tobytes() for logit in logits.values()}) == 18


def test_nine_layers_hold_weights_and_they_are_few() -> None:
    classifier = make()
    kernels = [weight for weight in classifier.model.weights if len(weight.shape) in (2, 4)]
    assert len(kernels) == 9
    whole = create(ClassifierConfig(input_shape=(256, 256, 1), classes=("no", "yes")))
    assert whole.count_parameters() < 1_000_000


@pytest.mark.slow
def test_evidence_and_bias_are_the_logit_and_the_graph_says_the_same(tmp_path: Path) -> None:
    classifier = make(learning_rate=1e-4).fit(X, Y, epochs=1)
    classifier.export(tmp_path / "model.onnx")
    outputs = Session(tmp_path / "model.onnx").run(X)
    assert np.abs(outputs.logit - classifier.predict_logit(X)).max() < 1e-4
    total = outputs.evidence.mean(axis=(1, 2)) + outputs.bias
    assert np.allclose(total, outputs.logit, atol=1e-4)
    assert (tmp_path / "model.onnx").stat().st_size < 2_000_000


def test_an_unknown_variant_and_weights_of_a_backbone_are_refused() -> None:
    with pytest.raises(DatasetError, match=r"no variant 'relu\.median'; expected one of"):
        make("relu.median")
    with pytest.raises(DatasetError, match="no backbone"):
        make(weights="imagenet")


def test_it_learns_what_can_be_learned() -> None:
    rng = np.random.default_rng(1)
    x = rng.random((64, *SHAPE), dtype=np.float32) * 0.3
    y = np.arange(64, dtype=np.float32) % 2
    x[y == 1, 20:40, 20:40] += 0.6
    scores = make(learning_rate=1e-3).fit(x, y, epochs=20).predict_proba(x)[:, 1]
    assert scores[y == 1].min() > scores[y == 0].max()


def test_the_same_seed_gives_the_same_fit_also_with_drawn_pooling() -> None:
    logits = [make(seed=5).fit(X, Y, epochs=2).predict_logit(X) for _ in range(2)]
    assert np.allclose(logits[0], logits[1], atol=1e-6)


def test_it_trains_in_mixed_precision() -> None:
    classifier = make(mixed_precision=True, learning_rate=1e-4).fit(X, Y, epochs=1)
    assert np.isfinite(classifier.predict_logit(X)).all()
