"""Keyed pseudonyms: what stands for a UID or a patient's number, the same wherever the key is."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from mammoscope.types import MammoscopeError

# A key shorter than this can be guessed, and with it every number of few digits behind a pseudonym.
LEAST_KEY_BYTES = 16
_NEW_KEY_BYTES = 32


class Pseudonyms:
    """HMAC-SHA256 (RFC 2104) of what is replaced, by a secret key.

    Without the key nobody can say which pseudonym stands for what, not even by trying all
    numbers; with it, files of other days and machines fit together. A key is never shown.
    """

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        """Takes a key of at least `LEAST_KEY_BYTES`.

        Raises:
            MammoscopeError: the key is too short.
        """
        if len(key) < LEAST_KEY_BYTES:
            raise MammoscopeError(
                f"the key has {len(key)} bytes; expected at least {LEAST_KEY_BYTES} that nobody "
                "can guess; make one with: openssl rand -hex 32"
            )
        self._key = key

    @classmethod
    def random(cls) -> Pseudonyms:
        """Pseudonyms by a new key that is kept nowhere: what they stand for is lost with it."""
        return cls(secrets.token_bytes(_NEW_KEY_BYTES))

    def uid(self, original: str) -> str:
        """A UID 2.25.N, N a version 8 UUID (RFC 9562) as PS3.5 B.2 wants it; ≤ 44 characters."""
        number = int.from_bytes(self._digest("UID", original)[:16], "big")
        number &= ~(0xF << 76) & ~(0x3 << 62)
        return f"2.25.{number | 0x8 << 76 | 0x2 << 62}"

    def patient(self, original: str) -> str:
        """Sixteen hexadecimal digits that stand for a patient's number."""
        return self._digest("patient", original)[:8].hex().upper()

    def _digest(self, kind: str, original: str) -> bytes:
        # Padding does not tell two values apart: PS3.5 6.2.
        plain = original.strip(" \0")
        return hmac.new(self._key, f"{kind}\0{plain}".encode(), hashlib.sha256).digest()
