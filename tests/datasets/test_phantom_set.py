"""A phantom set is one small file, and everything in it is drawn from that file again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoscope.datasets.dataset import ABNORMAL
from mammoscope.datasets.phantom import PhantomConfig, make_records, render
from mammoscope.datasets.phantom_set import FILE, read, write
from mammoscope.types import DatasetError

CONFIG = PhantomConfig(rows=128, columns=96, density="C", label=False, contrast=1.5, noise=0.01)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path / "new" / "set", women=4, seed=9, config=CONFIG)
    return tmp_path / "new" / "set"


def test_what_is_read_is_what_was_written(root: Path) -> None:
    data = read(root)
    assert (data.name, data.license, data.task) == ("phantom", "Apache-2.0", ABNORMAL)
    assert data.records == make_records(4, seed=9, config=CONFIG)
    assert len(data.records) == 16


def test_the_folder_holds_nothing_but_the_description(root: Path) -> None:
    assert [path.name for path in root.iterdir()] == [FILE]
    read(root)
    assert [path.name for path in root.iterdir()] == [FILE]


def test_a_loaded_view_is_the_one_its_record_names(root: Path) -> None:
    data = read(root)
    for record in data.records[:4]:
        image = data.load(record)
        assert np.array_equal(image.pixels, render(record.path, seed=9, config=CONFIG).pixels)
        assert (image.laterality, image.view) == (record.laterality, record.view)
        assert (image.rows, image.columns) == (128, 96)


def test_the_stamp_is_that_of_the_description_and_the_view(root: Path, tmp_path: Path) -> None:
    data = read(root)
    write(tmp_path / "copy", women=4, seed=9, config=CONFIG)
    write(tmp_path / "other", women=4, seed=10, config=CONFIG)
    copy, other = read(tmp_path / "copy"), read(tmp_path / "other")
    stamps = {data.stamp(record) for record in data.records}
    assert len(stamps) == 16
    assert {copy.stamp(record) for record in copy.records} == stamps
    assert not {other.stamp(record) for record in other.records} & stamps


def test_writing_the_same_set_again_changes_nothing(root: Path) -> None:
    before = (root / FILE).read_bytes()
    write(root, women=4, seed=9, config=CONFIG)
    assert (root / FILE).read_bytes() == before


@pytest.mark.parametrize(
    "other",
    [
        {"women": 5, "seed": 9, "config": CONFIG},
        {"women": 4, "seed": 10, "config": CONFIG},
        {"women": 4, "seed": 9, "config": replace(CONFIG, noise=0.02)},
    ],
)
def test_another_set_is_not_written_over_it(root: Path, other: dict[str, Any]) -> None:
    before = (root / FILE).read_bytes()
    with pytest.raises(DatasetError, match="another phantom set"):
        write(root, **other)
    assert (root / FILE).read_bytes() == before


def test_an_absent_description_is_refused_with_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="mammoscope phantom --out"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not a phantom set"),
        ("{", "not a phantom set"),
        ("[]", "not a phantom set"),
        ('{"women": 4}', "not a phantom set: 'seed'"),
        ('{"women": "many", "seed": 1, "config": {}}', "not a phantom set"),
        ('{"women": 4, "seed": 1, "config": {"lines": 640}}', "lines"),
        ('{"women": 4, "seed": 1, "config": {"rows": 5}}', "5 × 512"),
        ('{"women": 0, "seed": 1, "config": {}}', "at least 1"),
    ],
)
def test_a_description_without_sense_is_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError, match=words):
        read(tmp_path)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DatasetError, match="not a phantom set"):
        read(tmp_path)


def test_a_description_without_a_config_value_takes_its_default(root: Path) -> None:
    values = json.loads((root / FILE).read_text(encoding="utf-8"))
    del values["config"]["density"]
    (root / FILE).write_text(json.dumps(values), encoding="utf-8")
    assert read(root).records == make_records(4, seed=9, config=replace(CONFIG, density=None))
