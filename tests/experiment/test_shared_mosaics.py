"""Mosaics that folds share were learnt from women of other folds, once, and are gone on from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mammoscope.experiment.study as study_module
from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.split import load_split
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.study import study
from mammoscope.experiment.study_config import StudyConfig
from mammoscope.experiment.trainings import make_halves, other_half
from mammoscope.types import DatasetError
from tests.experiment.studies import config, predictions_of
from tests.written_runs import read_history

MODEL = "cnn.peak"
MOSAICS, WHOLE = 2, 1


def shared(root: Path, **changes: object) -> StudyConfig:
    fit = (("epochs", WHOLE), ("mosaic_epochs", MOSAICS), ("lesions", 0.5), ("batch_size", 8))
    return config(
        root, **{"models": (MODEL,), "folds": 3, "share_mosaics": True, "fit": fit} | changes
    )


class Shown:
    """Whom each training of mosaics showed."""

    def __init__(self, learn: Callable[..., RunFolder]) -> None:
        self._learn = learn
        self.women: dict[str, set[str]] = {}

    def __call__(self, dataset: Any, records: Any, config: Any, out: Path, **rest: Any) -> Any:
        self.women[out.name] = {record.patient for record in records}
        return self._learn(dataset, records, config, out, **rest)


@pytest.fixture(scope="module")
def done(
    phantom_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, set[str]]]:
    out = tmp_path_factory.mktemp("shared") / "study"
    with pytest.MonkeyPatch.context() as patch:
        shown = Shown(study_module.learn_mosaics)
        patch.setattr(study_module, "learn_mosaics", shown)
        study(shared(phantom_root), out)
    return out, shown.women


def lesion_losses(run: RunFolder) -> list[float]:
    return read_history(run.history)["lesion_loss"][:MOSAICS]


@pytest.mark.slow
def test_no_network_is_tested_on_a_woman_whose_mosaics_it_saw(
    done: tuple[Path, dict[str, set[str]]], phantom_root: Path
) -> None:
    out, women = done
    dataset = open_dataset("phantom", phantom_root)
    first, second = f"{MODEL}-seed-0-mosaics-1", f"{MODEL}-seed-0-mosaics-2"
    assert sorted(women) == [first, second] and not women[first] & women[second]
    assert women[first] | women[second] == {record.patient for record in dataset.records}
    learnt = {name: lesion_losses(RunFolder(out / "runs" / name)) for name in women}
    assert learnt[first] != learnt[second]
    for fold in (1, 2, 3):
        run = RunFolder(out / "runs" / f"{MODEL}-seed-0-fold-{fold}")
        tested = {record.patient for record in load_split(run.split, dataset).test}
        (begun,) = [name for name in women if learnt[name] == lesion_losses(run)]
        assert tested and not tested & women[begun]
        assert len(read_history(run.history)["loss"]) == MOSAICS + WHOLE
    # Of all women there is nobody to be tested on: the larger half serves.
    assert lesion_losses(RunFolder(out / "runs" / f"{MODEL}-refit")) == learnt[second]
    assert sorted(predictions_of(out, MODEL).path) == sorted(r.path for r in dataset.records)


@pytest.mark.slow
def test_their_time_counts_once(done: tuple[Path, dict[str, set[str]]]) -> None:
    out, women = done

    def seconds(name: str) -> float:
        return json.loads((out / "runs" / name / "training.json").read_text())["seconds"]

    folds = [f"{MODEL}-seed-0-fold-{fold}" for fold in (1, 2, 3)]
    together = sum(map(seconds, (*folds, *women)))
    pooled = json.loads((out / MODEL / "training.json").read_text())
    assert pooled["seconds"] == pytest.approx(together, abs=0.1)
    assert all(seconds(name) > 0 for name in women)
    assert pooled["refit_seconds"] == seconds(f"{MODEL}-refit")


@pytest.mark.slow
def test_a_fold_that_is_lost_goes_on_from_them_again(
    done: tuple[Path, dict[str, set[str]]], phantom_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, _ = done
    before = predictions_of(out, MODEL)
    run = RunFolder(out / "runs" / f"{MODEL}-seed-0-fold-2")
    for file in (run.training, run.predictions, run.config):
        file.unlink()
    again = Shown(study_module.learn_mosaics)
    monkeypatch.setattr(study_module, "learn_mosaics", again)
    study(shared(phantom_root), out)
    assert again.women == {}
    after = predictions_of(out, MODEL)
    assert after.path == before.path and np.allclose(after.logit, before.logit, atol=1e-4)


def test_halves_are_of_the_folds_and_never_of_ones_own() -> None:
    for folds in (range(1, 4), range(1, 6), range(6, 11)):
        halves = make_halves(MODEL, 0, folds)
        assert sorted(fold for half in halves for fold in half.folds) == list(folds)
        assert len(halves[1].folds) - len(halves[0].folds) in (0, 1)
        for fold in folds:
            assert fold not in other_half(halves, fold).folds
        assert other_half(halves, 0) == halves[1]


def test_without_folds_there_is_nothing_to_share(phantom_root: Path) -> None:
    for folds in (0, 2):
        with pytest.raises(DatasetError, match="--share-mosaics"):
            shared(phantom_root, folds=folds)


def test_a_model_without_mosaics_takes_no_part(phantom_root: Path, tmp_path: Path) -> None:
    def halves(model: str) -> list[str]:
        asked = shared(phantom_root, models=(model,), fit=(), seeds=2)
        work = study_module._Study(asked, tmp_path, tmp_path, tmp_path)
        return [half.name for half in work.halves(model)]

    assert halves("cnn") == halves("kmeans") == []
    assert len(halves(MODEL)) == 4
