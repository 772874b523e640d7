"""A table in SQLite or PostgreSQL: who writes waits for his turn, and a failure is told."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Table,
    create_engine,
    event,
    inspect,
    make_url,
    text,
)
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from mammoscope.ledger.entry import LedgerError
from mammoscope.ledger.private_file import MODE, locked

# Of waiting for another writer, for a connection, or for the database to answer.
SECONDS = 5
# The URL of a table that ends with its process, where a caller allows one.
IN_MEMORY = "sqlite://"
# Any number that no other program takes: writers of a database agree on it.
_LOCK = 0x6D616D6D6F


class Database:
    """One table; thread-safe, and safe with other processes on the same database."""

    def __init__(
        self,
        url: str,
        table: Table,
        *,
        what: str,
        create: bool,
        seconds: int = SECONDS,
        erases: bool = False,
    ) -> None:
        """Connects, and sees to the table.

        Args:
            url: `sqlite:///FILE` or `postgresql://USER@HOST/DATABASE`; where rows are erased,
                `IN_MEMORY` too.
            table: that it is to hold.
            what: the table is, in the words of an error.
            create: make the table where there is none.
            seconds: of waiting for another writer, or for the database to answer.
            erases: rows hold what must be gone once they are deleted: SQLite writes zeros over
                it. Files give room back by `tidy`.

        Raises:
            LedgerError: the URL is of another kind, or there is no database or no table.
        """
        in_memory = erases and url == IN_MEMORY
        parsed = make_url(url) if in_memory else _parse(url, what)
        self._what, self._table, self._seconds = what, table, seconds
        # Without its options, which may hold a password, too.
        self.name = "in memory" if in_memory else _named(parsed)
        self._is_sqlite = parsed.get_backend_name() == "sqlite"
        if self._is_sqlite and not in_memory:
            _see_file(Path(str(parsed.database)), what, create=create, erases=erases)
        self._engine = _engine(parsed, what, seconds=seconds, erases=erases)
        # One connection is all the memory's database has, so readers wait for their turn, too.
        self._readers_wait = in_memory
        # SQLite's own waiting is by trial: under load the same thread could lose every time.
        self._turn = threading.Lock()
        with self.writing() if create else self.reading() as connection:
            # Asked first: the right to write rows need not be the right to make tables.
            if not inspect(connection).has_table(table.name):
                if not create:
                    raise LedgerError(f"{self.name} holds no {what}; see the URL")
                table.create(connection)

    def close(self) -> None:
        """Gives the connections back."""
        self._engine.dispose()

    def tidy(self) -> None:
        """Takes what was deleted out of the files, which are given back their room.

        Raises:
            LedgerError: the database does not answer, or is busy.
        """
        with self._in_turn(), self._told("tidied"), self._engine.connect() as connection:
            if not self._is_sqlite:
                outside = connection.execution_options(isolation_level="AUTOCOMMIT")
                # Its name is a constant of ours.
                outside.execute(text(f"VACUUM {self._table.name}"))
                return
            # The driver's own connection, since neither may stand in a transaction; as a script,
            # since `execute` would take one step of the vacuum, which is one page.
            connection.connection.cursor().executescript(
                "PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);"
            )

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that no other writer is in; undone if it ends by an error.

        Raises:
            LedgerError: the database does not answer, refuses, or is busy for too long.
        """
        with self._in_turn(), self._told("written"), self._engine.connect() as connection:
            connection = connection.execution_options(writes=True)
            with connection.begin():
                if not self._is_sqlite:
                    lock = text("SELECT pg_advisory_xact_lock(:lock)")
                    connection.execute(lock, {"lock": _LOCK})
                yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that holds up no writer.

        Raises:
            LedgerError: the database does not answer, or refuses.
        """
        turn = self._in_turn() if self._readers_wait else nullcontext()
        with turn, self._told("read"), self._engine.connect() as connection:
            if not self._is_sqlite:
                # Nobody waits for a reader, and a whole log may take long.
                connection.execute(text("SET LOCAL statement_timeout = 0"))
            yield connection

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=self._seconds):
            raise LedgerError(
                f"the {self._what} {self.name} cannot be written: others have been writing for "
                f"more than {self._seconds} s; see what holds it up"
            )
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        # Of the driver's own, where it is asked past SQLAlchemy.
        except (SQLAlchemyError, sqlite3.Error) as error:
            # Not its message, which may hold a connection's options or a row.
            raise LedgerError(
                f"the {self._what} {self.name} cannot be {what} ({type(error).__name__}); "
                "see whether the database runs, lets this user in and has room"
            ) from None


def _parse(url: str, what: str) -> URL:
    try:
        parsed = make_url(url)
        kind = parsed.get_backend_name()
        if kind == "postgresql":
            return parsed.set(drivername="postgresql+psycopg")
        if kind == "sqlite" and parsed.database not in (None, "", ":memory:") and not parsed.query:
            return parsed.set(drivername="sqlite")
    except (ArgumentError, NoSuchModuleError):
        pass
    # Without quoting it: a URL may hold a password.
    raise LedgerError(
        f"the {what}'s URL is of no kind that is known; expected sqlite:///FILE, or "
        "postgresql://USER@HOST/DATABASE"
    )


def _named(url: URL) -> str:
    return url.set(query={}).render_as_string(hide_password=True)


def _see_file(path: Path, what: str, *, create: bool, erases: bool) -> None:
    if not create:
        if not path.is_file():
            raise LedgerError(f"there is no {what} at {path}; see the URL")
        return
    try:
        # Made here, since SQLite would let everybody read it.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, MODE))
        # A commit is one write to the disk then, and readers hold up no writer. Behind a lock,
        # since SQLite does not wait for its turn to change this.
        with locked(path), closing(sqlite3.connect(path, timeout=SECONDS)) as connection:
            if erases:
                # Of a file that is still empty; later it changes nothing.
                connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            connection.execute("PRAGMA journal_mode = WAL")
    except (OSError, sqlite3.Error) as error:
        raise LedgerError(
            f"cannot make or open the {what} {path} ({type(error).__name__}); "
            "expected a file that SQLite can write, or none yet, in a folder that is there"
        ) from None


def _engine(url: URL, what: str, *, seconds: int, erases: bool) -> Engine:
    # Parameters are hidden from every message and log of SQLAlchemy's.
    if url.get_backend_name() == "sqlite":
        if url.database:
            engine = create_engine(url, hide_parameters=True, connect_args={"timeout": seconds})
        else:
            engine = create_engine(
                url,
                hide_parameters=True,
                poolclass=StaticPool,
                connect_args={"check_same_thread": False},
            )
        event.listen(engine, "connect", partial(_set_up_sqlite, erases=erases))
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    busy_ms = seconds * 1000
    limits = f"-c lock_timeout={busy_ms} -c statement_timeout={busy_ms}"
    # libpq: a network that swallows everything is noticed, too.
    network = {
        "connect_timeout": seconds,
        "tcp_user_timeout": busy_ms,
        "keepalives_idle": seconds,
        "keepalives_interval": 1,
        "keepalives_count": 3,
    }
    try:
        return create_engine(
            url,
            hide_parameters=True,
            # Or the last row would be that of before the lock.
            isolation_level="READ COMMITTED",
            pool_timeout=seconds,
            # A database that was started anew is found again by the next request.
            pool_pre_ping=True,
            connect_args={"options": limits, **network},
        )
    except ImportError:
        raise LedgerError(
            f"the {what} in PostgreSQL needs psycopg; pip install 'mammoscope[postgres]'"
        ) from None


def _set_up_sqlite(connection: Any, _: Any, *, erases: bool) -> None:
    # Or Python's driver begins transactions when it sees fit.
    connection.isolation_level = None
    # A row that was answered for outlives a power cut.
    connection.execute("PRAGMA synchronous = FULL")
    if erases:
        connection.execute("PRAGMA secure_delete = ON")


def _begin_sqlite(connection: Connection) -> None:
    # A lock that is taken at the first write is too late: two would have read the same last row.
    is_writing = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")
