"""The parts of a batch as one table."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from mammoscope.batch import table
from mammoscope.batch.table import Row, join_parts, read_metadata, write_rows


def write_parts(folder: Path, *sizes: int) -> tuple[list[Path], list[str]]:
    """Parts of so many rows, and the files in them."""
    parts, files = [], []
    for number, size in enumerate(sizes):
        names = [f"{number}/{row}.png" for row in range(size)]
        parts.append(folder / f"part-{number}.parquet")
        write_rows(parts[-1], [Row(name, "tiny@1", "float32", error="broken") for name in names])
        files += names
    return parts, files


def test_row_groups_are_longer_than_parts_and_rows_keep_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "GROUP_ROWS", 6)
    parts, files = write_parts(tmp_path, 3, 3, 3, 4, 1)
    out = tmp_path / "out.parquet"
    assert join_parts(parts, out, metadata={"job": "this"}) == 14
    found = pq.ParquetFile(out)
    groups = range(found.num_row_groups)
    assert [found.metadata.row_group(group).num_rows for group in groups] == [6, 7, 1]
    assert found.read(["file"])["file"].to_pylist() == files
    assert read_metadata(out)["job"] == "this"
