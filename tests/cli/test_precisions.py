"""`mammoscope precisions`: what is measured is told, and published."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mammoscope.cli import app
from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.dataset import ABNORMAL
from mammoscope.datasets.split import choose_split, digest
from mammoscope.inference.card import read_card, write_card
from tests.published import ask, write_tiny_model


@pytest.fixture
def zoo(tmp_path: Path, phantom_root: Path) -> Path:
    write_tiny_model(tmp_path, "tiny", seed=1)
    ask(tmp_path, "tiny@1", ABNORMAL)
    model = read_card(tmp_path / "tiny@1")
    split = digest(choose_split(open_dataset("phantom", phantom_root), seed=0))
    write_card(replace(model, card={**model.card, "split_digest": split}))
    return tmp_path


def measure(zoo: Path, root: Path, *words: str) -> Any:
    given = ("tiny", "--dataset", "phantom", "--root", str(root), "--zoo", str(zoo))
    return CliRunner().invoke(app, ["precisions", *given, *words])


@pytest.mark.slow
def test_the_figures_are_told_and_stand_in_the_new_version(zoo: Path, phantom_root: Path) -> None:
    run = measure(zoo, phantom_root, "--precision", "int8", "--json")
    assert run.exit_code == 0, run.stderr
    figures = json.loads(run.stdout)
    card = json.loads((zoo / "tiny@2" / "card.json").read_text(encoding="utf-8"))
    assert set(figures) == {"int8"} and figures == card["precisions"]


def test_float32_is_not_held_against_itself(zoo: Path, phantom_root: Path) -> None:
    run = measure(zoo, phantom_root, "--precision", "float32")
    assert run.exit_code == 2 and "what the others are held" in run.stderr
    assert not (zoo / "tiny@2").exists()


def test_another_split_is_one_line(zoo: Path, phantom_root: Path) -> None:
    run = measure(zoo, phantom_root, "--split-seed", "3")
    assert run.exit_code == 1 and len(run.stderr.splitlines()) == 1
    assert "--split-seed" in run.stderr
