"""Stages of a study side by side, each in a process of its own."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed

from mammoscope.experiment.prepared import Say
from mammoscope.experiment.progress import Progress, Stage


def run_jobs(work: Mapping[Stage, Callable[[Say], None]], *, jobs: int, progress: Progress) -> None:
    """Does all the work, at most `jobs` pieces at a time; the first error ends it.

    Args:
        work: can be pickled.
        jobs: processes.
        progress: told of each finished stage.
    """
    with ProcessPoolExecutor(
        max_workers=jobs,
        # A forked child of a process that used threads or a GPU hangs.
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_end_with_parent,
        initargs=(os.getpid(),),
    ) as pool:
        futures = {pool.submit(_timed, stage, work[stage]): stage for stage in work}
        try:
            for future in as_completed(futures):
                progress.finish(futures[future], future.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _timed(stage: Stage, work: Callable[[Say], None]) -> float:
    started = time.monotonic()
    work(lambda line: _say(f"{stage.name}: {line}"))
    return time.monotonic() - started


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


def _end_with_parent(parent: int) -> None:
    """A study that is killed must not leave trainings behind that write into its folders."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
