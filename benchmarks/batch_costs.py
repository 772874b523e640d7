"""What a batch on a cluster costs an image and a part: `python -m benchmarks.batch_costs`.

The figures from which docs/scale.md draws its model of a large archive:

- `images`: bytes of a file, and core-seconds that a worker and its decoding process spend on it:
  phantoms of a whole detector in three encodings, and `--files`;
- `parts`: core-seconds that the process which deals out the parts of a table, keeps their rows and
  joins them spends on each, and the bytes of a name and of a row. The workers answer without
  reading. It is the slope between a short archive and a long one, so that no start is in it;
- `windows`: seconds between two windows of parts, in which no worker has anything to do.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, JPEGLosslessSV1

from benchmarks.archive_size import make_names, make_row
from benchmarks.batch_speed import write_links
from benchmarks.decode_prepare import phantom
from benchmarks.processes import core_seconds, family
from mammoscope.batch import cluster, job
from mammoscope.batch.reading import Settings
from mammoscope.batch.run import run_batch
from mammoscope.inference.store import PACKAGE_ZOO, ModelStore
from tests.dicom_files import make_dicom

# A detector of 24 × 29 cm at 70 µm.
ROWS, COLUMNS = 4096, 3328
ENCODINGS = {
    "uncompressed": ExplicitVRLittleEndian,
    "JPEG lossless": JPEGLosslessSV1,
    "JPEG 2000 lossless": JPEG2000Lossless,
}
READINGS = 8
SHORT, LONG = 100, 1100
WINDOW = 4


class Answering:
    """Stands for `cluster.Reader`, and answers without reading, in rows as long as real ones."""

    def __init__(self, settings: Settings) -> None:
        """Needs nothing of them."""

    def __call__(self, parts: dict[str, Any]) -> dict[str, Any]:
        rows = [
            [asdict(make_row(os.fsdecode(file), random.random())) for file in files]
            for files in parts["files"]
        ]
        return {"part": parts["part"], "rows": np.array([json.dumps(part) for part in rows])}


def measure_images(scratch: Path, settings: Settings, files: list[Path]) -> None:
    reader = cluster.Reader(settings)
    for file in [*_full_fields(scratch), *files]:
        asked = {"part": [0], "files": [[os.fsencode(file)]]}
        (row,) = json.loads(reader(asked)["rows"][0])  # warm, and looked at
        began, clock = _core_seconds(), time.perf_counter()
        for _ in range(READINGS):
            reader(asked)
        taken, waited = _core_seconds() - began, time.perf_counter() - clock
        print(
            f"{settings.model}, {file.name}: {file.stat().st_size / 1e6:.1f} MB, "
            f"{taken / READINGS:.3f} core-seconds, {waited / READINGS:.3f} s on the clock "
            f"({row['verdict'] or row['error']})",
            flush=True,
        )


def measure_parts(scratch: Path, settings: Settings) -> None:
    real, cluster.Reader = cluster.Reader, Answering  # type: ignore[assignment,misc]
    taken = {}
    try:
        for parts in (SHORT, LONG):
            count = parts * job.PART_ROWS
            listed, out = scratch / f"{parts}.csv", scratch / f"{parts}.parquet"
            listed.write_text("\n".join(["path", *make_names(count)]), encoding="utf-8")
            began, clock = time.process_time(), time.perf_counter()
            run_batch(str(listed), out, settings, engine=cluster.run_ray)
            taken[parts] = time.process_time() - began, time.perf_counter() - clock
    finally:
        cluster.Reader = real  # type: ignore[misc]
    core, clock = (
        (after - before) / (LONG - SHORT)
        for before, after in zip(taken[SHORT], taken[LONG], strict=True)
    )
    name = next(make_names(count))
    row = json.dumps(asdict(make_row(name, random.random())))
    print(
        f"a part of {job.PART_ROWS} files: {core * 1e3:.1f} ms of a core in the process that deals "
        f"them out, {clock * 1e3:.1f} ms on the clock; a name has {len(name)} bytes, a row "
        f"{len(row)} on the network, {out.stat().st_size / count:.1f} in the table"
    )


def measure_windows(scratch: Path, settings: Settings) -> None:
    folder = scratch / "windows"
    folder.mkdir()
    write_links(folder, 16 * WINDOW, (640, 512))
    moments: list[float] = []

    def watched(*asked: Any) -> Iterator[Any]:
        for answered in cluster.run_ray(*asked):
            moments.append(time.perf_counter())
            yield answered

    real = job.PART_ROWS, cluster._WINDOW
    job.PART_ROWS = cluster._WINDOW = WINDOW
    try:
        run_batch(str(folder), scratch / "windows.parquet", settings, engine=watched)
    finally:
        job.PART_ROWS, cluster._WINDOW = real
    gaps = [after - before for before, after in pairwise(moments)]
    between = gaps[WINDOW - 1 :: WINDOW]
    within = [gap for number, gap in enumerate(gaps, start=1) if number % WINDOW]
    print(
        f"between the parts of two windows {statistics.median(between):.1f} s, "
        f"of one window {statistics.median(within):.2f} s (medians of {len(between)} and "
        f"{len(within)})"
    )


def _full_fields(scratch: Path) -> Iterator[Path]:
    stored = phantom(ROWS, COLUMNS)
    for name, syntax in ENCODINGS.items():
        file = scratch / f"{ROWS} × {COLUMNS}, {name}"
        data = make_dicom(stored, window=(2048, 4096), rescale=(1, 0), transfer_syntax=syntax)
        file.write_bytes(data)
        yield file


def _core_seconds() -> float:
    return sum(map(core_seconds, family(os.getpid())))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--what", nargs="+", default=["images", "parts", "windows"])
    parser.add_argument("--models", nargs="+", default=["densenet121-rsna", "cnn-rsna"])
    parser.add_argument("--files", type=Path, nargs="*", default=[])
    asked = parser.parse_args()
    store = ModelStore(PACKAGE_ZOO)
    models = [Settings(str(PACKAGE_ZOO), store.open(name).reference) for name in asked.models]
    with tempfile.TemporaryDirectory() as scratch:
        if "images" in asked.what:
            for settings in models:
                measure_images(Path(scratch), settings, asked.files)
        if "parts" in asked.what:
            measure_parts(Path(scratch), models[0])
        if "windows" in asked.what:
            measure_windows(Path(scratch), models[0])


if __name__ == "__main__":
    main()
