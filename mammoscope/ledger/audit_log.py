"""The audit log: appends chained rows, or says that it cannot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from mammoscope.ledger.audit_table import add, digest_at, head_of, open_table, rows_of
from mammoscope.ledger.database import Database
from mammoscope.ledger.entry import GENESIS, Entry, Head, LedgerError, Row
from mammoscope.ledger.seal import (
    Seal,
    advance_head,
    create_seal,
    head_file,
    read_head,
    read_seal,
)


class AuditLog:
    """A log in a database, its secret and its head in files; thread-safe."""

    def __init__(self, url: str, *, secret_file: Path, create: bool = True) -> None:
        """Opens a log.

        Args:
            url: `sqlite:///FILE` or `postgresql://USER@HOST/DATABASE`.
            secret_file: keys the digests; made where there is none and the log is empty. The
                head is kept beside it, in `SECRET_FILE.head`.
            create: begin a log where there is none.

        Raises:
            LedgerError: the database cannot be used, or the secret is not there.
            MammoscopeError: the secret's file cannot be read, or is open to others.
        """
        self._database = open_table(url, create=create)
        try:
            self.seal = _open_seal(secret_file, self._database, create=create)
        except BaseException:
            self._database.close()
            raise
        self._head_file = head_file(secret_file)

    def close(self) -> None:
        """Gives the database's connections back."""
        self._database.close()

    def check_end(self) -> None:
        """Looks whether the log still ends where its head, or behind.

        Raises:
            LedgerError: it was cut, its end is another, or no head is kept.
        """
        with self._database.writing() as connection:
            self._checked_end(connection, head_of(connection))

    def append(self, entries: Sequence[Entry]) -> Head:
        """Writes entries behind the last row, all or none, and gives the log's new end.

        Blocks for some milliseconds, at most a few times `database.SECONDS`.

        Raises:
            LedgerError: they are not written, or the log no longer ends where it did.
            MammoscopeError: they are written, but the new head could not be kept.
        """
        if not entries:
            raise LedgerError("nothing to log; expected one entry or more")
        with self._database.writing() as connection:
            last = head_of(connection)
            self._checked_end(connection, last)
            # The clock is read behind the lock: later rows never have earlier times of one clock.
            at = datetime.now(UTC).isoformat(timespec="microseconds")
            rows: list[Row] = []
            for entry in entries:
                row = _chained(entry, last, at=at, seal=self.seal)
                rows.append(row)
                last = Head(row.number, row.digest)
            add(connection, rows)
        # After the commit: a head that is behind is made good by the next row, one that is ahead
        # would cry wolf.
        advance_head(self._head_file, self.seal, last)
        return last

    def rows(self) -> Iterator[Row]:
        """Every row, by number.

        Raises:
            LedgerError: the database does not answer.
        """
        return rows_of(self._database)

    def kept_head(self) -> Head | None:
        """The head that is kept beside the secret, None where there is none.

        Raises:
            LedgerError: it was changed.
        """
        return read_head(self._head_file, self.seal)

    def keep_head(self, head: Head) -> None:
        """Takes a head for the log's end, unless one further on is kept.

        Raises:
            MammoscopeError: it cannot be written.
        """
        advance_head(self._head_file, self.seal, head)

    def _checked_end(self, connection: Connection, last: Head) -> None:
        """Refuses to go on where rows were taken away: the next one would cover it up."""
        kept = self.kept_head()
        if kept is None:
            raise LedgerError(
                f"no head of the log {self._database.name} is kept at {self._head_file}; put that "
                "file back, or accept the log as it is with `mammoscope log verify --keep-head`"
            )
        # Under the lock: heads are kept after their rows are written, so no row can be missing.
        found = digest_at(connection, kept.number) if kept.number else GENESIS
        if last.number < kept.number or found != kept.digest:
            raise LedgerError(
                f"the log {self._database.name} does not hold the row {kept.number} that was "
                "written to it: rows were taken away or replaced; see `mammoscope log verify`"
            )


def _open_seal(path: Path, database: Database, *, create: bool) -> Seal:
    if not create:
        return read_seal(path)
    # Behind the lock, so that of two that begin a log one makes its key and the other reads it.
    with database.writing() as connection:
        if path.exists():
            return read_seal(path)
        if head_of(connection).number:
            raise LedgerError(
                f"the log {database.name} has rows, and its key is not at {path}; "
                "give the file that it was begun with"
            )
        seal = create_seal(path)
        # From the start: a log without a head is one whose head was taken away.
        advance_head(head_file(path), seal, Head(0, GENESIS))
        return seal


def _chained(entry: Entry, last: Head, *, at: str, seal: Seal) -> Row:
    row = Row(
        number=last.number + 1,
        at=at,
        key_id=entry.key_id,
        model=entry.model,
        input=entry.input,
        verdict=entry.verdict,
        previous=last.digest,
        digest="",
    )
    return replace(row, digest=seal.row_digest(row))
