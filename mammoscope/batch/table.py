"""The table that a batch gives: a row a file, as Parquet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from mammoscope.ledger.durable import write_file
from mammoscope.types import RESEARCH_NOTICE

# Of a row group. Whoever writes or opens a table keeps some twenty kilobytes on each group of it:
# groups as short as the parts made memory grow with the archive, and the table half as long again.
GROUP_ROWS = 1 << 16


@dataclass(frozen=True, slots=True)
class Row:
    """What is said of one file. Either `verdict` or `error` is there.

    Attributes:
        file: path or URL.
        score: calibrated, in [0, 1]; None where the image cannot be assessed or read.
        verdict: `suspicious`, `not suspicious` or `cannot assess`.
        reason: why it cannot be assessed.
        operating_point, threshold: that the score was held against.
        model: `name@version`.
        precision: of the network's arithmetic.
        laterality, view: as the file says.
        warnings: in words.
        error: why it could not be read.
    """

    file: str
    model: str
    precision: str
    score: float | None = None
    verdict: str | None = None
    reason: str | None = None
    operating_point: str | None = None
    threshold: float | None = None
    laterality: str | None = None
    view: str | None = None
    warnings: tuple[str, ...] = ()
    error: str | None = None


_SCHEMA = pa.schema(
    [
        pa.field("file", pa.string(), nullable=False),
        pa.field("score", pa.float64()),
        pa.field("verdict", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("operating_point", pa.string()),
        pa.field("threshold", pa.float64()),
        pa.field("model", pa.string(), nullable=False),
        pa.field("precision", pa.string(), nullable=False),
        pa.field("laterality", pa.string()),
        pa.field("view", pa.string()),
        pa.field("warnings", pa.list_(pa.string()), nullable=False),
        pa.field("error", pa.string()),
    ]
)


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Writes a part of the table, whole or not at all."""
    table = pa.Table.from_pylist([_values(row) for row in rows], schema=_SCHEMA)
    write_file(path, lambda aside: pq.write_table(table, aside))


def join_parts(parts: Iterable[Path], out: Path, *, metadata: Mapping[str, str]) -> int:
    """Writes the parts as one table, a row group in memory at a time; its number of rows.

    Args:
        parts: files of `write_rows`, in order.
        out: the table.
        metadata: kept in its schema, beside the notice that it is research.
    """
    schema = _SCHEMA.with_metadata({"notice": RESEARCH_NOTICE, **metadata})
    count = 0

    def write(aside: Path) -> None:
        nonlocal count
        with pq.ParquetWriter(aside, schema) as writer:
            for group in _groups(parts):
                writer.write_table(group.cast(schema))
                count += group.num_rows

    write_file(out, write)
    return count


def count_verdicts(table: Path) -> dict[str, int]:
    """Verdict → rows of a table; "not read" = those with an error."""
    counts: Counter[str] = Counter()
    for batch in pq.ParquetFile(table).iter_batches(columns=["verdict"]):
        counts.update(verdict or "not read" for verdict in batch["verdict"].to_pylist())
    return dict(sorted(counts.items()))


def read_metadata(table: Path) -> dict[str, str]:
    """What `join_parts` kept; empty of a file that is no such table."""
    try:
        found = pq.read_schema(table).metadata or {}
    except pa.ArrowException:
        return {}
    return {key.decode(): value.decode() for key, value in found.items()}


def _groups(parts: Iterable[Path]) -> Iterator[pa.Table]:
    """The parts in order, several in one."""
    waiting: list[pa.Table] = []
    for part in parts:
        waiting.append(pq.read_table(part, schema=_SCHEMA))
        if sum(table.num_rows for table in waiting) >= GROUP_ROWS:
            yield pa.concat_tables(waiting)
            waiting.clear()
    if waiting:
        yield pa.concat_tables(waiting)


def _values(row: Row) -> dict[str, object]:
    values = asdict(row)
    # Bytes of a name that are no UTF-8 have no place in a table of text.
    values["file"] = row.file.encode("utf-8", "backslashreplace").decode()
    values["warnings"] = list(row.warnings)
    return values
