"""Work side by side: all of it is done, or the first error leaves nothing running."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from mammoscope.experiment.jobs import run_jobs
from mammoscope.experiment.progress import Progress, Stage
from mammoscope.types import DatasetError, MammoscopeError


def note(path: Path, say: Callable[[str], None]) -> None:
    say("noting")
    path.write_text(str(os.getpid()))


def fail(say: Callable[[str], None]) -> None:
    raise DatasetError("no such image")


def be_killed(say: Callable[[str], None]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def tick(path: Path, say: Callable[[str], None]) -> None:
    """Writes for a minute."""
    for _ in range(600):
        with path.open("a") as file:
            file.write(".")
        time.sleep(0.1)


def run(tmp_path: Path, work: dict[str, Callable]) -> Progress:
    stages = {Stage(name, "job"): job for name, job in work.items()}
    progress = Progress(list(stages), tmp_path / "progress.json", say=lambda line: None, jobs=2)
    run_jobs(stages, dict.fromkeys(stages, "digest"), jobs=2, progress=progress)
    return progress


def test_every_piece_is_done_in_another_process_and_remembered(tmp_path: Path) -> None:
    files = [tmp_path / str(n) for n in range(3)]
    progress = run(tmp_path, {file.name: partial(note, file) for file in files})
    assert all(int(file.read_text()) != os.getpid() for file in files)
    assert progress.inputs_of(Stage("2", "job")) == "digest"


@pytest.mark.parametrize(
    ("work", "error", "words"),
    [(fail, DatasetError, "no such image"), (be_killed, MammoscopeError, "fewer --jobs")],
    ids=["an error", "ended from outside"],
)
def test_after_the_first_error_nothing_runs_any_more(
    tmp_path: Path, work: Callable, error: type[Exception], words: str
) -> None:
    files = [tmp_path / f"tick-{n}" for n in range(3)]
    with pytest.raises(error, match=words):
        run(tmp_path, {"first": partial(tick, files[0]), "bad": work} | {
            file.name: partial(tick, file) for file in files[1:]
        })  # fmt: skip
    sizes = [file.stat().st_size if file.exists() else 0 for file in files]
    time.sleep(0.5)
    assert sizes == [file.stat().st_size if file.exists() else 0 for file in files]
