"""The phantom data set on disk: one small `phantom.json`, from which every view is drawn anew."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from mammoscope.datasets.dataset import ABNORMAL, Dataset
from mammoscope.datasets.phantom import PhantomConfig, make_records, render
from mammoscope.types import BreastImage, DatasetError, Record, Task

FILE = "phantom.json"


def write(root: Path, *, women: int, seed: int, config: PhantomConfig) -> None:
    """Writes what `read` needs; the folder is made.

    Raises:
        DatasetError: no women, a negative seed, or the folder describes another set already.
    """
    if women < 1 or seed < 0:
        raise DatasetError(f"{women} women, seed {seed}; expected at least 1 and 0")
    text = json.dumps({"women": women, "seed": seed, "config": asdict(config)}, indent=2) + "\n"
    file = root / FILE
    if file.exists() and file.read_text(encoding="utf-8") != text:
        raise DatasetError(f"{file} describes another phantom set; choose another folder")
    root.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def read(root: Path, task: Task | None = None) -> Dataset:
    """The synthetic women that `phantom.json` describes.

    Args:
        root: folder with `phantom.json`.
        task: the question; None = abnormal or not.

    Raises:
        DatasetError: no such file, or one without sense.
    """
    file = root / FILE
    if not file.is_file():
        raise DatasetError(f"{file} does not exist; make it with `mammoscope phantom --out {root}`")
    try:
        description = file.read_bytes()
        values = json.loads(description.decode("utf-8"))
        women, seed = int(values["women"]), int(values["seed"])
        config = PhantomConfig(**values["config"])
        records = make_records(women, seed=seed, config=config)
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{file} is not a phantom set: {error}") from error

    digest = hashlib.sha256(description).hexdigest()[:32]

    def load(record: Record) -> BreastImage:
        return render(record.path, seed=seed, config=config).image

    return Dataset(
        name="phantom",
        source="mammoscope's own synthetic mammograms",
        license="Apache-2.0",
        task=task or ABNORMAL,
        records=records,
        load=load,
        stamp=lambda record: f"{digest}-{record.path}",
    )
