"""Folds made one run: pooled and fold by fold, with what each fold's calibrator was chosen by."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.split import Folds, fold_split, make_folds
from mammoscope.experiment import breast_calibrator
from mammoscope.experiment.config import TrainConfig
from mammoscope.experiment.evaluate import predict_run
from mammoscope.experiment.pool import pool
from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.readings import list_readings
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.statistics import auc
from mammoscope.experiment.train import train
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.inference.calibrator import AffineCalibrator
from mammoscope.inference.exam import score_breasts
from mammoscope.ledger.durable import write_json

FOLDS = 2


@pytest.fixture(scope="module")
def dataset(phantom_root: Path) -> Dataset:
    """Phantoms as if they lay in files whose length tells nothing."""
    return replace(open_dataset("phantom", phantom_root), size_bytes=lambda record: 1000)


@pytest.fixture(scope="module")
def folds(dataset: Dataset) -> Folds:
    return make_folds(dataset.records, dataset.task, folds=FOLDS, seed=0)


@pytest.fixture(scope="module")
def members(
    dataset: Dataset, folds: Folds, phantom_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> list[RunFolder]:
    out = tmp_path_factory.mktemp("members")
    made = []
    for fold in range(1, FOLDS + 1):
        config = TrainConfig(
            dataset="phantom",
            root=str(phantom_root),
            model="logistic",
            fold=fold,
            preprocess=PreprocessConfig(rows=64, columns=64, extractor="texture@1"),
        )
        split = fold_split(folds, dataset.task, fold=fold, seed=0)
        run = train(dataset, config, out / str(fold), split=split, cache=out / "cache")
        predict_run(run, dataset, ("test",), cache=out / "cache")
        made.append(run)
    return made


def pooled(
    members: list[RunFolder], dataset: Dataset, folds: Folds, out: Path
) -> tuple[RunFolder, dict[str, Any]]:
    run = RunFolder(out)
    pool(run, members, dataset, folds)
    return run, json.loads(run.report.read_text())


def test_each_folds_auc_stands_beside_the_pooled_one(
    members: list[RunFolder], dataset: Dataset, folds: Folds, tmp_path: Path
) -> None:
    run, report = pooled(members, dataset, folds, tmp_path / "run")
    table = Predictions.read(run.predictions)
    assert [of["fold"] for of in report["folds"]] == [1, 2]
    for of in report["folds"]:
        units = {figures["unit"]: figures for figures in of["units"]}
        own = table.take(table.fold == of["fold"])
        image = units["image"]
        assert image["n"] == len(own.path) and image["n_positive"] == own.positive.sum()
        assert units["woman"]["n_patients"] == len(set(own.patient))
        measured = image["metrics"]["auc"]
        assert measured["value"] == pytest.approx(auc(own.score, own.positive))
        assert measured["low"] <= measured["value"] <= measured["high"]
    (whole,) = (of for of in report["parts"]["test"] if of["unit"] == "image")
    assert whole["n"] == sum(of["units"][0]["n"] for of in report["folds"])


def test_a_pool_names_every_device_of_its_members_once(
    members: list[RunFolder], dataset: Dataset, folds: Folds, tmp_path: Path
) -> None:
    elsewhere = RunFolder(tmp_path / "elsewhere")
    shutil.copytree(members[1].path, elsewhere.path)
    training = elsewhere.read_training()
    here = training["device"]
    write_json(elsewhere.training, training | {"device": f"a large GPU; {here}"})
    run, _ = pooled([members[0], elsewhere], dataset, folds, tmp_path / "run")
    assert run.read_training()["device"] == f"{here}; a large GPU"


def test_the_report_and_the_run_say_how_every_calibrator_was_chosen(
    members: list[RunFolder], dataset: Dataset, folds: Folds, tmp_path: Path
) -> None:
    run, report = pooled(members, dataset, folds, tmp_path / "run")
    assert report["calibration"] == run.read_training()["calibration"]
    assert report["calibration"]["women"] == 16
    assert set(report["calibration"]["nested"]) == {"1", "2"}


def test_breasts_of_several_views_have_a_calibrator_where_there_are_enough(
    members: list[RunFolder],
    dataset: Dataset,
    folds: Folds,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, _ = pooled(members, dataset, folds, tmp_path / "few")
    assert run.read_training()["breast_calibrator"] is None
    # Whatever the phantoms' networks have learnt: one breast of either kind is enough here.
    monkeypatch.setattr(breast_calibrator, "LEAST_BREASTS", 4)
    monkeypatch.setattr(breast_calibrator, "LEAST_OF_A_KIND", 1)
    monkeypatch.setattr(breast_calibrator, "fit_platt", lambda *_: AffineCalibrator(2.0, 0.5))
    mended, _ = pooled(members, dataset, folds, tmp_path / "enough")
    assert mended.read_training()["breast_calibrator"] == {
        "kind": "affine",
        "slope": 2.0,
        "intercept": 0.5,
    }
    table, plain = (Predictions.read(one.predictions) for one in (mended, run))
    assert table.score.tolist() == plain.score.tolist()
    expected = score_breasts(table.score, table.breast, AffineCalibrator(2.0, 0.5))
    assert table.breast_score == pytest.approx(expected)


def test_groups_and_what_files_tell_are_in_the_report(
    members: list[RunFolder], dataset: Dataset, folds: Folds, tmp_path: Path
) -> None:
    _, report = pooled(members, dataset, folds, tmp_path / "run")
    names = {of["grouping"] for of in report["subgroups"]["by"]}
    assert {"density", "view", "laterality"} <= names
    assert {"file statistics alone, AUC by image", "file statistics alone, AUC by breast"} <= set(
        report["baselines"]
    )


def test_pooling_is_one_reading_and_pooling_again_a_repeat(
    members: list[RunFolder], dataset: Dataset, folds: Folds, tmp_path: Path
) -> None:
    run, report = pooled(members, dataset, folds, tmp_path / "run")
    assert [(one.by, one.repeat) for one in list_readings(run)] == [("pool", False)]
    assert report["test_readings"]["times"] == 1
    _, again = pooled(members, dataset, folds, tmp_path / "run")
    assert [one.repeat for one in list_readings(run)] == [False, True]
    assert again["test_readings"]["models"] == 1
    # A fold is read when it is scored, by the study that pools it.
    assert [one.by for one in list_readings(members[0])] == ["study"]


def test_no_label_of_a_fold_reaches_its_own_scores(
    members: list[RunFolder], dataset: Dataset, folds: Folds, tmp_path: Path
) -> None:
    """The same members, whose first fold's truth is turned: its scores stay equal to the bit."""
    first = members[0]
    run, _ = pooled(members, dataset, folds, tmp_path / "run")
    one = Predictions.read(first.predictions)
    turned = RunFolder(tmp_path / "turned")
    turned.path.mkdir()
    for source in (*first.graphs, first.preprocess, first.training, first.config, first.history):
        (turned.path / source.name).write_bytes(source.read_bytes())
    replace(one, positive=~one.positive).write(turned.predictions)
    other, _ = pooled([turned, members[1]], dataset, folds, tmp_path / "other")
    before, after = (Predictions.read(of.predictions) for of in (run, other))
    own = before.fold == 1
    for column in ("score", "threshold"):
        assert np.array_equal(getattr(before, column)[own], getattr(after, column)[own]), column
    assert not np.array_equal(before.score[~own], after.score[~own])
