"""Nothing that is chosen looks at the test part: its labels can be anything."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.split import make_split
from mammoscope.experiment.config import FitConfig, TrainConfig
from mammoscope.experiment.evaluate import PARTS, predict_run
from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.train import train
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.types import PartName, Split

# All that training and validation settle. The graph holds weights and the features selected.
CHOSEN = (
    *("calibrator", "calibration", "thresholds", "best_epoch", "epochs"),
    *("heatmap_scale", "positive_share", "graph_sha256", "parity"),
)
TURNED = {"normal": "abnormal", "abnormal": "normal"}


def turned(dataset: Dataset, split: Split, part: PartName) -> tuple[Dataset, Split]:
    """The same images in the same parts, with every label of one part turned round."""
    of_part = {record.path for record in split.parts()[part]}
    records = {
        record.path: replace(record, label=TURNED[record.label])
        if record.path in of_part
        else record
        for record in dataset.records
    }
    parts = {
        name: tuple(records[record.path] for record in old) for name, old in split.parts().items()
    }
    return replace(dataset, records=tuple(records.values())), Split(**parts)


def settled(run: RunFolder) -> dict[str, Any]:
    training = json.loads(run.training.read_text())
    with run.history.open(encoding="utf-8") as file:
        return {name: training[name] for name in CHOSEN} | {"history": file.read()}


@pytest.mark.parametrize("model", ["logistic", "cnn"])
def test_calibrator_thresholds_epoch_and_features_are_the_same_whatever_the_test_labels(
    model: str, phantom_root: Path, tmp_path: Path
) -> None:
    dataset = open_dataset("phantom", phantom_root)
    split = make_split(dataset.records, dataset.task, seed=0)
    config = TrainConfig(
        dataset="phantom",
        root=str(phantom_root),
        model=model,
        init=None if model == "logistic" else "none",
        fit=FitConfig(epochs=2, mixed_precision=False),
        preprocess=PreprocessConfig(
            rows=64, columns=64, extractor="texture@1" if model == "logistic" else None
        ),
    )
    runs: dict[str, RunFolder] = {}
    for name, (data, parts) in {
        "as it is": (dataset, split),
        "test turned": turned(dataset, split, "test"),
        "training turned": turned(dataset, split, "train"),
    }.items():
        if name == "training turned" and model == "cnn":
            continue
        runs[name] = train(data, config, tmp_path / name, split=parts, cache=tmp_path / "cache")
        before = runs[name].training.read_bytes()
        predict_run(runs[name], data, PARTS, cache=tmp_path / "cache")
        assert runs[name].training.read_bytes() == before
    assert settled(runs["as it is"]) == settled(runs["test turned"])
    one, other = (Predictions.read(runs[name].predictions) for name in ("as it is", "test turned"))
    for column in ("logit", "score", "threshold"):
        assert np.array_equal(getattr(one, column), getattr(other, column)), column
    assert np.array_equal(one.of("test").positive, ~other.of("test").positive)
    # The comparison can fail: training labels do move the graph.
    if "training turned" in runs:
        graphs = {settled(run)["graph_sha256"] for run in runs.values()}
        assert len(graphs) == 2
