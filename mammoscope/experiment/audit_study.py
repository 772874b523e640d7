"""The audit that a study begins with: a leak stops it, and a study that goes on looks it up."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mammoscope import __version__
from mammoscope.datasets.audit_dataset import rows_of_dataset
from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.split import Folds, digest, parts_of
from mammoscope.experiment.audit import audit
from mammoscope.experiment.audit_accept import AcceptedPair, read_accepted, to_csv
from mammoscope.experiment.audit_report import FIGURES, PAGE, write_audit
from mammoscope.experiment.leak import is_leaked
from mammoscope.experiment.prepared import Say
from mammoscope.experiment.wording import plural
from mammoscope.ledger.durable import write_text
from mammoscope.types import LeakageError, Split

FOLDER, ACCEPTED = "audit", "accepted.csv"
# What the audit in the folder was made of.
_KEY = "inputs.txt"
_NAMED = 3


def audit_before(
    dataset: Dataset,
    split: Split | Folds,
    out: Path,
    *,
    accept: Path | None = None,
    say: Say = lambda line: None,
) -> None:
    """Audits a study's split into `out/audit`, or finds there that it was done.

    Women, breasts and pixels are compared between all parts or folds. A data set that repeats a
    leak on purpose is let through, and that is said.

    Args:
        dataset: holds the images.
        split: of its records.
        out: the study's folder.
        accept: CSV of pairs that a person found honest, kept in `out/audit`; None = those that
            are kept there.
        say: told of progress, a line at a time.

    Raises:
        LeakageError: two parts share something.
        DatasetError: `accept` is no such CSV.
    """
    if is_leaked(dataset.name):
        say("audit: left out, since this study repeats a leak on purpose")
        return
    folder = out / FOLDER
    accepted = _accepted(folder, accept)
    key = _key(dataset, split, accepted)
    values = _done(folder, key)
    if values is None:
        rows = rows_of_dataset(dataset, parts_of(split))
        values = audit(rows, accepted=accepted, shortcuts=False, say=say)
        (folder / _KEY).unlink(missing_ok=True)
        write_audit(rows, values, folder)
        # Last: an audit that was killed is done again.
        write_text(folder / _KEY, key)
    else:
        say("audit: kept, as it was done before")
    if values["leak"]:
        raise LeakageError(_refusal(values, folder))


def _accepted(folder: Path, accept: Path | None) -> tuple[AcceptedPair, ...]:
    """The pairs of the file, kept for when the study goes on; or those that were kept."""
    kept = folder / ACCEPTED
    if accept is None:
        return read_accepted(kept) if kept.is_file() else ()
    accepted = read_accepted(accept)
    write_text(kept, to_csv(accepted))
    return accepted


def _key(dataset: Dataset, split: Split | Folds, accepted: Sequence[AcceptedPair]) -> str:
    """Changes with the split, the accepted pairs, a file on disk, and this version."""
    stamps = sorted(dataset.stamp(record) for record in dataset.records)
    text = "\n".join([__version__, dataset.name, digest(split), to_csv(accepted), *stamps])
    return hashlib.sha256(text.encode()).hexdigest()


def _done(folder: Path, key: str) -> dict[str, Any] | None:
    if not (folder / _KEY).is_file() or (folder / _KEY).read_text(encoding="utf-8") != key:
        return None
    figures = folder / FIGURES
    if not figures.is_file():
        return None
    return dict(json.loads(figures.read_text(encoding="utf-8")))


def _refusal(values: dict[str, Any], folder: Path) -> str:
    pairs = [pair for pair in values["pairs"] if pair["accepted"] is None]
    named = "; ".join(
        f"{pair['mechanism']}: {pair['first']['path']} ({pair['first']['part']}) and "
        f"{pair['second']['path']} ({pair['second']['part']})"
        for pair in pairs[:_NAMED]
    )
    count = len(values["pairs"]) + values["pairs_left_out"] - values["accepted_pairs"]
    return (
        f"the parts of {values['name']} share {count} {plural('pair', count)} ({named}); expected "
        f"none; see all in {folder / PAGE}; take one of each pair out of the data, give both one "
        "patient or, where you looked at the two and they are of two women, name them in a CSV for "
        "--accept-pairs"
    )
