"""CNN + SVM: the SVM takes the softmax head's place, and is published as a stage of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from sklearn.svm import LinearSVC

from mammoscope.classifiers.catalog import CLASSIFIERS
from mammoscope.classifiers.classifier import ClassifierConfig
from mammoscope.classifiers.network import NetworkClassifier
from mammoscope.inference.runtime import Session
from mammoscope.types import DatasetError

SHAPE = (48, 48, 3)
FOUR = ("normal", "benign", "in situ", "invasive")


def stained(count: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures with the more dark spots the higher their class."""
    rng = np.random.default_rng(5)
    y = np.arange(count) % classes
    x = 0.8 + 0.1 * rng.random((count, *SHAPE), dtype=np.float32)
    for picture, label in zip(x, y, strict=True):
        for _ in range(4 + 10 * label):
            row, column = rng.integers(0, 44, size=2)
            picture[row : row + 4, column : column + 4] *= np.float32([0.5, 0.3, 0.7])
    return x, y.astype(np.float32)


def create(classes: tuple[str, ...] = ("no", "yes"), **changes: object) -> NetworkClassifier:
    config = ClassifierConfig(input_shape=SHAPE, classes=classes, learning_rate=3e-3, **changes)
    return CLASSIFIERS["histology-svm"](config)


@pytest.fixture(scope="module", params=[2, 4])
def fitted(request: pytest.FixtureRequest) -> tuple[NetworkClassifier, np.ndarray, np.ndarray]:
    x, y = stained(64, request.param)
    classifier = create(FOUR[: request.param]).fit(x, y, epochs=12)
    classifier.fit_head(x, y)
    return classifier, x, y


def test_it_learns_what_can_be_learned(
    fitted: tuple[NetworkClassifier, np.ndarray, np.ndarray],
) -> None:
    classifier, x, y = fitted
    probabilities = classifier.predict_proba(x)
    assert probabilities.shape == (64, len(classifier.classes_))
    assert np.allclose(probabilities.sum(axis=1), 1.0, atol=1e-6)
    assert (probabilities.argmax(axis=1) == y).mean() > 0.8


def test_its_two_stages_answer_as_it_does_and_explain_each_class(
    fitted: tuple[NetworkClassifier, np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    classifier, x, _ = fitted
    classifier.export(tmp_path / "model.onnx")
    classifier.export_features(tmp_path / "features.onnx")
    outputs = Session([tmp_path / "features.onnx", tmp_path / "model.onnx"]).run(x)
    assert np.abs(outputs.logit - classifier.predict_logit(x)).max() < 1e-3
    assert np.allclose(outputs.evidence.mean(axis=(1, 2)) + outputs.bias, outputs.logit, atol=1e-4)


def test_the_plane_is_the_one_that_scikit_learn_found(tmp_path: Path) -> None:
    x, y = stained(40, 2)
    classifier = create().fit(x, y, epochs=2)
    arrays = classifier.fit_head(x, y)
    means = classifier._means(x)
    standard = (means - means.mean(axis=0)) / np.maximum(means.std(axis=0), 1e-6)
    svm = LinearSVC(C=0.01, class_weight="balanced", random_state=0).fit(standard, y)
    expected = svm.decision_function(standard)
    assert np.allclose(classifier.predict_logit(x)[:, 0], expected, atol=1e-4)
    # What is published is the plane: as many numbers as features, and no patch.
    classifier.export(tmp_path / "model.onnx")
    stored = onnx.load(tmp_path / "model.onnx").graph.initializer
    largest = max(numpy_helper.to_array(tensor).size for tensor in stored)
    assert largest == arrays["kernel"].size == means.shape[1]


def test_a_head_that_was_kept_gives_the_answers_back() -> None:
    x, y = stained(20, 2)
    classifier = create().fit(x, y, epochs=1)
    before = classifier.predict_logit(x)
    arrays = classifier.fit_head(x, y)
    after = classifier.predict_logit(x)
    assert not np.allclose(before, after)
    again = create()
    again.model.set_weights(classifier.model.get_weights())
    again.load_head(arrays)
    assert np.allclose(again.predict_logit(x), after, atol=1e-6)


def test_the_softmax_head_is_a_network_of_one_stage() -> None:
    x, y = stained(20, 4)
    classifier = create(FOUR, variant="softmax").fit(x, y, epochs=1)
    assert not classifier.has_features_graph and classifier.fit_head(x, y) == {}
    assert classifier.predict_logit(x).shape == (20, 4)


def test_a_larger_patch_has_more_blocks_and_a_map_of_as_many_cells() -> None:
    for side, blocks in ((96, 3), (512, 5)):
        config = ClassifierConfig(input_shape=(side, side, 3), classes=("no", "yes"))
        model = CLASSIFIERS["histology-svm"](config).model
        names = [layer.name for layer in model.layers if layer.name.endswith("_pool")]
        assert sum(name.startswith("block") for name in names) == blocks
        assert model.get_layer("features_relu").output.shape[1] <= 16


def test_it_is_not_exported_before_the_svm_is_fitted(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="not fitted"):
        create().export(tmp_path / "model.onnx")
    with pytest.raises(DatasetError, match="no backbone"):
        create(weights="imagenet")
