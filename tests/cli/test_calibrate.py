"""`mammoscope calibrate`: a new version for one's own women."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mammoscope.cli import app
from mammoscope.datasets.dataset import ABNORMAL
from mammoscope.datasets.phantom import PhantomConfig
from mammoscope.datasets.phantom_set import write
from mammoscope.inference.card import read_card, write_card
from mammoscope.inference.store import ModelStore
from tests.published import ask, write_tiny_model


@pytest.fixture
def zoo(tmp_path: Path) -> Path:
    write_tiny_model(tmp_path / "zoo", "tiny", seed=1)
    ask(tmp_path / "zoo", "tiny@1", ABNORMAL)
    return tmp_path / "zoo"


def calibrate(root: Path, zoo: Path, *words: str) -> tuple[int, str, str]:
    given = ("--model", "tiny", "--dataset", "phantom", "--root", str(root), "--zoo", str(zoo))
    run = CliRunner().invoke(app, ["calibrate", *given, *words])
    return run.exit_code, run.stdout, run.stderr


def test_the_new_version_is_told_with_its_operating_points(zoo: Path, tmp_path: Path) -> None:
    root = tmp_path / "women"
    write(root, women=22, seed=5, config=PhantomConfig(rows=120, columns=96))
    cache = ("--cache", str(tmp_path / "cache"))
    code, stdout, stderr = calibrate(root, zoo, *cache)
    assert code == 0, stderr
    assert stdout.splitlines()[-1] == str(zoo / "tiny@2")
    assert stdout.count("sensitivity ") == stdout.count("specificity ") == 3
    assert "scoring 88 images with tiny@1" in stderr
    code, stdout, _ = calibrate(root, zoo, *cache, "--name", "clinic", "--json")
    assert code == 0
    model = json.loads(stdout)
    assert (model["name"], model["version"]) == ("clinic", "1")
    assert model["card"]["calibrated_on"]["from"] == "tiny@2"
    assert ModelStore(zoo).versions() == {"clinic": [1], "tiny": [1, 2]}


def test_a_model_on_what_it_was_trained_on_is_told_on_stdout(zoo: Path, tmp_path: Path) -> None:
    model = read_card(zoo / "tiny@1")
    write_card(replace(model, card={**model.card, "trained_on": {"dataset": "phantom"}}))
    root = tmp_path / "women"
    write(root, women=20, seed=5, config=PhantomConfig(rows=96, columns=80))
    code, stdout, stderr = calibrate(root, zoo)
    assert code == 0, stderr
    assert stdout.splitlines()[0].startswith("note: tiny@1 was trained on this collection: women")


def test_too_few_women_are_one_line(phantom_root: Path, zoo: Path) -> None:
    code, stdout, stderr = calibrate(phantom_root, zoo)
    assert (code, stdout) == (1, "")
    assert len(stderr.splitlines()) == 1 and "16 women" in stderr
    assert ModelStore(zoo).versions() == {"tiny": [1]}
