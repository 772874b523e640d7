"""The scale of a network's logits: measured on what it learnt from, laid over another's."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.split import Folds, fold_split, make_folds
from mammoscope.experiment.config import TrainConfig
from mammoscope.experiment.data import prepare_records
from mammoscope.experiment.evaluate import predict_run
from mammoscope.experiment.graph import run_logits
from mammoscope.experiment.logit_scale import LogitScale
from mammoscope.experiment.pool import pool
from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.publish import ALIGNED, publish
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.train import refit, train
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.ledger.durable import write_json

PREPROCESS = PreprocessConfig(rows=64, columns=64, extractor="texture@1")


def test_logits_are_moved_and_stretched_as_the_other_network_says_them() -> None:
    own, other = LogitScale(1.5, 2.0, 300), LogitScale(-0.5, 0.5, 258)
    assert own.onto(other, np.array([1.5, 3.5, -0.5])) == pytest.approx([-0.5, 0.0, -1.0])
    assert own.onto(own, np.array([0.7, -3.0])) == pytest.approx([0.7, -3.0])


@pytest.mark.parametrize("rounding", [0.0, 3e-8])
def test_a_network_that_says_the_same_of_all_is_only_moved(rounding: float) -> None:
    moved = LogitScale(2.0, rounding, 3).onto(LogitScale(-1.0, 0.5, 9), np.array([2.0, 2.5]))
    assert moved == pytest.approx([-1.0, -0.5])


def test_a_run_of_before_has_none() -> None:
    assert LogitScale.of({"seconds": 3.0}) is None


@pytest.fixture(scope="module")
def dataset(phantom_root: Path) -> Dataset:
    return open_dataset("phantom", phantom_root)


@pytest.fixture(scope="module")
def folds(dataset: Dataset) -> Folds:
    return make_folds(dataset.records, dataset.task, folds=2, seed=0)


@pytest.fixture(scope="module")
def runs(
    dataset: Dataset, folds: Folds, phantom_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[RunFolder], RunFolder]:
    """The networks of both folds, and the one of all women."""
    out = tmp_path_factory.mktemp("runs")
    config = TrainConfig("phantom", str(phantom_root), "logistic", preprocess=PREPROCESS)
    members = []
    for fold in (1, 2):
        split = fold_split(folds, dataset.task, fold=fold, seed=0)
        own = replace(config, fold=fold)
        run = train(dataset, own, out / str(fold), split=split, cache=out / "cache")
        predict_run(run, dataset, ("test",), cache=out / "cache")
        members.append(run)
    return members, refit(dataset, config, out / "all", epochs=1, cache=out / "cache")


def test_a_training_notes_its_scale_on_the_images_that_it_learnt_from(
    runs: tuple[list[RunFolder], RunFolder], dataset: Dataset, folds: Folds, tmp_path: Path
) -> None:
    members, whole = runs
    learnt = fold_split(folds, dataset.task, fold=1, seed=0).train
    for run, records in ((members[0], learnt), (whole, dataset.records)):
        images = prepare_records(dataset, records, PREPROCESS, tmp_path / "cache").x
        logits = run_logits(run.graphs, images)
        noted = LogitScale.of(run.read_training())
        assert noted == LogitScale(logits.mean(), logits.std(), len(records))


def turned_up(run: RunFolder, out: Path, *, by: float, times: float) -> RunFolder:
    """A network that says the same otherwise: every logit is stretched and moved."""
    shutil.copytree(run.path, out)
    other = RunFolder(out)
    table = Predictions.read(run.predictions)
    replace(table, logit=table.logit * times + by).write(other.predictions)
    training = run.read_training()
    scale = training["logit_scale"]
    moved = {"mean": scale["mean"] * times + by, "deviation": scale["deviation"] * times}
    write_json(other.training, training | {"logit_scale": scale | moved})
    return other


def pooled(
    members: list[RunFolder], dataset: Dataset, folds: Folds, out: Path, *, whole: RunFolder
) -> tuple[Predictions, RunFolder]:
    run = RunFolder(out)
    pool(run, members, dataset, folds, refitted=whole)
    return Predictions.read(run.predictions), run


def test_a_networks_own_scale_ranks_nobody(
    runs: tuple[list[RunFolder], RunFolder], dataset: Dataset, folds: Folds, tmp_path: Path
) -> None:
    (first, second), whole = runs
    plain, run = pooled([first, second], dataset, folds, tmp_path / "plain", whole=whole)
    louder = turned_up(second, tmp_path / "louder", by=5.0, times=3.0)
    other, _ = pooled([first, louder], dataset, folds, tmp_path / "other", whole=whole)
    assert other.logit == pytest.approx(plain.logit)
    assert other.score == pytest.approx(plain.score)
    # Within a fold the order stays, and what is published is on the scale of its own graph.
    of_first = Predictions.read(first.predictions).of("test")
    there = plain.take(plain.fold == 1)
    assert np.argsort(there.logit).tolist() == np.argsort(of_first.logit).tolist()
    own, to = (LogitScale.of(one.read_training()) for one in (first, whole))
    assert own is not None and to is not None
    assert there.logit == pytest.approx(own.onto(to, of_first.logit))
    assert run.read_training()["aligned"] is True


def test_where_one_run_noted_none_logits_are_ranked_as_they_are(
    runs: tuple[list[RunFolder], RunFolder], dataset: Dataset, folds: Folds, tmp_path: Path
) -> None:
    (first, second), whole = runs
    older = RunFolder(tmp_path / "older")
    shutil.copytree(second.path, older.path)
    training = second.read_training()
    del training["logit_scale"]
    write_json(older.training, training)
    table, run = pooled([first, older], dataset, folds, tmp_path / "run", whole=whole)
    given = Predictions.join(Predictions.read(one.predictions).of("test") for one in (first, older))
    assert table.logit == pytest.approx(given.logit)
    assert run.read_training()["aligned"] is False


def test_a_card_says_that_logits_were_laid_over_each_other(
    runs: tuple[list[RunFolder], RunFolder], dataset: Dataset, folds: Folds, tmp_path: Path
) -> None:
    members, whole = runs
    _, run = pooled(members, dataset, folds, tmp_path / "run", whole=whole)
    limits = publish(run, "logistic-phantom", zoo=tmp_path / "zoo").card["limits"]
    assert sum(ALIGNED in limit for limit in limits) == 1
