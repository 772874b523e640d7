"""`mammoscope evaluate --model`: a published model on a folder of one's own."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from mammoscope.cli import app
from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.dataset import ABNORMAL
from mammoscope.inference.card import read_card, write_card
from mammoscope.types import RESEARCH_NOTICE
from tests.published import ask, copy_version, write_tiny_model


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    zoo = tmp_path_factory.mktemp("zoo")
    write_tiny_model(zoo, "tiny", seed=1)
    ask(zoo, "tiny@1", ABNORMAL)
    copy_version(zoo, "tiny", 2)
    return zoo


@pytest.fixture(scope="module")
def own(phantom_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of PNG files, a subfolder a class, without a table of women."""
    root = tmp_path_factory.mktemp("own")
    dataset = open_dataset("phantom", phantom_root)
    for record in dataset.records[:16]:
        pixels = np.rint(dataset.load(record).pixels * 255).astype(np.uint8)
        (root / record.label).mkdir(exist_ok=True)
        cv2.imwrite(str(root / record.label / (record.path.replace("/", "-") + ".png")), pixels)
    return root


def evaluate(*words: str) -> tuple[int, str, str]:
    run = CliRunner().invoke(app, ["evaluate", *words])
    return run.exit_code, run.stdout, run.stderr


def test_a_published_model_is_measured_on_a_folder(own: Path, zoo: Path, tmp_path: Path) -> None:
    words = ("--dataset", "folder", "--root", str(own), "--zoo", str(zoo), "--task", "abnormal")
    code, stdout, stderr = evaluate("--model", "tiny", *words, "--out", str(tmp_path / "out"))
    assert code == 0, stderr
    assert stdout.startswith("tiny@2 on folder: 16 images of 16 women")
    assert "note: no patients.csv" in stdout and RESEARCH_NOTICE in stdout
    assert "operating point youden, score 0.500" in stdout and "on its card 0.700" in stdout
    assert "scoring 16 images with tiny@2" in stderr
    assert (tmp_path / "out" / "report.json").is_file()


def test_a_model_on_what_it_was_trained_on_is_told_on_stdout(
    phantom_root: Path, tmp_path: Path
) -> None:
    write_tiny_model(tmp_path, "tiny", seed=1)
    ask(tmp_path, "tiny@1", ABNORMAL)
    model = read_card(tmp_path / "tiny@1")
    write_card(replace(model, card={**model.card, "trained_on": {"dataset": "phantom"}}))
    words = ("--dataset", "phantom", "--root", str(phantom_root), "--zoo", str(tmp_path))
    code, stdout, stderr = evaluate("--model", "tiny", *words)
    assert code == 0, stderr
    assert stdout.splitlines()[1].startswith("note: tiny@1 was trained on this collection: women")


def test_the_report_for_machines_names_the_pinned_version(own: Path, zoo: Path) -> None:
    words = ("--dataset", "folder", "--root", str(own), "--zoo", str(zoo), "--task", "abnormal")
    code, stdout, _ = evaluate("--model", "tiny@1", *words, "--json")
    assert code == 0
    assert json.loads(stdout)["model"] == "tiny@1"


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("run", "--model", "tiny"),
        ("--model", "tiny"),
        ("--model", "tiny", "--dataset", "folder"),
        ("--model", "tiny", "--root", "here"),
        ("run", "--dataset", "folder"),
        ("run", "--out", "there"),
    ],
)
def test_a_run_or_a_model_with_its_data_is_asked_for(words: tuple[str, ...]) -> None:
    code, stdout, stderr = evaluate(*words)
    assert (code, stdout) == (2, "")
    assert "model" in stderr


def test_an_unknown_model_is_one_line(own: Path, zoo: Path) -> None:
    words = ("--dataset", "folder", "--root", str(own), "--zoo", str(zoo))
    code, stdout, stderr = evaluate("--model", "tiny@7", *words)
    assert (code, stdout) == (1, "")
    assert len(stderr.splitlines()) == 1 and "no version '7'" in stderr
