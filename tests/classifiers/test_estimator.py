"""Classical models: what they learn from, that their graphs answer alike, and hold no woman."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import numpy_helper
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mammoscope.classifiers import bpnn, fuzzy_cmeans, kmeans, knn, logistic
from mammoscope.classifiers.classifier import ClassifierConfig, Family
from mammoscope.classifiers.estimator import KEPT, EstimatorClassifier
from mammoscope.classifiers.estimator_graph import LARGEST_LOGIT
from mammoscope.images.features import EXTRACTORS
from mammoscope.types import DatasetError

FAMILIES = {
    "knn": knn.FAMILY,
    "logistic": logistic.FAMILY,
    "bpnn": bpnn.FAMILY,
    "kmeans": kmeans.FAMILY,
    "fuzzy-cmeans": fuzzy_cmeans.FAMILY,
}
FEATURES = 30
ROWS = 240
# A woman has two rows.
WOMEN = [f"woman-{row // 2}" for row in range(ROWS)]
Rows = NDArray[np.float32]


def config(**changes: object) -> ClassifierConfig:
    values: dict[str, Any] = {"input_shape": (FEATURES,), "classes": ("no", "yes"), **changes}
    return ClassifierConfig(**values)


def sample(seed: int = 0) -> tuple[Rows, Rows]:
    """Features of many scales, three of which tell the classes apart; one never changes."""
    rng = np.random.default_rng(seed)
    y = (rng.random(ROWS) < 0.4).astype(np.float32)
    x = rng.normal(size=(ROWS, FEATURES))
    x[:, :3] += 1.5 * y[:, np.newaxis]
    # Like a texture: some in thousandths around 1, some in hundreds.
    x = x * np.logspace(-3, 2, FEATURES) + np.linspace(1, 30, FEATURES)
    x[:, 10] = 0.25
    return x.astype(np.float32), y


def fit(family: Family, **changes: object) -> EstimatorClassifier:
    x, y = sample()
    made = family.create(config(**changes)).fit(x, y, groups=WOMEN)
    assert isinstance(made, EstimatorClassifier)
    return made


@pytest.fixture(scope="module", params=sorted(FAMILIES))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def fitted(name: str) -> EstimatorClassifier:
    return fit(FAMILIES[name])


@pytest.fixture(scope="module")
def graph(fitted: EstimatorClassifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("graph") / "model.onnx"
    fitted.export(path)
    return path


def answers(graph: Path, x: Rows) -> Rows:
    session = onnxruntime.InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    (logit,) = session.run(["logit"], {"features": x})
    return np.asarray(logit)


def arrays_of(graph: Path) -> list[NDArray[Any]]:
    """Every array of numbers that a graph holds, also inside its nodes and their own graphs."""
    found: list[NDArray[Any]] = []

    def look(part: Any) -> None:
        found.extend(numpy_helper.to_array(tensor) for tensor in part.initializer)
        for node in part.node:
            for attribute in node.attribute:
                found.append(np.array(attribute.floats))
                if attribute.HasField("t"):
                    found.append(numpy_helper.to_array(attribute.t))
                if attribute.HasField("g"):
                    look(attribute.g)

    look(onnx.load(graph).graph)
    return [array for array in found if array.size]


def test_its_graph_answers_as_it_does(fitted: EstimatorClassifier, graph: Path) -> None:
    for x in (sample()[0], sample(1)[0], sample(2)[0] * 3):
        logit = answers(graph, x)
        assert logit.shape == (ROWS, 1) and logit.dtype == np.float32
        assert np.abs(logit - fitted.predict_logit(x)).max() <= 1e-4
    assert np.allclose(answers(graph, x[:1]), logit[:1], atol=1e-6)


def test_its_logit_is_that_of_scikit_learns_own_probabilities(fitted: EstimatorClassifier) -> None:
    x, _ = sample(1)
    pipeline = fitted._pipeline
    share = pipeline.predict_proba(x.astype(np.float64))[:, 1]
    k = getattr(pipeline[-1], "n_neighbors", None)
    if k is not None:
        share = (k * share + 0.5) / (k + 1)
    assert np.abs(fitted.predict_proba(x)[:, 1] - share).max() < 1e-6
    assert np.allclose(fitted.predict_proba(x).sum(axis=1), 1, atol=1e-6)


def test_far_from_everything_a_score_is_still_a_number(
    fitted: EstimatorClassifier, graph: Path
) -> None:
    x = np.repeat(np.float32([[-1e6], [1e6]]), FEATURES, axis=1)
    logit = answers(graph, x)
    assert np.abs(logit).max() <= LARGEST_LOGIT
    if not isinstance(fitted, knn.NeighborsClassifier):
        # From this far, all prototypes are as near in float32, and any of them may vote.
        assert np.abs(logit - fitted.predict_logit(x)).max() <= 1e-4


def test_it_learns_what_can_be_learned(fitted: EstimatorClassifier) -> None:
    x, y = sample(1)
    called = fitted.predict_logit(x)[:, 0] > 0
    sensitivity, specificity = called[y == 1].mean(), (~called)[y == 0].mean()
    # What is rarer is found as well: the classes are balanced.
    assert sensitivity > 0.8 and specificity > 0.8


def test_the_same_seed_gives_the_same_numbers(name: str, graph: Path, tmp_path: Path) -> None:
    # All but names, which skl2onnx counts up from graph to graph.
    fit(FAMILIES[name]).export(tmp_path / "again.onnx")
    pairs = zip(arrays_of(graph), arrays_of(tmp_path / "again.onnx"), strict=True)
    assert all(np.array_equal(one, other) for one, other in pairs)


def test_it_keeps_the_features_that_tell_and_scales_those_alone(name: str) -> None:
    x, y = sample()
    here = FAMILIES[name].create(config()).fit(x[:160], y[:160], groups=WOMEN[:160])
    chosen = here._pipeline["select"].get_support()
    assert chosen.sum() == KEPT and chosen[:3].all() and not chosen[10]
    assert len(here._pipeline["scale"].mean_) == KEPT


def test_its_graph_holds_no_row_and_no_trace_of_the_machine(graph: Path) -> None:
    x, _ = sample()
    text = graph.read_bytes()
    assert str(Path.cwd()).encode() not in text and b"site-packages" not in text
    model = onnx.load(graph)
    assert not any(node.doc_string or node.metadata_props for node in model.graph.node)
    for array in arrays_of(graph):
        assert array.size < ROWS
        for row in array.reshape(-1, array.shape[-1]) if array.ndim > 1 else []:
            if row.size == FEATURES:
                assert np.abs(x - row).max(axis=1).min() > 1e-3


def test_every_prototype_is_a_mean_of_five_women_or_more(tmp_path: Path) -> None:
    x, y = sample()
    made = knn.FAMILY.create(config()).fit(x, y, groups=WOMEN)
    rows = made._pipeline[:-1].transform(x.astype(np.float64))
    assert len(made.prototypes_) == len(made.women_) >= 2 * made._pipeline[-1].n_neighbors
    assert made.women_.min() >= knn.FEWEST_WOMEN and made._pipeline[-1].n_neighbors % 2 == 1
    # As many of each class.
    half = len(made.prototypes_) // 2
    assert list(made._pipeline[-1]._y) == [0] * half + [1] * half
    made.export(tmp_path / "model.onnx")
    (prototypes,) = [one for one in arrays_of(tmp_path / "model.onnx") if one.ndim == 2]
    assert np.allclose(prototypes, made.prototypes_, atol=1e-6)
    nearest = np.abs(rows[np.newaxis] - prototypes[:, np.newaxis]).max(axis=2).min()
    assert nearest > 1e-3


def test_a_small_cluster_joins_the_nearest_until_it_holds_five_women() -> None:
    def cluster(at: float, *women: int) -> tuple[Any, Any]:
        return np.full((len(women), 1), at), np.array(women)

    # Six rows, but of two women; four women; and two of five and more.
    clusters = [
        cluster(0.0, 1, 1, 1, 2, 2, 2),
        cluster(1.0, 3, 4, 5, 6),
        cluster(10.0, 11, 12, 13, 14, 15),
        cluster(12.0, 21, 22, 23, 24, 25, 26),
    ]
    merged = knn._merge(clusters)
    assert sorted(len(np.unique(women)) for _, women in merged) == [5, 6, 6]
    assert [rows.mean() for rows, _ in knn._merge(clusters, at_most=2)] == pytest.approx(
        [0.4, 122 / 11]
    )
    assert len(knn._merge(clusters, at_most=1)) == 1


def test_a_class_of_fewer_than_five_women_has_no_prototype() -> None:
    x, y = sample()
    few = np.flatnonzero(y == 1)[:8]
    rows = np.concatenate([few, np.flatnonzero(y == 0)])
    # Eight rows of four women.
    groups = [str(i // 2) for i in range(8)] + [f"other-{i}" for i in range(len(rows) - 8)]
    with pytest.raises(DatasetError, match="fewer than 5 women"):
        knn.FAMILY.create(config()).fit(x[rows], y[rows], groups=groups)


def test_without_groups_each_row_is_a_woman() -> None:
    x, y = sample()
    made = knn.FAMILY.create(config()).fit(x, y)
    assert made.women_.sum() == ROWS


def test_rows_of_another_shape_are_refused(fitted: EstimatorClassifier) -> None:
    for wrong in (np.zeros((2, FEATURES - 1)), np.zeros((2, FEATURES, 1)), np.zeros(FEATURES)):
        with pytest.raises(ValueError, match="shape"):
            fitted.predict_proba(wrong.astype(np.float32))
    x, y = sample()
    with pytest.raises(ValueError, match="shape"):
        logistic.FAMILY.create(config()).fit(x, y[:-1])


def test_what_it_cannot_learn_from_is_refused() -> None:
    x, y = sample()
    with pytest.raises(DatasetError, match="two classes apart"):
        logistic.FAMILY.create(config(classes=("a", "b", "c")))
    with pytest.raises(DatasetError, match="no weights to start from"):
        knn.FAMILY.create(config(weights="imagenet"))
    with pytest.raises(DatasetError, match="images of both classes"):
        bpnn.FAMILY.create(config()).fit(x, np.zeros_like(y))
    unfitted = bpnn.FAMILY.create(config())
    for ask in (lambda: unfitted.predict_logit(x), unfitted.count_parameters):
        with pytest.raises(DatasetError, match="not fitted"):
            ask()


def test_parameters_are_counted() -> None:
    scaling = 2 * KEPT
    assert fit(FAMILIES["logistic"]).count_parameters() == scaling + KEPT + 1
    hidden = bpnn.HIDDEN_UNITS
    weights = KEPT * hidden + hidden + hidden + 1
    assert fit(FAMILIES["bpnn"]).count_parameters() == scaling + weights
    neighbors = fit(FAMILIES["knn"])
    assert isinstance(neighbors, knn.NeighborsClassifier)
    assert neighbors.count_parameters() == scaling + neighbors.prototypes_.size
    assert neighbors.count_macs() is None


def test_balanced_weights_are_those_of_balanced_classes() -> None:
    x, y = sample()
    made = fit(FAMILIES["logistic"])
    rows = x[:, made._pipeline["select"].get_support()].astype(np.float64)
    known = LogisticRegression(C=logistic.C, class_weight="balanced")
    expected = make_pipeline(StandardScaler(), known).fit(rows, y).decision_function(rows)
    assert made.predict_logit(x)[:, 0] == pytest.approx(expected, abs=2e-3)


def test_it_says_what_its_map_shows(name: str, fitted: EstimatorClassifier) -> None:
    family = FAMILIES[name]
    assert family.title == fitted.title and family.modalities == ("mammogram",)
    segments = EXTRACTORS[str(family.extractor)].membership is not None
    assert "map" in fitted.explanation and ("covered" in fitted.explanation) == (not segments)
    assert family.preset == ("regions" if segments else "plain")
