"""A batch on disk: its files, which parts of its table are done, and the table at the end.

Beside the table `OUT` lies the folder `OUT.parts` until the table is whole: `job.json`, what
decides the rows; `files.parquet`, the files in order, as they were listed at first; and
`part-NNNNNN.parquet`, each the rows of the next `PART_ROWS` files, there whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from mammoscope.batch.table import Row, join_parts, read_metadata, write_rows
from mammoscope.ledger.durable import sweep, write_file, write_json
from mammoscope.types import MammoscopeError

# Few enough that a kill costs a minute, many enough that a table of them is worth writing.
PART_ROWS = 256
# Bytes: a name need not be text.
_NAMES = pa.schema([pa.field("file", pa.binary())])


@dataclass(frozen=True, slots=True)
class Job:
    """A table in the making; names of files are read part by part, however many there are.

    Attributes:
        out: the table.
        names: the list of files, a row group a part.
        digest: of what decides the rows.
    """

    out: Path
    names: pq.ParquetFile
    digest: str

    @property
    def count(self) -> int:
        """Of the files."""
        return int(self.names.metadata.num_rows)

    @property
    def folder(self) -> Path:
        return _folder(self.out)

    @property
    def parts(self) -> int:
        return int(self.names.num_row_groups)

    def files_of(self, part: int) -> list[str]:
        column = self.names.read_row_group(part)["file"]
        return [os.fsdecode(name) for name in column.to_pylist()]

    def count_of(self, part: int) -> int:
        """Of a part's files."""
        return int(self.names.metadata.row_group(part).num_rows)

    def left(self) -> list[int]:
        """Parts that are not there yet."""
        return [part for part in range(self.parts) if not self.has(part)]

    def has(self, part: int) -> bool:
        return self._path(part).is_file()

    def keep(self, part: int, rows: Sequence[Row]) -> None:
        """Writes a part.

        Raises:
            ValueError: these are not the rows of its files, in order.
        """
        if [row.file for row in rows] != self.files_of(part):
            raise ValueError(f"part {part} was given the rows of other files")
        write_rows(self._path(part), rows)

    def finish(self) -> None:
        """Joins the parts into the table and takes the folder away.

        Raises:
            MammoscopeError: the engine ended before they were all there.
        """
        if self.left():
            raise MammoscopeError(
                f"{len(self.left())} of {self.parts} parts were not answered; what is done is "
                "kept: give the same command again"
            )
        parts = [self._path(part) for part in range(self.parts)]
        join_parts(parts, self.out, metadata={"job": self.digest})
        shutil.rmtree(self.folder)

    def _path(self, part: int) -> Path:
        return self.folder / f"part-{part:06}.parquet"


@contextmanager
def open_job(
    out: Path, settings: dict[str, Any], list_files: Callable[[], Iterable[str]]
) -> Iterator[Job | None]:
    """A new job, or the one that was begun there; None if its table is whole already.

    Args:
        out: the table, `.parquet`.
        settings: what decides the rows, JSON values.
        list_files: called where the job is new.

    Raises:
        MammoscopeError: `out` is something else, the job was begun with other settings, or another
            process is at it.
    """
    if out.suffix != ".parquet":
        raise MammoscopeError(f"--out is {out}; expected a name that ends in .parquet")
    folder, description = _folder(out), json.loads(json.dumps(settings))
    begun = (folder / "job.json").is_file()
    if out.exists() and not begun:
        if _is_of(out, description):
            yield None
            return
        raise MammoscopeError(
            f"{out} is there already, and not the table of this batch; choose another --out"
        )
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / ".lock", timeout=0):
            sweep(folder)
            if not begun:
                _begin(folder, description, list_files())
            yield _resume(out, folder, description)
    except Timeout:
        raise MammoscopeError(
            f"a batch is running in {folder} already; wait for it or stop it"
        ) from None


def _folder(out: Path) -> Path:
    return out.with_name(out.name + ".parts")


def _begin(folder: Path, description: dict[str, Any], files: Iterable[str]) -> None:
    # A table may be made in the archive that it is of.
    own = str(folder.absolute()) + os.sep
    waiting = (file for file in files if not file.startswith(own))

    def write(aside: Path) -> None:
        with pq.ParquetWriter(aside, _NAMES) as writer:
            while part := [os.fsencode(file) for file in islice(waiting, PART_ROWS)]:
                writer.write_table(pa.table({"file": part}, schema=_NAMES))

    write_file(folder / "files.parquet", write)
    # Last: with it the job is begun.
    write_json(folder / "job.json", description)


def _resume(out: Path, folder: Path, description: dict[str, Any]) -> Job:
    before = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    if before != description:
        changed = sorted(
            key for key in before.keys() | description if before.get(key) != description.get(key)
        )
        raise MammoscopeError(
            f"{folder} holds a batch that was begun with another {', '.join(changed)}; "
            "give the same to go on with it, or choose another --out"
        )
    names = pq.ParquetFile(folder / "files.parquet")
    return Job(out=out, names=names, digest=_digest(description))


def _is_of(out: Path, description: dict[str, Any]) -> bool:
    return read_metadata(out).get("job") == _digest(description)


def _digest(description: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(description, sort_keys=True).encode()).hexdigest()
