"""The contract that every classifier of the catalog keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from mammoscope.classifiers.catalog import FAMILIES, find_family, survey_models
from mammoscope.classifiers.network import NetworkClassifier
from mammoscope.images.features import EXTRACTORS
from mammoscope.inference.runtime import Session
from mammoscope.types import DatasetError
from tests.classifiers.families import create, export, fit, sample_of

SURVEY = {
    *("cnn", "densenet121", "mobilenetv2", "knn", "logistic", "bpnn", "nine-layer-cnn"),
    *("histology-svm", "kmeans", "fuzzy-cmeans", "ensemble"),
}
# Exports of half a minute and more: what they share with densenet121 is tested with it.
LARGE = ("efficientnetb0", "mobilenetv2", "resnet50")
NAMES = [
    pytest.param(name, marks=pytest.mark.slow if name in (*LARGE, "densenet121") else ())
    for name in sorted(FAMILIES)
]


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def folder(name: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp(name)


@pytest.fixture(scope="module")
def fitted(name: str, folder: Path) -> Any:
    return fit(name, folder)


@pytest.fixture(scope="module")
def graphs(fitted: Any, folder: Path) -> tuple[Path, ...]:
    # Once a family: exporting a DenseNet121 takes half a minute.
    return export(fitted, folder)


def test_the_survey_is_in_the_catalog() -> None:
    assert set(FAMILIES) == SURVEY | set(LARGE)
    assert set(survey_models("mammogram")) == SURVEY - {"histology-svm"}
    assert "histology-svm" in survey_models("histology")
    assert not {"knn", "kmeans"} & set(survey_models("histology"))


def test_it_predicts_one_row_an_image_that_sums_to_one(name: str, fitted: Any) -> None:
    x = sample_of(name).x
    probabilities = fitted.predict_proba(x)
    assert probabilities.shape == (len(x), 2) and probabilities.dtype == np.float32
    assert np.allclose(probabilities.sum(axis=1), 1.0, atol=1e-6)
    assert list(fitted.classes_) == ["no", "yes"]


def test_its_graphs_give_the_same_scores(name: str, fitted: Any, graphs: tuple[Path, ...]) -> None:
    x = sample_of(name).x
    outputs = Session(graphs).run(x)
    assert outputs.logit.shape == (len(x), 1) and outputs.logit.dtype == np.float32
    assert np.abs(outputs.logit - fitted.predict_logit(x)).max() < 1e-4
    one = Session(graphs).run(x[:1])
    assert np.allclose(one.logit, outputs.logit[:1], atol=1e-5)


def test_it_explains_itself(name: str, fitted: Any, graphs: tuple[Path, ...]) -> None:
    outputs = Session(graphs).run(sample_of(name).x)
    extractor = FAMILIES[name].extractor
    if extractor is None:
        # The explanation is exact: evidence and bias are all there is to the logit.
        assert outputs.evidence is not None and outputs.bias is not None
        total = outputs.evidence.mean(axis=(1, 2)) + outputs.bias
        assert np.allclose(total, outputs.logit, atol=1e-4)
    else:
        # By occlusion or by the segmentation, which tests/inference shows at work.
        assert outputs.evidence is None
        assert ("covered" in fitted.explanation) == (EXTRACTORS[extractor].membership is None)
    assert fitted.title == FAMILIES[name].title and "map" in fitted.explanation


def test_its_graphs_tell_nothing_of_the_machine_that_made_them(graphs: tuple[Path, ...]) -> None:
    for graph in graphs:
        model = onnx.load(graph)
        assert not any(node.doc_string or node.metadata_props for node in model.graph.node)
        assert b"site-packages" not in graph.read_bytes()


def test_it_refuses_another_shape(name: str, fitted: Any) -> None:
    wrong = np.zeros((1, *(side // 2 for side in sample_of(name).x.shape[1:])), np.float32)
    with pytest.raises(ValueError, match="shape"):
        fitted.predict_proba(wrong)


def test_the_same_seed_gives_the_same_answers(name: str, fitted: Any, folder: Path) -> None:
    x = sample_of(name).x
    if isinstance(fitted, NetworkClassifier):
        # Their fit is held against itself in test_network.py; here the start is enough.
        answers = [create(name, folder, seed=seed).predict_logit(x[:2]) for seed in (3, 3, 4)]
        assert not np.array_equal(answers[0], answers[2])
    else:
        answers = [fit(name, folder, seed=3).predict_logit(x) for _ in range(2)]
    assert np.array_equal(answers[0], answers[1])


def test_its_parameters_are_counted(fitted: Any) -> None:
    assert fitted.count_parameters() > 0
    macs = fitted.count_macs()
    assert macs is None or macs > 0


@pytest.mark.parametrize(
    ("model", "words"),
    [("resnet", "unknown"), ("cnn.deep", "no variant 'deep'"), ("nine-layer-cnn.relu", "variant")],
)
def test_what_is_not_in_the_catalog_is_refused(model: str, words: str) -> None:
    with pytest.raises(DatasetError, match=words):
        find_family(model)


def test_a_variant_is_found_by_its_name() -> None:
    family, variant = find_family("nine-layer-cnn.leaky-relu.rank-average")
    assert family is FAMILIES["nine-layer-cnn"] and variant == "leaky-relu.rank-average"
    assert find_family("cnn") == (FAMILIES["cnn"], "")
