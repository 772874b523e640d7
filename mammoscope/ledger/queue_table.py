"""The queue's table, and what is known of a piece of work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table

WHAT = "queue"
LONGEST_REASON = 1000
# What is to be done next: read an image that arrived, or send the reports that were made of it.
Stage = Literal["read", "send"]
# `waiting`: due now or later, leased ones too; `parked`: until a person has looked at it;
# `done`: nothing is left of it but that it was.
State = Literal["waiting", "parked", "done"]

TABLE = Table(
    "mammoscope_queue",
    MetaData(),
    # A keyed digest: the table tells nobody which images passed through it.
    Column("id", String(64), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("stage", String(16), nullable=False),
    # Milliseconds since 1970.
    Column("arrived", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("finished", BigInteger),
    Column("attempts", Integer, nullable=False),
    # Who is at it, and by which token; both None where nobody is.
    Column("owner", String(100)),
    Column("lease", String(32)),
    # Sealed, and taken away when it is done.
    Column("name", LargeBinary),
    Column("content", LargeBinary),
    # Our own words: they hold nothing of a header.
    Column("reason", String(LONGEST_REASON)),
    Index("mammoscope_queue_due", "state", "stage", "due"),
)


@dataclass(frozen=True, slots=True)
class Work:
    """A piece of work that its holder alone may touch until the lease ends.

    Attributes:
        id: digest of its name.
        name: what it was put in by.
        stage: what is to be done.
        content: bytes, as they were put in.
        attempts: this one included, at this stage.
        arrived_ms: since 1970, of when it was put in.
        lease: token; a holder whose lease has ended has another's work before him.
    """

    id: str
    name: str
    stage: Stage
    content: bytes
    attempts: int
    arrived_ms: int
    lease: str


@dataclass(frozen=True, slots=True)
class Parked:
    """What a person has to look at.

    Attributes:
        id: digest of its name.
        name: what it was put in by; None where that does not open.
        stage: at which it was parked.
        attempts: that were made of it.
        reason: why it was parked.
    """

    id: str
    name: str | None
    stage: Stage
    attempts: int
    reason: str
