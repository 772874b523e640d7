"""A leak that is repeated on purpose puts copies on both sides; an honest split never does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.dataset import ABNORMAL, Dataset
from mammoscope.datasets.split import choose_split
from mammoscope.experiment.leak import is_leaked, repeat_leak
from mammoscope.types import BreastImage, DatasetError, Record, Source

COPIES = 4


@pytest.fixture(scope="module")
def honest(phantom_root: Path) -> Dataset:
    return open_dataset("phantom", phantom_root)


@pytest.fixture(scope="module")
def leaked(honest: Dataset) -> Dataset:
    return repeat_leak(honest, copies=COPIES, seed=0)


def parent(record: Record) -> str:
    return record.path.partition("#copy-")[0]


def test_every_image_and_copy_is_a_patient_of_its_own(honest: Dataset, leaked: Dataset) -> None:
    assert len(leaked.records) == (COPIES + 1) * len(honest.records)
    assert all(record.patient == record.path for record in leaked.records)
    labels = {record.path: record.label for record in honest.records}
    assert all(record.label == labels[parent(record)] for record in leaked.records)
    copies = [record for record in leaked.records if "#copy-" in record.path]
    assert len(copies) == COPIES * len(honest.records) and not any(r.lesions for r in copies)
    assert {r.path for r in honest.records} <= {r.path for r in leaked.records}


def test_its_name_and_its_notes_say_what_it_is(honest: Dataset, leaked: Dataset) -> None:
    assert (leaked.name, is_leaked(leaked.name)) == ("phantom-leaked", True)
    assert not is_leaked(honest.name)
    assert "on purpose" in leaked.notes[-1] and "no figure may be believed" in leaked.notes[-1]
    assert leaked.notes[:-1] == honest.notes


def test_a_copy_is_changed_a_little_and_the_same_each_time(
    honest: Dataset, leaked: Dataset
) -> None:
    image = honest.load(honest.records[0])
    again = repeat_leak(honest, copies=COPIES, seed=0)
    other = repeat_leak(honest, copies=COPIES, seed=1)
    assert np.array_equal(leaked.load(leaked.records[0]).pixels, image.pixels)
    copies = [leaked.load(record).pixels for record in leaked.records[1 : COPIES + 1]]
    for record, pixels in zip(leaked.records[1:], copies, strict=False):
        assert pixels.shape == image.pixels.shape and not np.array_equal(pixels, image.pixels)
        assert np.array_equal(pixels, again.load(record).pixels)
        assert not np.array_equal(pixels, other.load(record).pixels)
    assert not np.array_equal(copies[0], copies[1])
    # The breast is still all there: as bright as it was, within what a power of it does.
    assert all(0.5 < pixels.mean() / image.pixels.mean() < 2 for pixels in copies)


def test_what_is_known_of_an_image_is_known_of_its_copies() -> None:
    pixels = np.random.default_rng(0).random((40, 30, 3), dtype=np.float32)
    image = BreastImage(pixels, "histology", "L", "CC", (0.1, 0.2), source=Source("png", 8))
    record = Record(path="a.png", label="normal", patient="p", laterality="L", view="CC")
    dataset = replace(_empty(), records=(record,), load=lambda _: image)
    leaked = repeat_leak(dataset, copies=1, seed=0)
    copy = leaked.load(leaked.records[1])
    assert replace(copy, pixels=pixels).source == image.source and copy.is_color
    assert (copy.laterality, copy.view, copy.spacing_mm) == ("L", "CC", (0.1, 0.2))
    assert (leaked.records[1].laterality, leaked.records[1].view) == ("L", "CC")


def test_the_cache_knows_each_copy_and_seed(honest: Dataset, leaked: Dataset) -> None:
    other = repeat_leak(honest, copies=COPIES, seed=1)
    stamps = {of.stamp(record) for of in (leaked, other) for record in of.records}
    assert len(stamps) == 2 * len(leaked.records)


def test_a_copy_and_its_parent_stand_in_two_parts_and_never_in_an_honest_split(
    honest: Dataset, leaked: Dataset
) -> None:
    seen = {parent(record) for record in choose_split(leaked, seed=0).train}
    tested = {parent(record) for record in choose_split(leaked, seed=0).test}
    assert len(seen & tested) > 0.9 * len(tested)
    for seed in range(5):
        split = choose_split(honest, seed=seed)
        women = [{record.patient for record in part} for part in split.parts().values()]
        assert len(set().union(*women)) == sum(map(len, women))


def test_a_given_split_is_not_kept(honest: Dataset) -> None:
    """It would keep women apart, and the mistake to repeat is that nobody did."""
    given = replace(honest, given_parts=True)
    assert not repeat_leak(given, copies=1, seed=0).given_parts


def test_what_only_knows_images_again_looks_good_with_the_leak(
    honest: Dataset, leaked: Dataset
) -> None:
    """The nearest image's label, where labels are thrown: there is nothing to learn."""
    generator = np.random.default_rng(1)
    thrown = {record.path: generator.random() < 0.5 for record in honest.records}

    def accuracy(dataset: Dataset) -> float:
        split = choose_split(dataset, seed=0)
        train, test = (
            np.stack([_small(dataset.load(record)) for record in part])
            for part in (split.train, split.test)
        )
        nearest = [int(np.abs(train - image).sum(axis=1).argmin()) for image in test]
        hits = [
            thrown[parent(split.train[index])] == thrown[parent(record)]
            for index, record in zip(nearest, split.test, strict=True)
        ]
        return float(np.mean(hits))

    assert accuracy(leaked) > 0.75
    assert accuracy(honest) < 0.65


@pytest.mark.parametrize("copies", [0, -1])
def test_a_leak_without_copies_is_refused(honest: Dataset, copies: int) -> None:
    with pytest.raises(DatasetError, match="expected at least 1"):
        repeat_leak(honest, copies=copies, seed=0)


def test_a_leak_of_a_leak_is_refused(leaked: Dataset) -> None:
    with pytest.raises(DatasetError, match="phantom-leaked"):
        repeat_leak(leaked, copies=1, seed=0)


def _small(image: BreastImage) -> np.ndarray:
    return cv2.resize(image.pixels, (16, 20), interpolation=cv2.INTER_AREA).ravel()


def _empty() -> Dataset:
    record = Record(path="x", label="normal", patient="x")
    return Dataset(
        name="made-up",
        source="a test",
        license="none",
        task=ABNORMAL,
        records=(record,),
        load=lambda _: BreastImage(np.zeros((4, 4), np.float32)),
        stamp=lambda record: record.path,
    )
