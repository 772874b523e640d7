"""The audit log's table: what is asked of it and written to it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import BigInteger, Column, Connection, MetaData, String, Table, insert, select

from mammoscope.ledger.database import Database
from mammoscope.ledger.entry import GENESIS, LONGEST, Head, LedgerError, Row

WHAT = "audit log"
_DIGEST_LENGTH = 64
TABLE = Table(
    "mammoscope_audit",
    MetaData(),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    # Text, so that its bytes are those that were sealed, whatever the database.
    Column("at", String(32), nullable=False),
    Column("key_id", String(LONGEST), nullable=False),
    Column("model", String(LONGEST), nullable=False),
    Column("input", String(_DIGEST_LENGTH), nullable=False),
    Column("verdict", String(32), nullable=False),
    Column("previous", String(_DIGEST_LENGTH), nullable=False),
    Column("digest", String(_DIGEST_LENGTH), nullable=False),
)


def open_table(url: str, *, create: bool) -> Database:
    """The database of an audit log.

    Raises:
        LedgerError: as for `Database`.
    """
    return Database(url, TABLE, what=WHAT, create=create)


def rows_of(database: Database) -> Iterator[Row]:
    """Every row by number, as of one moment.

    Raises:
        LedgerError: the database does not answer, or refuses.
    """
    with database.reading() as connection:
        found = connection.execution_options(yield_per=1000).execute(
            select(TABLE).order_by(TABLE.c.number)
        )
        for values in found:
            yield Row(*values)


def head_of(connection: Connection) -> Head:
    """The last row's place and digest; 0 and `GENESIS` of an empty log.

    Raises:
        LedgerError: it has no number.
    """
    last = connection.execute(
        select(TABLE.c.number, TABLE.c.digest).order_by(TABLE.c.number.desc()).limit(1)
    ).first()
    if last is None:
        return Head(0, GENESIS)
    # SQLite lets a text stand where a number should, and puts it last.
    if not isinstance(last.number, int):
        raise LedgerError("the audit log's last row has no number; see `mammoscope log verify`")
    return Head(last.number, str(last.digest))


def digest_at(connection: Connection, number: int) -> str | None:
    """The digest of a row; None where there is no such row."""
    return connection.scalar(select(TABLE.c.digest).where(TABLE.c.number == number))


def add(connection: Connection, rows: list[Row]) -> None:
    """Writes rows, values apart from the statement."""
    names = [column.name for column in TABLE.columns]
    values = [{name: getattr(row, name) for name in names} for row in rows]
    connection.execute(insert(TABLE), values)
