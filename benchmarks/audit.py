"""How long an audit takes: `python -m benchmarks.audit [RSNA]`.

Prints one JSON object a measurement, seconds of the clock and of the processor:

- `labels`: a million generated rows of 250,000 women in two CSVs, read, compared by patient, breast
  and image, and with the AUC of each column; three women and one image are planted in both;
- `images`: RSNA's 2,723 JPEGs, where its folder is given or lies in ../shared, in the default
  split: decoded, compared, and with the AUC of each field. `false_pairs` are those found, and
  `closest` the largest share of common points among pairs with at least as many matches as a
  near-duplicate needs (a near-duplicate needs `least_share`).
"""

from __future__ import annotations

import csv
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from mammoscope.datasets.audit_looks import look_at
from mammoscope.datasets.audit_rows import AuditRows
from mammoscope.datasets.keypoint_hash import hash_keypoints, vote
from mammoscope.datasets.near_duplicates import FEWEST_MATCHES, LEAST_SHARE, agree
from mammoscope.experiment.audit import audit
from mammoscope.experiment.audit_source import open_pair, open_rows

ROWS, WOMEN = 1_000_000, 250_000
MOST_SECONDS = {"labels": 60.0, "images": 120.0}
RSNA = Path(__file__).parents[2] / "shared" / "data" / "rsna"
T = TypeVar("T")


def timed(call: Callable[[], T]) -> tuple[T, dict[str, float]]:
    clock, processor = time.perf_counter(), time.process_time()
    result = call()
    return result, {
        "seconds": round(time.perf_counter() - clock, 1),
        "processor_seconds": round(time.process_time() - processor, 1),
    }


def write_tables(folder: Path) -> tuple[Path, Path]:
    """A million rows: four images a woman, the last fifth of the women in the second table."""
    generator = np.random.default_rng(0)
    ages = generator.integers(40, 80, size=WOMEN)
    cancers = generator.random(WOMEN) < 0.2
    machines = generator.integers(1, 12, size=ROWS)
    header = ("patient_id", "image_id", "laterality", "view", "age", "machine_id", "cancer")
    paths = (folder / "train.csv", folder / "test.csv")
    ends = (0, 4 * (WOMEN // 5 * 4), ROWS)
    for path, start, end in zip(paths, ends[:-1], ends[1:], strict=True):
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            for row in range(start, end):
                woman, image = row // 4, row
                # Planted: three women of the first table, one of them with her own image.
                if end == ROWS and row % 4 == 0 and woman >= WOMEN - 3:
                    woman -= WOMEN - 3
                    image = woman * 4 if woman == 0 else row
                side, view = "LR"[row % 2], ("CC", "MLO")[row // 2 % 2]
                writer.writerow(
                    (
                        f"p{woman}",
                        image,
                        side,
                        view,
                        ages[woman],
                        machines[row],
                        int(cancers[woman]),
                    )
                )
    return paths


def measure_labels() -> dict[str, object]:
    with tempfile.TemporaryDirectory() as scratch:
        pair = write_tables(Path(scratch))
        values, spent = timed(lambda: audit(open_pair(*pair, named={}, histology=False)))
    assert (values["shared_patients"], values["shared_images"]) == (3, 1), values
    return {"of": "labels", "rows": ROWS, "fields": len(values["shortcuts"]), **spent}


def closest_strangers(rows: AuditRows) -> float:
    """The largest share of common points of two women's pictures."""
    assert rows.load is not None
    looks = [look_at(rows.load(row)) for row in range(len(rows.paths))]
    words = [hash_keypoints(look.descriptors) for look in looks]
    found = (agree(looks[i], looks[j], mirrored=m) for i, j, m in vote(words, rows.part))
    return max(one.share for one in found if one is not None and one.matches >= FEWEST_MATCHES)


def measure_images(root: Path) -> dict[str, object]:
    rows = open_rows("rsna", root, split=None, split_seed=0, task=None)
    values, spent = timed(lambda: audit(rows))
    return {
        "of": "images",
        "images": len(rows.paths),
        **spent,
        "false_pairs": len(values["pairs"]),
        "closest": round(closest_strangers(rows), 3),
        "least_share": LEAST_SHARE,
    }


def main() -> None:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else RSNA
    measured = [measure_labels()]
    if root.is_dir():
        measured.append(measure_images(root))
    for one in measured:
        print(json.dumps(one))
        limit = MOST_SECONDS[str(one["of"])]
        # Of the processor: on a machine that does other work, the clock says little.
        if float(str(one["processor_seconds"])) > limit:
            sys.exit(f"{one['of']}: {one['processor_seconds']} s; expected at most {limit:g}")


if __name__ == "__main__":
    main()
