"""Pending work at rest: sealed by a key that is kept apart, so that a stolen disk tells nothing."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mammoscope.ledger.entry import LedgerError
from mammoscope.ledger.private_file import create_secret, locked, read_secret

# NIST SP 800-38D: 96 random bits are safe for 2**32 messages of one key.
_NONCE = 12


class Cipher:
    """AES-256-GCM (NIST SP 800-38D): without the key nothing is read, nor changed unseen."""

    def __init__(self, secret: bytes) -> None:
        """Derives a key for each use.

        Args:
            secret: 32 random bytes.
        """
        content, self._name = (
            hmac.digest(secret, use, hashlib.sha256) for use in (b"content", b"name")
        )
        self._content = AESGCM(content)

    def seal(self, data: bytes, *, place: str) -> bytes:
        """The data, encrypted, for one place alone: moved to another they do not open."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._content.encrypt(nonce, data, place.encode())

    def open(self, sealed: bytes, *, place: str) -> bytes:
        """What was sealed for this place.

        Raises:
            LedgerError: it was sealed by another key or for another place, or was changed.
        """
        try:
            return self._content.decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode())
        except (InvalidTag, ValueError):
            raise LedgerError(
                "pending work does not open: it was sealed with another key, or was changed; "
                "give the key file that the queue was begun with"
            ) from None

    def digest(self, name: str) -> str:
        """64 hex digits that stand for a name, and tell it to nobody without the key."""
        return hmac.digest(self._name, name.encode(), hashlib.sha256).hex()


def open_cipher(path: Path, *, create: bool) -> Cipher:
    """The cipher of a secret file.

    Args:
        path: of mode 600.
        create: make one with a new secret where there is none.

    Raises:
        MammoscopeError: it cannot be read or written, holds no secret, or is open to others.
    """
    # Not where there is one: it may lie where nothing can be written, nor locked.
    if create and not path.exists():
        # Behind the lock, so that of two that begin one makes the key and the other reads it.
        with locked(path):
            if not path.exists():
                return Cipher(create_secret(path))
    return Cipher(read_secret(path, what="a queue"))


def passing_cipher() -> Cipher:
    """A cipher whose key ends with this process."""
    return Cipher(secrets.token_bytes(32))
