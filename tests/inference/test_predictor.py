"""A predictor answers with the score, the verdict at its threshold and the map, or says why not."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.images.preprocess import prepare
from mammoscope.images.presets import PRESETS
from mammoscope.images.segment import find_breast
from mammoscope.inference import predictor as module
from mammoscope.inference.card import GRAPH_FILE, PublishedModel
from mammoscope.inference.predictor import Predictor
from mammoscope.inference.runtime import Session
from mammoscope.inference.store import ModelStore
from mammoscope.types import BreastImage, ModelIntegrityError, Prediction, Source
from tests.published import CELLS, write_tiny_model

IMAGE = make_phantom(3, laterality="R", view="MLO", config=PhantomConfig(masses=1)).image
BLANK = BreastImage(np.zeros((600, 500), np.float32))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> PublishedModel:
    zoo = tmp_path_factory.mktemp("zoo")
    write_tiny_model(zoo, "alpha", seed=1)
    return ModelStore(zoo).open("alpha")


@pytest.fixture(scope="module")
def predictor(model: PublishedModel) -> Predictor:
    return Predictor(model, threads=1)


@pytest.fixture(scope="module")
def answer(predictor: Predictor) -> Prediction:
    return predictor.predict(IMAGE, heatmap=True)


def at_threshold(model: PublishedModel, threshold: float) -> Predictor:
    point = replace(model.operating_points[0], threshold=threshold)
    return Predictor(
        replace(model, operating_points=(point, *model.operating_points[1:])), threads=1
    )


def test_the_score_is_the_calibrated_logit_of_the_prepared_image(
    model: PublishedModel, answer: Prediction
) -> None:
    prepared = prepare(IMAGE, model.preprocess)
    logit = float(Session(model.graph, threads=1).run(prepared.array[np.newaxis]).logit[0, 0])
    assert answer.score == pytest.approx(1 / (1 + np.exp(-(0.7 * logit - 0.2))), abs=1e-9)
    assert 0.0 < answer.score < 1.0


def test_the_scores_name_both_classes_and_sum_to_1(answer: Prediction) -> None:
    assert list(answer.scores) == ["no cancer", "cancer"]
    assert answer.scores["cancer"] == answer.score
    assert sum(answer.scores.values()) == pytest.approx(1.0)


def test_the_answer_names_the_model_and_its_first_operating_point(
    model: PublishedModel, answer: Prediction
) -> None:
    assert answer.model == "alpha@1"
    assert answer.operating_point == model.operating_points[0]
    assert answer.reason is None


def test_a_score_at_the_threshold_is_suspicious_and_one_below_is_not(
    model: PublishedModel, answer: Prediction
) -> None:
    assert answer.score is not None
    assert at_threshold(model, answer.score).predict(IMAGE).verdict == "suspicious"
    above = float(np.nextafter(answer.score, 1.0))
    assert at_threshold(model, above).predict(IMAGE).verdict == "not suspicious"
    assert at_threshold(model, 0.0).predict(IMAGE).verdict == "suspicious"


def test_the_map_adds_up_to_the_logit_of_the_score(
    model: PublishedModel, answer: Prediction
) -> None:
    heatmap = answer.heatmap
    assert heatmap is not None and answer.score is not None
    assert heatmap.grid.shape == (CELLS, CELLS)
    logit = np.array(heatmap.grid.mean(dtype=np.float64) + heatmap.bias)
    assert float(model.calibrator.score(logit)) == pytest.approx(answer.score, abs=1e-6)
    assert heatmap.scale == model.heatmap_scale
    assert heatmap.geometry == prepare(IMAGE, model.preprocess).geometry
    assert heatmap.geometry.mirrored


def test_the_map_comes_only_when_it_is_asked_for_and_changes_no_score(
    predictor: Predictor, answer: Prediction
) -> None:
    plain = predictor.predict(IMAGE)
    assert plain.heatmap is None and predictor.predict(IMAGE, heatmap=False).heatmap is None
    assert (plain.score, plain.scores, plain.verdict) == (
        answer.score,
        answer.scores,
        answer.verdict,
    )


def test_one_image_has_one_score_to_the_bit(
    model: PublishedModel, predictor: Predictor, answer: Prediction
) -> None:
    copy = replace(IMAGE, pixels=IMAGE.pixels.copy())
    assert predictor.predict(copy).score == answer.score
    assert Predictor(model, threads=2).predict(IMAGE).score == answer.score


def test_another_image_has_another_score(predictor: Predictor, answer: Prediction) -> None:
    plain = make_phantom(3, laterality="R", view="MLO").image
    assert predictor.predict(plain).score != answer.score


def test_a_breast_that_was_found_already_is_used(
    predictor: Predictor, answer: Prediction, monkeypatch: pytest.MonkeyPatch
) -> None:
    breast = find_breast(IMAGE)
    monkeypatch.setattr(module, "find_breast", lambda image: pytest.fail("searched again"))
    assert predictor.predict(IMAGE, breast=breast).score == answer.score


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (BLANK, "blank"),
        (replace(IMAGE, modality="histology"), "histology"),
        (replace(IMAGE, source=Source("dicom", 12, for_processing=True)), "FOR PROCESSING"),
    ],
)
def test_what_should_not_be_judged_gets_a_reason_and_no_score(
    predictor: Predictor, model: PublishedModel, image: BreastImage, words: str
) -> None:
    answer = predictor.predict(image, heatmap=True)
    assert answer.verdict == "cannot assess"
    assert answer.score is None and answer.scores == {} and answer.heatmap is None
    assert answer.reason is not None and words in answer.reason
    assert answer.operating_point == model.operating_points[0]
    assert answer.model == "alpha@1"
    assert set(answer.milliseconds) == {"check"}


def test_what_should_not_be_judged_never_reaches_the_network(model: PublishedModel) -> None:
    absent = Predictor(replace(model, folder=model.folder / "absent"))
    assert absent.predict(BLANK).verdict == "cannot assess"
    with pytest.raises(ModelIntegrityError, match="cannot be loaded"):
        absent.predict(IMAGE)


def test_warnings_of_the_image_are_in_the_answer(predictor: Predictor) -> None:
    warned = Source("png", 8, warnings=("The image was turned.",))
    for image in (replace(IMAGE, source=warned), replace(BLANK, source=warned)):
        assert "The image was turned." in predictor.predict(image).warnings


def test_each_step_has_its_milliseconds(answer: Prediction) -> None:
    assert list(answer.milliseconds) == ["check", "prepare", "network", "explain"]
    assert all(0 <= value < 60_000 for value in answer.milliseconds.values())


class CountedSession(Session):
    """Counts how often a graph is loaded and run, and loads slowly."""

    loads: list[int]
    runs: list[np.ndarray]

    def __init__(self, graph: Path, *, threads: int = 0) -> None:
        self.loads.append(threads)
        time.sleep(0.05)
        super().__init__(graph, threads=threads)

    def run(self, arrays: np.ndarray) -> module.Outputs:
        self.runs.append(arrays)
        return super().run(arrays)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> type[CountedSession]:
    monkeypatch.setattr(CountedSession, "loads", [], raising=False)
    monkeypatch.setattr(CountedSession, "runs", [], raising=False)
    monkeypatch.setattr(module, "Session", CountedSession)
    return CountedSession


def test_a_graph_is_loaded_once_and_not_before_it_is_needed(
    model: PublishedModel, counted: type[CountedSession]
) -> None:
    predictor = Predictor(model, threads=1)
    predictor.predict(BLANK)
    assert counted.loads == []
    predictor.predict(IMAGE)
    predictor.predict(IMAGE)
    assert counted.loads == [1] and len(counted.runs) == 2


def test_warming_up_loads_and_runs_once_each_time_and_moves_no_score(
    model: PublishedModel, counted: type[CountedSession], answer: Prediction
) -> None:
    predictor = Predictor(model, threads=1)
    predictor.warm_up()
    assert counted.loads == [1]
    assert counted.runs[0].shape == (1, model.preprocess.rows, model.preprocess.columns, 1)
    predictor.warm_up()
    assert counted.loads == [1] and len(counted.runs) == 2
    assert predictor.predict(IMAGE).score == answer.score


def test_threads_that_come_first_together_load_one_graph_and_get_one_score(
    model: PublishedModel, counted: type[CountedSession], answer: Prediction
) -> None:
    predictor = Predictor(model, threads=1)
    start = threading.Barrier(6)

    def ask(_: int) -> float | None:
        start.wait()
        return predictor.predict(IMAGE, breast=breast).score

    breast = find_breast(IMAGE)
    with ThreadPoolExecutor(6) as pool:
        scores = list(pool.map(ask, range(6)))
    assert counted.loads == [1]
    assert set(scores) == {answer.score}


def test_a_graph_that_could_not_be_loaded_is_tried_again(
    model: PublishedModel, tmp_path: Path, answer: Prediction
) -> None:
    predictor = Predictor(replace(model, folder=tmp_path), threads=1)
    with pytest.raises(ModelIntegrityError):
        predictor.predict(IMAGE)
    (tmp_path / GRAPH_FILE).write_bytes(model.graph.read_bytes())
    assert predictor.predict(IMAGE).score == answer.score


def test_a_model_of_three_channels_answers_from_its_own_colours(tmp_path: Path) -> None:
    write_tiny_model(tmp_path, "colour", seed=1, preprocess=PRESETS["paper"])
    model = ModelStore(tmp_path).open("colour")
    assert model.preprocess == PRESETS["paper"]
    predictor = Predictor(model, threads=1)
    predictor.warm_up()
    answer = predictor.predict(IMAGE, heatmap=True)
    array = prepare(IMAGE, PRESETS["paper"]).array
    assert array.shape == (256, 256, 3)
    outputs = Session(model.graph, threads=1).run(array[np.newaxis])
    logit = float(outputs.logit[0, 0])
    assert answer.score == pytest.approx(1 / (1 + np.exp(-(0.7 * logit - 0.2))), abs=1e-9)
    assert answer.heatmap is not None
    assert np.array_equal(answer.heatmap.grid, outputs.evidence[0, :, :, 0])
