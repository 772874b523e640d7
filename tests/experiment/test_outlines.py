"""A reader's circles, carried to the arrays that a network is trained with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.phantom import PhantomConfig
from mammoscope.datasets.phantom_set import write
from mammoscope.experiment.data import prepare_records
from mammoscope.experiment.outlines import outline_lesions
from mammoscope.images.preprocess import PreprocessConfig, prepare

CONFIG = PreprocessConfig(rows=96, columns=96)


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    write(tmp_path / "set", women=4, seed=1, config=PhantomConfig(rows=320, columns=256))
    return open_dataset("phantom", tmp_path / "set")


def test_circles_lie_where_the_preparation_puts_them(dataset: Dataset, tmp_path: Path) -> None:
    part = prepare_records(dataset, dataset.records, CONFIG, tmp_path / "cache")
    outlined = outline_lesions(dataset, part, CONFIG).outlined
    assert len(outlined) == len(dataset.records)
    seen = 0
    for record, ellipses in zip(dataset.records, outlined, strict=True):
        assert ellipses is not None
        assert len(ellipses) == len(record.lesions)
        geometry = prepare(dataset.load(record), CONFIG).geometry
        for (x, y, wide, high), lesion in zip(ellipses, record.lesions, strict=True):
            rim = np.array([(x + wide, y), (x, y - high), (x, y)])
            back = geometry.back(rim) - (lesion.x, lesion.y)
            assert np.allclose(np.hypot(*back.T), (lesion.radius, lesion.radius, 0), atol=0.01)
            seen += 1
    assert seen > 0


def test_where_nobody_outlined_a_finding_nobody_knows(dataset: Dataset, tmp_path: Path) -> None:
    records = [replace(record, lesions=()) for record in dataset.records]
    part = prepare_records(dataset, records, CONFIG, tmp_path / "cache")
    outlined = outline_lesions(dataset, part, CONFIG).outlined
    positive = [dataset.task.index(record.label) == 1 for record in records]
    assert any(positive)
    assert [None if ill else () for ill in positive] == list(outlined)
    assert list(part.outlined) == []
    assert outline_lesions(dataset, part, CONFIG).take([1, 0]).outlined == outlined[1::-1]
