"""`mammoscope sanity` from end to end: an honest training, one on permuted labels, both checks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mammoscope.cli import app

QUICK = ("--model", "cnn", "--init", "none", "--epochs", "1", "--image-size", "64")


def mammoscope(*words: str | Path) -> tuple[int, str, str]:
    run = CliRunner().invoke(app, [str(word) for word in words])
    return run.exit_code, run.stdout, run.stderr


@pytest.fixture(scope="module")
def work(phantom_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    work = tmp_path_factory.mktemp("work")
    data = ("--dataset", "phantom", "--root", phantom_root, *QUICK)
    split = work / "run" / "split.csv"
    for words in (
        ("train", "--out", work / "run", *data),
        ("train", "--out", work / "fooled", *data, "--split", split, "--permute-labels"),
        ("evaluate", work / "run"),
    ):
        code, _, stderr = mammoscope(*words)
        assert code == 0, stderr
    return work


def test_the_checks_are_told_line_by_line_and_written(work: Path) -> None:
    words = ("sanity", work / "run", "--permuted", work / "fooled", "--images", "6")
    code, stdout, stderr = mammoscope(*words)
    assert code == 0, stderr
    lines = stdout.splitlines()
    assert "images of" in lines[0] and "95 % intervals" in lines[0]
    assert any(line.startswith("weights: ") for line in lines)
    assert any(line.startswith("labels: not decided") for line in lines)
    assert lines[-1] == str(work / "run" / "saliency.json")
    code, stdout, _ = mammoscope(*words, "--json")
    written = json.loads((work / "run" / "saliency.json").read_text(encoding="utf-8"))
    assert code == 0 and json.loads(stdout) == written


def test_what_is_no_permuted_run_is_one_line_and_exit_1(work: Path) -> None:
    code, stdout, stderr = mammoscope("sanity", work / "run", "--permuted", work / "run")
    assert code == 1 and stdout == ""
    assert stderr.splitlines()[-1].startswith("mammoscope: ") and "--permute-labels" in stderr


def test_a_resumed_run_takes_its_own_labels(work: Path) -> None:
    code, _, stderr = mammoscope("train", "--resume", "--out", work / "run", "--permute-labels")
    assert code == 2 and "takes its own config" in stderr
