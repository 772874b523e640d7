"""Figures of maps in a run's report: of one training, of folds, and none where there is no map."""

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
from mammoscope.experiment.config import FitConfig, TrainConfig
from mammoscope.experiment.evaluate import evaluate, predict_run
from mammoscope.experiment.film_maps import FilmMaps
from mammoscope.experiment.graph import run_evidence
from mammoscope.experiment.localisation import ExplainedFilm
from mammoscope.experiment.map_figures import CURVE, enlarge, measure_localisation
from mammoscope.experiment.pool import pool
from mammoscope.experiment.prepared import PreparedImages
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.train import train
from mammoscope.images.preprocess import PreprocessConfig
from tests.experiment.test_evaluate import no_costs

FOLDS = 2
# Used by each test of this file, too.
assert no_costs


@pytest.fixture(scope="module")
def dataset(phantom_root: Path) -> Dataset:
    return open_dataset("phantom", phantom_root)


@pytest.fixture(scope="module")
def folds(dataset: Dataset) -> Folds:
    return make_folds(dataset.records, dataset.task, folds=FOLDS, seed=0)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def trained(
    dataset: Dataset,
    folds: Folds,
    phantom_root: Path,
    cache: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> list[RunFolder]:
    """A network a fold, of one epoch: what it knows is no matter."""
    out = tmp_path_factory.mktemp("trained")
    runs = []
    for fold in range(1, FOLDS + 1):
        config = TrainConfig(
            dataset="phantom",
            root=str(phantom_root),
            model="cnn",
            init="none",
            fold=fold,
            fit=FitConfig(epochs=1, batch_size=8, mixed_precision=False),
            preprocess=PreprocessConfig(rows=64, columns=64),
        )
        split = fold_split(folds, dataset.task, fold=fold, seed=0)
        runs.append(train(dataset, config, out / str(fold), split=split, cache=cache))
    return runs


@pytest.fixture
def runs(trained: list[RunFolder], tmp_path: Path) -> list[RunFolder]:
    """Copies that a test may spoil."""
    copies = []
    for number, run in enumerate(trained):
        shutil.copytree(run.path, tmp_path / str(number))
        copies.append(RunFolder(tmp_path / str(number)))
    return copies


def report_of(run: RunFolder) -> dict[str, Any]:
    return dict(json.loads(run.report.read_text(encoding="utf-8")))


def know(film: ExplainedFilm) -> np.ndarray:
    """A map (16, 16) that rises towards the middle of the nearest circle."""
    points = replace(film, grid=np.zeros((16, 16)), inside=None).points()
    map_ = np.zeros((16, 16), dtype=np.float32)
    for number, one in enumerate(film.lesions):
        near = -np.hypot(points[..., 0] - one.x, points[..., 1] - one.y)
        map_ = near if number == 0 else np.maximum(map_, near)
    return map_.astype(np.float32)


def test_an_evaluated_run_says_whether_its_map_points(
    runs: list[RunFolder], dataset: Dataset, folds: Folds, cache: Path
) -> None:
    run = runs[0]
    found = evaluate(run, dataset, cache=cache)["localisation"]
    assert report_of(run)["localisation"] == found
    test = fold_split(folds, dataset.task, fold=1, seed=0).test
    circled = [record for record in test if record.lesions]
    assert found["n"] == len(circled)
    assert found["n_patients"] == len({record.patient for record in circled})
    assert found["n_lesions"] == sum(len(record.lesions) for record in circled)
    assert found["n_of_froc"] == len(test)
    rows = [found["pointing"]["cell"], found["pointing"]["interpolated"], found["overlap"]]
    for row in rows:
        for name in ("value", "chance", "excess"):
            assert row[name]["low"] <= row[name]["value"] <= row[name]["high"]
        assert row["excess"]["value"] == pytest.approx(
            row["value"]["value"] - row["chance"]["value"]
        )
    assert [row["rate"] for row in found["froc"]] == list(CURVE)
    assert {0.25, 0.5, 1.0, 2.0, 4.0} <= set(CURVE)
    assert run.test_readings.is_file() and report_of(run)["test_readings"]["times"] == 1


def test_the_maps_are_those_of_the_test_films_and_the_threshold_of_validation_women(
    runs: list[RunFolder], dataset: Dataset, folds: Folds, cache: Path
) -> None:
    run = runs[0]
    predict_run(run, dataset, ("test",), cache=cache)
    maps = FilmMaps.read(run.maps)
    split = fold_split(folds, dataset.task, fold=1, seed=0)
    assert maps.path.tolist() == [record.path for record in split.test]
    images = PreparedImages(dataset, split.test, run.read_config().preprocess, cache)
    assert np.array_equal(maps.grid, run_evidence(run.graphs, images))
    shown = [record for record in split.validation if record.lesions]
    assert set(maps.chosen_on.tolist()) == {len(shown)} and len(shown) > 0
    # Without a validation woman's circle there is nothing to choose by, and no overlap.
    blind = replace(
        dataset,
        records=tuple(
            replace(r, lesions=()) if r.path in {s.path for s in shown} else r
            for r in dataset.records
        ),
    )
    predict_run(run, blind, ("test",), cache=cache)
    again = FilmMaps.read(run.maps)
    assert np.isnan(again.threshold).all() and np.array_equal(again.grid, maps.grid)
    found = measure_localisation(again, dataset.records, dataset.task, seed=0, replicates=20)
    assert "overlap" not in found and found["pointing"]


def test_a_pooled_run_has_the_figures_of_all_folds_and_opens_no_image(
    runs: list[RunFolder], dataset: Dataset, folds: Folds, cache: Path, tmp_path: Path
) -> None:
    for run in runs:
        predict_run(run, dataset, ("test",), cache=cache)
    out = RunFolder(tmp_path / "pooled")

    def load(record: object) -> Any:
        raise AssertionError("an image was opened")

    pool(out, runs, replace(dataset, load=load), folds)
    found = report_of(out)["localisation"]
    circled = [record for record in dataset.records if record.lesions]
    assert (found["n"], found["n_of_froc"]) == (len(circled), len(dataset.records))
    assert set(FilmMaps.read(out.maps).path.tolist()) == {r.path for r in dataset.records}
    # Where a fold has none, there are no figures of some women alone.
    runs[0].maps.unlink()
    pool(out, runs, dataset, folds)
    assert "localisation" not in report_of(out) and not out.maps.exists()


def test_a_map_of_the_truth_points_and_a_flat_one_plays_as_chance(
    runs: list[RunFolder], dataset: Dataset, cache: Path
) -> None:
    predict_run(runs[0], dataset, ("test",), cache=cache)
    maps = FilmMaps.read(runs[0].maps)
    films = maps.films({record.path: record for record in dataset.records}, dataset.task)
    oracle = np.stack([know(film) for film in films])
    known = replace(maps, grid=oracle)
    found = measure_localisation(known, dataset.records, dataset.task, seed=0, replicates=50)
    assert found["pointing"]["interpolated"]["value"]["value"] == 1.0
    assert found["pointing"]["interpolated"]["chance"]["value"] < 0.2
    flat = replace(maps, grid=np.ones_like(maps.grid))
    found = measure_localisation(flat, dataset.records, dataset.task, seed=0, replicates=50)
    for row in found["pointing"].values():
        assert row["excess"]["value"] == pytest.approx(0.0)


def test_the_highest_point_of_an_enlarged_map_lies_between_its_cells(
    runs: list[RunFolder], dataset: Dataset, cache: Path
) -> None:
    predict_run(runs[0], dataset, ("test",), cache=cache)
    maps = FilmMaps.read(runs[0].maps)
    breast = np.packbits(np.ones((len(maps.path), 64, 64), dtype=bool), axis=2)
    grid = np.zeros((len(maps.path), 4, 4), dtype=np.float32)
    grid[:, 1, 1], grid[:, 1, 2] = 1.0, 1.0
    maps = replace(maps, breast=breast, grid=grid)
    film = maps.films({r.path: r for r in dataset.records}, dataset.task)[0]
    shown = enlarge(film, maps, 0)
    # Cells of 16 pixels: their middles are at 24 and 40, and half way between it is highest.
    rows, columns = np.nonzero(shown.grid >= shown.grid.max() - 1e-6)
    assert {*rows.tolist()} <= {23, 24} and {*columns.tolist()} == {31, 32}


def test_a_model_without_a_map_and_data_without_circles_have_no_figures(
    runs: list[RunFolder], dataset: Dataset, cache: Path
) -> None:
    run = runs[0]
    predict_run(run, dataset, ("test",), cache=cache)
    assert run.maps.is_file()
    without = replace(
        dataset, records=tuple(replace(record, lesions=()) for record in dataset.records)
    )
    report = evaluate(run, without, cache=cache)
    assert "localisation" not in report and not run.maps.exists()
