"""What evaluating a run writes beside its figures: groups, calibration, and that it was read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.dataset import Dataset
from mammoscope.experiment.config import TrainConfig
from mammoscope.experiment.cost import Cost, Measured
from mammoscope.experiment.evaluate import evaluate
from mammoscope.experiment.publish import publish
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.train import resume, train
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.inference.predictor import Predictor

MADE_UP = Cost(
    graph_bytes=1,
    latency_p50_ms=1.0,
    latency_p95_ms=1.0,
    latency_runs=1,
    threads=1,
    peak_memory_bytes=1,
    cold_start_s=1.0,
    machine="none",
)


@pytest.fixture(autouse=True)
def no_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Latency takes processes of its own, which no test here looks at."""

    def measure(measured: Sequence[Measured]) -> list[Cost]:
        return [MADE_UP for _ in measured]

    monkeypatch.setattr("mammoscope.experiment.evaluate.measure_costs", measure)


@pytest.fixture(scope="module")
def dataset(phantom_root: Path) -> Dataset:
    return open_dataset("phantom", phantom_root)


@pytest.fixture(scope="module")
def trained(
    dataset: Dataset, phantom_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> RunFolder:
    config = TrainConfig(
        dataset="phantom",
        root=str(phantom_root),
        model="logistic",
        preprocess=PreprocessConfig(rows=64, columns=64, extractor="texture@1"),
    )
    return train(dataset, config, tmp_path_factory.mktemp("runs") / "logistic")


@pytest.fixture
def run(trained: RunFolder, tmp_path: Path) -> RunFolder:
    """A copy that a test may spoil."""
    shutil.copytree(trained.path, tmp_path / "run")
    return RunFolder(tmp_path / "run")


def limits(run: RunFolder, zoo: Path) -> list[str]:
    told = publish(run, "made", zoo=zoo).card["limits"]
    return [line for line in told if line.startswith("The test part was read")]


def rewrite(run: RunFolder, **changes: Any) -> None:
    run.training.write_text(json.dumps(run.read_training() | changes))


def test_the_report_holds_groups_calibration_and_that_the_test_part_was_read_once(
    run: RunFolder, dataset: Dataset, tmp_path: Path
) -> None:
    report = evaluate(run, dataset)
    assert json.loads(run.report.read_text()) == report
    assert report["calibration"] == run.read_training()["calibration"]
    assert report["calibration"]["women"] == run.read_training()["women"]["validation"]
    assert report["test_readings"]["sentence"] == "The test part was read once."
    by = {(of["grouping"], of["unit"]): of for of in report["subgroups"]["by"]}
    assert {("view", "image"), ("laterality", "breast"), ("density", "woman")} <= set(by)
    test = {figures["unit"]: figures for figures in report["parts"]["test"]}
    for (_, unit), of in by.items():
        if of["known_of"] == "everybody":
            counted = sum(group["n"] for group in of["groups"]) + of["n_unknown"]
            assert counted == test[unit]["n"]
    # Three phantoms are too few to say anything of a part of them.
    assert all(not group["metrics"] for of in by.values() for group in of["groups"])
    card = publish(run, "made", zoo=tmp_path / "zoo").card
    assert card["calibration"] == report["calibration"]
    assert not [line for line in card["limits"] if "was read" in line]


def test_evaluating_again_is_recorded_as_a_repeat_and_changes_no_figure(
    run: RunFolder, dataset: Dataset, tmp_path: Path
) -> None:
    first = evaluate(run, dataset)
    lines: list[str] = []
    second = evaluate(run, dataset, say=lines.append)
    assert (second["test_readings"]["times"], second["test_readings"]["repeats"]) == (2, 1)
    assert "the test part was read before: this is reading 2, of the same model" in lines
    assert {**first, "test_readings": None} == {**second, "test_readings": None}
    assert limits(run, tmp_path / "zoo") == []


def test_what_was_chosen_anew_after_the_first_reading_is_told_in_report_and_card(
    run: RunFolder, dataset: Dataset, tmp_path: Path
) -> None:
    evaluate(run, dataset)
    rewrite(run, thresholds={name: 0.5 for name in run.read_training()["thresholds"]})
    report = evaluate(run, dataset)
    assert report["test_readings"]["changes"] == [{"reading": 2, "changed": ["chosen"]}]
    (limit,) = limits(run, tmp_path / "zoo")
    assert limit == report["test_readings"]["sentence"]
    assert "read 2 times, of 2 different models" in limit


def test_a_run_that_was_trained_on_after_its_test_part_was_read_says_so(
    run: RunFolder, dataset: Dataset, tmp_path: Path
) -> None:
    evaluate(run, dataset)
    run.training.unlink()
    lines: list[str] = []
    resume(dataset, run.path, say=lines.append)
    assert any("was read 1 times before training ended" in line for line in lines)
    assert run.read_training()["trained_after_readings"] == 1
    assert evaluate(run, dataset)["test_readings"]["trained_after"] == 1
    (limit,) = limits(run, tmp_path / "zoo")
    assert "1 of the readings came before training ended" in limit


def test_a_run_of_an_older_version_is_published_as_it_was(
    run: RunFolder, dataset: Dataset, tmp_path: Path
) -> None:
    evaluate(run, dataset)
    run.test_readings.unlink()
    training = run.read_training()
    del training["calibration"], training["trained_after_readings"]
    run.training.write_text(json.dumps(training))
    assert limits(run, tmp_path / "zoo") == []
    assert "calibration" not in publish(run, "made", zoo=tmp_path / "zoo").card


def test_isotonic_steps_are_evaluated_published_and_answer(
    run: RunFolder, dataset: Dataset, tmp_path: Path
) -> None:
    steps = {"kind": "isotonic", "logits": [-2.0, 0.0, 2.0], "scores": [0.2, 0.4, 0.7]}
    rewrite(run, calibrator=steps, thresholds={"youden": 0.45})
    report = evaluate(run, dataset)
    assert report["parity"]["largest_score_difference"] < 1e-3
    model = publish(run, "made", zoo=tmp_path / "zoo")
    assert model.calibrator.to_dict() == steps
    score = Predictor(model).predict(dataset.load(dataset.records[0])).score
    assert score is not None and 0.2 <= score <= 0.7
