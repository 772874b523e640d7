"""The engine of one machine: every core decodes, prepares and judges, each another file."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from mammoscope.batch.reading import Settings, answer
from mammoscope.batch.table import Row
from mammoscope.inference.card import PublishedModel
from mammoscope.inference.decode_worker import DecodeWorkers
from mammoscope.inference.predictor import Predictor

Part = tuple[int, Sequence[str]]
Answered = tuple[int, list[Row]]


def count_cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_local(
    parts: Iterable[Part], model: PublishedModel, settings: Settings, *, workers: int = 0
) -> Iterator[Answered]:
    """The rows of each part, in order.

    A thread a file waits for its decoding process, prepares what comes back and runs the network
    on one core: so many at a time that while some decode others judge. The network is given one
    image at a time and one core, since eight in one batch cost as much each, and a score must not
    hang on who its neighbours were.

    Args:
        parts: number and files.
        model: opened.
        settings: it was opened by.
        workers: cores to keep busy; 0 = all there are.
    """
    cores = workers or count_cores()
    predictor = Predictor(model, threads=1)
    predictor.warm_up()
    # One more than cores: it reads its file while the others compute.
    threads = cores + 1
    with DecodeWorkers(cores) as decoders, ThreadPoolExecutor(threads) as pool:

        def submit(file: str) -> Future[Row]:
            return pool.submit(answer, file, predictor, settings, decode=decoders.decode)

        waiting: deque[tuple[int, list[Future[Row]]]] = deque()
        try:
            for number, files in parts:
                waiting.append((number, [submit(file) for file in files]))
                # Two parts at a time: nobody idles at a part's end, and memory stays bounded.
                if len(waiting) == 2:
                    yield _collect(waiting.popleft())
            while waiting:
                yield _collect(waiting.popleft())
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _collect(part: tuple[int, list[Future[Row]]]) -> Answered:
    number, futures = part
    return number, [future.result() for future in futures]
