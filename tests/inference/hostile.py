"""What a file might make of a decoder: functions that decoding processes call in its place."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from mammoscope.types import BreastImage, DecodeError, UnsupportedFormatError


def behave(data: bytes, **_: Any) -> BreastImage:
    """Does what the file says; an image where it says nothing of that kind."""
    word, _, rest = data.decode().partition(" ")
    action = ACTIONS.get(word)
    if action is not None:
        action(rest)
    return BreastImage(np.full((3, 5), os.getpid() % 1000 / 1000, dtype=np.float32))


def _refuse(kind: str) -> None:
    raise {"broken": DecodeError, "unsupported": UnsupportedFormatError}[kind]("told why")


def _fail(_: str) -> None:
    raise ValueError("Zephyrine^Name")


def _overrun(_: str) -> None:
    ctypes.string_at(0)


def _hog(gibibytes: str) -> None:
    np.ones(int(gibibytes) * 2**27)


def _spin(_: str) -> None:
    while True:
        pass


def _write(path: str) -> None:
    Path(path).write_bytes(b"pixels")


def _connect(port: str) -> None:
    with socket.create_connection(("127.0.0.1", int(port)), timeout=5):
        pass


def _rejoin(port: str) -> None:
    """Back into the network that the process it works for has, and out."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(f"/proc/{os.getppid()}/ns/net", os.O_RDONLY)
    if libc.setns(descriptor, 0) != 0:
        raise PermissionError(ctypes.get_errno(), "setns")
    _connect(port)


def _print(_: str) -> None:
    print("a library that prints", flush=True)  # noqa: T201
    os.write(1, b"a library that prints")
    sys.stderr.write("and complains")


def _report(what: str) -> None:
    """What cannot be seen from outside, as the message of an error."""
    told = {"environment": str(sorted(os.environ)), "threads": str(threading.active_count())}
    if what == "dumps":
        import resource

        dumpable = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)  # PR_GET_DUMPABLE
        told["dumps"] = f"{dumpable} {resource.getrlimit(resource.RLIMIT_CORE)}"
    raise DecodeError(told[what])


ACTIONS = {
    "refuse": _refuse,
    "fail": _fail,
    "overrun": _overrun,
    "abort": lambda _: os.abort(),
    "exit": lambda status: os._exit(int(status)),
    "kill": lambda _: os.kill(os.getpid(), signal.SIGKILL),
    "hog": _hog,
    "sleep": lambda seconds: time.sleep(float(seconds)),
    "spin": _spin,
    "write": _write,
    "connect": _connect,
    "rejoin": _rejoin,
    "print": _print,
    "report": _report,
}
