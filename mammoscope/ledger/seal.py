"""The secret that keys a log: digests that nobody without it can make, or try an image against."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path

from mammoscope.ledger.entry import Head, LedgerError, Row
from mammoscope.ledger.private_file import (
    create_secret,
    locked,
    read_private,
    read_secret,
    write_private,
)


class Seal:
    """Makes and checks the keyed digests of one log; HMAC-SHA-256 (RFC 2104) throughout.

    Keyed, since a plain hash of a file tells whoever has that file that it was here, and a plain
    chain can be made anew by whoever can write to the database.
    """

    def __init__(self, secret: bytes) -> None:
        """Derives a key for each use, so that no digest of one can pass for another's.

        Args:
            secret: 32 random bytes.
        """
        self._input, self._row, self._head = (
            hmac.digest(secret, use, hashlib.sha256) for use in (b"input", b"row", b"head")
        )

    def input_digest(self, data: bytes) -> str:
        """64 hex digits that stand for a whole file."""
        return hmac.digest(self._input, data, hashlib.sha256).hex()

    def row_digest(self, row: Row) -> str:
        """64 hex digits over everything in a row but its digest."""
        values = (row.number, row.at, row.key_id, row.model, row.input, row.verdict, row.previous)
        # As JSON: a character cannot wander from one field to the next. A database that was
        # tampered with may hold what JSON does not, such as bytes; those match nothing.
        text = json.dumps(values, default=repr)
        return hmac.digest(self._row, text.encode(), hashlib.sha256).hex()

    def is_sealed(self, row: Row) -> bool:
        """Whether a row is what was written, where it was written."""
        return hmac.compare_digest(self.row_digest(row).encode(), str(row.digest).encode())

    def head_proof(self, head: Head) -> str:
        """64 hex digits over a head."""
        return hmac.digest(self._head, str(head).encode(), hashlib.sha256).hex()


def create_seal(path: Path) -> Seal:
    """The seal of a new secret, which is written to a file of mode 600.

    Raises:
        FileExistsError: the file is there.
        MammoscopeError: it cannot be written.
    """
    return Seal(create_secret(path))


def read_seal(path: Path) -> Seal:
    """The seal of a secret file.

    Raises:
        MammoscopeError: its content is no secret, it cannot be read, or is open to others.
    """
    return Seal(read_secret(path, what="an audit log"))


def head_file(secret_file: Path) -> Path:
    """Where the head is kept: beside the secret, and so apart from the database."""
    return secret_file.with_name(f"{secret_file.name}.head")


def read_head(path: Path, seal: Seal) -> Head | None:
    """The head that was kept; None where none ever was.

    Raises:
        LedgerError: it was changed, or belongs to another secret.
        MammoscopeError: it cannot be read, or is open to others.
    """
    if not path.exists():
        return None
    text = read_private(path)
    try:
        values = json.loads(text)
        head = Head(int(values["number"]), str(values["digest"]))
        proof = str(values["proof"])
    except (ValueError, KeyError, TypeError):
        raise LedgerError(f"{path} holds no head of an audit log; was it edited?") from None
    if not hmac.compare_digest(seal.head_proof(head).encode(), proof.encode()):
        raise LedgerError(
            f"the head in {path} was not made with this log's key; expected the file that the "
            "server wrote beside that key"
        )
    return head


def advance_head(path: Path, seal: Seal, head: Head) -> None:
    """Keeps a head, unless one further on is kept: writers may come here in any order.

    Raises:
        MammoscopeError: it cannot be written.
    """
    with locked(path):
        kept = read_head(path, seal)
        if kept is None or kept.number < head.number:
            values = {"number": head.number, "digest": head.digest, "proof": seal.head_proof(head)}
            write_private(path, json.dumps(values).encode() + b"\n")
