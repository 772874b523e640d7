"""The PatchCamelyon reader: patches in the parts they come in, and their question."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.dataset import METASTASIS, Dataset
from mammoscope.datasets.pcam import read
from mammoscope.datasets.split import choose_split
from mammoscope.types import DatasetError, DecodeError

PARTS = ("train", "valid", "test")


def stained(number: int) -> np.ndarray:
    """A patch of 96 × 96 in the colours of H&E, BGR; the nuclei's place tells its number."""
    patch = np.full((96, 96, 3), (210, 170, 225), dtype=np.uint8)
    patch[:, 8 * number : 8 * number + 8] = (140, 60, 100)
    return patch


def write_folder(root: Path) -> Path:
    """Two patches a class in each part."""
    number = 0
    for part in PARTS:
        for label in "01":
            folder = root / part / label
            folder.mkdir(parents=True)
            for name in ("patch0000014.jpg", "patch0000003.jpg"):
                cv2.imwrite(str(folder / name), stained(number))
                number += 1
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "pcam")


@pytest.fixture
def data(root: Path) -> Dataset:
    return read(root)


def test_every_patch_is_a_record_of_its_class_and_part(data: Dataset) -> None:
    assert [record.path for record in data.records[:4]] == [
        "train/0/patch0000003.jpg",
        "train/0/patch0000014.jpg",
        "train/1/patch0000003.jpg",
        "train/1/patch0000014.jpg",
    ]
    assert [record.label for record in data.records] == [
        *["no metastasis"] * 2,
        *["metastasis"] * 2,
    ] * 3
    assert [record.attributes["part"] for record in data.records] == [
        *["train"] * 4,
        *["validation"] * 4,
        *["test"] * 4,
    ]


def test_the_question_is_metastasis_in_histology_and_no_other_fits(
    data: Dataset, root: Path
) -> None:
    assert (data.name, data.task) == ("pcam", METASTASIS)
    assert data.task.modality == "histology"
    assert "Veeling" in data.source and "CAMELYON16" in data.source and "CC0" in data.license
    with pytest.raises(DatasetError, match="'no metastasis' is unknown to task 'cancer'"):
        open_dataset("pcam", root, task="cancer")


def test_each_patch_is_a_patient_of_its_own_and_the_notes_say_what_that_does(
    data: Dataset,
) -> None:
    assert [record.patient for record in data.records] == [record.path for record in data.records]
    assert any("no slide ids" in note and "too narrow" in note for note in data.notes)


def test_the_given_parts_are_the_split_whatever_the_seed(data: Dataset) -> None:
    assert data.given_parts
    split = choose_split(data, seed=7)
    assert choose_split(data, seed=8) == split
    for folder, part in zip(PARTS, split.parts().values(), strict=True):
        assert [record.path.split("/")[0] for record in part] == [folder] * 4


def test_a_patch_is_loaded_in_colour_with_its_own_pixels(data: Dataset) -> None:
    by_path = {record.path: record for record in data.records}
    image = data.load(by_path["train/1/patch0000014.jpg"])
    assert (image.modality, image.pixels.shape) == ("histology", (96, 96, 3))
    red, green, blue = image.pixels[48, 20]
    # The third patch, so nuclei stand in columns 16 to 24: violet on pink, with JPEG's rounding.
    assert (red, green, blue) == pytest.approx((100 / 255, 60 / 255, 140 / 255), abs=0.06)
    assert image.pixels[48, 60, 1] == pytest.approx(170 / 255, abs=0.06)


def test_a_patch_that_cannot_be_read_is_named(data: Dataset, root: Path) -> None:
    (root / "valid" / "1" / "patch0000003.jpg").write_text("no image")
    with pytest.raises(DecodeError, match=r"valid/1/patch0000003\.jpg: the file is text"):
        data.load(next(r for r in data.records if r.path == "valid/1/patch0000003.jpg"))


def test_other_files_are_left_alone(data: Dataset, root: Path) -> None:
    for name in ("Thumbs.db", "._patch0000003.jpg", "notes.txt"):
        (root / "test" / "0" / name).write_bytes(b"x")
    assert read(root).records == data.records


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("empty", [False, True])
def test_a_class_that_is_missing_or_empty_is_refused_by_its_folder(
    root: Path, part: str, empty: bool
) -> None:
    shutil.rmtree(root / part / "1")
    if empty:
        (root / part / "1").mkdir()
    with pytest.raises(DatasetError, match=rf"{part}.1 is missing or holds no JPEG; expected ROOT"):
        read(root)


def test_the_real_patches_are_balanced_in_each_part_and_decode(shared: Path) -> None:
    data = read(shared / "data" / "pcam")
    split = choose_split(data, seed=0)
    assert [len(part) for part in split.parts().values()] == [4000, 800, 800]
    for part in split.parts().values():
        assert 2 * sum(record.label == "metastasis" for record in part) == len(part)
        image = data.load(part[0])
        assert (image.modality, image.pixels.shape) == ("histology", (96, 96, 3))
