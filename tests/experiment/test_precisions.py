"""A network in bfloat16 and int8 is measured on women of its own test part, and published."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.dataset import ABNORMAL, Dataset
from mammoscope.datasets.phantom import PhantomConfig
from mammoscope.datasets.phantom_set import write
from mammoscope.datasets.split import choose_split, digest
from mammoscope.experiment import precisions as module
from mammoscope.experiment.local_calibration import calibrate_published
from mammoscope.experiment.precisions import match_thresholds, measure_precisions
from mammoscope.inference.card import (
    GRAPH_FILE,
    INT8_FILE,
    PREPROCESS_FILE,
    PublishedModel,
    at_precision,
    read_card,
    write_card,
)
from mammoscope.inference.predictor import Predictor
from mammoscope.inference.store import ModelStore
from mammoscope.types import DatasetError, MammoscopeError, Record
from tests.published import ask, write_features_model, write_tiny_model


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    root = tmp_path_factory.mktemp("women")
    write(root, women=24, seed=5, config=PhantomConfig(rows=160, columns=128))
    return open_dataset("phantom", root)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory, dataset: Dataset) -> PublishedModel:
    zoo = tmp_path_factory.mktemp("zoo")
    write_tiny_model(zoo, "tiny", seed=1)
    ask(zoo, "tiny@1", ABNORMAL)
    model = read_card(zoo / "tiny@1")
    trained = {"split_digest": digest(choose_split(dataset, seed=0))}
    write_card(replace(model, card={**model.card, **trained}))
    return ModelStore(zoo).open("tiny")


@pytest.fixture(scope="module")
def published(source: PublishedModel, dataset: Dataset, cache: Path) -> PublishedModel:
    return measure_precisions(
        source, dataset, zoo=source.folder.parent, precisions=("int8",), cache=cache
    )


def test_the_model_stays_what_it_was(source: PublishedModel, published: PublishedModel) -> None:
    assert published.reference == "tiny@2"
    for name in (GRAPH_FILE, PREPROCESS_FILE):
        assert (published.folder / name).read_bytes() == (source.folder / name).read_bytes()
    assert published.calibrator == source.calibrator
    assert published.operating_points == source.operating_points
    assert published.card == source.card


def test_what_was_measured_is_in_its_card(published: PublishedModel, dataset: Dataset) -> None:
    measured = published.precisions["int8"]
    assert measured.n_images == len(choose_split(dataset, seed=0).test)
    assert 0 < measured.score_change_max <= 1 and measured.speedup > 0
    assert measured.runtime.startswith("openvino 20")
    assert [point.name for point in measured.operating_points] == [
        point.name for point in published.operating_points
    ]
    assert (published.folder / INT8_FILE).is_file() is measured.admitted


def test_an_admitted_one_answers_from_the_quantised_graph(
    source: PublishedModel, dataset: Dataset, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mammoscope.inference.precision.MOST_FLIPPED", 1.0)
    monkeypatch.setattr("mammoscope.inference.precision.MOST_AUC_CHANGE", 1.0)
    zoo = source.folder.parent
    new = measure_precisions(source, dataset, zoo=zoo, precisions=("int8",), cache=cache)
    fast = at_precision(new, "int8")
    assert fast.graphs == (new.folder / INT8_FILE,)
    image = dataset.load(dataset.records[0])
    answer, plain = Predictor(fast).predict(image), Predictor(new).predict(image)
    assert answer.precision == "int8" and answer.score is not None and plain.score is not None
    assert answer.score != plain.score
    assert answer.operating_point == new.precisions["int8"].operating_points[0]


def test_the_test_part_is_opened_when_all_is_settled(
    source: PublishedModel, dataset: Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    split = choose_split(dataset, seed=0)
    test = {record.path for record in split.test}
    seen: list[str] = []
    settle = module._settle

    def load(record: Record) -> object:
        seen.append(record.path)
        return dataset.load(record)

    def settled(*given: object) -> object:
        answer = settle(*given)  # type: ignore[arg-type]
        assert not test & set(seen)
        return answer

    monkeypatch.setattr(module, "_settle", settled)
    watched = replace(dataset, load=load)
    measure_precisions(source, watched, zoo=tmp_path, precisions=("int8",))
    assert test <= set(seen)


def test_another_split_is_refused(source: PublishedModel, dataset: Dataset, tmp_path: Path) -> None:
    other = choose_split(dataset, seed=1)
    for words in ({"split_seed": 1}, {"split": other}):
        with pytest.raises(
            DatasetError, match=r"digest .* was trained on .*--split-seed or .*--spl"
        ):
            measure_precisions(source, dataset, zoo=tmp_path, **words)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_split_that_no_seed_draws_can_be_given(
    source: PublishedModel, dataset: Dataset, tmp_path: Path
) -> None:
    split = choose_split(dataset, seed=1)
    model = replace(source, card={**source.card, "split_digest": digest(split)})
    new = measure_precisions(model, dataset, zoo=tmp_path, precisions=("int8",), split=split)
    assert new.precisions["int8"].n_images == len(split.test)


def test_what_is_no_network_is_refused(dataset: Dataset, tmp_path: Path) -> None:
    write_features_model(tmp_path, "beta", extractor="texture@1", explained_by="occlusion")
    with pytest.raises(DatasetError, match="beta@1 is no single network"):
        measure_precisions(ModelStore(tmp_path).open("beta"), dataset, zoo=tmp_path)


def test_one_that_was_calibrated_on_others_is_refused(
    source: PublishedModel, dataset: Dataset, tmp_path: Path
) -> None:
    other = replace(source, card={**source.card, "calibrated_on": {}})
    with pytest.raises(DatasetError, match="calibrated on other women"):
        measure_precisions(other, dataset, zoo=tmp_path)


def test_without_the_runtime_nothing_is_read(
    source: PublishedModel, dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "openvino", None)
    with pytest.raises(MammoscopeError, match="not installed"):
        measure_precisions(source, dataset, zoo=tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_matched_threshold_gives_the_verdicts_of_the_reference() -> None:
    reference = np.random.default_rng(0).random(200)
    # Another scale, and the order is the same.
    scores = 0.2 + 0.5 * reference**2
    matched = match_thresholds(scores, reference, {"youden": 0.4, "sensitivity_90": 0.1})
    for name, threshold in (("youden", 0.4), ("sensitivity_90", 0.1)):
        assert np.array_equal(scores >= matched[name], reference >= threshold)
        assert matched[name] not in scores


def test_a_matched_threshold_flips_as_few_as_can_be() -> None:
    reference = np.array([0.1, 0.2, 0.6, 0.7, 0.8])
    scores = np.array([0.1, 0.5, 0.4, 0.7, 0.8])
    matched = match_thresholds(scores, reference, {"youden": 0.5})["youden"]
    assert int(np.sum((scores >= matched) != (reference >= 0.5))) == 1


def test_what_is_calibrated_on_other_women_is_measured_anew(
    published: PublishedModel, dataset: Dataset, tmp_path: Path, cache: Path
) -> None:
    assert published.precisions
    assert calibrate_published(published, dataset, zoo=tmp_path, cache=cache).precisions == {}
