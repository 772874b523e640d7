"""A training that was killed goes on as if it had not been."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from mammoscope.classifiers import catalog, cnn
from mammoscope.classifiers.classifier import ClassifierConfig, Family
from mammoscope.classifiers.network import NetworkClassifier, Stage
from mammoscope.cli import app
from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.split import make_split
from mammoscope.experiment import checkpoint
from mammoscope.experiment.checkpoint import Epoch, best_epoch, out_of_patience
from mammoscope.experiment.config import FitConfig, TrainConfig
from mammoscope.experiment.data import prepare_parts
from mammoscope.experiment.feed import Feed
from mammoscope.experiment.fit import fit_network
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.start import start
from mammoscope.experiment.train import refit, resume, train
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.types import DatasetError
from tests.experiment.killed_trainings import (
    FIGURES,
    Killed,
    assert_same_run,
    kill_at,
    killed,
)
from tests.written_runs import read_history

EPOCHS = 5


def config(root: Path, model: str = "cnn", **fit: object) -> TrainConfig:
    values: dict = {"epochs": EPOCHS, "batch_size": 8, "mixed_precision": False, **fit}
    return TrainConfig(
        dataset="phantom",
        root=str(root),
        model=model,
        init="none",
        fit=FitConfig(**values),
        preprocess=PreprocessConfig(rows=64, columns=64),
    )


@pytest.fixture(scope="module")
def dataset(phantom_root: Path) -> Dataset:
    return open_dataset("phantom", phantom_root)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def unbroken(
    dataset: Dataset, phantom_root: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> RunFolder:
    out = tmp_path_factory.mktemp("unbroken") / "run"
    return train(dataset, config(phantom_root), out, cache=cache)


def told_config(root: Path) -> TrainConfig:
    asked = config(root, "cnn.peak", epochs=2, lesions=0.5, mosaic_epochs=2, average=0.9)
    # Of a shape that is traced elsewhere, too.
    return replace(asked, preprocess=PreprocessConfig(rows=64, columns=48))


@pytest.fixture(scope="module")
def told(
    dataset: Dataset, phantom_root: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> RunFolder:
    out = tmp_path_factory.mktemp("told") / "run"
    return train(dataset, told_config(phantom_root), out, cache=cache)


@pytest.mark.parametrize("epoch", [1, 2, 3], ids=["mosaics", "between", "whole images"])
@pytest.mark.slow
def test_a_training_that_is_told_of_lesions_goes_on_where_it_was(
    dataset: Dataset,
    phantom_root: Path,
    cache: Path,
    told: RunFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    epoch: int,
) -> None:
    with monkeypatch.context() as patch:
        kill_at(patch, epoch, 1)
        killed(lambda: train(dataset, told_config(phantom_root), tmp_path / "run", cache=cache))
    run = resume(dataset, tmp_path / "run", cache=cache)
    assert_same_run(told, run)


def test_mosaics_have_no_figures_but_their_own_and_are_never_the_best_epoch(
    told: RunFolder,
) -> None:
    history = read_history(told.history)
    assert np.isfinite(history["lesion_loss"]).all()
    for name in FIGURES:
        assert np.isnan(history[name][:2]).all(), name
        assert np.isfinite(history[name][2:]).all(), name
    training = json.loads(told.training.read_text())
    assert training["epochs"] == 4
    assert training["best_epoch"] > 2


@pytest.mark.parametrize(
    ("epoch", "batch"), [(0, 2), (1, 0), (3, 3)], ids=["first epoch", "between epochs", "later"]
)
def test_a_killed_training_ends_as_an_unbroken_one(
    dataset: Dataset,
    phantom_root: Path,
    cache: Path,
    unbroken: RunFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    epoch: int,
    batch: int,
) -> None:
    with monkeypatch.context() as patch:
        kill_at(patch, epoch, batch)
        patch.setattr(checkpoint, "describe_device", lambda: "a large GPU")
        killed(lambda: train(dataset, config(phantom_root), tmp_path / "run", cache=cache))
    lines: list[str] = []
    run = resume(dataset, tmp_path / "run", cache=cache, say=lines.append)
    assert_same_run(unbroken, run)
    assert (f"going on after epoch {epoch}" in lines) == (epoch > 0)
    assert sum(line.startswith("epoch ") for line in lines) == EPOCHS - epoch
    assert not run.checkpoint.exists()
    here = unbroken.read_training()["device"]
    # It went on elsewhere, and names both.
    assert run.read_training()["device"] == (f"a large GPU; {here}" if epoch else here)


@pytest.mark.slow
def test_a_training_killed_by_the_system_in_mid_epoch_goes_on_by_the_command_line(
    phantom_root: Path, cache: Path, unbroken: RunFolder, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    (tmp_path / "config.json").write_text(config(phantom_root).to_json())
    script = (
        "import os, signal\n"
        "from mammoscope.cli import app\n"
        "from mammoscope.experiment.feed import Feed\n"
        "give = Feed.__getitem__\n"
        "def killing(self, index):\n"
        "    if self._shuffled and (self.epoch, index) == (2, 1):\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return give(self, index)\n"
        "Feed.__getitem__ = killing\n"
        "app()\n"
    )
    words = ["--out", str(out), "--cache", str(cache)]
    first = subprocess.run(
        [sys.executable, "-c", script, "train", "--config", str(tmp_path / "config.json"), *words],
        capture_output=True,
        check=False,
    )
    assert first.returncode == -signal.SIGKILL, first.stderr.decode()
    assert not (out / "training.json").exists()
    result = CliRunner().invoke(app, ["train", "--resume", *words])
    assert result.exit_code == 0, result.output
    assert "going on after epoch 2" in result.stderr
    assert_same_run(unbroken, RunFolder(out))


@pytest.mark.slow
def test_a_run_killed_before_its_first_epoch_or_after_its_last_goes_on(
    dataset: Dataset,
    phantom_root: Path,
    cache: Path,
    unbroken: RunFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise Killed

    for name, place in (("before", "fit"), ("after", "_settle")):
        with monkeypatch.context() as patch:
            patch.setattr(f"mammoscope.experiment.train.{place}", refuse)
            killed(lambda out=tmp_path / name: train(dataset, config(phantom_root), out))
        lines: list[str] = []
        run = resume(dataset, tmp_path / name, cache=cache, say=lines.append)
        assert_same_run(unbroken, run)
        trained = sum(line.startswith("epoch ") for line in lines)
        assert trained == (EPOCHS if name == "before" else 0)


def fit_only(dataset: Dataset, asked: TrainConfig, out: Path, cache: Path) -> RunFolder:
    """Fits as `train` does, from the start or from a checkpoint, without what comes after."""
    split = make_split(dataset.records, dataset.task, seed=0)
    data = prepare_parts(dataset, split, ("train", "validation"), asked.preprocess, cache)
    classifier, asked = start(asked, dataset.task)
    run = RunFolder(out)
    fit_network(classifier, asked, data["train"], data["validation"], run)
    return run


def without_export(monkeypatch: pytest.MonkeyPatch) -> None:
    """An export takes longer than these trainings, and plays no part in them."""
    monkeypatch.setattr(NetworkClassifier, "export", lambda self, path, half: path.write_bytes(b""))


def staged(network: ClassifierConfig) -> NetworkClassifier:
    """The CNN with two stages of fine-tuning."""
    return NetworkClassifier(
        network,
        build=lambda shape, outputs, weights: cnn.build(shape, outputs, None),
        title="staged",
        explanation="-",
        fine_tuning=(
            Stage(trainable=("hidden", "logit"), epochs=0.5, learning_rate=1.0),
            Stage(trainable=None, epochs=0.5, learning_rate=0.1),
        ),
    )


STAGED = Family(title="Staged", create=staged)


@pytest.mark.parametrize(
    ("epoch", "patience"),
    [(1, 9), *(pytest.param(*each, marks=pytest.mark.slow) for each in ((3, 9), (4, 9), (4, 1)))],
)
def test_stages_and_early_stopping_are_gone_on_with(
    dataset: Dataset,
    phantom_root: Path,
    cache: Path,
    unbroken: RunFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    epoch: int,
    patience: int,
) -> None:
    """Stages are epochs 0 to 2 and 3 to 5; with a patience of 1 each may end early."""
    monkeypatch.setattr(catalog, "FAMILIES", {"staged": STAGED})
    without_export(monkeypatch)
    asked = config(phantom_root, "staged", epochs=6, patience=patience)
    asked = replace(asked, init=str(unbroken.weights))
    whole = fit_only(dataset, asked, tmp_path / "whole", cache)
    with monkeypatch.context() as patch:
        kill_at(patch, epoch, 1)
        killed(lambda: fit_only(dataset, asked, tmp_path / "broken", cache))
    broken = fit_only(dataset, asked, tmp_path / "broken", cache)
    histories = [read_history(run.history) for run in (whole, broken)]
    assert histories[0]["epoch"] == histories[1]["epoch"]
    for name in FIGURES:
        expected = pytest.approx(histories[1][name], rel=1e-5, nan_ok=True)
        assert histories[0][name] == expected, name


def test_a_refit_is_gone_on_with_too_and_keeps_the_last_epoch(
    dataset: Dataset,
    phantom_root: Path,
    cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without_export(monkeypatch)
    monkeypatch.setattr("mammoscope.experiment.train.heatmap_scale", lambda *arguments: 1.0)
    monkeypatch.setattr("mammoscope.experiment.train._describe_scale", lambda *arguments: {})
    monkeypatch.setattr("mammoscope.experiment.train.check_parity", lambda *arguments: {})
    asked = config(phantom_root)
    whole = refit(dataset, asked, tmp_path / "whole", epochs=3, cache=cache)
    with monkeypatch.context() as patch:
        kill_at(patch, 2, 1)
        killed(lambda: refit(dataset, asked, tmp_path / "broken", epochs=3, cache=cache))
    broken = refit(dataset, asked, tmp_path / "broken", epochs=3, cache=cache)
    losses = [read_history(run.history)["loss"] for run in (whole, broken)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5) and len(losses[0]) == 3
    assert json.loads(whole.training.read_text())["best_epoch"] == 3


def test_a_finished_run_is_left_alone_by_resume(dataset: Dataset, unbroken: RunFolder) -> None:
    before = {path.name: path.read_bytes() for path in unbroken.path.iterdir() if path.is_file()}
    resume(dataset, unbroken.path)
    after = {path.name: path.read_bytes() for path in unbroken.path.iterdir() if path.is_file()}
    assert before == after


def test_resume_needs_a_run_and_takes_its_config(tmp_path: Path, phantom_root: Path) -> None:
    result = CliRunner().invoke(app, ["train", "--resume", "--out", str(tmp_path / "none")])
    assert result.exit_code == 1 and "holds no run" in result.stderr
    words = ["train", "--resume", "--out", str(tmp_path), "--epochs", "9"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2 and "its own config" in result.stderr


@pytest.mark.parametrize("damage", [b"no checkpoint", b"PK\x03\x04 cut short"])
def test_a_checkpoint_that_is_none_is_refused_by_name(
    dataset: Dataset,
    phantom_root: Path,
    cache: Path,
    tmp_path: Path,
    damage: bytes,
) -> None:
    (tmp_path / "run").mkdir()
    RunFolder(tmp_path / "run").checkpoint.write_bytes(damage)
    with pytest.raises(DatasetError, match="not a checkpoint"):
        fit_only(dataset, config(phantom_root), tmp_path / "run", cache)


def test_a_training_whose_loss_is_no_number_is_told_so_and_keeps_nothing_of_it(
    dataset: Dataset,
    phantom_root: Path,
    cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    give = Feed.__getitem__

    def poisoned(self: Feed, index: int) -> tuple[np.ndarray, np.ndarray]:
        x, y = give(self, index)
        poison = self._augment is not None and self.epoch == 1
        return (x * np.float32("nan") if poison else x), y

    monkeypatch.setattr(Feed, "__getitem__", poisoned)
    with pytest.raises(DatasetError, match=r"diverged in epoch 2.*lower the learning rate"):
        fit_only(dataset, config(phantom_root), tmp_path / "run", cache)
    assert len(read_history(tmp_path / "run" / "history.csv")["epoch"]) == 1


@pytest.mark.slow
def test_stages_that_end_early_leave_a_gap_and_the_run_is_finished_all_the_same(
    dataset: Dataset,
    phantom_root: Path,
    cache: Path,
    unbroken: RunFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(catalog, "FAMILIES", {"staged": STAGED})
    asked = config(phantom_root, "staged", epochs=8, patience=1, learning_rate=1e-7)
    run = train(dataset, replace(asked, init=str(unbroken.weights)), tmp_path / "run", cache=cache)
    numbers = read_history(run.history)["epoch"]
    # A rate of next to nothing never makes a better epoch, so each stage of four ends early.
    assert 3.0 not in numbers and 4.0 in numbers
    training = json.loads(run.training.read_text())
    assert training["epochs"] == len(numbers)


def test_two_trainings_in_one_folder_at_a_time_are_refused(
    dataset: Dataset, phantom_root: Path, cache: Path, tmp_path: Path
) -> None:
    run = RunFolder(tmp_path / "run")
    with run.alone(), pytest.raises(DatasetError, match="another process trains"):
        train(dataset, config(phantom_root), run.path, cache=cache)
    assert not run.config.exists()


def test_a_refit_of_fewer_epochs_than_are_done_is_refused(
    dataset: Dataset,
    phantom_root: Path,
    cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        kill_at(patch, 2, 1)
        killed(lambda: refit(dataset, config(phantom_root), tmp_path / "r", epochs=4, cache=cache))
    with pytest.raises(DatasetError, match="2 epochs already, more than the 1"):
        refit(dataset, config(phantom_root), tmp_path / "r", epochs=1, cache=cache)


def epochs(*values: float, stage: int = 1) -> list[Epoch]:
    return [
        Epoch(number=n, stage=stage, seconds=1.0, logs={"val_auc": value})
        for n, value in enumerate(values)
    ]


def test_the_best_epoch_is_the_first_of_the_highest() -> None:
    best = best_epoch(epochs(0.5, 0.7, 0.6, 0.7))
    assert best is not None and best.number == 1
    assert best_epoch([]) is None


def test_patience_counts_epochs_of_the_stage_without_a_better_one() -> None:
    assert not out_of_patience(epochs(0.5, 0.6, 0.5), 2)
    assert out_of_patience(epochs(0.5, 0.6, 0.5, 0.6), 2)
    assert not out_of_patience([*epochs(0.9, 0.1), *epochs(0.2, stage=2)], 1)
    assert not out_of_patience([Epoch(0, 1, 1.0, {"loss": 1.0})] * 9, 1)
