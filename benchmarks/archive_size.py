"""What of a batch grows with its archive: `python -m benchmarks.archive_size`.

For each number of files, in a process of its own, on this machine's disk: the memory and the time
of joining the parts of their table (links to a few parts), of keeping the list of their names, of
finding out which parts are left and of reading the names of one. The folder is made up, its names
come from a generator, so that reading and sorting folders is not in these; how fast that goes is
measured on 100,000 links.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from mammoscope.batch import source
from mammoscope.batch.job import PART_ROWS, open_job
from mammoscope.batch.table import Row, join_parts, write_rows

NAME = "/archive/site-{site:03}/1.2.840.113619.2.66.2158408118.16017.{number:012}.dcm"
SITES = 100
LINKS = 100_000
LOOKS = 500
DIFFERENT_PARTS = 256


def make_names(count: int) -> Iterator[str]:
    """Names as of DICOM objects in the folders of a hundred sites, in no order."""
    # 7919 is a prime that divides no power of ten: each number comes once.
    return (
        NAME.format(site=number % SITES, number=number * 7919 % count) for number in range(count)
    )


def measure(count: int) -> None:
    """Prints what so many files cost; memory is how far the peak lies above the start by then."""
    with tempfile.TemporaryDirectory() as scratch:
        parts = _write_parts(Path(scratch), count // PART_ROWS)
        out = Path(scratch) / "joined.parquet"
        before, began = _highest_mb(), time.perf_counter()
        rows = join_parts(parts, out, metadata={})
        seconds, memory = time.perf_counter() - began, _highest_mb() - before
        print(
            f"{rows:,} rows of {len(parts):,} parts: joined in {seconds:.1f} s, {memory:,.0f} MB; "
            f"{out.stat().st_size / rows:.1f} bytes a row"
        )
    with tempfile.TemporaryDirectory() as scratch:
        _measure_names(Path(scratch), count, before)


def _measure_names(scratch: Path, count: int, before: float) -> None:
    source._walk = lambda folder: make_names(count)
    began = time.perf_counter()
    out = scratch / "out.parquet"
    with open_job(out, {}, lambda: source.list_files(str(scratch))) as job:
        if job is None:
            raise SystemExit("a table without a job")
        seconds, memory = time.perf_counter() - began, _highest_mb() - before
        kept = (job.folder / "files.parquet").stat().st_size / 1e6
        print(
            f"{job.count:,} names of {len(job.files_of(0)[0])} bytes: kept in {seconds:.1f} s, "
            f"{memory:,.0f} MB; {kept:,.0f} MB on disk"
        )
        began = time.perf_counter()
        left = job.left()
        looked = time.perf_counter() - began
        some = left[:: max(1, len(left) // LOOKS)]
        began = time.perf_counter()
        for part in some:
            job.files_of(part)
        read = (time.perf_counter() - began) / len(some)
        print(
            f"  what is left of {len(left):,} parts: {looked:.2f} s; "
            f"the names of a part: {read * 1e3:.2f} ms; {_highest_mb() - before:,.0f} MB"
        )


def _write_parts(folder: Path, count: int) -> list[Path]:
    draw, names = random.Random(0), make_names(PART_ROWS * DIFFERENT_PARTS)
    parts = [folder / f"part-{number:06}.parquet" for number in range(count)]
    for number, part in enumerate(parts):
        if number < DIFFERENT_PARTS:
            rows = [make_row(file, draw.random()) for file in islice(names, PART_ROWS)]
            write_rows(part, rows)
        else:
            os.link(parts[number % DIFFERENT_PARTS], part)
    return parts


def make_row(file: str, score: float) -> Row:
    """A row as long as that of a DICOM that tells its view."""
    return Row(
        file=file,
        model="densenet121-rsna@7",
        precision="float32",
        score=score,
        verdict="not suspicious",
        operating_point="screening",
        threshold=0.12345678901234568,
        laterality="L",
        view="MLO",
    )


def measure_walk() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        for site in range(SITES):
            folder = Path(scratch) / f"{site:03}"
            folder.mkdir()
            # One a folder: some file systems allow no more than 65,000 links to a file.
            (folder / "0.dcm").touch()
            for number in range(1, LINKS // SITES):
                os.link(folder / "0.dcm", folder / f"{number}.dcm")
        began = time.perf_counter()
        found = list(source.list_files(scratch))
        seconds = time.perf_counter() - began
        print(f"{len(found):,} links in {SITES} folders: listed in {seconds:.2f} s")


def _highest_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--here", action="store_true", help="not in a process of its own")
    asked = parser.parse_args()
    if asked.here:
        for count in asked.files:
            measure(count)
        return
    measure_walk()
    for count in asked.files:
        words = ["-m", "benchmarks.archive_size", "--here", "--files", str(count)]
        subprocess.run([sys.executable, *words], check=True)


if __name__ == "__main__":
    main()
