"""Whether a log is what was written: each row, their order, and its end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mammoscope.ledger.entry import GENESIS, Head, Row
from mammoscope.ledger.seal import Seal


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was written.

    Attributes:
        number: of the row where it shows.
        what: a clause that goes on from "row 7".
    """

    number: int
    what: str

    def __str__(self) -> str:
        return f"row {self.number} {self.what}"


@dataclass(frozen=True, slots=True)
class Verification:
    """What a look at a whole log found; intact where there are no findings.

    Attributes:
        end: the last row, as one to note down elsewhere; 0 and `GENESIS` of an empty log.
        findings: in the log's order, what is known of its end last.
    """

    end: Head
    findings: tuple[Finding, ...]


def verify(rows: Iterable[Row], seal: Seal, *, heads: Sequence[Head]) -> Verification:
    """Looks at every row of a log.

    Without a head a log that was cut at its end looks whole, and so does an empty one.

    Args:
        rows: as the database gives them, by number.
        seal: of the log's secret.
        heads: ends that the log had at some time, kept where the database's writer cannot reach.
    """
    wanted = {head.number for head in heads}
    seen = {0: GENESIS}
    findings: list[Finding] = []
    last = Head(0, GENESIS)
    for row in rows:
        # SQLite lets a text stand where a number should.
        number = row.number if isinstance(row.number, int) else last.number
        findings += _looked_at(row, number, last, seal)
        last = Head(number, str(row.digest))
        if number in wanted:
            seen[number] = last.digest
    for head in sorted(set(heads), key=lambda head: head.number):
        if head.number > last.number:
            findings.append(
                Finding(head.number, f"is missing: the log ends at row {last.number}, cut short")
            )
        elif seen.get(head.number) != head.digest:
            findings.append(Finding(head.number, "is not the one whose head was kept"))
    return Verification(end=last, findings=tuple(findings))


def _looked_at(row: Row, number: int, last: Head, seal: Seal) -> list[Finding]:
    found = []
    expected = last.number + 1
    if number > expected:
        missing = (
            f"and those up to {number - 1} are missing" if number - 1 > expected else "is missing"
        )
        found.append(Finding(expected, missing))
    elif number < expected:
        found.append(Finding(number, "is there a second time, or has no number"))
    elif row.previous != last.digest:
        found.append(Finding(number, "does not follow the row before it"))
    if not seal.is_sealed(row):
        found.append(Finding(number, "was changed, moved or never written by this log"))
    return found
