"""A network behind scikit-learn's words: training, precision, colour and more than two classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mammoscope.classifiers.catalog import CLASSIFIERS
from mammoscope.classifiers.classifier import ClassifierConfig
from mammoscope.classifiers.network import NetworkClassifier
from mammoscope.inference.runtime import Session

SHAPE = (64, 64, 1)
X = np.random.default_rng(0).random((6, *SHAPE), dtype=np.float32)
Y = np.array([0, 1, 0, 1, 0, 1], dtype=np.float32)


def create(name: str, **changes: object) -> NetworkClassifier:
    return CLASSIFIERS[name](ClassifierConfig(input_shape=SHAPE, classes=("no", "yes"), **changes))


def test_a_half_size_graph_is_the_rounded_model(tmp_path: Path) -> None:
    """On the CNN; `test_slow.py` does it with the DenseNet121, whose size asks for it."""
    classifier = create("cnn", learning_rate=1e-4).fit(X, Y, epochs=1)
    classifier.export(tmp_path / "full.onnx")
    classifier.round_to_float16()
    classifier.export(tmp_path / "half.onnx", half=True)
    logits = Session(tmp_path / "half.onnx").run(X).logit
    assert np.abs(logits - classifier.predict_logit(X)).max() < 1e-4
    sizes = [(tmp_path / name).stat().st_size for name in ("half.onnx", "full.onnx")]
    assert sizes[0] < 0.65 * sizes[1]


def test_the_same_seed_gives_the_same_fit() -> None:
    logits = [
        create("cnn", seed=5, learning_rate=1e-4).fit(X, Y, epochs=2).predict_logit(X)
        for _ in range(2)
    ]
    assert np.allclose(logits[0], logits[1], atol=1e-6)


def test_training_lowers_the_loss_on_what_can_be_learned() -> None:
    rng = np.random.default_rng(1)
    x = rng.random((64, *SHAPE), dtype=np.float32) * 0.3
    y = np.arange(64, dtype=np.float32) % 2
    x[y == 1, 20:40, 20:40] += 0.6
    classifier = create("cnn", learning_rate=1e-3).fit(x, y, epochs=40)
    scores = classifier.predict_proba(x)[:, 1]
    assert scores[y == 1].min() > scores[y == 0].max()


def test_mixed_precision_trains_and_answers_in_float32(tmp_path: Path) -> None:
    classifier = create("cnn", mixed_precision=True, learning_rate=1e-4).fit(X, Y, epochs=1)
    classifier.export(tmp_path / "model.onnx")
    logits = Session(tmp_path / "model.onnx").run(X).logit
    assert np.abs(logits - classifier.predict_logit(X)).max() < 1e-4


def test_more_than_two_classes_have_one_logit_each(tmp_path: Path) -> None:
    config = ClassifierConfig(input_shape=SHAPE, classes=("a", "b", "c"), learning_rate=1e-4)
    classifier = CLASSIFIERS["cnn"](config).fit(X, np.array([0, 1, 2, 0, 1, 2]), epochs=1)
    assert np.allclose(classifier.predict_proba(X).sum(axis=1), 1.0, atol=1e-6)
    classifier.export(tmp_path / "model.onnx")
    outputs = Session(tmp_path / "model.onnx").run(X)
    assert outputs.logit.shape == (6, 3)
    total = outputs.evidence.mean(axis=(1, 2)) + outputs.bias
    assert np.allclose(total, outputs.logit, atol=1e-4)


@pytest.mark.parametrize("name", ["cnn", "densenet121", "mobilenetv2"])
def test_colour_goes_in_as_it_is(name: str) -> None:
    config = ClassifierConfig(input_shape=(64, 64, 3), classes=("no", "yes"), seed=1)
    classifier = CLASSIFIERS[name](config)
    x = np.random.default_rng(0).random((2, 64, 64, 3), dtype=np.float32)
    turned = classifier.predict_logit(np.ascontiguousarray(x[..., ::-1]))
    # A random MobileNetV2's logits are next to 0: only relative differences count.
    assert not np.allclose(classifier.predict_logit(x), turned, rtol=1e-3, atol=0.0)
    assert classifier.count_macs() > 0


@pytest.mark.slow
def test_a_graph_of_three_channels_gives_the_same_scores(tmp_path: Path) -> None:
    config = ClassifierConfig(input_shape=(64, 64, 3), classes=("no", "yes"))
    classifier = CLASSIFIERS["cnn"](config)
    classifier.export(tmp_path / "model.onnx")
    x = np.random.default_rng(0).random((2, 64, 64, 3), dtype=np.float32)
    logits = Session(tmp_path / "model.onnx").run(x).logit
    assert np.abs(logits - classifier.predict_logit(x)).max() < 1e-4
