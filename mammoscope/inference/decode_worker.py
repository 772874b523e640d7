"""Decoding in processes of their own: a file that crashes, hangs or fills one costs only itself.

Decoders are mostly C, and files come from anywhere. Here a file meets them in a process that
has no network, little memory and not for ever (see `sandbox`); its replies are looked at before
they are believed (see `decode_message`). Where the system has no such limits, on Windows, a
crash still ends only the process, and one that takes too long is still stopped.
"""

from __future__ import annotations

import logging
import queue
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Protocol

from mammoscope.inference.decode_message import (
    MessageError,
    receive_header,
    receive_image,
    text_of,
)
from mammoscope.inference.decode_process import DecodeProcess, unstarted
from mammoscope.types import (
    BreastImage,
    DecodeError,
    MammoscopeError,
    Modality,
    UnsupportedFormatError,
)

# Of a file's processor time. The most pixels allowed, as 16-bit colour PNG or colour JPEG 2000,
# took up to 35 s on two busy cores.
SECONDS = 60
# Wall-clock over processor time: other work may have the processors meanwhile.
PATIENCE = 2
# The most pixels allowed fit into 3 GiB in every format tried; a third more for what was not.
MEMORY_BYTES = 4 * 2**30
# As in `images.decode.Limits`, whose import would bring pydicom into this process.
MAX_PIXELS = 100_000_000
# Decoders leak; and no process sees the images of more people than this.
REQUESTS_A_PROCESS = 1000
_EXPECTED = "expected a whole mammogram; export the image again, uncompressed if that is possible"
_LOG = logging.getLogger("mammoscope.inference")


class Decode(Protocol):
    """What gives the image of a file: `images.decode.decode`, or the same in a process apart."""

    def __call__(
        self,
        data: bytes,
        *,
        modality: Modality = "mammogram",
        aspect: float | None = None,
        window: int = 0,
    ) -> BreastImage: ...


class DecodeWorkers:
    """Processes that decode, each one file at a time, started when they are first needed.

    Thread-safe. Used as a context manager, or closed by `close`; the processes end with the one
    that made them in any case.
    """

    def __init__(
        self,
        count: int = 1,
        *,
        seconds: int = SECONDS,
        memory_bytes: int = MEMORY_BYTES,
        max_pixels: int = MAX_PIXELS,
        function: str = "mammoscope.images.decode:decode",
    ) -> None:
        """Says what there may be; starts nothing.

        Args:
            count: processes.
            seconds: of processor time a file may take; twice that on the clock.
            memory_bytes: address space of a process, libraries included. The default holds
                the largest image that is permitted by default.
            max_pixels: size guard, looked at before a pixel is decoded.
            function: "module:name" of what decodes; another one for tests only.
        """
        self._seconds, self._max_pixels = seconds, max_pixels
        self._order = {
            "memory_bytes": memory_bytes,
            "seconds": seconds,
            "max_pixels": max_pixels,
            "function": function,
        }
        self._slots = [_Slot() for _ in range(count)]
        # The last one used is the next one used: warm in the caches, and the others unstarted.
        self._idle: queue.LifoQueue[_Slot] = queue.LifoQueue()
        for slot in self._slots[::-1]:
            self._idle.put(slot)
        self._isolation: frozenset[str] = frozenset()
        self._closed = threading.Event()

    def __enter__(self) -> DecodeWorkers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def isolation(self) -> frozenset[str]:
        """What the last process that was started does without: `memory`, `cpu`, `files` are
        limited, `network` and `privileges` given up. Empty before the first."""
        return self._isolation

    @property
    def restarts(self) -> int:
        """How often a process took another's place: one that failed, or that had had its turn."""
        return sum(max(0, slot.starts - 1) for slot in self._slots)

    def start(self) -> None:
        """Starts every process that is idle, and does not wait until they are ready."""
        with self._all_idle() as slots:
            for slot in slots:
                if slot.process is None:
                    self._start(slot)

    def warm_up(self) -> None:
        """Starts every process that is idle, and waits until they are ready.

        Raises:
            MammoscopeError: they do not start.
        """
        self.start()
        with self._all_idle() as slots:
            for slot in slots:
                self._ready(slot)

    def close(self) -> None:
        """Ends the processes, those that are decoding too; nothing can be decoded any more."""
        self._closed.set()
        with self._all_idle() as slots:
            for slot in slots:
                if slot.process is not None:
                    slot.process.stop()
        for slot in self._slots:
            # Those that are decoding; their threads see the end, and do the rest.
            if slot.process is not None:
                slot.process.kill()

    def decode(
        self,
        data: bytes,
        *,
        modality: Modality = "mammogram",
        aspect: float | None = None,
        window: int = 0,
    ) -> BreastImage:
        """As `images.decode.decode`, in a process apart; waits for an idle one.

        Args:
            data: the whole file.
            modality: what kind of picture the caller says it is.
            aspect: true height / width of the whole image, where the file does not tell.
            window: which of a DICOM's windows to show it in, from 0.

        Raises:
            UnsupportedFormatError: not a file of a kind that is read.
            DecodeError: broken, too large, or it made the decoder crash or take too long.
            MammoscopeError: the process does not start, or these workers were closed, perhaps
                in the middle of the file.
        """
        request = {"bytes": len(data), "modality": modality, "aspect": aspect, "window": window}
        slot = self._idle.get()
        try:
            process = self._begin(slot, data, request)
            return self._finish(slot, process, data, modality)
        finally:
            self._idle.put(slot)

    @contextmanager
    def _all_idle(self) -> Iterator[list[_Slot]]:
        """Every slot that nobody holds, held meanwhile."""
        held: list[_Slot] = []
        try:
            with suppress(queue.Empty):
                while True:
                    held.append(self._idle.get_nowait())
            yield held
        finally:
            for slot in held[::-1]:
                self._idle.put(slot)

    def _start(self, slot: _Slot) -> DecodeProcess:
        if not self._closed.is_set():
            slot.process = DecodeProcess(self._order)
            slot.starts += 1
            # Looked at once more: `close` has seen the process, or it is seen here.
            if not self._closed.is_set():
                return slot.process
            slot.process.stop()
        raise _closed()

    def _ready(self, slot: _Slot) -> DecodeProcess:
        """The slot's process, able to answer."""
        process = slot.process
        if process is None or process.has_ended or process.requests >= REQUESTS_A_PROCESS:
            if process is not None:
                process.stop()
            process = self._start(slot)
        if process.isolation is None:
            process.isolation = self._isolation = process.hear_ready()
        return process

    def _begin(self, slot: _Slot, data: bytes, request: dict[str, Any]) -> DecodeProcess:
        """The process that has the request in its hands.

        One that ended before that ended by no fault of the file: somebody killed it.
        """
        for _ in range(2):
            try:
                process = self._ready(slot)
            except MammoscopeError as error:
                # `close` may have ended it before it was ready.
                raise (_closed() if self._closed.is_set() else error) from None
            if process.begin(request, data, seconds=PATIENCE * self._seconds):
                return process
            process.stop()
        raise _closed() if self._closed.is_set() else unstarted("it ends when it is given a file")

    def _finish(
        self, slot: _Slot, process: DecodeProcess, data: bytes, modality: Modality
    ) -> BreastImage:
        """The image, or the error that is due; a process that failed is replaced at once."""
        is_sound = False
        try:
            header = receive_header(process.replies)
            kind = header.get("kind")
            if kind == "image":
                image = receive_image(
                    process.pixels, header, modality=modality, max_pixels=self._max_pixels
                )
                is_sound = True
                return image
            error = _error_of(header, data)
            # After a refusal of memory, what is left of it is not known.
            is_sound = kind != "memory"
            raise error
        except EOFError:
            raise self._lost(process) from None
        except MessageError as error:
            raise DecodeError(
                f"the decoder answered with {error}, as one does that a file has broken; "
                f"{_EXPECTED}"
            ) from None
        finally:
            is_sound = process.end_request() and is_sound
            if not is_sound:
                process.stop()
                slot.process = None
                # A failure here is not this file's to tell: the next one tries again.
                with suppress(MammoscopeError):
                    self._start(slot)

    def _lost(self, process: DecodeProcess) -> MammoscopeError:
        """The error for a process that ended in the middle of a file."""
        status = process.end_status()
        if self._closed.is_set():
            return _closed()
        if process.is_late or status == -getattr(signal, "SIGXCPU", 0):
            seen = f"decoding took more than the {self._seconds} s that a file may take"
        elif status == -getattr(signal, "SIGKILL", 0):
            seen = "the decoder was stopped from outside (SIGKILL), most often for want of memory"
        elif status < 0:
            seen = f"the file made the decoder crash ({signal.Signals(-status).name})"
        else:
            seen = f"the file made the decoder end (status {status})"
        _LOG.warning("a decoding process was replaced: %s", seen)
        return DecodeError(f"{seen}; {_EXPECTED}")


class _Slot:
    """A place for a process; held by one thread at a time."""

    __slots__ = ("process", "starts")

    def __init__(self) -> None:
        self.process: DecodeProcess | None = None
        self.starts = 0


def _closed() -> MammoscopeError:
    return MammoscopeError(
        "the decoding processes were closed, as they are when the program ends; expected a file "
        "before that; give it again when the program runs again"
    )


def _error_of(header: dict[str, Any], data: bytes) -> DecodeError:
    """The error that a reply stands for."""
    known: dict[object, Callable[[str], DecodeError]] = {
        "unsupported": UnsupportedFormatError,
        "broken": DecodeError,
    }
    kind = header.get("kind")
    if kind in known:
        return known[kind](text_of(header.get("message")))
    if kind == "memory":
        # Brings pydicom along, which this process can otherwise do without.
        from mammoscope.images.decode import out_of_memory  # noqa: PLC0415

        return out_of_memory(data)
    if kind == "defect":
        places = header.get("places")
        where = " > ".join(map(text_of, places if isinstance(places, list) else ()))
        _LOG.error("unforeseen %s while decoding, at %s", text_of(header.get("error")), where)
        return DecodeError(
            f"the decoder failed on this file ({text_of(header.get('error'))}), which is a "
            f"defect of ours: please report it; {_EXPECTED}"
        )
    raise MessageError("a reply that is none of those there are")
