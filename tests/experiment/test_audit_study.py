"""A study begins with an audit: a leak stops it, an honest one is audited once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.split import choose_split, make_folds
from mammoscope.experiment.audit_study import audit_before
from mammoscope.experiment.leak import repeat_leak
from mammoscope.types import BreastImage, LeakageError, Record


@pytest.fixture
def honest(phantom_root: Path) -> Dataset:
    return open_dataset("phantom", phantom_root)


def with_copy(dataset: Dataset) -> Dataset:
    """A test woman's first image is a training woman's, mirrored."""
    split = choose_split(dataset, seed=0)
    parent, copy = split.train[0], split.test[0]

    def load(record: Record) -> BreastImage:
        if record.path != copy.path:
            return dataset.load(record)
        image = dataset.load(parent)
        return replace(image, pixels=np.ascontiguousarray(image.pixels[:, ::-1]))

    return replace(dataset, load=load)


def test_an_honest_split_is_audited_once(honest: Dataset, tmp_path: Path) -> None:
    split = make_folds(honest.records, honest.task, folds=2, seed=0)
    opened: list[str] = []

    def load(record: Record) -> BreastImage:
        opened.append(record.path)
        return honest.load(record)

    watched = replace(honest, load=load)
    lines: list[str] = []
    audit_before(watched, split, tmp_path, say=lines.append)
    assert sorted(opened) == sorted(record.path for record in honest.records)
    audit_before(watched, split, tmp_path, say=lines.append)
    assert len(opened) == len(honest.records) and "as it was done before" in lines[-1]
    assert (tmp_path / "audit" / "audit.html").is_file()


def test_another_split_or_file_is_audited_anew(honest: Dataset, tmp_path: Path) -> None:
    audit_before(honest, choose_split(honest, seed=0), tmp_path)
    said = _said(honest, tmp_path, seed=1)
    assert any("looked at" in line for line in said)
    changed = replace(honest, stamp=lambda record: f"new {record.path}")
    assert any("looked at" in line for line in _said(changed, tmp_path, seed=1))


def _said(dataset: Dataset, out: Path, *, seed: int) -> Sequence[str]:
    lines: list[str] = []
    audit_before(dataset, choose_split(dataset, seed=seed), out, say=lines.append)
    return lines


def test_a_copy_stops_the_study_each_time_and_names_both(honest: Dataset, tmp_path: Path) -> None:
    spoilt = with_copy(honest)
    split = choose_split(spoilt, seed=0)
    for _ in range(2):
        with pytest.raises(LeakageError) as caught:
            audit_before(spoilt, split, tmp_path)
        message = str(caught.value)
        assert split.train[0].path in message and split.test[0].path in message
        assert "near-duplicate" in message and "audit.html" in message


def test_a_pair_that_was_accepted_lets_the_study_go_on_also_when_it_is_started_again(
    honest: Dataset, tmp_path: Path
) -> None:
    spoilt, out = with_copy(honest), tmp_path / "study"
    split = choose_split(spoilt, seed=0)
    with pytest.raises(LeakageError, match="--accept-pairs"):
        audit_before(spoilt, split, out)
    file = tmp_path / "pairs.csv"
    head = "first,second,reason\n"
    file.write_text(f"{head}{split.test[0].path},{split.train[0].path},two women\n")
    audit_before(spoilt, split, out, accept=file)
    file.unlink()
    lines: list[str] = []
    audit_before(spoilt, split, out, say=lines.append)
    assert "as it was done before" in lines[-1]
    assert "two women" in (out / "audit" / "audit.html").read_text(encoding="utf-8")
    # What is given anew takes the place of what was kept.
    file.write_text(head)
    with pytest.raises(LeakageError):
        audit_before(spoilt, split, out, accept=file)
    with pytest.raises(LeakageError):
        audit_before(spoilt, split, out)


def test_a_leak_that_is_repeated_on_purpose_is_let_through(honest: Dataset, tmp_path: Path) -> None:
    leaked = repeat_leak(honest, copies=1, seed=0)
    assert "on purpose" in _said(leaked, tmp_path, seed=0)[-1]
    assert not (tmp_path / "audit").exists()
