"""A study runs from split to report, is killed at every stage, and ends as if it had not been."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from typer.testing import CliRunner

from mammoscope.cli import app
from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.split import load_split
from mammoscope.experiment.calibrate import choose_thresholds
from mammoscope.experiment.calibrator_choice import choose_calibrator
from mammoscope.experiment.compare import compare
from mammoscope.experiment.cross_fit import CROSS_FITTED
from mammoscope.experiment.evaluate import evaluate
from mammoscope.experiment.publish import ALIGNED, OUT_OF_FOLD, publish
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.study import study
from mammoscope.inference.calibrator import parse_calibrator
from mammoscope.types import DatasetError, ModelIntegrityError
from tests.experiment.studies import (
    KILLS,
    TRAINING,
    assert_same_study,
    config,
    predictions_of,
    training_of,
)


class Killed(BaseException):
    """Nothing may catch it."""


@pytest.fixture(scope="module")
def told(phantom_root: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Two folds and two seeds of the CNN, and what was said on the way."""
    out = tmp_path_factory.mktemp("study") / "unbroken"
    lines: list[str] = []
    study(config(phantom_root, seeds=2), out, say=lines.append)
    return out, lines


@pytest.fixture
def unbroken(told: tuple[Path, list[str]]) -> Path:
    return told[0]


def test_every_woman_is_judged_once_a_seed_by_networks_that_never_saw_her(
    unbroken: Path, phantom_root: Path
) -> None:
    dataset = open_dataset("phantom", phantom_root)
    table = predictions_of(unbroken)
    for seed in (0, 1):
        rows = table.take(table.seed == seed)
        assert sorted(rows.path) == sorted(record.path for record in dataset.records)
    for seed in (0, 1):
        for fold in (1, 2):
            run = RunFolder(unbroken / "runs" / f"cnn-seed-{seed}-fold-{fold}")
            split = load_split(run.split, dataset)
            judged = table.take((table.seed == seed) & (table.fold == fold))
            seen = {r.patient for part in (split.train, split.validation) for r in part}
            assert judged.path and not seen & set(judged.patient)
            # The threshold, too, was chosen without her: by the other fold's women.
            others = table.take(table.fold != fold)
            calibrator = choose_calibrator(
                others.logit, others.positive, patients=others.patient, seed=0
            ).calibrator
            chosen = choose_thresholds(calibrator.score(others.logit), others.positive)
            assert set(judged.threshold) == {chosen["youden"]}
            assert np.allclose(judged.score, calibrator.score(judged.logit))


def test_the_seeds_differ_and_share_their_folds(unbroken: Path) -> None:
    table = predictions_of(unbroken)
    by_seed = [table.take(table.seed == seed) for seed in (0, 1)]
    folds = [dict(zip(rows.path, rows.fold.tolist(), strict=True)) for rows in by_seed]
    assert folds[0] == folds[1]
    assert not np.allclose(by_seed[0].logit, by_seed[1].logit)


def test_all_women_are_refitted_on_for_the_median_best_epoch(unbroken: Path) -> None:
    members = [run for run in (unbroken / "runs").iterdir() if "fold" in run.name]
    best = sorted(json.loads((run / "training.json").read_text())["best_epoch"] for run in members)
    assert len(best) == 4
    refit = json.loads((unbroken / "runs" / "cnn-refit" / "training.json").read_text())
    assert refit["epochs"] == int(np.ceil(np.median(best)))
    training = training_of(unbroken)
    assert training["women"] == {"train": 16, "validation": 0, "test": 16}
    assert (training["folds"], training["seeds"]) == (2, [0, 1])
    graphs = [unbroken / "cnn" / "model.onnx", unbroken / "runs" / "cnn-refit" / "model.onnx"]
    assert graphs[0].read_bytes() == graphs[1].read_bytes()


def test_calibrator_and_operating_points_come_from_out_of_fold_scores(unbroken: Path) -> None:
    table, training = predictions_of(unbroken), training_of(unbroken)
    chosen = choose_calibrator(table.logit, table.positive, patients=table.patient, seed=0)
    fitted = parse_calibrator(training["calibrator"])
    assert training["calibration"]["method"] == chosen.method
    assert np.allclose(fitted.score(table.logit), chosen.calibrator.score(table.logit))
    report = json.loads((unbroken / "cnn" / "report.json").read_text())
    by_name = {point["name"]: point for point in report["operating_points"]}
    assert {name: point["threshold"] for name, point in by_name.items()} == training["thresholds"]
    # What is said of a point was measured fold by fold, and says so.
    called = table.score >= table.threshold
    rates = [called[(table.seed == s) & table.positive].mean() for s in (0, 1)]
    assert by_name["youden"]["sensitivity"]["value"] == pytest.approx(np.mean(rates))
    assert by_name["youden"]["sensitivity"]["method"].endswith(CROSS_FITTED)


def test_a_pooled_run_is_published_and_its_card_says_whose_figures_they_are(
    unbroken: Path, tmp_path: Path
) -> None:
    model = publish(RunFolder(unbroken / "cnn"), "pooled", zoo=tmp_path)
    assert model.reference == "pooled@1"
    assert f"{OUT_OF_FOLD} {ALIGNED}" in model.card["limits"]
    assert model.card["trained_on"]["women"] == model.card["tested_on"]["women"] == 16
    assert model.card["tested_on"]["folds"] == 2
    assert model.calibrator.to_dict() == training_of(unbroken)["calibrator"]


def test_the_report_is_the_comparison_of_the_pooled_runs(unbroken: Path, tmp_path: Path) -> None:
    """And a second one, from copies of what it reads, is equal to the byte."""
    copy = tmp_path / "cnn"
    copy.mkdir()
    read = ("config.json", "split.csv", "history.csv", "training.json", "cost.json", "report.json")
    for name in (*read, "predictions.csv"):
        (copy / name).write_bytes((unbroken / "cnn" / name).read_bytes())
    images = tmp_path / "images"
    images.mkdir()
    (images / "images.json").write_bytes((unbroken / "images" / "images.json").read_bytes())
    compare([RunFolder(copy)], tmp_path / "report", images=images)
    for path in (unbroken / "report").iterdir():
        assert (tmp_path / "report" / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_study_examines_its_images_and_its_report_leads_there(unbroken: Path) -> None:
    found = json.loads((unbroken / "images" / "images.json").read_text())
    records = (unbroken / "split.csv").read_text().strip().count("\n")
    assert found["gate"]["refused"]["n"] == records > 0
    page = (unbroken / "report" / "report.html").read_text()
    assert "../images/images.html" in page
    assert (unbroken / "images" / "images.html").is_file()


def test_a_finished_study_does_nothing_when_it_is_run_again(
    unbroken: Path, phantom_root: Path
) -> None:
    def state() -> dict[str, tuple[int, bytes]]:
        files = [p for p in unbroken.rglob("*") if p.is_file() and p.name != ".lock"]
        return {str(p): (p.stat().st_mtime_ns, p.read_bytes()) for p in files}

    before = state()
    study(config(phantom_root, seeds=2), unbroken)
    assert state() == before


def test_progress_is_told_for_the_whole(told: tuple[Path, list[str]]) -> None:
    _, lines = told
    text = "\n".join(lines)
    for stage in ("cnn-seed-0-fold-1", "cnn-seed-1-fold-2", "cnn-refit", "cnn-pool", "images"):
        assert f"{stage}: begins" in text
    assert "[2/9] cnn-seed-0-fold-2: epoch 1/3" in text
    assert "[1 of 9 done] cnn-seed-0-fold-1" in text
    assert "left, and 4 stages of a kind not timed yet" in text
    assert lines[-1].endswith("about 0 s left")


@pytest.mark.slow
def test_a_study_killed_at_every_stage_ends_as_an_unbroken_one(
    phantom_root: Path, unbroken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = config(phantom_root, seeds=2)

    def kill(*args: object, **kwargs: object) -> None:
        raise Killed

    killed = tmp_path / "killed"
    for where, place in KILLS:
        with monkeypatch.context() as patch:
            patch.setattr(place, in_the_second_epoch(place) if place == TRAINING else kill)
            with pytest.raises(Killed):
                study(asked, killed)
                pytest.fail(f"the study was not killed {where}")
        # What a process that is killed by the system leaves lying about.
        (killed / "runs" / ".writing-abcpredictions.csv").write_text("half")
    lines: list[str] = []
    study(asked, killed, say=lines.append)
    assert sum("begins" in line for line in lines) == 1  # the report was left
    assert_same_study(unbroken, killed)


def in_the_second_epoch(place: str) -> object:
    from mammoscope.experiment.feed import Feed

    give = Feed.__getitem__

    def giving(self: Feed, index: int) -> object:
        if self._augment is not None and (self.epoch, index) == (1, 1):
            raise Killed
        return give(self, index)

    return giving


@pytest.mark.slow
def test_without_folds_the_test_women_are_held_out_and_the_first_seed_is_the_model(
    phantom_root: Path, tmp_path: Path
) -> None:
    out = tmp_path / "study"
    asked = config(phantom_root, folds=0, seeds=2, fit=(("epochs", 1),))
    words = ["study", "--dataset", "phantom", "--root", str(phantom_root), "--models", "cnn"]
    words += ["--seeds", "2", "--init", "none", "--epochs", "1", "--image-size", "64"]
    result = CliRunner().invoke(app, [*words, "--out", str(out), "--json"])
    assert result.exit_code == 0, result.output
    digest = json.loads(result.stdout)["data"]["split_digest"]
    assert digest == training_of(out)["split_digest"]
    table = predictions_of(out)
    split = load_split(out / "split.csv", open_dataset("phantom", phantom_root))
    assert sorted(set(table.path)) == sorted(record.path for record in split.test)
    assert set(table.seed.tolist()) == {0, 1} and set(table.fold.tolist()) == {0}
    first = out / "runs" / "cnn-seed-0" / "model.onnx"
    assert (out / "cnn" / "model.onnx").read_bytes() == first.read_bytes()
    assert publish(RunFolder(out / "cnn"), "held-out", zoo=tmp_path).reference == "held-out@1"
    with pytest.raises(DatasetError, match=r"another folds \(0, now 2\)"):
        study(replace(asked, folds=2), out)


def test_what_was_made_from_something_that_changed_is_made_anew(
    unbroken: Path, phantom_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fold that somebody deleted is trained again; what hung on another result follows it."""
    out = tmp_path / "study"
    shutil.copytree(unbroken, out, ignore=shutil.ignore_patterns("prepared"))
    shutil.rmtree(out / "runs" / "cnn-seed-1-fold-2")
    for seed in (0, 1):
        training = RunFolder(out / "runs" / f"cnn-seed-{seed}-fold-1").training
        values = json.loads(training.read_text())
        training.write_text(json.dumps(values | {"best_epoch": 1 + values["best_epoch"] % 3}))
    lines: list[str] = []
    study(config(phantom_root, seeds=2), out, cache=unbroken / "prepared", say=lines.append)
    begun = [line.split(" ")[1].rstrip(":") for line in lines if "begins" in line]
    assert begun == ["cnn-seed-1-fold-2", "cnn-refit", "cnn-pool", "costs", "report"]
    members = [run for run in (out / "runs").iterdir() if "fold" in run.name]
    best = [json.loads((run / "training.json").read_text())["best_epoch"] for run in members]
    refit = json.loads((out / "runs" / "cnn-refit" / "training.json").read_text())
    assert refit["epochs"] == int(np.ceil(np.median(best)))
    (out / "cnn" / "cost.json").unlink()
    study(config(phantom_root, seeds=2), out, cache=unbroken / "prepared")
    assert (out / "cnn" / "cost.json").is_file()


def test_what_each_model_starts_from_is_settled_once(unbroken: Path) -> None:
    begun = json.loads((unbroken / "study.json").read_text())
    assert begun["starts"]["cnn"]["init"] == "none"
    for run in (unbroken / "runs").iterdir():
        settled = RunFolder(run).read_config()
        assert settled.init == "none"
        assert settled.fit.mixed_precision is begun["starts"]["cnn"]["mixed_precision"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"init": "imagenet", "models": ("cnn",)}, "no backbone"),
        ({"init": "absent.weights.h5"}, "absent"),
        ({"folds": 9}, "none empty"),
    ],
)
def test_what_cannot_be_done_is_told_before_hours_of_training(
    phantom_root: Path, tmp_path: Path, changes: dict, message: str
) -> None:
    with pytest.raises(DatasetError, match=message):
        study(config(phantom_root, **changes), tmp_path / "study")
    assert not list((tmp_path / "study").glob("[!.]*"))


def test_a_folder_of_something_else_is_not_written_into(phantom_root: Path, tmp_path: Path) -> None:
    (tmp_path / "split.csv").write_text("precious")
    with pytest.raises(DatasetError, match=r"split\.csv and no study\.json"):
        study(config(phantom_root), tmp_path)
    assert (tmp_path / "split.csv").read_text() == "precious"


def test_a_pooled_run_is_not_evaluated_again(unbroken: Path, phantom_root: Path) -> None:
    before = (unbroken / "cnn" / "predictions.csv").read_bytes()
    with pytest.raises(DatasetError, match="what a study has pooled"):
        evaluate(RunFolder(unbroken / "cnn"), open_dataset("phantom", phantom_root))
    assert (unbroken / "cnn" / "predictions.csv").read_bytes() == before


def test_a_graph_that_is_not_the_measured_one_is_not_published(
    unbroken: Path, tmp_path: Path
) -> None:
    shutil.copytree(unbroken / "cnn", tmp_path / "cnn")
    (tmp_path / "cnn" / "model.onnx").write_bytes(b"another")
    with pytest.raises(ModelIntegrityError, match="not the graph"):
        publish(RunFolder(tmp_path / "cnn"), "tiny", zoo=tmp_path / "zoo")


def test_a_study_of_changed_data_is_refused(
    unbroken: Path, phantom_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = open_dataset("phantom", phantom_root)
    fewer = replace(dataset, records=dataset.records[:-4])
    monkeypatch.setattr("mammoscope.experiment.study.open_dataset", lambda *a, **k: fewer)
    with pytest.raises(DatasetError, match="another split_digest"):
        study(config(phantom_root, seeds=2), unbroken)


def test_two_studies_in_one_folder_at_a_time_are_refused(
    phantom_root: Path, tmp_path: Path
) -> None:
    with FileLock(tmp_path / ".lock"), pytest.raises(DatasetError, match="running in"):
        study(config(phantom_root), tmp_path)
    assert not (tmp_path / "study.json").exists()


@pytest.mark.parametrize(
    "changes",
    [{"models": ()}, {"models": ("cnn", "cnn")}, {"models": ("resnet",)}, {"folds": 1},
     {"seeds": 0}],
)  # fmt: skip
def test_a_study_without_sense_is_refused_before_anything_is_written(changes: dict) -> None:
    with pytest.raises(DatasetError, match="expected"):
        config(Path(), **changes)


def test_the_split_of_a_study_names_every_image_and_its_fold(unbroken: Path) -> None:
    with (unbroken / "split.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["part"] for row in rows} == {"fold-1", "fold-2"} and len(rows) == 64
