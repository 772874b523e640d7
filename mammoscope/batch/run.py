"""A batch from its source to its table; killed anywhere, it goes on where it was."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mammoscope.batch.job import PART_ROWS, Job, open_job
from mammoscope.batch.local import Answered, Part, run_local
from mammoscope.batch.reading import Settings
from mammoscope.batch.source import absolute, list_files
from mammoscope.batch.table import count_verdicts
from mammoscope.inference.card import PublishedModel

Say = Callable[[str], None]
# Parts that are left, model, settings → their rows, in any order.
Engine = Callable[[Iterable[Part], PublishedModel, Settings], Iterator[Answered]]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a finished batch holds.

    Attributes:
        out: the table.
        files: rows in it.
        verdicts: verdict → rows; "not read" = those with an error.
        seconds: that this run took.
    """

    out: Path
    files: int
    verdicts: dict[str, int]
    seconds: float


def run_batch(
    source: str,
    out: Path,
    settings: Settings,
    *,
    engine: Engine = run_local,
    say: Say = lambda line: None,
) -> Summary:
    """Answers every file of a source, each once.

    Args:
        source: as of `list_files`.
        out: the table, `.parquet`; beside it lie its parts until it is whole.
        settings: model and how images are read.
        engine: who computes; rows do not hang on it.
        say: told of progress, a line at a time.

    Raises:
        MammoscopeError: no such source, `out` is something else, or as for `open_job`.
        ModelNotFoundError, ModelIntegrityError: the model is not there as it was published.
    """
    began = time.monotonic()
    model = settings.open()
    # A batch is gone on with from anywhere.
    described = {"source": absolute(source), "part_rows": PART_ROWS, **settings.describe(model)}
    with open_job(out, described, lambda: list_files(source)) as job:
        if job is None:
            say(f"{out} is whole already")
        else:
            _work(job, model, settings, engine, say)
            job.finish()
    verdicts = count_verdicts(out)
    return Summary(out, sum(verdicts.values()), verdicts, time.monotonic() - began)


def _work(job: Job, model: PublishedModel, settings: Settings, engine: Engine, say: Say) -> None:
    left = job.left()
    total = job.count
    done = total - sum(map(job.count_of, left))
    say(f"{total:,} files" + (f", {done:,} of them done before" if done else ""))
    began, before = time.monotonic(), done
    parts = ((part, job.files_of(part)) for part in left)
    for part, rows in engine(parts, model, settings):
        # An engine that lost sight of a part may give it twice.
        if job.has(part):
            continue
        job.keep(part, rows)
        done += len(rows)
        rate = (done - before) / max(time.monotonic() - began, 1e-9)
        say(
            f"{done:,} of {total:,} files, {rate:.1f} a second, "
            f"about {_duration((total - done) / rate)} left"
        )


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
