"""Many mutated files through decoding processes; what ends one is found, and the next goes on."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Cases that one process sees, so that one leak is not taken for the fault of a later case.
BATCH = 2000


@dataclass(slots=True)
class Campaign:
    """What came of it.

    Attributes:
        cases: files that were decoded or refused.
        read: those that an image came of.
        seconds: on the clock.
        failures: one line each, with what repeats it.
        decoder: "module:name"; another one to see that faults are found.
        hang_seconds: longer than the slowest sound case by far, with the imports at the start.
    """

    cases: int = 0
    read: int = 0
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)
    decoder: str = "mammoscope.images.decode:decode"
    hang_seconds: float = 30.0

    def run(self, seed: int, *, first: int = 0, count: int, seconds: float = 1e9) -> None:
        """Takes `count` cases from `first` on, or as many as there is time for."""
        started = time.monotonic()
        end = started + seconds
        at = first
        while at < first + count and time.monotonic() < end:
            at = self._batch(seed, at, min(BATCH, first + count - at), end=end)
        self.seconds += time.monotonic() - started

    def _batch(self, seed: int, first: int, count: int, *, end: float) -> int:
        """One process; the index to go on from."""
        numbers = map(str, (seed, first, count))
        command = [sys.executable, "-m", "tests.fuzz.batch", *numbers, self.decoder]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT, text=True
        )
        assert process.stdout is not None
        last, is_done = first - 1, False
        clock = _Clock(process, self.hang_seconds)
        with process:
            for line in process.stdout:
                clock.wind()
                said = json.loads(line)
                if "begin" in said:
                    last = said["begin"]
                    self.cases += 1
                    if time.monotonic() > end:
                        is_done = True
                        process.kill()
                        break
                elif "wrong" in said:
                    self._note(seed, said["index"], f"{said['wrong']} ({said['name']})")
                self.read += "read" in said
                is_done = is_done or "done" in said
            clock.stop()
        if not is_done:
            if last < first:
                raise RuntimeError(f"{' '.join(command)} ended with {process.returncode} at once")
            why = "hung" if clock.has_run_out else f"ended with status {process.returncode}"
            self._note(seed, last, f"the decoder {why}")
        return last + 1

    def _note(self, seed: int, index: int, what: str) -> None:
        self.failures.append(f"python -m tests.fuzz {seed} {index}: {what}")


class _Clock:
    """Kills a process that has said nothing for too long."""

    def __init__(self, process: subprocess.Popen[str], seconds: float) -> None:
        self._seconds = seconds
        self.has_run_out = False
        self._process = process
        self._last = time.monotonic()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def wind(self) -> None:
        self._last = time.monotonic()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopped.wait(0.5):
            if time.monotonic() - self._last > self._seconds:
                self.has_run_out = True
                with contextlib.suppress(ProcessLookupError):
                    self._process.kill()
                return
