"""A small study of phantoms, where it can be killed, and how two of them are held together."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.study_config import StudyConfig
from tests.written_runs import read_history

# Where a study is killed, in the order of its stages: what is called there for the last time.
TRAINING = "mammoscope.experiment.feed.Feed.__getitem__"
KILLS = (
    ("before the first image", "mammoscope.experiment.train.prepare_parts"),
    ("in mid-epoch", TRAINING),
    ("at the export", "mammoscope.classifiers.network.NetworkClassifier.export"),
    ("between training and prediction", "mammoscope.experiment.study.predict_run"),
    ("while a table is written", "mammoscope.experiment.predictions.Predictions.write"),
    ("in the refit", TRAINING),
    ("at the end of the refit", "mammoscope.experiment.train.describe_fit"),
    ("in mid-pool", "mammoscope.experiment.pool.draw_figures"),
    ("while costs are measured", "mammoscope.experiment.study.measure_costs"),
    ("while images are examined", "mammoscope.experiment.image_report.write_image_report"),
    ("while the report is written", "mammoscope.experiment.compare.render"),
)


def config(root: Path, **changes: object) -> StudyConfig:
    values: dict = {
        "dataset": "phantom",
        "root": str(root),
        "models": ("cnn",),
        "folds": 2,
        "init": "none",
        "fit": (("epochs", 3), ("batch_size", 8)),
        "image_size": 64,
    }
    return StudyConfig(**{**values, **changes})


def predictions_of(out: Path, model: str = "cnn") -> Predictions:
    return Predictions.read(RunFolder(out / model).predictions)


def training_of(out: Path, model: str = "cnn") -> dict:
    return json.loads(RunFolder(out / model).training.read_text())


def assert_same_study(one: Path, other: Path) -> None:
    tables = [predictions_of(out) for out in (one, other)]
    assert tables[0].path == tables[1].path
    assert np.array_equal(tables[0].fold, tables[1].fold)
    assert np.allclose(tables[0].logit, tables[1].logit, rtol=1e-3, atol=1e-5)
    for out in (one, other):
        assert {path.name for path in (out / "report").iterdir()} >= {"report.html", "report.md"}
    histories = [read_history(out / "cnn" / "history.csv") for out in (one, other)]
    for name in ("loss", "auc", "val_loss", "val_auc"):
        assert histories[0][name] == pytest.approx(histories[1][name], rel=1e-5), name
    refits = [read_history(out / "runs" / "cnn-refit" / "history.csv") for out in (one, other)]
    assert refits[0]["loss"] == pytest.approx(refits[1]["loss"], rel=1e-5)
