"""One decoding process as the one that started it sees it: its start, its clock, its end."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO, cast

from mammoscope.inference.decode_message import (
    BEGUN,
    Body,
    MessageError,
    receive,
    receive_header,
    send,
    text_of,
)
from mammoscope.inference.shared_bytes import SharedBytes
from mammoscope.types import MammoscopeError

_START_SECONDS = 60
_ROOT = str(Path(__file__).parents[2])
_PROGRAM = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
    "from mammoscope.inference.sandbox import main; main(sys.argv[2])"
)


class DecodeProcess:
    """One process, and the clock of its present request."""

    def __init__(self, order: dict[str, Any]) -> None:
        """Starts it and does not wait.

        Args:
            order: what `sandbox.main` is told, but for the shared memory.

        Raises:
            MammoscopeError: the system refuses it; nothing is held then.
        """
        # The search path of this process, so that both run the same code whatever is installed.
        path = [each for each in sys.path if Path(each).is_absolute()]
        self._shared: SharedBytes | None = None
        try:
            # float32, three channels
            self._shared = SharedBytes.create(12 * order["max_pixels"])
            descriptor = None if self._shared is None else self._shared.descriptor
            order_text = json.dumps({**order, "shared": descriptor})
            # -I passes over the environment, where one may have asked for no compiled code.
            flags = ["-I", "-B"] if sys.dont_write_bytecode else ["-I"]
            order_words = [_PROGRAM, json.dumps([*path, _ROOT]), order_text]
            command = [sys.executable, *flags, "-c", *order_words]
            self._popen = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                pass_fds=() if descriptor is None else (descriptor,),
                # Ctrl+C in a terminal is for the server, which lets it finish.
                start_new_session=True,
            )
        except OSError as error:
            if self._shared is not None:
                self._shared.close()
            raise unstarted(str(error.strerror)) from None
        self.replies = cast(io.BufferedReader, self._popen.stdout)
        self.pixels: Body = self.replies if self._shared is None else self._shared
        self.isolation: frozenset[str] | None = None
        self.requests = 0
        self.is_late = False
        self._clock: threading.Timer | None = None

    @property
    def has_ended(self) -> bool:
        return self._popen.poll() is not None

    def hear_ready(self) -> frozenset[str]:
        """What the process does without, said when its imports are done.

        Raises:
            MammoscopeError: it does not say so.
        """
        self._set_clock(_START_SECONDS)
        try:
            header = receive_header(self.replies)
            return frozenset(map(text_of, header["isolation"]))
        except (EOFError, MessageError, KeyError, TypeError):
            self.stop()
            raise unstarted(f"it ended with status {self.end_status()}") from None
        finally:
            self._stop_clock()

    def begin(self, request: dict[str, Any], data: bytes, *, seconds: float) -> bool:
        """Hands a request over; whether it arrived. Then `end_request` must be called."""
        self.requests += 1
        self._set_clock(seconds)
        with contextlib.suppress(OSError, EOFError):
            if self._shared is not None:
                self._shared.write(data)
                data = b""
            send(cast(BinaryIO, self._popen.stdin), request, data)
            if receive(self.replies, len(BEGUN)) == BEGUN:
                return True
        self._stop_clock()
        return False

    def end_request(self) -> bool:
        """Stops the clock; whether it was in time."""
        self._stop_clock()
        if self._shared is not None:
            self._shared.give_back()
        return not self.is_late

    def end_status(self) -> int:
        """As of `Popen.returncode`: minus the signal's number where a signal ended it."""
        try:
            return self._popen.wait(1)
        except subprocess.TimeoutExpired:  # it closed its side and goes on
            self.kill()
            return self._popen.wait()

    def stop(self) -> None:
        """Ends the process at once."""
        self._stop_clock()
        self.kill()
        self._popen.wait()
        for stream in (self._popen.stdin, self._popen.stdout):
            # What was not sent stays unsent.
            with contextlib.suppress(OSError, ValueError):
                cast(BinaryIO, stream).close()
        if self._shared is not None:
            self._shared.close()

    def _set_clock(self, seconds: float) -> None:
        self._clock = threading.Timer(seconds, self._run_out)
        self._clock.daemon = True
        self._clock.start()

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            # It may be about to kill: not while the next request is there.
            self._clock.join()
            self._clock = None

    def _run_out(self) -> None:
        self.is_late = True
        self.kill()

    def kill(self) -> None:
        """Ends the process, and leaves to `stop` what it held."""
        # Its children too, if a file has made it start any.
        if hasattr(os, "killpg") and self._popen.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.kill()


def unstarted(why: str) -> MammoscopeError:
    """The error for a process that cannot be used at all."""
    return MammoscopeError(
        f"the decoding process does not work: {why}; expected it to start and to stay; "
        "give it more memory, and see that Python may start a program here"
    )


def _environment() -> dict[str, str]:
    """Nothing of this process's but where the system's libraries are; no second thread.

    Threads of OpenMP or OpenBLAS would each take address space, and gain a decoder nothing.
    """
    kept = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
    one = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "MALLOC_ARENA_MAX")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        **dict.fromkeys(one, "1"),
    }
