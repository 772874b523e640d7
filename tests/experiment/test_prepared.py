"""The cache of prepared arrays: filled once, never wrong, and never in memory as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.dataset import Dataset
from mammoscope.experiment import prepared
from mammoscope.experiment.data import prepare_parts, prepare_records
from mammoscope.experiment.prepared import PreparedImages
from mammoscope.images.preprocess import PreprocessConfig, prepare
from mammoscope.images.presets import PRESETS
from mammoscope.types import BreastImage, Record, Split

SMALL = PreprocessConfig(rows=32, columns=32)


@pytest.fixture
def dataset(phantom_root: Path) -> Dataset:
    return open_dataset("phantom", phantom_root)


def counting(dataset: Dataset) -> tuple[Dataset, list[Record]]:
    """The data set, and what was loaded of it."""
    seen: list[Record] = []

    def load(record: Record) -> BreastImage:
        seen.append(record)
        return dataset.load(record)

    return replace(dataset, load=load), seen


def files(cache: Path) -> list[Path]:
    return sorted(path for path in cache.rglob("*") if path.is_file())


def test_an_image_is_prepared_once_and_comes_back_to_the_bit(
    dataset: Dataset, tmp_path: Path
) -> None:
    spied, seen = counting(dataset)
    records = dataset.records[:5]
    first = PreparedImages(spied, records, SMALL, tmp_path)
    again = PreparedImages(spied, records, SMALL, tmp_path)
    assert len(seen) == 5
    direct = np.stack([prepare(dataset.load(record), SMALL).array for record in records])
    for images in (first, again):
        assert len(images) == 5
        assert images[:].tobytes() == direct.tobytes()
        assert np.array_equal(images[3], direct[3]) and images[3].dtype == np.float32
        assert np.array_equal(images[1:3], direct[1:3])
        assert np.array_equal(images[[4, 0]], direct[[4, 0]])


@pytest.mark.parametrize(
    "change",
    [
        lambda dataset, monkeypatch: (dataset, replace(SMALL, margin=0.1)),
        lambda dataset, monkeypatch: (replace(dataset, stamp=lambda r: "other"), SMALL),
        lambda dataset, monkeypatch: (
            monkeypatch.setattr(prepared, "_code_digest", lambda: "other code"),
            (dataset, SMALL),
        )[1],
    ],
    ids=["another config", "a changed file", "other code"],
)
def test_what_the_array_depends_on_is_in_its_key(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable
) -> None:
    PreparedImages(dataset, dataset.records[:1], SMALL, tmp_path)
    changed, config = change(dataset, monkeypatch)
    spied, seen = counting(changed)
    PreparedImages(spied, dataset.records[:1], config, tmp_path)
    assert len(seen) == 1 and len(files(tmp_path)) == 2


def test_a_file_that_is_gone_or_damaged_is_made_anew(dataset: Dataset, tmp_path: Path) -> None:
    images = PreparedImages(dataset, dataset.records[:2], SMALL, tmp_path)
    before = images[:]
    one, other = files(tmp_path)
    one.unlink()
    other.write_bytes(other.read_bytes()[:-9])
    assert np.array_equal(images[:], before)
    assert len(files(tmp_path)) == 2


def test_the_gates_refusals_are_counted_also_the_second_time(
    dataset: Dataset, tmp_path: Path
) -> None:
    def load(record: Record) -> BreastImage:
        image = dataset.load(record)
        if record is dataset.records[1]:
            return replace(image, pixels=np.zeros_like(image.pixels))
        return image

    blanked = replace(dataset, load=load)
    for _ in range(2):
        part = prepare_records(blanked, dataset.records[:3], SMALL, tmp_path)
        assert part.refused == 1
    assert part.take([0, 2]).refused == 0 and part.take([1]).refused == 1
    assert np.array_equal(part.take([2]).x[0], part.x[2])
    assert part.take([2]).records == [dataset.records[2]]
    assert part.spread(2).records == [dataset.records[0], dataset.records[2]]
    assert part.spread(3).records == part.spread(9).records == list(dataset.records[:3])


def test_no_name_of_a_patient_or_an_image_stands_in_the_cache(
    dataset: Dataset, tmp_path: Path
) -> None:
    record = dataset.records[0]
    PreparedImages(dataset, [record], SMALL, tmp_path)
    for path in tmp_path.rglob("*"):
        assert record.patient not in path.name and Path(record.path).stem not in path.name


def test_only_the_named_parts_are_opened(dataset: Dataset, tmp_path: Path) -> None:
    spied, seen = counting(dataset)
    a, b, c = dataset.records[0], dataset.records[4], dataset.records[8]
    split = Split(train=(a,), validation=(b,), test=(c,))
    data = prepare_parts(spied, split, ("train", "validation"), SMALL, tmp_path)
    assert list(data) == ["train", "validation"] and seen == [a, b]


def test_colour_comes_back_to_the_bit_and_beside_gray(dataset: Dataset, tmp_path: Path) -> None:
    colour = replace(PRESETS["paper"], rows=32, columns=32)
    record = dataset.records[0]
    for config, channels in ((SMALL, 1), (colour, 3)):
        images = PreparedImages(dataset, [record], config, tmp_path)
        assert images[0].shape == (32, 32, channels)
        assert np.array_equal(images[0], prepare(dataset.load(record), config).array)
    assert len(files(tmp_path)) == 2


def test_coefficients_beside_the_code_are_in_its_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "code.py").write_text("1", encoding="utf-8")
    monkeypatch.setattr("mammoscope.images.__path__", [str(tmp_path)])
    digests = []
    for text in (None, "1", "2"):
        if text is not None:
            (tmp_path / "gate.json").write_text(text, encoding="utf-8")
        digests.append(prepared._code_digest.__wrapped__())
    assert len(set(digests)) == 3
