"""Permuted labels: of other women, as many as before; and a run that learnt them is marked."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.split import choose_split, digest, load_split, make_folds
from mammoscope.experiment.compared_run import read_runs
from mammoscope.experiment.config import FitConfig, TrainConfig
from mammoscope.experiment.evaluate import predict_run
from mammoscope.experiment.permuted_labels import is_permuted, permute_labels
from mammoscope.experiment.pool import pool
from mammoscope.experiment.publish import publish
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.train import refit, resume, train
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.types import DatasetError


@pytest.fixture(scope="module")
def dataset(phantom_root: Path) -> Dataset:
    return open_dataset("phantom", phantom_root)


@pytest.fixture(scope="module")
def config(phantom_root: Path) -> TrainConfig:
    return TrainConfig(
        dataset="phantom",
        root=str(phantom_root),
        model="logistic",
        preprocess=PreprocessConfig(rows=64, columns=64, extractor="texture@1"),
    )


@pytest.fixture(scope="module")
def fooled(
    dataset: Dataset, config: TrainConfig, tmp_path_factory: pytest.TempPathFactory
) -> RunFolder:
    asked = replace(config, fit=FitConfig(permute_labels=True))
    return train(dataset, asked, tmp_path_factory.mktemp("fooled") / "run")


def test_womens_labels_go_together_to_other_women() -> None:
    women = np.repeat(np.arange(50), 4)
    labels = np.array([[woman % 2, 0, 0, woman % 3 == 0] for woman in range(50)]).ravel()
    permuted = permute_labels(labels, women.tolist(), seed=0)
    rows = [tuple(row) for row in labels.reshape(50, 4).tolist()]
    found = [tuple(row) for row in permuted.reshape(50, 4).tolist()]
    assert Counter(rows) == Counter(found)
    assert sum(one != other for one, other in zip(rows, found, strict=True)) > 20
    assert np.array_equal(permuted, permute_labels(labels, women.tolist(), seed=0))
    assert not np.array_equal(permuted, permute_labels(labels, women.tolist(), seed=1))


def test_of_women_of_unlike_many_images_no_label_is_lost() -> None:
    rng = np.random.default_rng(0)
    women = rng.integers(0, 30, 200).tolist()
    labels = rng.random(200) < 0.3
    permuted = permute_labels(labels, women, seed=0)
    assert permuted.sum() == labels.sum() and permuted.dtype == labels.dtype
    assert 0.2 < np.mean(permuted != labels) < 0.6


def test_labels_that_cannot_be_permuted_are_refused() -> None:
    with pytest.raises(ValueError, match="expected both"):
        permute_labels(np.ones(3, bool), "abc", seed=0)
    with pytest.raises(ValueError, match="3 labels of 2 patients"):
        permute_labels(np.array([True, False, True]), "ab", seed=0)


def test_a_run_learns_them_and_is_marked_and_its_split_stays_true(
    fooled: RunFolder, dataset: Dataset, config: TrainConfig, tmp_path: Path
) -> None:
    honest = train(dataset, config, tmp_path / "honest")
    assert fooled.read_config().fit.permute_labels
    assert fooled.graph.read_bytes() != honest.graph.read_bytes()
    training = fooled.read_training()
    assert training["dataset"]["name"] == "phantom-permuted-labels"
    assert is_permuted(training["dataset"]["name"])
    assert not is_permuted(honest.read_training()["dataset"]["name"])
    assert "labels of the training women were permuted" in training["dataset"]["notes"][-1]
    assert fooled.split.read_bytes() == honest.split.read_bytes()
    assert training["split_digest"] == digest(load_split(fooled.split, dataset))
    # One that is gone on with stays what it was.
    fooled.training.rename(tmp_path / "training.json")
    try:
        resume(dataset, fooled.path)
        assert fooled.read_training()["graph_sha256"] == training["graph_sha256"]
        assert is_permuted(fooled.read_training()["dataset"]["name"])
    finally:
        (tmp_path / "training.json").replace(fooled.training)


def test_it_is_neither_published_nor_compared_with_an_honest_run_nor_pooled_nor_refitted(
    fooled: RunFolder, dataset: Dataset, config: TrainConfig, tmp_path: Path
) -> None:
    split = choose_split(dataset, seed=0)
    honest = train(dataset, config, tmp_path / "honest", split=split)
    for run in (fooled, honest):
        predict_run(run, dataset, ("test",))
    with pytest.raises(DatasetError, match="'phantom', run 'phantom-permuted-labels'"):
        read_runs([honest, fooled])
    fooled.report.write_text('{"parity": {"largest_score_difference": 0.0}}')
    with pytest.raises(DatasetError, match="learnt from permuted labels"):
        publish(fooled, "made", zoo=tmp_path / "zoo")
    folds = make_folds(dataset.records, dataset.task, folds=2, seed=0)
    with pytest.raises(DatasetError, match="expected honest runs"):
        pool(RunFolder(tmp_path / "pooled"), [fooled], dataset, folds)
    asked = replace(config, fit=FitConfig(permute_labels=True))
    with pytest.raises(DatasetError, match="a network of all women"):
        refit(dataset, asked, tmp_path / "refit", epochs=1)
    assert not (tmp_path / "refit").exists()


def test_no_ensemble_takes_it_in(
    fooled: RunFolder, dataset: Dataset, config: TrainConfig, tmp_path: Path
) -> None:
    members = f"{fooled.path},{tmp_path / 'other'}"
    plain = replace(config.preprocess, extractor=None)
    asked = replace(config, model="ensemble", init=members, preprocess=plain)
    with pytest.raises(DatasetError, match="knows nothing"):
        train(dataset, asked, tmp_path / "ensemble")
