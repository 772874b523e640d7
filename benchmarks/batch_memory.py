"""Whether a batch's memory grows with its archive: `python -m benchmarks.batch_memory`.

Runs `mammoscope batch` as anybody would, on an archive of 100,000 links to a few phantoms of
640 × 512 pixels, one in a hundred of them broken, and looks once a second at what the command and
all of its children keep in memory together. Prints it for each tenth of the files, the most there
was, and whether each file has its row exactly once and in its place; exit status 1 if one has not.
Pages that processes share are counted once (proportional set size); a peak between two looks would
be missed, so what the largest process ever kept resident, by the kernel's own count, stands beside.
"""

from __future__ import annotations

import argparse
import bisect
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.batch_speed import write_links
from benchmarks.processes import family, proportional_mb

BROKEN_EVERY = 100
_PROGRESS = re.compile(r"^([\d,]+) of [\d,]+ files")


@dataclass(slots=True)
class Watched:
    """A run of the command, as it was seen from outside.

    Attributes:
        moments: when memory was looked at, in seconds from the start.
        megabytes: of all its processes together, at those moments.
        done: (seconds, files), as the command said.
        seconds: that it took.
        resident_mb: the most that its largest process ever kept resident.
    """

    moments: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    done: list[tuple[float, int]] = field(default_factory=list)
    seconds: float = 0.0
    resident_mb: float = 0.0

    def reached(self, files: int) -> float:
        """When so many files were done; the end, if the command did not say."""
        return next((when for when, count in self.done if count >= files), self.seconds)

    def between(self, after: float, until: float) -> Sequence[float]:
        first, last = (bisect.bisect_right(self.moments, when) for when in (after, until))
        return self.megabytes[first:last]


def write_archive(folder: Path, images: int, size: tuple[int, int]) -> list[Path]:
    """Links to a few phantoms, and to half a file in place of one in a hundred."""
    files = write_links(folder, images, size)
    whole = files[0].read_bytes()
    broken = folder.parent / "broken.png"
    broken.write_bytes(whole[: len(whole) // 2])
    for file in files[BROKEN_EVERY - 1 :: BROKEN_EVERY]:
        file.unlink()
        os.link(broken, file)
    return files


def watch(command: Sequence[str], every_seconds: float) -> Watched:
    """Runs a command and looks at its memory."""
    seen, began, known = Watched(), time.monotonic(), set[int]()
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    def read_progress() -> None:
        for line in process.stderr or ():
            if found := _PROGRESS.match(line):
                seen.done.append((time.monotonic() - began, int(found[1].replace(",", ""))))
            else:
                sys.stderr.write(line)

    reader = threading.Thread(target=read_progress, daemon=True)
    reader.start()
    while True:
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        if ended:
            break
        seen.moments.append(time.monotonic() - began)
        present = set(family(process.pid))
        # A child that has not yet become another program (vfork) seems to have its parent's memory
        # once more; it will have been seen before at the next look.
        seen.megabytes.append(sum(map(proportional_mb, (present & known) | {process.pid})))
        known = present
        time.sleep(every_seconds)
    seen.seconds = time.monotonic() - began
    seen.resident_mb = usage.ru_maxrss * 1024 / 1e6
    reader.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with status {process.returncode}")
    return seen


def print_tenths(seen: Watched, images: int) -> None:
    after = 0.0
    for tenth in range(1, 11):
        until = seen.reached(images * tenth // 10) if tenth < 10 else seen.seconds
        if memory := seen.between(after, until):
            rate = images / 10 / (until - after)
            print(
                f"to {tenth * 10:3d} % of the files: median {statistics.median(memory):5.0f} MB, "
                f"most {max(memory):5.0f} MB, {rate:.1f} files a second"
            )
        after = until


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--size", type=int, nargs=2, default=(640, 512))
    parser.add_argument("--model", default="cnn-rsna")
    parser.add_argument("--engine", default="local", choices=("local", "ray"))
    parser.add_argument("--every", type=float, default=1.0, help="seconds")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder, out = Path(scratch) / "archive", Path(scratch) / "results.parquet"
        folder.mkdir()
        files = write_archive(folder, asked.images, tuple(asked.size))
        words = ["batch", str(folder), "--out", str(out)]
        words += ["--model", asked.model, "--engine", asked.engine]
        seen = watch([sys.executable, "-m", "mammoscope", *words], asked.every)
        table = pq.read_table(out)
        print_tenths(seen, asked.images)
        print(
            f"in all: most {max(seen.megabytes):.0f} MB together in {len(seen.megabytes):,} looks, "
            f"{seen.resident_mb:.0f} MB resident in the largest process; "
            f"{asked.images / seen.seconds:.1f} files a second over {seen.seconds:,.0f} s"
        )
        unread = table.num_rows - table["error"].null_count
        each_once = table["file"].to_pylist() == list(map(str, files))
        each_once &= unread == asked.images // BROKEN_EVERY
        print(
            f"{table.num_rows:,} rows, {unread:,} of them not read; "
            f"{out.stat().st_size / table.num_rows:.1f} bytes a row; each file has its row "
            f"once, in its place: {'yes' if each_once else 'NO'}"
        )
    if not each_once:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
