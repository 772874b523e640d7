"""Trainings that are killed in mid-epoch, and how two runs are held together."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from mammoscope.experiment.feed import Feed
from mammoscope.experiment.run import RunFolder
from tests.written_runs import read_history

FIGURES = ("loss", "accuracy", "auc", "val_loss", "val_accuracy", "val_auc")


class Killed(BaseException):
    """Nothing may catch it."""


def kill_at(monkeypatch: pytest.MonkeyPatch, epoch: int, batch: int) -> None:
    """Ends the process, as far as a test can, when that batch of training is asked for."""
    original = Feed.__getitem__

    def give(self: Feed, index: int) -> tuple[np.ndarray, np.ndarray]:
        if self._shuffled and (self.epoch, index) == (epoch, batch):
            raise Killed
        return original(self, index)

    monkeypatch.setattr(Feed, "__getitem__", give)


def killed(act: Callable[[], object]) -> None:
    with pytest.raises(Killed):
        act()


def assert_same_run(one: RunFolder, other: RunFolder) -> None:
    histories = [read_history(run.history) for run in (one, other)]
    for name in FIGURES:
        expected = pytest.approx(histories[1][name], rel=1e-5, nan_ok=True)
        assert histories[0][name] == expected, name
    trainings = [json.loads(run.training.read_text()) for run in (one, other)]
    for name in ("best_epoch", "epochs", "split_digest"):
        assert trainings[0][name] == trainings[1][name], name
    for name, value in trainings[0]["thresholds"].items():
        assert trainings[1]["thresholds"][name] == pytest.approx(value, rel=1e-4)
