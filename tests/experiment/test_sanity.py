"""The checks of a run: written beside it, judged by their intervals, shown by a comparison."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.split import load_split
from mammoscope.experiment.compare import compare
from mammoscope.experiment.config import FitConfig, TrainConfig
from mammoscope.experiment.evaluate import predict_run
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.sanity import check_run, fitted_auc, halfway, judge
from mammoscope.experiment.train import train
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.types import DatasetError, Estimate
from tests.written_runs import write_run

TITLE = "Does the map hang on what was learnt?"


def estimate(value: float, spread: float = 0.05) -> dict[str, Estimate]:
    return {"rank": Estimate(value, value - spread, value + spread, "made up")}


@pytest.fixture(scope="module")
def dataset(phantom_root: Path) -> Dataset:
    return open_dataset("phantom", phantom_root)


@pytest.fixture(scope="module")
def pair(
    dataset: Dataset, phantom_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[RunFolder, RunFolder]:
    """A network of an epoch that learnt true labels, and one that learnt permuted ones."""
    out = tmp_path_factory.mktemp("runs")
    fit = FitConfig(epochs=1, batch_size=8, mixed_precision=False)
    config = TrainConfig(
        dataset="phantom",
        root=str(phantom_root),
        model="cnn",
        init="none",
        fit=fit,
        preprocess=PreprocessConfig(rows=64, columns=64),
    )
    honest = train(dataset, config, out / "honest", cache=out / "cache")
    predict_run(honest, dataset, ("test",), cache=out / "cache")
    asked = replace(config, fit=replace(fit, permute_labels=True))
    split = load_split(honest.split, dataset)
    fooled = train(dataset, asked, out / "fooled", split=split, cache=out / "cache")
    return honest, fooled


@pytest.fixture
def runs(pair: tuple[RunFolder, RunFolder], tmp_path: Path) -> tuple[RunFolder, RunFolder]:
    """Copies that a test may spoil."""
    for run in pair:
        shutil.copytree(run.path, tmp_path / run.path.name)
    return RunFolder(tmp_path / "honest"), RunFolder(tmp_path / "fooled")


def check(run: RunFolder, dataset: Dataset, **changes: Any) -> dict[str, Any]:
    return check_run(run, dataset, **{"images": 8, "replicates": 50, **changes})


def test_a_check_passes_below_the_middle_fails_above_and_is_else_not_decided() -> None:
    limit = halfway(estimate(0.2))
    assert limit == pytest.approx(0.6)
    assert judge(estimate(0.5), limit) == "passed"
    assert judge(estimate(0.9), limit) == "failed"
    assert judge(estimate(0.6), limit) == "not decided"
    # Maps of one value have no ranks.
    assert judge({}, limit) == judge(estimate(0.1), halfway({})) == "not decided"


def test_both_checks_are_written_into_the_run(
    runs: tuple[RunFolder, RunFolder], dataset: Dataset
) -> None:
    honest, fooled = runs
    before = honest.test_readings.read_bytes()
    values = check(honest, dataset, permuted=fooled)
    assert json.loads(honest.saliency.read_text(encoding="utf-8")) == values
    assert honest.test_readings.read_bytes() == before
    assert values["graph_sha256"] == honest.read_training()["graph_sha256"]
    assert 2 <= values["n"] <= 8 and values["n_patients"] <= values["n"]
    shuffled = [step["shuffled"] for step in values["weights"]["steps"]]
    assert shuffled == sorted(shuffled) and shuffled[-1] == values["weights"]["layers"]
    for step in values["weights"]["steps"]:
        rank = step["likeness"]["rank"]
        assert -1 <= rank["low"] <= rank["value"] <= rank["high"] <= 1
    labels = values["labels"]
    assert labels["run"] == "fooled" and labels["fitted_auc"] == fitted_auc(fooled)
    # After one epoch it has not learnt its labels, and says nothing.
    assert labels["fitted_auc"] < 0.9 and labels["verdict"] == "not decided"
    assert check(honest, dataset, permuted=fooled) == values
    assert "labels" not in check(honest, dataset)


def test_what_cannot_be_checked_is_refused(
    runs: tuple[RunFolder, RunFolder], dataset: Dataset
) -> None:
    honest, fooled = runs
    with pytest.raises(DatasetError, match="learnt from permuted labels"):
        check(fooled, dataset)
    with pytest.raises(DatasetError, match="learnt from true labels"):
        check(honest, dataset, permuted=honest)
    other = fooled.read_config()
    other = replace(other, preprocess=replace(other.preprocess, margin=0.3))
    fooled.config.write_text(other.to_json())
    with pytest.raises(DatasetError, match="has another preprocessing than"):
        check(honest, dataset, permuted=fooled)
    few = replace(dataset, records=dataset.records[:1])
    with pytest.raises(DatasetError, match="does not hold"):
        check(honest, few)
    honest.predictions.unlink()
    with pytest.raises(DatasetError, match="mammoscope evaluate"):
        check(honest, dataset)


def test_a_model_without_a_map_of_its_own_is_refused(
    dataset: Dataset, phantom_root: Path, tmp_path: Path
) -> None:
    config = TrainConfig(
        dataset="phantom",
        root=str(phantom_root),
        model="logistic",
        preprocess=PreprocessConfig(rows=64, columns=64, extractor="texture@1"),
    )
    run = train(dataset, config, tmp_path / "logistic")
    with pytest.raises(DatasetError, match="no map that comes with its score"):
        check(run, dataset)


def test_a_comparison_shows_the_checks_and_refuses_those_of_another_graph(
    runs: tuple[RunFolder, RunFolder], dataset: Dataset, tmp_path: Path
) -> None:
    honest, fooled = runs
    check(honest, dataset, permuted=fooled)
    graph = {"graph_sha256": honest.read_training()["graph_sha256"]}
    checked = write_run(tmp_path / "checked", training=graph)
    plain = write_run(tmp_path / "plain")
    checked.saliency.write_bytes(honest.saliency.read_bytes())
    compare([checked, plain], tmp_path / "out", replicates=20)
    part = (tmp_path / "out" / "report.md").read_text(encoding="utf-8").split(f"## {TITLE}")[1]
    assert "| checked | of another image | image |" in part and "| reference |" in part
    assert "permuted labels, fitted to an AUC of" in part and "| plain | of" not in part
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    compare([checked, plain], tmp_path / "out", replicates=20)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    plain.saliency.write_bytes(honest.saliency.read_bytes())
    with pytest.raises(DatasetError, match="of another graph"):
        compare([checked, plain], tmp_path / "out", replicates=20)
