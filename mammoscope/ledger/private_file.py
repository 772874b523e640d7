"""Files of secrets: readable by their owner alone, written whole or not at all, one at a time."""

from __future__ import annotations

import os
import re
import secrets
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from mammoscope.types import MammoscopeError

MODE = 0o600
# Nobody is inside for more than a few milliseconds.
PATIENCE_S = 10
_STEP_S = 0.002
_LARGEST = 4 * 2**20
_SECRET = re.compile(rb"[0-9a-f]{64}\n?")


def read_private(path: Path) -> bytes:
    """The content of a file that nobody but its owner may read or write.

    Raises:
        MammoscopeError: it cannot be read, is no plain file, is open to others, or is huge.
    """
    try:
        # Opened first and asked then: a path may be another file a moment later.
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise MammoscopeError(f"{path} is no plain file; expected one that holds a secret")
            mode = stat.S_IMODE(status.st_mode)
            # Windows has no such bits: there every file shows 0o666.
            if sys.platform != "win32" and mode & 0o077:
                raise MammoscopeError(
                    f"{path} is open to other users (mode {mode:o}); expected mode 600: "
                    "run chmod 600 on it, and make its content anew if they may have seen it"
                )
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise MammoscopeError(f"cannot read {path}: {error.strerror}") from None
    if len(data) > _LARGEST:
        raise MammoscopeError(f"{path} has more than {_LARGEST} bytes; expected a small file")
    return data


def write_private(path: Path, data: bytes) -> None:
    """Puts a file of mode 600 in the place of the one that was there, in one step.

    Raises:
        MammoscopeError: it cannot be written; what was there still is.
    """
    aside = path.with_name(f".{path.name}-{uuid4().hex}")
    try:
        _write_new(aside, data)
        aside.replace(path)
    except OSError as error:
        raise MammoscopeError(f"cannot write {path}: {error.strerror}") from None
    finally:
        aside.unlink(missing_ok=True)


def create_private(path: Path, data: bytes) -> None:
    """Makes a file of mode 600 that was not there.

    Raises:
        FileExistsError: it was there.
        MammoscopeError: it cannot be written.
    """
    try:
        _write_new(path, data)
    except FileExistsError:
        raise
    except OSError as error:
        raise MammoscopeError(f"cannot write {path}: {error.strerror}") from None


def create_secret(path: Path) -> bytes:
    """32 random bytes, which are written to a new file of mode 600 as 64 hex digits.

    Raises:
        FileExistsError: the file is there.
        MammoscopeError: it cannot be written.
    """
    secret = secrets.token_bytes(32)
    create_private(path, secret.hex().encode() + b"\n")
    return secret


def read_secret(path: Path, *, what: str) -> bytes:
    """The 32 bytes of a secret file.

    Args:
        path: of mode 600.
        what: the secret is of, in the words of an error: "an audit log".

    Raises:
        MammoscopeError: its content is no secret, it cannot be read, or it is open to others.
    """
    text = read_private(path)
    if _SECRET.fullmatch(text) is None:
        raise MammoscopeError(f"{path} holds no key of {what}; expected 64 hex digits")
    return bytes.fromhex(text.decode())


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Nobody else who asks for the lock of this path, in any process, is inside meanwhile.

    Raises:
        MammoscopeError: the lock's file, beside the path, cannot be made, or somebody stays
            inside for more than `PATIENCE_S`.
    """
    lock = path.with_name(f".{path.name}.lock")
    try:
        # Not through a link that somebody else may have put there.
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(lock, flags, MODE)
    except OSError as error:
        raise MammoscopeError(f"cannot lock {path}: {error.strerror}") from None
    try:
        _take(descriptor, path)
        yield
    finally:
        # Closing gives the lock back, on Windows too.
        os.close(descriptor)


def _take(descriptor: int, path: Path) -> None:
    # By trial: waiting in the system has no end, if who is inside was stopped there.
    end = time.monotonic() + PATIENCE_S
    while not _is_taken(descriptor):
        if time.monotonic() > end:
            raise MammoscopeError(
                f"{path} has been locked by another process for more than {PATIENCE_S} s; "
                "see which one hangs"
            )
        time.sleep(_STEP_S)


def _is_taken(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - of Windows only

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - of the others only

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _write_new(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        # A name that outlives a power cut before its content does is an empty secret.
        os.fsync(file.fileno())
