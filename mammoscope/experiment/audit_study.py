"""The audit that a study begins with: a leak stops it, and a study that goes on looks it up."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from mammoscope import __version__
from mammoscope.datasets.audit_dataset import rows_of_dataset
from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.split import Folds, digest, parts_of
from mammoscope.experiment.audit import audit
from mammoscope.experiment.audit_report import FIGURES, PAGE, write_audit
from mammoscope.experiment.durable import write_text
from mammoscope.experiment.leak import is_leaked
from mammoscope.experiment.prepared import Say
from mammoscope.types import LeakageError, Split

FOLDER = "audit"
# What the audit in the folder was made of.
_KEY = "inputs.txt"
_NAMED = 3


def audit_before(
    dataset: Dataset, split: Split | Folds, out: Path, *, say: Say = lambda line: None
) -> None:
    """Audits a study's split into `out/audit`, or finds there that it was done.

    Women, breasts and pixels are compared between all parts or folds. A data set that repeats a
    leak on purpose is let through, and that is said.

    Args:
        dataset: holds the images.
        split: of its records.
        out: the study's folder.
        say: told of progress, a line at a time.

    Raises:
        LeakageError: two parts share something.
    """
    if is_leaked(dataset.name):
        say("audit: left out, since this study repeats a leak on purpose")
        return
    folder = out / FOLDER
    key = _key(dataset, split)
    values = _done(folder, key)
    if values is None:
        rows = rows_of_dataset(dataset, parts_of(split))
        values = audit(rows, shortcuts=False, say=say)
        (folder / _KEY).unlink(missing_ok=True)
        write_audit(rows, values, folder)
        # Last: an audit that was killed is done again.
        write_text(folder / _KEY, key)
    else:
        say("audit: kept, as it was done before")
    if values["leak"]:
        raise LeakageError(_refusal(values, folder))


def _key(dataset: Dataset, split: Split | Folds) -> str:
    """Changes with the split, with a file on disk, and with this version."""
    stamps = sorted(dataset.stamp(record) for record in dataset.records)
    text = "\n".join([__version__, dataset.name, digest(split), *stamps])
    return hashlib.sha256(text.encode()).hexdigest()


def _done(folder: Path, key: str) -> dict[str, Any] | None:
    if not (folder / _KEY).is_file() or (folder / _KEY).read_text(encoding="utf-8") != key:
        return None
    figures = folder / FIGURES
    if not figures.is_file():
        return None
    return dict(json.loads(figures.read_text(encoding="utf-8")))


def _refusal(values: dict[str, Any], folder: Path) -> str:
    pairs = values["pairs"]
    named = "; ".join(
        f"{pair['mechanism']}: {pair['first']['path']} ({pair['first']['part']}) and "
        f"{pair['second']['path']} ({pair['second']['part']})"
        for pair in pairs[:_NAMED]
    )
    count = len(pairs) + values["pairs_left_out"]
    return (
        f"the parts of {values['name']} share {count} pairs ({named}); expected none; see all in "
        f"{folder / PAGE}; take one of each pair out of the data, or give both one patient"
    )
