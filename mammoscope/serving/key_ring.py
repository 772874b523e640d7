"""The keys in force: those of the key file as it is now."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from pathlib import Path

from mammoscope.serving.keys import Key, find_key, read_keys
from mammoscope.types import MammoscopeError

_LOG = logging.getLogger("mammoscope.serving")


class KeyRing:
    """Looks at the file at each request, so that a key that is revoked is refused at once."""

    def __init__(self, path: Path) -> None:
        """Reads the file.

        Raises:
            MammoscopeError: it cannot be read, or holds no key that is in force.
        """
        self._path = path
        self._stamp = _stamp(path)
        self._keys = read_keys(path)
        self._lock = threading.Lock()
        now = datetime.now(UTC)
        if not any(key.is_live(now) for key in self._keys.values()):
            raise MammoscopeError(
                f"every key in {path} is revoked or expired, so nobody could use the server; "
                f"make one with `mammoscope keys add NAME --key-file {path}`"
            )

    def find(self, token: str) -> Key | None:
        """The key of a token if it is in force.

        Raises:
            MammoscopeError: the file was taken away or broken. Then no key is in force.
        """
        with self._lock:
            stamp = _stamp(self._path)
            if stamp is None or stamp != self._stamp:
                # The old stamp stays until the file was read: a broken one is looked at again.
                self._stamp = None
                self._keys = read_keys(self._path)
                self._stamp = stamp
                _LOG.info("the key file was read anew: %d keys", len(self._keys))
            keys = self._keys
        return find_key(keys, token, now=datetime.now(UTC))


def _stamp(path: Path) -> tuple[int, ...] | None:
    """What changes when the file does: a key is written by a new file in the old one's place."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size, status.st_mode
