"""What is not alike, or not whole, is not compared."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoscope.experiment.compare import compare
from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.run import RunFolder
from mammoscope.types import DatasetError
from tests.written_runs import write_run

REPLICATES = 20
READ = (
    *("config.json", "split.csv", "history.csv"),
    *("training.json", "cost.json", "predictions.csv"),
)
VOID = {"meta", "img", "br", "hr", "link", "input"}


def change(run: RunFolder, **fields: Any) -> None:
    """Writes the predictions again with other columns."""
    replace(Predictions.read(run.predictions), **fields).write(run.predictions)


def test_runs_of_different_splits_are_refused_with_both_hashes(tmp_path: Path) -> None:
    one = write_run(tmp_path / "one")
    other = write_run(tmp_path / "other", split="path,patient,label,part\ny,q,cancer,test\n")
    hashes = [json.loads(run.training.read_text())["split_digest"][:12] for run in (one, other)]
    with pytest.raises(DatasetError) as error:
        compare([one, other], tmp_path / "out", replicates=REPLICATES)
    for words in ("one was", "other on", *hashes, "--split", "study"):
        assert words in str(error.value)
    assert not (tmp_path / "out").exists()


def lose(name: str) -> Any:
    return lambda run: (run.path / name).unlink()


def set_training(**values: Any) -> Any:
    def edit(run: RunFolder) -> None:
        known = json.loads(run.training.read_text())
        run.training.write_text(json.dumps(known | values))

    return edit


def set_dataset(**values: Any) -> Any:
    def edit(run: RunFolder) -> None:
        known = json.loads(run.training.read_text())
        run.training.write_text(json.dumps(known | {"dataset": known["dataset"] | values}))

    return edit


def rename_an_image(run: RunFolder) -> None:
    change(run, path=["new", *Predictions.read(run.predictions).path[1:]])


def turn_a_truth(run: RunFolder) -> None:
    positive = Predictions.read(run.predictions).positive.copy()
    positive[0] = not positive[0]
    change(run, positive=positive)


def double_the_rows(run: RunFolder) -> None:
    table = Predictions.read(run.predictions)
    Predictions.join([table, table]).write(run.predictions)


def break_a_score(run: RunFolder) -> None:
    score = Predictions.read(run.predictions).score.copy()
    score[3] = np.nan
    change(run, score=score)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lose("predictions.csv"), "mammoscope evaluate"),
        (lose("training.json"), "holds no training.json"),
        (lose("split.csv"), "cannot be read"),
        (lose("history.csv"), "cannot be read"),
        (lambda run: run.split.write_text("other"), "its training.json says"),
        (lambda run: run.training.write_text("{"), "cannot be read"),
        (lambda run: run.training.write_text("{}"), "lacks title"),
        (lambda run: run.cost.write_text("{}"), "a cost holds"),
        (lambda run: run.config.write_text("{}"), r"config\.json cannot be read"),
        (set_dataset(task="abnormal"), "expected the same"),
        (set_dataset(positive="no cancer"), "positive class"),
        (set_dataset(name="other"), "data set"),
        (rename_an_image, "not the same"),
        (turn_a_truth, "not of the same truth"),
        (double_the_rows, "each image once a seed"),
        (break_a_score, "not finite"),
        (lambda run: change(run, part=["train"] * 64), "0 test images"),
        (lambda run: change(run, positive=np.ones(64, dtype=bool)), "expected both classes"),
    ],
)
def test_runs_that_are_not_alike_or_not_whole_are_refused(
    tmp_path: Path, spoil: Any, words: str
) -> None:
    runs = [write_run(tmp_path / name) for name in ("one", "other")]
    spoil(runs[1])
    with pytest.raises(DatasetError, match=words):
        compare(runs, tmp_path / "out", replicates=REPLICATES)


def test_no_run_too_many_and_equal_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="0 runs"):
        compare([], tmp_path / "out")
    runs = [write_run(tmp_path / str(index) / "cnn") for index in range(2)]
    with pytest.raises(DatasetError, match="two runs are named 'cnn'"):
        compare(runs, tmp_path / "out")
    with pytest.raises(DatasetError, match="25 runs"):
        compare([runs[0]] * 25, tmp_path / "out")
