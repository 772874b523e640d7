"""The gateway: what arrives is kept, read and reported, and none of it is lost or done twice.

Threads around a queue. The node (and the search of a DICOMweb archive) puts images in; readers
turn an image into its reports, which take its place; the sender delivers them and takes them away.
A crash anywhere leaves the queue as it was after the last of these steps, and the next start goes
on from there.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from mammoscope.interop.destination import Destination, RefusedError, UnreachableError
from mammoscope.interop.package import parse_package
from mammoscope.interop.reader import Reader
from mammoscope.ledger.entry import LedgerError
from mammoscope.ledger.queue import Queue
from mammoscope.ledger.queue_table import Work
from mammoscope.types import DecodeError, MammoscopeError

_LOG = logging.getLogger("mammoscope.interop")


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """How long a gateway waits, and when it gives up.

    Attributes:
        readers: images read at a time.
        lease_s: of work whose holder says nothing more; it is prolonged while the process lives.
        idle_s: between two looks at an empty queue.
        longest_s: between two tries; they grow from one second by doubling.
        attempts: of one piece of work, before it is parked.
    """

    readers: int = 2
    lease_s: float = 30.0
    idle_s: float = 0.2
    longest_s: float = 60.0
    attempts: int = 5

    def wait_s(self, attempt: int) -> float:
        """Before the next try: doubled each time, with a random part, at most `longest_s`."""
        full = min(self.longest_s, 2.0 ** min(attempt - 1, 30))
        # So that what failed together is not tried together. Nothing here is secret.
        return full * random.uniform(0.5, 1.0)  # nosec B311


class Gateway:
    """Reads and sends in threads of its own, from `start` to `stop`."""

    def __init__(
        self,
        queue: Queue,
        reader: Reader,
        destinations: Sequence[Destination],
        *,
        config: GatewayConfig | None = None,
    ) -> None:
        self._queue, self._reader = queue, reader
        self._destinations = tuple(destinations)
        self._config = config or GatewayConfig()
        self._stopping = threading.Event()
        self._wake = {"read": threading.Event(), "send": threading.Event()}
        self._threads: list[threading.Thread] = []
        # Leases of what the threads have in hand.
        self._held: set[str] = set()
        # Reports sent since the start; and how many those were when one could not be.
        self._sent = 0
        self._failed: dict[str, int] = {}
        # Of the last minutes: when each report was delivered, and how long its image was here.
        self._delivered: deque[tuple[float, float]] = deque(maxlen=10_000)
        self.failure: MammoscopeError | None = None

    def __enter__(self) -> Gateway:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def keep(self, uid: str, data: bytes) -> bool:
        """Puts an image in the queue; on the disk once this returns.

        Args:
            uid: its SOP Instance UID.
            data: the whole file.

        Returns:
            False where this model has read it, or is to read it, already.

        Raises:
            LedgerError: it is not kept.
        """
        is_new = self._queue.put(self._name(uid), data)
        self._wake["read"].set()
        return is_new

    def has(self, uid: str) -> bool:
        """Whether an image is or was in the queue. Raises: LedgerError."""
        return self._queue.has(self._name(uid))

    def start(self) -> None:
        """Takes up what a run before this one left, and begins. Raises: LedgerError."""
        left = self._queue.release()
        if left:
            _LOG.info("%d pieces of work that were begun before are begun again", left)
        loops: list[Callable[[], None]] = [self._prolong, self._send]
        loops += [self._read] * self._config.readers
        for loop in loops:
            thread = threading.Thread(target=self._guarded, args=(loop,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Ends the threads, each after what it has in hand; what is left stays in the queue."""
        self._stopping.set()
        for event in self._wake.values():
            event.set()
        for thread in self._threads:
            thread.join()
        for destination in self._destinations:
            destination.close()

    def wait(self, seconds: float) -> bool:
        """Waits so long, or until the gateway stops by itself. True where it has."""
        return self._stopping.wait(seconds)

    def rate(self) -> tuple[float, float]:
        """Of the last minute: reports a second, median seconds from arrival to delivery."""
        now = time.monotonic()
        lately = [took for at, took in tuple(self._delivered) if now - at < 60.0]
        return len(lately) / 60.0, sorted(lately)[len(lately) // 2] if lately else 0.0

    def _name(self, uid: str) -> str:
        predictor = self._reader.predictor.model
        return f"{uid} {predictor.reference} {predictor.precision}"

    def _guarded(self, loop: Callable[[], None]) -> None:
        """A thread that ends ends the gateway: half of one would look as if it were well."""
        try:
            loop()
        except MammoscopeError as error:
            self.failure = error
        # Whatever it is, the process must end and say so; the log's form leaves out its message.
        except Exception:  # noqa: BLE001
            _LOG.critical("a defect of ours", exc_info=True)
            self.failure = MammoscopeError(
                "the gateway met a defect of ours and stopped; nothing in its queue is lost; "
                "please report the lines above"
            )
        finally:
            if not self._stopping.is_set():
                self._stopping.set()
                for event in self._wake.values():
                    event.set()

    def _prolong(self) -> None:
        while not self._stopping.wait(self._config.lease_s / 3):
            with self._patiently():
                self._queue.prolong(tuple(self._held), seconds=self._config.lease_s)

    def _read(self) -> None:
        for work in self._due("read"):
            with self._patiently():
                self._read_one(work)

    def _read_one(self, work: Work) -> None:
        if work.attempts > self._config.attempts:
            self._park(work, "the gateway stopped each time that it read this image")
            return
        try:
            package = self._reader.read(work.content)
        except DecodeError as error:
            self._park(work, str(error))
        except LedgerError as error:
            # No answer that the audit log does not hold; the image is not to blame.
            wait_s = self._config.wait_s(work.attempts)
            self._queue.put_back(work, seconds=wait_s, reason=str(error), counts=False)
            raise
        except MammoscopeError as error:
            self._again(work, error)
        else:
            if self._queue.advance(work, package.to_bytes()):
                self._wake["send"].set()

    def _send(self) -> None:
        failures = 0
        for work in self._due("send"):
            with self._patiently():
                failures = 0 if self._send_one(work, failures) else failures + 1
            if failures:
                # The destination is not there, so nothing else need be tried meanwhile.
                self._stopping.wait(self._config.wait_s(failures))

    def _send_one(self, work: Work, failures: int) -> bool:
        """False where a destination is not there."""
        if work.attempts > self._config.attempts:
            self._park(
                work, "the gateway stopped while it sent this, or others went and it did not"
            )
            return True
        try:
            package = parse_package(work.content)
            for destination in self._destinations:
                destination.deliver(package)
        except UnreachableError as error:
            # Once a time of trouble, not once a try.
            _LOG.log(logging.DEBUG if failures else logging.WARNING, "reports wait: %s", error)
            # Others go first. If one of them goes, it is this report that does not.
            is_to_blame = self._failed.get(work.id, self._sent) < self._sent
            self._failed[work.id] = self._sent
            self._queue.put_back(work, seconds=1.0, reason=str(error), counts=is_to_blame)
            return False
        except RefusedError as error:
            self._again(work, error)
            return True
        if failures:
            _LOG.warning("reports are taken again")
        self._sent += 1
        self._failed.pop(work.id, None)
        if self._queue.finish(work):
            took = time.time() - work.arrived_ms / 1000.0
            self._delivered.append((time.monotonic(), took))
        return True

    def _again(self, work: Work, error: MammoscopeError) -> None:
        if work.attempts >= self._config.attempts:
            self._park(work, str(error))
            return
        wait_s = self._config.wait_s(work.attempts)
        self._queue.put_back(work, seconds=wait_s, reason=str(error))

    def _park(self, work: Work, reason: str) -> None:
        _LOG.warning("parked (see `mammoscope queue list`): %s", reason)
        self._failed.pop(work.id, None)
        self._queue.park(work, reason=reason)

    def _due(self, stage: str) -> Iterator[Work]:
        """Work as it becomes due, until the gateway stops."""
        wake = self._wake[stage]
        while not self._stopping.is_set():
            wake.clear()
            work = None
            with self._patiently():
                work = self._queue.take(
                    "read" if stage == "read" else "send", seconds=self._config.lease_s
                )
            if work is None:
                wake.wait(self._config.idle_s)
                continue
            self._held.add(work.lease)
            try:
                yield work
            finally:
                self._held.discard(work.lease)

    @contextmanager
    def _patiently(self) -> Iterator[None]:
        """A database that does not answer is asked again: the lease sees to what was in hand."""
        try:
            yield
        except LedgerError as error:
            _LOG.error("work waits: %s", error)
            self._stopping.wait(self._config.wait_s(3))
