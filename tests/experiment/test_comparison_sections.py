"""A report says no more than was measured: of unseen women, of noise, of folds and of costs."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoscope.experiment.compare import compare
from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.run import RunFolder
from tests.written_runs import write_run

REPLICATES = 20


def markdown_of(runs: list[RunFolder], out: Path) -> str:
    compare(runs, out, replicates=REPLICATES)
    return re.sub(r"\\(.)", r"\1", (out / "report.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("starts", "said"),
    [
        (("none", "imagenet"), "Each woman is judged by networks that never saw her."),
        (
            ("imagenet", "birads-cnn@3"),
            "in this training; what the weights that two started from (birads-cnn@3) had seen "
            "is not known here.",
        ),
        (
            ("/home/me/a.weights.h5", "birads-cnn@3"),
            "what the weights that one started from (a.weights.h5) and two started from "
            "(birads-cnn@3) had seen is not known here.",
        ),
    ],
)
def test_what_is_said_of_unseen_women_depends_on_the_starts(
    tmp_path: Path, starts: tuple[str, str], said: str
) -> None:
    runs = [
        write_run(tmp_path / name, training={"start": start})
        for name, start in zip(("one", "two"), starts, strict=True)
    ]
    text = markdown_of(runs, tmp_path / "out")
    assert said in text and "/home" not in text
    assert ("never saw her." in text) == (set(starts) <= {"none", "imagenet"})


def test_what_a_start_had_learnt_from_is_said_where_it_is_known(tmp_path: Path) -> None:
    tuned = {"start": "birads-cnn@3", "learnt_before": {"rsna": "a", "folder": ""}}
    text = markdown_of([write_run(tmp_path / "one", training=tuned)], tmp_path / "out")
    assert (
        "never saw her. one started from birads-cnn@3, which had learnt from rsna and folder, "
        "but from no woman that is tested here." in text
    )


def test_a_note_on_the_data_is_in_the_paragraph_and_at_the_differences(tmp_path: Path) -> None:
    runs = [write_run(tmp_path / "bad", signal=0.0), write_run(tmp_path / "good", signal=9.0)]
    note = "no patients.csv: each image counts as a woman of its own"
    for run in runs:
        values = json.loads(run.training.read_text())
        values["dataset"]["notes"] = [note]
        run.training.write_text(json.dumps(values))
    text = markdown_of(runs, tmp_path / "out")
    verdict = json.loads((tmp_path / "out" / "comparison.json").read_text("utf-8"))["verdict"]
    sentence = f"The intervals may be too narrow: {note}."
    assert sentence in verdict and text.count(sentence) == 2
    readings = re.findall(r"\| (m[a-z ]+ noise[a-z, ]*) \|", text)
    assert readings == ["more than the noise of drawing women, but see the note below"] * 3


@pytest.mark.parametrize(
    ("seeds", "reading"),
    [
        (((0, 1, 2), (0, 1, 2)), "more than noise"),
        (((0, 1, 2), (0,)), "more than the noise of drawing women"),
    ],
)
def test_a_difference_is_read_by_what_was_measured(
    tmp_path: Path, seeds: tuple[tuple[int, ...], tuple[int, ...]], reading: str
) -> None:
    runs = [
        write_run(tmp_path / "bad", signal=0.0, seeds=seeds[0]),
        write_run(tmp_path / "good", signal=9.0, seeds=seeds[1]),
    ]
    text = markdown_of(runs, tmp_path / "out")
    assert text.count(f"| {reading} |") == 3
    assert ("is the better choice in these trainings" in text) == (len(seeds[1]) == 1)
    assert "The noise of training is in the interval of a model of several seeds" in text
    assert "(of several seeds: the first's); the figures are those of all seeds" in text


def test_a_held_out_part_is_told_with_its_women(tmp_path: Path) -> None:
    text = markdown_of([write_run(tmp_path / "cnn")], tmp_path / "out")
    assert "Women: train 48 (192 images), validation 16 (64 images), test 16 (64 images)." in text
    assert "one held-out part" in text


def test_a_fold_alone_is_one_held_out_part(tmp_path: Path) -> None:
    run = write_run(tmp_path / "cnn")
    replace(Predictions.read(run.predictions), fold=np.full(64, 3)).write(run.predictions)
    text = markdown_of([run], tmp_path / "out")
    assert "one held-out part" in text and "1 folds" not in text
    assert "Women: train 48" in text and "Scores out of fold" not in text


def test_epochs_that_early_stopping_skipped_are_not_counted(tmp_path: Path) -> None:
    run = write_run(tmp_path / "cnn")
    lines = run.history.read_text().splitlines()
    late = [line.replace("0,0,3,", "0,0,13,") for line in lines]
    assert late != lines
    run.history.write_text("\n".join(late) + "\n")
    assert "1 network of 4 epochs" in markdown_of([run], tmp_path / "out")
