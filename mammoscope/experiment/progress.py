"""How far a study is: which stage of how many, and how long the rest will take."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mammoscope.experiment.durable import write_json


@dataclass(frozen=True, slots=True)
class Stage:
    """A piece of work that is kept when it is done.

    Attributes:
        name: unique in the study.
        kind: stages of one kind take about as long as each other.
    """

    name: str
    kind: str


class Progress:
    """Counts stages, and remembers across restarts how long each took."""

    def __init__(
        self,
        stages: Sequence[Stage],
        file: Path,
        *,
        say: Callable[[str], None],
        jobs: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Starts with what an earlier start of the study left.

        Args:
            stages: in their order.
            file: where seconds by stage are kept.
            say: told of all lines.
            jobs: stages that run at the same time.
            clock: in seconds.
        """
        self._stages, self._file, self._say = list(stages), file, say
        self._jobs, self._clock = jobs, clock
        self._seconds: dict[str, float] = {}
        if file.is_file():
            self._seconds = json.loads(file.read_text(encoding="utf-8"))
        self._left = {stage.name: stage for stage in stages}

    def keep(self, stage: Stage) -> None:
        """The stage was found done."""
        del self._left[stage.name]

    @contextmanager
    def running(self, stage: Stage) -> Iterator[Callable[[str], None]]:
        """Times the stage that the body does; gives a `say` whose lines name it."""
        started = self._clock()
        number = 1 + self._stages.index(stage)

        def say(line: str) -> None:
            self._say(f"[{number}/{len(self._stages)}] {stage.name}: {line}")

        say(f"begins; {self.time_left()}")
        yield say
        self.finish(stage, self._clock() - started)

    def finish(self, stage: Stage, seconds: float) -> None:
        """The stage is done and took so long."""
        del self._left[stage.name]
        self._seconds[stage.name] = round(seconds, 1)
        write_json(self._file, self._seconds)
        done = len(self._stages) - len(self._left)
        self._say(
            f"[{done} of {len(self._stages)} done] {stage.name} in {_duration(seconds)}; "
            f"{self.time_left()}"
        )

    def time_left(self) -> str:
        """In words, from the mean time of finished stages of each kind."""
        times: dict[str, list[float]] = {}
        for stage in self._stages:
            if stage.name in self._seconds:
                times.setdefault(stage.kind, []).append(self._seconds[stage.name])
        known = [stage for stage in self._left.values() if stage.kind in times]
        seconds = sum(sum(times[s.kind]) / len(times[s.kind]) for s in known) / self._jobs
        untimed = len(self._left) - len(known)
        parts = [f"about {_duration(seconds)} left"] if known or not untimed else []
        parts += [f"{untimed} stages of a kind not timed yet"] if untimed else []
        return ", and ".join(parts)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
