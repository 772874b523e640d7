"""Stages are counted, and the time left is told from those that are done, across restarts."""

from __future__ import annotations

from pathlib import Path

import pytest

from mammoscope.experiment.progress import Progress, Stage

STAGES = [Stage("a-1", "a"), Stage("a-2", "a"), Stage("a-3", "a"), Stage("b", "b")]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def progress(tmp_path: Path, lines: list[str], clock: Clock, *, jobs: int = 1) -> Progress:
    file = tmp_path / "progress.json"
    return Progress(STAGES, file, say=lines.append, clock=clock, jobs=jobs)


def test_the_time_left_is_that_of_the_kinds_that_were_timed(tmp_path: Path) -> None:
    lines: list[str] = []
    clock = Clock()
    told = progress(tmp_path, lines, clock)
    assert told.time_left() == "4 stages of a kind not timed yet"
    with told.running(STAGES[0]) as say:
        say("epoch 1")
        clock.now += 60
    assert lines[1] == "[1/4] a-1: epoch 1"
    assert lines[-1] == (
        "[1 of 4 done] a-1 in 60 s; about 2 min left, and 1 stages of a kind not timed yet"
    )
    again = progress(tmp_path, lines, clock)
    again.keep(STAGES[0])
    assert again.time_left() == "about 2 min left, and 1 stages of a kind not timed yet"
    side_by_side = progress(tmp_path, lines, clock, jobs=2)
    side_by_side.keep(STAGES[0])
    assert side_by_side.time_left().startswith("about 60 s left")


def test_a_stage_that_was_killed_tells_nothing_of_how_long_one_takes(tmp_path: Path) -> None:
    lines: list[str] = []
    clock = Clock()
    with pytest.raises(KeyboardInterrupt), progress(tmp_path, lines, clock).running(STAGES[0]):
        raise KeyboardInterrupt
    told = progress(tmp_path, lines, clock)
    assert told.inputs_of(STAGES[0]) is None
    with told.running(STAGES[0], "digest"):
        clock.now += 1
    assert told.time_left() == "3 stages of a kind not timed yet"
    assert progress(tmp_path, lines, clock).inputs_of(STAGES[0]) == "digest"


def test_all_that_is_done_leaves_no_time(tmp_path: Path) -> None:
    told = progress(tmp_path, [], Clock())
    for stage in STAGES:
        told.keep(stage)
    assert told.time_left() == "about 0 s left"
