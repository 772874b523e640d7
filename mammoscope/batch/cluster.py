"""The engine of many machines: parts of the table dealt to actors by Ray Data.

What goes over the network is names of files and rows of the table; the images are read where they
are judged. Each machine needs mammoscope, the published model at the same path, and the files.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any

import numpy as np
import ray
import ray.data

from mammoscope.batch.local import Answered, Part
from mammoscope.batch.reading import Settings, answer
from mammoscope.batch.table import Row
from mammoscope.inference.card import PublishedModel
from mammoscope.inference.decode_worker import DecodeWorkers
from mammoscope.inference.predictor import Predictor

# Parts that are dealt at a time, a million files: their names are all that this process holds.
_WINDOW = 4096


class Reader:
    """An actor: one core of one machine. It loads the model once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._predictor = Predictor(settings.open(), threads=1)
        self._decoders = DecodeWorkers(1)

    def __call__(self, parts: dict[str, Any]) -> dict[str, Any]:
        """Answers parts: number and files → number and rows, as JSON."""
        rows = [[self._answer(os.fsdecode(file)) for file in files] for files in parts["files"]]
        return {
            "part": parts["part"],
            # JSON gives a double back to the bit.
            "rows": np.array([json.dumps([asdict(row) for row in part]) for part in rows]),
        }

    def _answer(self, file: str) -> Row:
        return answer(file, self._predictor, self._settings, decode=self._decoders.decode)


def run_ray(
    parts: Iterable[Part], model: PublishedModel, settings: Settings, *, address: str | None = None
) -> Iterator[Answered]:
    """The rows of each part, in the order in which they are done.

    A part whose actor or machine died is done again elsewhere; whoever keeps the rows gets them
    once. They equal the local engine's to the bit: the same code on one core.

    Args:
        parts: number and files.
        model: opened here, to fail early; each actor opens it anew.
        settings: it was opened by.
        address: of a cluster that is running; None = one is started on this machine.
    """
    # Nobody is told that somebody reads mammograms here.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # None would join whichever cluster was started here last, or wait for it where it is gone.
    ray.init(address=address or "local", log_to_driver=False, logging_level="error")
    try:
        yield from _answered(parts, settings)
    finally:
        ray.shutdown()


def _answered(parts: Iterable[Part], settings: Settings) -> Iterator[Answered]:
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    # Rows come as they are done, and are kept: a part that is slow holds up no other.
    context.execution_options.preserve_order = False
    waiting = iter(parts)
    while window := list(islice(waiting, _WINDOW)):
        yield from _window(window, settings)


def _window(parts: Sequence[Part], settings: Settings) -> Iterator[Answered]:
    items = [
        {"part": number, "files": [os.fsencode(file) for file in files]} for number, files in parts
    ]
    cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
    done = ray.data.from_items(items, override_num_blocks=len(items)).map_batches(
        Reader,
        fn_constructor_args=(settings,),
        batch_size=1,
        num_cpus=1,
        compute=ray.data.ActorPoolStrategy(size=min(cores, len(items))),
    )
    for row in done.iter_rows():
        rows = [
            Row(**{**values, "warnings": tuple(values["warnings"])})
            for values in json.loads(row["rows"])
        ]
        yield int(row["part"]), rows
