"""The whole line on phantoms: train → publish → predict, with tiny networks."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from mammoscope.cli import app
from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.split import digest, load_split
from mammoscope.experiment.config import FitConfig, TrainConfig
from mammoscope.experiment.evaluate import evaluate
from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.publish import publish
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.train import start, train
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.inference.predictor import Predictor
from mammoscope.inference.store import ModelStore
from mammoscope.serving.schemas import PublishedModel
from mammoscope.types import DatasetError, ModelIntegrityError, Record
from tests.written_runs import read_history


def config(root: Path, model: str, **changes: object) -> TrainConfig:
    return TrainConfig(
        dataset="phantom",
        root=str(root),
        model=model,
        init="none",
        fit=FitConfig(epochs=2, learning_rate=1e-4, mixed_precision=False),
        preprocess=PreprocessConfig(rows=64, columns=64),
        **changes,
    )


@pytest.fixture(scope="module", params=["cnn", pytest.param("densenet121", marks=pytest.mark.slow)])
def run(
    request: pytest.FixtureRequest, phantom_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> RunFolder:
    out = tmp_path_factory.mktemp("runs") / request.param
    dataset = open_dataset("phantom", phantom_root)
    run = train(dataset, config(phantom_root, request.param), out)
    evaluate(run, dataset)
    return run


def report(run: RunFolder) -> dict:
    return json.loads(run.report.read_text())


def training(run: RunFolder) -> dict:
    return json.loads(run.training.read_text())


def test_a_run_holds_all_that_it_takes_to_repeat_and_to_publish_it(
    run: RunFolder, phantom_root: Path
) -> None:
    for file in (
        run.config,
        run.split,
        run.history,
        run.weights,
        run.preprocess,
        run.graph,
        run.predictions,
        run.training,
        run.report,
        *(
            run.figure(name).with_suffix(ending)
            for name in ("curves", "roc-image", "roc-breast", "confusion")
            for ending in (".svg", ".png")
        ),
    ):
        assert file.stat().st_size > 0, file.name
    assert TrainConfig.from_json(run.config.read_text()) == config(phantom_root, run.path.name)


def test_the_split_that_was_used_is_the_one_that_is_kept(
    run: RunFolder, phantom_root: Path
) -> None:
    split = load_split(run.split, open_dataset("phantom", phantom_root))
    assert digest(split) == training(run)["split_digest"] == report(run)["split_digest"]
    predictions = Predictions.read(run.predictions)
    for name, part in split.parts().items():
        assert predictions.of(name).path == [record.path for record in part]


def test_the_graph_gives_the_scores_that_keras_gives(run: RunFolder) -> None:
    assert report(run)["parity"]["largest_score_difference"] < 1e-4
    assert training(run)["parity"]["largest_score_difference"] < 1e-4


def test_every_figure_has_its_interval_its_unit_and_its_n(run: RunFolder) -> None:
    for part in ("train", "validation", "test"):
        units = {figures["unit"]: figures for figures in report(run)["parts"][part]}
        assert list(units) == ["image", "breast", "woman"]
        assert units["image"]["n"] == 4 * units["woman"]["n"] == 2 * units["breast"]["n"]
        for figures in units.values():
            assert {"auc", "accuracy", "sensitivity", "specificity"} <= set(figures["metrics"])
            for metric in figures["metrics"].values():
                assert metric["low"] <= metric["value"] <= metric["high"]
                assert f"{figures['n_patients']} patients" in metric["method"]


def test_training_leaves_the_test_women_alone(
    phantom_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = open_dataset("phantom", phantom_root)
    seen: list[Record] = []
    spy = replace(dataset, load=lambda record: (seen.append(record), dataset.load(record))[1])
    run = train(spy, config(phantom_root, "cnn"), tmp_path / "run")
    split = load_split(run.split, dataset)
    patients = {record.patient for record in split.test}
    assert seen and not patients & {record.patient for record in seen}
    assert not run.predictions.exists()


def test_a_config_of_a_run_makes_the_run_again(phantom_root: Path, tmp_path: Path) -> None:
    def command(*words: str) -> None:
        result = CliRunner().invoke(app, ["train", *words])
        assert result.exit_code == 0, result.output

    first, second = tmp_path / "first", tmp_path / "second"
    given = ("--dataset", "phantom", "--root", str(phantom_root), "--model", "cnn")
    small = ("--epochs", "1", "--image-size", "64", "--init", "none", "--seed", "7")
    command(*given, *small, "--out", str(first))
    command("--config", str(first / "config.json"), "--out", str(second))
    assert (first / "config.json").read_bytes() == (second / "config.json").read_bytes()
    assert (first / "split.csv").read_bytes() == (second / "split.csv").read_bytes()
    losses = [read_history(run / "history.csv")["loss"] for run in (first, second)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_a_task_can_be_asked_that_is_not_the_data_sets_own(phantom_root: Path) -> None:
    assert open_dataset("phantom", phantom_root, task="abnormal").task.name == "abnormal"
    with pytest.raises(DatasetError, match="unknown to task 'cancer'"):
        open_dataset("phantom", phantom_root, task="cancer")
    with pytest.raises(DatasetError, match="'benign' is unknown"):
        open_dataset("phantom", phantom_root, task="benign")


@pytest.mark.slow
def test_without_a_download_the_start_is_random_and_the_card_says_so(
    phantom_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*args: object, **kwargs: object) -> None:
        raise Exception("URL fetch failure")

    monkeypatch.setattr("keras.src.applications.densenet.file_utils.get_file", refused)
    lines: list[str] = []
    task = open_dataset("phantom", phantom_root).task
    open_config = replace(config(phantom_root, "densenet121"), init=None)
    _, settled = start(open_config, task, say=lines.append)
    assert settled.init == "none" and "URL fetch failure" in lines[0]
    with pytest.raises(DatasetError, match="cannot be had"):
        start(replace(open_config, init="imagenet"), task)


def test_weights_that_do_not_fit_are_refused(phantom_root: Path, tmp_path: Path) -> None:
    task = open_dataset("phantom", phantom_root).task
    for name in ("absent.weights.h5", "broken.weights.h5"):
        (tmp_path / "broken.weights.h5").write_bytes(b"no weights")
        with pytest.raises(DatasetError):
            start(replace(config(phantom_root, "cnn"), init=str(tmp_path / name)), task)


def test_a_published_run_predicts_what_its_table_says(
    run: RunFolder, phantom_root: Path, tmp_path: Path
) -> None:
    model = publish(run, "tiny", zoo=tmp_path)
    assert model.reference == "tiny@1"
    dataset = open_dataset("phantom", phantom_root)
    record = next(r for r in dataset.records if r.path == Predictions.read(run.predictions).path[0])
    prediction = Predictor(ModelStore(tmp_path).open("tiny")).predict(
        dataset.load(record), heatmap=True
    )
    assert prediction.score == pytest.approx(Predictions.read(run.predictions).score[0], abs=1e-6)
    assert prediction.heatmap is not None
    logit = float(prediction.heatmap.grid.mean()) + prediction.heatmap.bias
    assert float(model.calibrator.score(np.array(logit))) == pytest.approx(
        prediction.score, abs=1e-5
    )


def test_publishing_again_makes_a_new_version_and_keeps_the_old(
    run: RunFolder, tmp_path: Path
) -> None:
    publish(run, "tiny", zoo=tmp_path)
    publish(run, "tiny", zoo=tmp_path)
    assert ModelStore(tmp_path).versions() == {"tiny": [1, 2]}
    assert not list(tmp_path.glob(".publishing-*"))


def test_a_graph_that_differs_from_keras_is_not_published(run: RunFolder, tmp_path: Path) -> None:
    values = report(run)
    values["parity"]["largest_score_difference"] = 0.01
    faulty = copy_of(run, tmp_path / "faulty")
    faulty.report.write_text(json.dumps(values))
    with pytest.raises(ModelIntegrityError, match="differ"):
        publish(faulty, "tiny", zoo=tmp_path / "zoo")
    assert not (tmp_path / "zoo").exists() or not list((tmp_path / "zoo").iterdir())


def copy_of(run: RunFolder, path: Path) -> RunFolder:
    shutil.copytree(run.path, path, ignore=shutil.ignore_patterns("prepared"))
    return RunFolder(path)


def test_an_unfinished_run_is_not_published(run: RunFolder, tmp_path: Path) -> None:
    unfinished = copy_of(run, tmp_path / "unfinished")
    unfinished.report.unlink()
    with pytest.raises(DatasetError, match="evaluate"):
        publish(unfinished, "tiny", zoo=tmp_path / "zoo")


@pytest.mark.parametrize("name", ["", "Tiny", "a/b", "../x", "tiny@2", "a b"])
def test_a_name_that_could_leave_the_zoo_is_refused(
    run: RunFolder, tmp_path: Path, name: str
) -> None:
    with pytest.raises(DatasetError, match="model name"):
        publish(run, name, zoo=tmp_path)


def test_a_finished_run_is_never_written_over(run: RunFolder, phantom_root: Path) -> None:
    before = run.training.read_bytes()
    with pytest.raises(DatasetError, match="holds a run already"):
        train(open_dataset("phantom", phantom_root), config(phantom_root, run.path.name), run.path)
    assert run.training.read_bytes() == before


def test_an_unknown_model_is_refused_before_anything_is_written(
    phantom_root: Path, tmp_path: Path
) -> None:
    with pytest.raises(DatasetError, match="resnet"):
        train(
            open_dataset("phantom", phantom_root), config(phantom_root, "resnet"), tmp_path / "run"
        )
    assert not (tmp_path / "run").exists()


def test_the_command_line_trains_and_publishes(tmp_path: Path) -> None:
    def command(*words: str) -> str:
        result = CliRunner().invoke(app, list(words))
        assert result.exit_code == 0, result.output
        return result.stdout.strip()

    root, out, zoo = tmp_path / "set", tmp_path / "run", tmp_path / "zoo"
    command("phantom", "--out", str(root), "--women", "12", "--rows", "160", "--columns", "128")
    words = ("--dataset", "phantom", "--root", str(root), "--model", "cnn", "--out", str(out))
    small = ("--epochs", "1", "--image-size", "64", "--init", "none")
    assert command("train", *words, *small) == str(out)
    assert "test, by breast: n" in command("evaluate", str(out))
    assert json.loads(command("evaluate", str(out), "--json"))["parts"]["test"]
    assert command("publish", str(out), "--name", "tiny", "--zoo", str(zoo)) == str(zoo / "tiny@1")
    (model,) = json.loads(command("models", "--json", "--zoo", str(zoo)))
    assert (model["name"], model["task"]) == ("tiny", "abnormal")
    assert model["card"]["trained_on"]["source"].startswith("mammoscope")
    assert "not ImageNet-initialised" in model["card"]["trained_on"]["start"]
    PublishedModel.model_validate(model)


def test_a_config_of_another_version_is_refused() -> None:
    with pytest.raises(DatasetError, match="another version"):
        TrainConfig.from_json('{"model": "cnn"}')
