"""Stages of a study side by side, each in a process of its own."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Protocol

from mammoscope.experiment.prepared import Say
from mammoscope.experiment.progress import Progress, Stage
from mammoscope.types import MammoscopeError


class RunJobs(Protocol):
    """Who does stages side by side: `run_jobs`, or a cluster."""

    def __call__(
        self,
        work: Mapping[Stage, Callable[[Say], None]],
        inputs: Mapping[Stage, str],
        *,
        jobs: int,
        progress: Progress,
    ) -> None: ...


def run_jobs(
    work: Mapping[Stage, Callable[[Say], None]],
    inputs: Mapping[Stage, str],
    *,
    jobs: int,
    progress: Progress,
) -> None:
    """Does all the work, at most `jobs` pieces at a time.

    The first error stops the others; none of them runs any more when it is raised. What they had
    done by then is on disk, and gone on with the next time.

    Args:
        work: can be pickled.
        inputs: digest of what each stage is made from.
        jobs: processes.
        progress: told of each finished stage.

    Raises:
        MammoscopeError: a process was ended from outside, as for want of memory.
    """
    pool = ProcessPoolExecutor(
        max_workers=jobs,
        # A forked child of a process that used threads or a GPU hangs.
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_end_with_parent,
        initargs=(os.getpid(),),
    )
    futures = {pool.submit(timed, stage, work[stage]): stage for stage in work}
    try:
        for future in as_completed(futures):
            stage, seconds = futures[future], future.result()
            progress.finish(stage, seconds, inputs[stage])
    except BrokenProcessPool as error:
        raise MammoscopeError(
            f"one of {jobs} trainings side by side was ended from outside, perhaps for want of "
            "memory; run the study again with fewer --jobs: what is done is kept"
        ) from error
    finally:
        # Only what still runs after an error is left here; its checkpoints let it go on.
        processes = list((pool._processes or {}).values())
        if not all(future.done() for future in futures):
            for process in processes:
                process.kill()
        pool.shutdown(wait=True, cancel_futures=True)


def timed(stage: Stage, work: Callable[[Say], None]) -> float:
    """Does the work in a process of its own; seconds that it took."""
    started = time.monotonic()
    _say(f"{stage.name}: begins")
    work(lambda line: _say(f"{stage.name}: {line}"))
    return time.monotonic() - started


def _say(line: str) -> None:
    # The parent's `say` cannot be reached from here; it writes to stderr, too.
    sys.stderr.write(line + "\n")


def _end_with_parent(parent: int) -> None:
    """A study that is killed must not leave trainings behind that write into its folders."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
