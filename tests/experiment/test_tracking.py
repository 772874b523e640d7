"""A tracker is told of settings and epochs, and is not imported unless it was asked for."""

from __future__ import annotations

import math
import sys
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mammoscope.experiment.config import FitConfig, TrainConfig
from mammoscope.experiment.tracking import LOGS, flatten, open_tracker, track
from mammoscope.types import MammoscopeError

CONFIG = TrainConfig(
    dataset="phantom",
    root="/home/somebody/phantoms",
    model="cnn",
    init="/home/somebody/start.weights.h5",
    fit=FitConfig(epochs=3),
)


class FakeMLflow(ModuleType):
    """Takes what MLflow 2 and 3 take of `set_experiment`, `start_run` and `log_*`."""

    def __init__(self) -> None:
        super().__init__("mlflow")
        self.told: list[tuple[Any, ...]] = []

    def set_experiment(self, experiment_name: str) -> None:
        self.told.append(("experiment", experiment_name))

    def start_run(self, *, run_name: str) -> None:
        self.told.append(("start", run_name))

    def log_params(self, params: dict[str, Any]) -> None:
        self.told.append(("params", params))

    def log_metrics(self, metrics: dict[str, float], *, step: int) -> None:
        self.told.append(("metrics", metrics, step))

    def end_run(self, status: str) -> None:
        self.told.append(("end", status))


class FakeBoard(ModuleType):
    """Takes what torch's `SummaryWriter` takes."""

    def __init__(self) -> None:
        super().__init__("torch.utils.tensorboard")
        self.told: list[tuple[Any, ...]] = []

    def SummaryWriter(self, *, log_dir: str) -> FakeBoard:
        self.told.append(("open", log_dir))
        return self

    def add_text(self, tag: str, text: str) -> None:
        self.told.append(("text", tag, text))

    def add_scalar(self, tag: str, value: float, step: int) -> None:
        self.told.append(("scalar", tag, value, step))

    def close(self) -> None:
        self.told.append(("close",))


def test_mlflow_is_told_of_settings_epochs_and_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = FakeMLflow()
    monkeypatch.setitem(sys.modules, "mlflow", module)
    with track("mlflow", tmp_path / "run", config=asdict(CONFIG)) as tracker:
        tracker.epoch(1, {"loss": 0.7, "val_auc": math.nan})
    experiment, start, (_, settings), metrics, end = module.told
    assert (experiment, start) == (("experiment", "mammoscope"), ("start", "run"))
    assert settings["fit.epochs"] == 3 and settings["preprocess.rows"] == 256
    assert metrics == ("metrics", {"loss": 0.7}, 1) and end == ("end", "FINISHED")


def test_tensorboard_writes_beside_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = FakeBoard()
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    with track("tensorboard", tmp_path, config=asdict(CONFIG)) as tracker:
        tracker.epoch(2, {"loss": 0.7})
    opened, text, scalar, closed = module.told
    assert opened == ("open", str(tmp_path / LOGS)) and closed == ("close",)
    assert "    fit.epochs = 3\n" in text[2]
    assert scalar == ("scalar", "loss", 0.7, 2)


def test_a_training_that_fails_is_told_as_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = FakeMLflow()
    monkeypatch.setitem(sys.modules, "mlflow", module)
    with pytest.raises(RuntimeError), track("mlflow", tmp_path, config={}):
        raise RuntimeError("the machine stops here")
    assert module.told[-1] == ("end", "FAILED")


@pytest.mark.parametrize(
    ("name", "module"), [("mlflow", "mlflow"), ("tensorboard", "torch.utils.tensorboard")]
)
def test_a_package_that_is_not_there_is_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, module: str
) -> None:
    # None is how Python marks a module that must not be found.
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MammoscopeError, match=f"pip install {name}, or leave --track out"):
        open_tracker(name, tmp_path)


def test_an_unknown_tracker_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MammoscopeError, match="expected one of mlflow, tensorboard"):
        open_tracker("wandb", tmp_path)


def test_without_a_tracker_nothing_is_imported_and_nothing_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("mlflow", "torch.utils.tensorboard"):
        monkeypatch.setitem(sys.modules, module, None)
    with track(None, tmp_path, config=asdict(CONFIG)) as tracker:
        tracker.epoch(1, {"loss": 0.7})
    assert list(tmp_path.iterdir()) == []


def test_no_path_is_told() -> None:
    flat = flatten(asdict(CONFIG))
    assert flat["init"] == "start.weights.h5" and "root" not in flat
    assert not any("somebody" in str(value) for value in flat.values())
    assert flatten({"init": "/a/one,/b/two"}) == {"init": "one,two"}
    assert flatten({"init": None}) == {"init": None}
