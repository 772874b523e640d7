"""Pending work that outlives a crash: put in once, done once, gone when it is done."""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection
from typing import Any

from sqlalchemy import CursorResult, Row, and_, func, insert, select, update

from mammoscope.ledger.cipher import Cipher
from mammoscope.ledger.database import IN_MEMORY, Database
from mammoscope.ledger.entry import LedgerError
from mammoscope.ledger.queue_table import LONGEST_REASON, TABLE, WHAT, Parked, Stage, Work

__all__ = ["IN_MEMORY", "Queue"]

# Of an image of tens of megabytes on a slow disk.
_SECONDS = 30
# Rows that a key is tried on.
_TRIED = 10
_C = TABLE.c


class Queue:
    """A queue in a database; thread-safe, and safe with other processes on the same one.

    Work is leased, not taken out: a holder that dies loses it to the next one when the lease ends.
    A holder whose lease has ended meanwhile changes nothing any more. The machines' clocks are
    those that count: between several, leases must be longer than the clocks differ.
    """

    def __init__(self, url: str, cipher: Cipher, *, owner: str, create: bool = True) -> None:
        """Opens a queue.

        Args:
            url: `sqlite:///FILE`, `postgresql://USER@HOST/DATABASE`, or `IN_MEMORY`.
            cipher: seals what is in it.
            owner: whose leases those are that are taken here; no two running processes of one
                name.
            create: make one where there is none.

        Raises:
            LedgerError: the database cannot be used, or what is in it was sealed by another key.
        """
        self._database = Database(
            url, TABLE, what=WHAT, create=create, seconds=_SECONDS, erases=True
        )
        self._cipher, self._owner = cipher, owner
        try:
            self._try_key()
        except BaseException:
            self._database.close()
            raise

    def close(self) -> None:
        """Gives the connections back, and to the file its room."""
        try:
            self._database.tidy()
        finally:
            self._database.close()

    def tidy(self) -> None:
        """Takes what is done out of the database's files. Raises: LedgerError."""
        self._database.tidy()

    def put(self, name: str, content: bytes) -> bool:
        """Keeps a piece of work, on the disk before this returns.

        Args:
            name: what it is told from others by; the same name again is the same work.
            content: that is worked on.

        Returns:
            False where it is or was here already, done or not. What was parked before it could be
            read is taken anew: it may have been mended.

        Raises:
            LedgerError: it is not kept.
        """
        id_ = self._cipher.digest(name)
        row = {
            "id": id_,
            "state": "waiting",
            "stage": "read",
            "arrived": _now(),
            "due": _now(),
            "attempts": 0,
            "name": self._cipher.seal(name.encode(), place=f"{id_}/name"),
            "content": self._cipher.seal(content, place=f"{id_}/read"),
        }
        with self._database.writing() as connection:
            unread = and_(_C.id == id_, _C.state == "parked", _C.stage == "read")
            if _changed(connection.execute(update(TABLE).where(unread).values(reason=None, **row))):
                return True
            if connection.scalar(select(_C.id).where(_C.id == id_)) is not None:
                return False
            connection.execute(insert(TABLE), [row])
        return True

    def has(self, name: str) -> bool:
        """Whether it is or was here. Raises: LedgerError."""
        with self._database.reading() as connection:
            known = select(_C.id).where(_C.id == self._cipher.digest(name))
            return connection.scalar(known) is not None

    def take(self, stage: Stage, *, seconds: float) -> Work | None:
        """The work of a stage that has been due for longest, leased; None where none is due.

        Args:
            stage: what the caller does.
            seconds: that the lease lasts, unless it is prolonged.

        Raises:
            LedgerError: the database does not answer, or the work does not open and is parked.
        """
        due = (
            select(_C.id)
            .where(_C.state == "waiting", _C.stage == stage, _C.due <= _now())
            .order_by(_C.due, _C.arrived)
            .limit(1)
        )
        lease = secrets.token_hex(16)
        with self._database.reading() as connection:
            # Most looks find nothing, and a look holds up no writer.
            if connection.scalar(due) is None:
                return None
        with self._database.writing() as connection:
            id_ = connection.scalar(due)
            if id_ is None:
                return None
            connection.execute(
                update(TABLE)
                .where(_C.id == id_)
                .values(
                    due=_now() + round(seconds * 1000),
                    attempts=_C.attempts + 1,
                    owner=self._owner,
                    lease=lease,
                )
            )
        return self._leased(id_, lease)

    def prolong(self, leases: Collection[str], *, seconds: float) -> None:
        """Makes leases that have not ended last so long from now. Raises: LedgerError."""
        if not leases:
            return
        held = and_(_C.state == "waiting", _C.lease.in_(leases))
        due = _now() + round(seconds * 1000)
        with self._database.writing() as connection:
            connection.execute(update(TABLE).where(held).values(due=due))

    def release(self) -> int:
        """Ends every lease of this owner: those of a process that died, at its next start.

        Returns:
            How many there were.

        Raises:
            LedgerError: the database does not answer.
        """
        held = and_(_C.state == "waiting", _C.owner == self._owner)
        with self._database.writing() as connection:
            ended = connection.execute(
                update(TABLE).where(held).values(due=_now(), owner=None, lease=None)
            )
        return _changed(ended)

    def advance(self, work: Work, content: bytes) -> bool:
        """Puts the reports in the image's place: it is read, and they are to be sent.

        Returns:
            False where the lease has ended: another holder does it.

        Raises:
            LedgerError: they are not kept.
        """
        sealed = self._cipher.seal(content, place=f"{work.id}/send")
        return self._leave(work, stage="send", content=sealed, attempts=0, due=_now(), reason=None)

    def finish(self, work: Work) -> bool:
        """Takes away all of it but that it was. Returns and raises as `advance`."""
        return self._leave(
            work, state="done", content=None, name=None, finished=_now(), reason=None
        )

    def put_back(self, work: Work, *, seconds: float, reason: str, counts: bool = True) -> bool:
        """Leaves it for later. Returns and raises as `advance`.

        Args:
            work: held.
            seconds: until it is due again.
            reason: why, in words that hold nothing of a header.
            counts: the attempt; False where the work is not to blame.
        """
        attempts = work.attempts if counts else work.attempts - 1
        due = _now() + round(seconds * 1000)
        return self._leave(work, due=due, attempts=attempts, reason=reason[:LONGEST_REASON])

    def park(self, work: Work, *, reason: str) -> bool:
        """Keeps it until a person has looked at it. Returns and raises as `advance`."""
        return self._leave(work, state="parked", reason=reason[:LONGEST_REASON])

    def parked(self) -> list[Parked]:
        """What was parked, the oldest first. Raises: LedgerError."""
        rows = select(_C.id, _C.name, _C.stage, _C.attempts, _C.reason)
        with self._database.reading() as connection:
            found = connection.execute(
                rows.where(_C.state == "parked").order_by(_C.arrived)
            ).fetchall()
        return [
            Parked(
                row.id, self._name_or_none(row.id, row.name), row.stage, row.attempts, row.reason
            )
            for row in found
        ]

    def retry(self, id_: str) -> bool:
        """Makes parked work due again.

        Returns:
            False where none of this id is parked.

        Raises:
            LedgerError: the database does not answer.
        """
        parked = and_(_C.id == id_, _C.state == "parked")
        return self._update(
            parked, {"state": "waiting", "due": _now(), "attempts": 0, "reason": None}
        )

    def discard(self, id_: str) -> bool:
        """Takes parked work away, as if it had never come. Returns and raises as `retry`."""
        parked = and_(_C.id == id_, _C.state == "parked")
        with self._database.writing() as connection:
            return _changed(connection.execute(TABLE.delete().where(parked))) == 1

    def counts(self) -> dict[str, int]:
        """How many are to be read, to be sent, parked and done. Raises: LedgerError."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(_C.state, _C.stage, func.count()).group_by(_C.state, _C.stage)
            ).fetchall()
        counted = {"to read": 0, "to send": 0, "parked": 0, "done": 0}
        for state, stage, count in rows:
            counted[f"to {stage}" if state == "waiting" else state] += count
        return counted

    def forget(self, *, days: float) -> int:
        """Drops what was done longer ago. What comes again by that name is done again.

        Returns:
            How many were dropped.

        Raises:
            LedgerError: the database does not answer.
        """
        old = and_(_C.state == "done", _C.finished < _now() - round(days * 86_400_000))
        with self._database.writing() as connection:
            return _changed(connection.execute(TABLE.delete().where(old)))

    def _try_key(self) -> None:
        """Refuses a key that is not this queue's, before anything is put in by it."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(_C.id, _C.name).where(_C.name.is_not(None)).limit(_TRIED)
            ).fetchall()
        # A row that was damaged says nothing of the key.
        if rows and all(self._name_or_none(row.id, row.name) is None for row in rows):
            self._name(rows[0].id, rows[0].name)

    def _leased(self, id_: str, lease: str) -> Work | None:
        # Apart from the lock: an image takes a while.
        with self._database.reading() as connection:
            row = connection.execute(select(TABLE).where(_C.id == id_, _C.lease == lease)).first()
        if row is None:
            return None
        try:
            name = self._name(id_, row.name)
            content = self._cipher.open(row.content, place=f"{id_}/{row.stage}")
        except LedgerError as error:
            # It never will, and the next try would be no wiser.
            self._leave(row, state="parked", reason=str(error))
            raise
        return Work(id_, name, row.stage, content, row.attempts, row.arrived, lease)

    def _name(self, id_: str, sealed: bytes) -> str:
        return self._cipher.open(sealed, place=f"{id_}/name").decode()

    def _name_or_none(self, id_: str, sealed: bytes) -> str | None:
        try:
            return self._name(id_, sealed)
        except LedgerError:
            return None

    def _leave(self, work: Work | Row[Any], **values: Any) -> bool:
        """Changes held work and ends its lease, if it has not ended."""
        held = and_(_C.id == work.id, _C.lease == work.lease, _C.state == "waiting")
        return self._update(held, {**values, "owner": None, "lease": None})

    def _update(self, which: Any, values: dict[str, Any]) -> bool:
        with self._database.writing() as connection:
            return _changed(connection.execute(update(TABLE).where(which).values(**values))) == 1


def _changed(result: CursorResult[Any]) -> int:
    return result.rowcount


def _now() -> int:
    return time.time_ns() // 1_000_000
