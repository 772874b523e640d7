"""Stages of a study: done once, gone on with after a kill, redone where their sources changed."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mammoscope.experiment.jobs import RunJobs, run_jobs
from mammoscope.experiment.prepared import Say
from mammoscope.experiment.progress import Progress, Stage
from mammoscope.inference.card import sha256


@dataclass(frozen=True, slots=True)
class Work:
    """What a stage does.

    Attributes:
        do: can be called again after a kill, and goes on.
        sources: files that it is made from.
        results: files that are there when it is done.
        folder: of the results; taken away where the sources changed since.
    """

    do: Callable[[Say], None]
    sources: Sequence[Path]
    results: Sequence[Path]
    folder: Path | None = None

    def inputs(self) -> str:
        """Digest of the sources."""
        digests = [sha256(path) if path.is_file() else "-" for path in self.sources]
        return hashlib.sha256(" ".join(digests).encode()).hexdigest() if digests else ""


def do_all(
    progress: Progress, stages: Mapping[Stage, Work], jobs: int, run: RunJobs = run_jobs
) -> None:
    """Does what is not done, or was done from something else than is there now.

    Args:
        progress: knows what was done.
        stages: in their order.
        jobs: at the same time, each in a process of its own; 1 = here, one after the other.
        run: who does more than one.
    """
    left: dict[Stage, Work] = {}
    for stage, work in stages.items():
        known = progress.inputs_of(stage)
        # The sources of one of the last stages are results of the one before: look at it in turn.
        if jobs == 1:
            _do(progress, stage, work, known)
        elif _is_done(work, known):
            progress.keep(stage)
        else:
            _clear(work, known)
            left[stage] = work
    if left:
        inputs = {stage: work.inputs() for stage, work in left.items()}
        does = {stage: work.do for stage, work in left.items()}
        run(does, inputs, jobs=jobs, progress=progress)


def _do(progress: Progress, stage: Stage, work: Work, known: str | None) -> None:
    if _is_done(work, known):
        progress.keep(stage)
        return
    _clear(work, known)
    with progress.running(stage, work.inputs()) as say:
        work.do(say)


def _is_done(work: Work, known: str | None) -> bool:
    return all(path.is_file() for path in work.results) and known == work.inputs()


def _clear(work: Work, known: str | None) -> None:
    """A stage that was killed goes on; one that was made from something else begins anew."""
    if work.folder is not None and known is not None and known != work.inputs():
        shutil.rmtree(work.folder, ignore_errors=True)
