"""How far a study is: which stage of how many, and how long the rest will take."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mammoscope.experiment.wording import duration
from mammoscope.ledger.durable import write_json


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
    """Counts stages; remembers across restarts how long each took, and what it was made from."""

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
            file: where what is remembered is kept.
            say: told of all lines.
            jobs: stages that run at the same time.
            clock: in seconds.
        """
        self._stages, self._file, self._say = list(stages), file, say
        self._jobs, self._clock = jobs, clock
        # Stage → seconds (None: it was killed in between, and nobody knows), digest of inputs.
        self._done: dict[str, dict[str, Any]] = {}
        if file.is_file():
            self._done = json.loads(file.read_text(encoding="utf-8"))
        self._left = {stage.name: stage for stage in stages}

    def inputs_of(self, stage: Stage) -> str | None:
        """Digest of what the stage was made from when it was done; None if it was not."""
        return self._done.get(stage.name, {}).get("inputs")

    def keep(self, stage: Stage) -> None:
        """The stage was found done."""
        del self._left[stage.name]

    @contextmanager
    def running(self, stage: Stage, inputs: str = "") -> Iterator[Callable[[str], None]]:
        """Times the stage that the body does; gives a `say` whose lines name it."""
        begun_before = stage.name in self._done
        self._remember(stage, {"seconds": None, "inputs": None})
        started = self._clock()
        number = 1 + self._stages.index(stage)

        def say(line: str) -> None:
            self._say(f"[{number}/{len(self._stages)}] {stage.name}: {line}")

        say(f"begins; {self.time_left()}")
        yield say
        seconds = self._clock() - started
        self.finish(stage, seconds, inputs, timed=not begun_before)

    def finish(self, stage: Stage, seconds: float, inputs: str = "", *, timed: bool = True) -> None:
        """The stage is done and took so long; not timed = an unknown part came before."""
        del self._left[stage.name]
        self._remember(stage, {"seconds": round(seconds, 1) if timed else None, "inputs": inputs})
        done = len(self._stages) - len(self._left)
        self._say(
            f"[{done} of {len(self._stages)} done] {stage.name} in {duration(seconds)}; "
            f"{self.time_left()}"
        )

    def time_left(self) -> str:
        """In words, from the mean time of finished stages of each kind."""
        times: dict[str, list[float]] = {}
        for stage in self._stages:
            seconds = self._done.get(stage.name, {}).get("seconds")
            if seconds is not None:
                times.setdefault(stage.kind, []).append(seconds)
        known = [stage for stage in self._left.values() if stage.kind in times]
        left = sum(sum(times[s.kind]) / len(times[s.kind]) for s in known) / self._jobs
        untimed = len(self._left) - len(known)
        parts = [f"about {duration(left)} left"] if known or not untimed else []
        parts += [f"{untimed} stages of a kind not timed yet"] if untimed else []
        return ", and ".join(parts)

    def _remember(self, stage: Stage, values: dict[str, Any]) -> None:
        self._done[stage.name] = values
        write_json(self._file, self._done)
