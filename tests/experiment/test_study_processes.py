"""Studies in processes of their own: ended by the system at every stage, and side by side."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mammoscope.experiment.study import study
from mammoscope.types import DatasetError
from tests.experiment.studies import KILLS, assert_same_study, config

KILLING = """
import importlib, os, signal, sys
place = sys.argv.pop(1)
from mammoscope.experiment import study
module, names = place, []
while True:
    try:
        owner = importlib.import_module(module)
        break
    except ImportError:
        module, _, name = module.rpartition(".")
        names.insert(0, name)
for name in names[:-1]:
    owner = getattr(owner, name)
original = getattr(owner, names[-1])
def killing(self, *args, **kwargs):
    if place.endswith("__getitem__") and (self._augment is None or (self.epoch, args[0]) != (1, 1)):
        return original(self, *args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(owner, names[-1], killing)
from mammoscope.cli import app
app()
"""


@pytest.mark.slow
def test_a_study_killed_by_the_system_at_every_stage_ends_as_an_unbroken_one(
    phantom_root: Path, tmp_path: Path
) -> None:
    """The same places, the command line, and SIGKILL: nothing of the process cleans up."""
    asked = config(phantom_root)
    study(asked, tmp_path / "unbroken")
    words = ["study", "--dataset", "phantom", "--root", str(phantom_root), "--models", "cnn"]
    words += ["--folds", "2", "--init", "none", "--epochs", "3", "--batch-size", "8"]
    words += ["--image-size", "64", "--out", str(tmp_path / "killed")]
    for where, place in KILLS:
        ended = subprocess.run(
            [sys.executable, "-c", KILLING, place, *words], capture_output=True, check=False
        )
        assert ended.returncode == -signal.SIGKILL, (where, ended.stderr.decode())
    subprocess.run([sys.executable, "-m", "mammoscope", *words], check=True, capture_output=True)
    assert_same_study(tmp_path / "unbroken", tmp_path / "killed")


@pytest.mark.slow
def test_trainings_side_by_side_give_what_they_give_one_after_the_other(
    phantom_root: Path, tmp_path: Path
) -> None:
    asked = config(phantom_root)
    study(asked, tmp_path / "one")
    study(asked, tmp_path / "two", jobs=2)
    assert_same_study(tmp_path / "one", tmp_path / "two")


@pytest.mark.slow
def test_an_error_in_a_training_side_by_side_ends_the_study_with_its_message(
    phantom_root: Path, tmp_path: Path
) -> None:
    asked = config(phantom_root, init=str(tmp_path / "absent.weights.h5"))
    with pytest.raises(DatasetError, match="absent"):
        study(asked, tmp_path / "study", jobs=2)
