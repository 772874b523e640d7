"""What a second worker of a cluster adds: `python -m benchmarks.batch_scaling`.

Reads one archive through `--engine ray`'s code on clusters of this machine: a head that computes
nothing, and one raylet of one core, or two of them. The rate is that of the middle half of the
parts, from the moment the first quarter of them is there: neither the start of Ray and of the
actors is in it, nor the end, where one worker has nothing left to do.

Two cores of one machine share its memory and caches, and perhaps more. How far that goes is
measured in the same turns without Ray: the same worker, alone, and beside its like, in plain
processes. What the cluster costs is the one ratio over the other; and, since driver and Ray run on
the same two cores here, which they would not elsewhere, how much of them they took stands beside.

Start this with as few others on the machine as possible: two busy workers want two free cores.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import ray
from ray.cluster_utils import Cluster

from benchmarks.batch_speed import write_links
from benchmarks.processes import core_seconds, family
from mammoscope.batch import job
from mammoscope.batch.cluster import Reader, run_ray
from mammoscope.batch.reading import Settings
from mammoscope.batch.run import run_batch
from mammoscope.inference.store import PACKAGE_ZOO, ModelStore

# A table's own parts would be longer than this archive.
PART_ROWS = 4
WORKERS = (1, 2)


def on_cluster(folder: Path, turn: Path, settings: Settings, workers: int) -> tuple[float, float]:
    """Images a second of so many raylets of one core, and cores that Ray and the driver took."""
    out = turn.with_name(f"{turn.name}-{workers}.parquet")
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    parts = len(list(folder.iterdir())) // PART_ROWS
    moments: list[float] = []
    overhead: list[float] = []

    def watched(*asked: Any) -> Iterator[Any]:
        for number, answered in enumerate(run_ray(*asked, address=cluster.address)):
            if number in (parts // 4, parts * 3 // 4):
                moments.append(time.monotonic())
                overhead.append(_beside_workers())
            yield answered

    try:
        for _ in range(workers):
            cluster.add_node(num_cpus=1)
        cluster.wait_for_nodes()
        run_batch(str(folder), out, settings, engine=watched)
    finally:
        ray.shutdown()
        cluster.shutdown()
    seconds = moments[1] - moments[0]
    images = (parts * 3 // 4 - parts // 4) * PART_ROWS
    return images / seconds, (overhead[1] - overhead[0]) / seconds


def _beside_workers() -> float:
    """Core-seconds of this process and its children, but for the actors and their decoders."""
    everybody = set(family(os.getpid()))
    for pid in list(everybody):
        with contextlib.suppress(OSError):
            if b"MapBatches(Reader)" in Path(f"/proc/{pid}/cmdline").read_bytes():
                everybody -= set(family(pid))
    return sum(map(core_seconds, everybody))


def in_processes(files: list[Path], settings: Settings, workers: int) -> float:
    """Images a second of so many plain processes, each of which reads all the files."""
    context = multiprocessing.get_context("spawn")
    together, rates = context.Barrier(workers), context.Queue()
    names = [os.fsencode(file) for file in files]
    processes = [
        context.Process(target=_read, args=(names, settings, together, rates))
        for _ in range(workers)
    ]
    for process in processes:
        process.start()
    total = sum(rates.get() for _ in processes)
    for process in processes:
        process.join()
    return float(total)


def _read(files: list[bytes], settings: Settings, together: Any, rates: Any) -> None:
    reader = Reader(settings)
    # Its decoding process is started by the first file.
    reader({"part": [0], "files": [files[:PART_ROWS]]})
    together.wait()
    began = time.monotonic()
    reader({"part": [0], "files": [files]})
    rates.put(len(files) / (time.monotonic() - began))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=320)
    parser.add_argument("--size", type=int, nargs=2, default=(1600, 1280))
    parser.add_argument("--model", default="densenet121-rsna")
    parser.add_argument("--turns", type=int, default=3)
    asked = parser.parse_args()
    logging.getLogger("ray").setLevel(logging.ERROR)
    job.PART_ROWS = PART_ROWS
    settings = Settings(str(PACKAGE_ZOO), ModelStore(PACKAGE_ZOO).open(asked.model).reference)
    ratios: dict[str, list[float]] = {"cluster": [], "processes": []}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "archive"
        folder.mkdir()
        files = write_links(folder, asked.images, tuple(asked.size))
        some = files[: asked.images // 4]
        for turn in range(asked.turns):
            on_ray = partial(on_cluster, folder, Path(scratch) / str(turn), settings)
            (one, _), (two, beside) = (on_ray(workers) for workers in WORKERS)
            ratios["cluster"].append(two / one)
            print(
                f"{settings.model}, cluster: 1 worker {one:.2f}/s, 2 workers {two:.2f}/s: "
                f"{two / one:.2f} times; {beside:.2f} cores beside the two workers",
                flush=True,
            )
            one, two = (in_processes(some, settings, workers) for workers in WORKERS)
            ratios["processes"].append(two / one)
            print(
                f"{settings.model}, processes: 1 worker {one:.2f}/s, 2 workers {two:.2f}/s: "
                f"{two / one:.2f} times",
                flush=True,
            )
    medians = {name: statistics.median(values) for name, values in ratios.items()}
    print(
        f"{settings.model}: median {medians['cluster']:.2f} times; plain processes "
        f"{medians['processes']:.2f} times; the cluster's share of that "
        f"{medians['cluster'] / medians['processes']:.2f}"
    )


if __name__ == "__main__":
    main()
