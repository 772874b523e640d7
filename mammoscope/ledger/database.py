"""A table in SQLite or PostgreSQL: who writes waits for his turn, and a failure is told."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
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

from mammoscope.ledger.entry import LedgerError
from mammoscope.ledger.private_file import MODE, locked

# Of waiting for another writer, for a connection, or for the database to answer.
SECONDS = 5
# Any number that no other program takes: writers of a database agree on it.
_LOCK = 0x6D616D6D6F
_BUSY_MS = SECONDS * 1000
# libpq: a network that swallows everything is noticed, too.
_NETWORK = {
    "connect_timeout": SECONDS,
    "tcp_user_timeout": _BUSY_MS,
    "keepalives_idle": SECONDS,
    "keepalives_interval": 1,
    "keepalives_count": 3,
}


class Database:
    """One table; thread-safe, and safe with other processes on the same database."""

    def __init__(self, url: str, table: Table, *, what: str, create: bool) -> None:
        """Connects, and sees to the table.

        Args:
            url: `sqlite:///FILE` or `postgresql://USER@HOST/DATABASE`.
            table: that it is to hold.
            what: the table is, in the words of an error.
            create: make the table where there is none.

        Raises:
            LedgerError: the URL is of another kind, or there is no database or no table.
        """
        parsed = _parse(url, what)
        self._what = what
        # Without its options, which may hold a password, too.
        self.name = parsed.set(query={}).render_as_string(hide_password=True)
        self._is_sqlite = parsed.get_backend_name() == "sqlite"
        if self._is_sqlite:
            _see_file(Path(str(parsed.database)), what, create=create)
        self._engine = _engine(parsed, what)
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

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that no other writer is in; undone if it ends by an error.

        Raises:
            LedgerError: the database does not answer, refuses, or is busy for too long.
        """
        if not self._turn.acquire(timeout=SECONDS):
            raise LedgerError(
                f"the {self._what} {self.name} cannot be written: others have been writing for "
                f"more than {SECONDS} s; see what holds it up"
            )
        try:
            with self._told("written"), self._engine.connect() as connection:
                connection = connection.execution_options(writes=True)
                with connection.begin():
                    if not self._is_sqlite:
                        lock = text("SELECT pg_advisory_xact_lock(:lock)")
                        connection.execute(lock, {"lock": _LOCK})
                    yield connection
        finally:
            self._turn.release()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that holds up no writer.

        Raises:
            LedgerError: the database does not answer, or refuses.
        """
        with self._told("read"), self._engine.connect() as connection:
            if not self._is_sqlite:
                # Nobody waits for a reader, and a whole log may take long.
                connection.execute(text("SET LOCAL statement_timeout = 0"))
            yield connection

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
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


def _see_file(path: Path, what: str, *, create: bool) -> None:
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
            connection.execute("PRAGMA journal_mode = WAL")
    except (OSError, sqlite3.Error) as error:
        raise LedgerError(
            f"cannot make or open the {what} {path} ({type(error).__name__}); "
            "expected a file that SQLite can write, or none yet, in a folder that is there"
        ) from None


def _engine(url: URL, what: str) -> Engine:
    # Parameters are hidden from every message and log of SQLAlchemy's.
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": SECONDS})
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    limits = f"-c lock_timeout={_BUSY_MS} -c statement_timeout={_BUSY_MS}"
    try:
        return create_engine(
            url,
            hide_parameters=True,
            # Or the last row would be that of before the lock.
            isolation_level="READ COMMITTED",
            pool_timeout=SECONDS,
            # A database that was started anew is found again by the next request.
            pool_pre_ping=True,
            connect_args={"options": limits, **_NETWORK},
        )
    except ImportError:
        raise LedgerError(
            f"the {what} in PostgreSQL needs psycopg; pip install 'mammoscope[postgres]'"
        ) from None


def _set_up_sqlite(connection: Any, _: Any) -> None:
    # Or Python's driver begins transactions when it sees fit.
    connection.isolation_level = None
    # A row that was answered for outlives a power cut.
    connection.execute("PRAGMA synchronous = FULL")


def _begin_sqlite(connection: Connection) -> None:
    # A lock that is taken at the first write is too late: two would have read the same last row.
    is_writing = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")
