"""Stages of a study on a Ray cluster: a fold a task, on a processor or a GPU."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import ray

from mammoscope.experiment.jobs import timed
from mammoscope.experiment.prepared import Say
from mammoscope.experiment.progress import Progress, Stage
from mammoscope.types import MammoscopeError

# A machine that dies costs what its folds did since their last epoch: they go on elsewhere.
_RETRIES = 5


def run_on_ray(
    work: Mapping[Stage, Callable[[Say], None]],
    inputs: Mapping[Stage, str],
    *,
    jobs: int,
    progress: Progress,
    address: str | None = None,
    cpus: int = 1,
) -> None:
    """As `run_jobs`, on a cluster whose machines share the folders of data, cache and study.

    Where the cluster has GPUs a task takes one.

    Args:
        work: can be pickled.
        inputs: digest of what each stage is made from.
        jobs: what `progress` reckons with; as many run as there is room for.
        progress: told of each finished stage.
        address: of the cluster; None = one is started on this machine.
        cpus: cores a task.

    Raises:
        MammoscopeError: a task was lost more often than it is tried again.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # None would join whichever cluster was started here last, or wait for it where it is gone.
    ray.init(address=address or "local", logging_level="error")
    try:
        gpus = 1 if ray.cluster_resources().get("GPU", 0) else 0
        # `timed` is of a module that this one is not: it is found by its name there.
        task = ray.remote(num_cpus=cpus, num_gpus=gpus, max_retries=_RETRIES)(timed)
        left: dict[Any, Stage] = {task.remote(stage, do): stage for stage, do in work.items()}
        while left:
            (done,), _ = ray.wait(list(left), num_returns=1)
            stage = left.pop(done)
            progress.finish(stage, _seconds(done), inputs[stage])
    finally:
        # Only what still runs after an error is left here, and ends with the connection.
        ray.shutdown()


def _seconds(done: Any) -> float:
    try:
        return float(ray.get(done))
    except ray.exceptions.WorkerCrashedError as error:
        raise MammoscopeError(
            "a training was ended from outside again and again, perhaps for want of memory; "
            "give the tasks more with --cpus: what is done is kept"
        ) from error
