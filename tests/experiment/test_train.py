"""The whole line on phantoms: train → publish → predict, with tiny networks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from mammoscope.classifiers.catalog import CLASSIFIERS
from mammoscope.cli import app
from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.split import digest, load_split
from mammoscope.experiment.config import TrainConfig
from mammoscope.experiment.evaluate import age_baseline, at_unit
from mammoscope.experiment.publish import publish
from mammoscope.experiment.run import Predictions, RunFolder
from mammoscope.experiment.train import train
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.inference.predictor import Predictor
from mammoscope.inference.store import ModelStore
from mammoscope.types import DatasetError, ModelIntegrityError, Record


def config(model: str, **changes: object) -> TrainConfig:
    return TrainConfig(
        dataset="phantom",
        model=model,
        epochs=2,
        learning_rate=1e-4,
        preprocess=PreprocessConfig(rows=64, columns=64),
        **changes,
    )


@pytest.fixture(scope="module", params=sorted(CLASSIFIERS))
def run(
    request: pytest.FixtureRequest, phantom_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> RunFolder:
    out = tmp_path_factory.mktemp("runs") / request.param
    return train(open_dataset("phantom", phantom_root), config(request.param), out)


def evaluation(run: RunFolder) -> dict:
    return json.loads(run.evaluation.read_text())


def test_a_run_holds_all_that_it_takes_to_repeat_and_to_publish_it(run: RunFolder) -> None:
    for file in (
        run.config,
        run.split,
        run.history,
        run.weights,
        run.preprocess,
        run.graph,
        run.predictions,
        run.evaluation,
        run.curves,
    ):
        assert file.stat().st_size > 0, file.name
    assert TrainConfig.from_json(run.config.read_text()) == config(run.path.name)


def test_the_split_that_was_used_is_the_one_that_is_kept(
    run: RunFolder, phantom_root: Path
) -> None:
    split = load_split(run.split, open_dataset("phantom", phantom_root))
    assert digest(split) == evaluation(run)["split_digest"]
    predictions = Predictions.read(run.predictions)
    assert set(predictions.of("test").path) == {record.path for record in split.test}
    assert set(predictions.of("validation").path) == {record.path for record in split.validation}


def test_the_graph_gives_the_scores_that_keras_gives(run: RunFolder) -> None:
    assert evaluation(run)["parity"]["largest_score_difference"] < 1e-4


def test_every_figure_has_its_interval_its_unit_and_its_n(run: RunFolder) -> None:
    units = {report["unit"]: report for report in evaluation(run)["test"]}
    assert list(units) == ["image", "breast", "woman"]
    assert units["image"]["n"] == 4 * units["woman"]["n"] == 2 * units["breast"]["n"]
    for report in units.values():
        assert set(report["metrics"]) == {
            "auc", "accuracy", "precision", "sensitivity", "specificity", "f1"
        }  # fmt: skip
        assert all("patients" in metric["method"] for metric in report["metrics"].values())


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
    values = evaluation(run)
    values["parity"]["largest_score_difference"] = 0.01
    faulty = copy_of(run, tmp_path / "faulty")
    faulty.evaluation.write_text(json.dumps(values))
    with pytest.raises(ModelIntegrityError, match="differ"):
        publish(faulty, "tiny", zoo=tmp_path / "zoo")
    assert not (tmp_path / "zoo").exists() or not list((tmp_path / "zoo").iterdir())


def copy_of(run: RunFolder, path: Path) -> RunFolder:
    path.mkdir()
    for file in run.path.iterdir():
        (path / file.name).write_bytes(file.read_bytes())
    return RunFolder(path)


def test_an_unfinished_run_is_not_published(run: RunFolder, tmp_path: Path) -> None:
    unfinished = copy_of(run, tmp_path / "unfinished")
    unfinished.evaluation.unlink()
    with pytest.raises(DatasetError, match="finished"):
        publish(unfinished, "tiny", zoo=tmp_path / "zoo")


@pytest.mark.parametrize("name", ["", "Tiny", "a/b", "../x", "tiny@2", "a b"])
def test_a_name_that_could_leave_the_zoo_is_refused(
    run: RunFolder, tmp_path: Path, name: str
) -> None:
    with pytest.raises(DatasetError, match="model name"):
        publish(run, name, zoo=tmp_path)


def test_a_finished_run_is_never_written_over(run: RunFolder, phantom_root: Path) -> None:
    before = run.evaluation.read_bytes()
    with pytest.raises(DatasetError, match="holds a run already"):
        train(open_dataset("phantom", phantom_root), config(run.path.name), run.path)
    assert run.evaluation.read_bytes() == before


def test_an_unknown_model_is_refused_before_anything_is_written(
    phantom_root: Path, tmp_path: Path
) -> None:
    with pytest.raises(DatasetError, match="resnet"):
        train(open_dataset("phantom", phantom_root), config("resnet"), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_the_same_seed_gives_the_same_scores(phantom_root: Path, tmp_path: Path) -> None:
    dataset = open_dataset("phantom", phantom_root)
    runs = [train(dataset, config("cnn", seed=4), tmp_path / str(n)) for n in range(2)]
    scores = [Predictions.read(run.predictions).score for run in runs]
    assert np.allclose(scores[0], scores[1], atol=1e-5)


def test_the_command_line_trains_and_publishes(tmp_path: Path) -> None:
    def command(*words: str) -> str:
        result = CliRunner().invoke(app, list(words))
        assert result.exit_code == 0, result.output
        return result.stdout.strip()

    root, out, zoo = tmp_path / "set", tmp_path / "run", tmp_path / "zoo"
    command("phantom", "--out", str(root), "--women", "12", "--rows", "160", "--columns", "128")
    words = ("--dataset", "phantom", "--root", str(root), "--model", "cnn", "--out", str(out))
    assert command("train", *words, "--epochs", "1", "--image-size", "64") == str(out)
    assert command("publish", str(out), "--name", "tiny", "--zoo", str(zoo)) == str(zoo / "tiny@1")
    (model,) = json.loads(command("models", "--json", "--zoo", str(zoo)))
    assert (model["name"], model["task"]) == ("tiny", "abnormal")
    assert model["card"]["trained_on"]["source"].startswith("mammoscope")


def test_a_breast_is_the_mean_of_its_views_and_a_woman_the_worst_of_her_breasts() -> None:
    predictions = Predictions(
        part=["test"] * 5,
        path=list("abcde"),
        patient=["p", "p", "p", "q", "q"],
        breast=["p/L", "p/L", "p/R", "q/L", "q/R"],
        positive=np.array([True, True, False, False, False]),
        logit=np.zeros(5),
        score=np.array([0.2, 0.4, 0.5, 0.1, 0.7]),
    )
    scores, labels, patients = at_unit(predictions, "breast")
    assert np.allclose(scores, [0.3, 0.5, 0.1, 0.7])
    assert labels.tolist() == [True, False, False, False]
    assert patients == ["p", "p", "q", "q"]
    scores, labels, patients = at_unit(predictions, "woman")
    assert np.allclose(scores, [0.5, 0.7]) and labels.tolist() == [True, False]


def test_age_alone_is_a_baseline_only_where_every_age_is_known() -> None:
    records = [
        Record(f"{n}", "1" if n > 5 else "0", f"p{n}", "L", attributes={"age": str(40 + n)})
        for n in range(10)
    ]
    positive = np.array([record.label == "1" for record in records])
    baseline = age_baseline(records, positive, seed=0)
    assert baseline is not None and baseline.value == 1.0
    assert (
        age_baseline([*records, Record("x", "0", "px")], np.append(positive, False), seed=0) is None
    )


def test_a_config_of_another_version_is_refused() -> None:
    with pytest.raises(DatasetError, match="another version"):
        TrainConfig.from_json('{"model": "cnn"}')
