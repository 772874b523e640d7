"""The BACH reader: whole patches of each image, its patients, and files decoded once."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from mammoscope.datasets import bach
from mammoscope.datasets.bach import read
from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.dataset import CARCINOMA, HISTOLOGY4, Dataset
from mammoscope.datasets.folder import EACH_ITS_OWN
from mammoscope.types import DatasetError, DecodeError

# Each image: (rows, columns). The first has two patches a row, one row; the last is one patch.
SIZES = {
    "Normal/n001.tif": (640, 768),
    "Benign/b001.tif": (768, 640),
    "InSitu/is001.png": (512, 512),
    "Invasive/iv001.tif": (512, 512),
    "Invasive/iv002.tif": (512, 512),
}


def stained(rows: int, columns: int, number: int) -> np.ndarray:
    """A picture in the colours of H&E, BGR, of which every place and number looks different."""
    y, x = np.mgrid[:rows, :columns]
    picture = np.empty((rows, columns, 3), dtype=np.uint8)
    picture[..., 0] = 200 - 10 * number
    picture[..., 1] = y // 4
    picture[..., 2] = x // 4 + 50
    return picture


def write_folder(root: Path, table: str | None = None) -> Path:
    for number, (path, (rows, columns)) in enumerate(SIZES.items()):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(root / path), stained(rows, columns, number))
    if table is not None:
        (root / "patients.csv").write_text(table, encoding="utf-8")
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "bach")


@pytest.fixture
def data(root: Path) -> Dataset:
    return read(root)


def test_the_records_are_the_whole_patches_half_of_each_shared_with_the_next(
    data: Dataset,
) -> None:
    assert [record.path for record in data.records] == [
        "Benign/b001.tif#0,0",
        "Benign/b001.tif#256,0",
        "InSitu/is001.png#0,0",
        "Invasive/iv001.tif#0,0",
        "Invasive/iv002.tif#0,0",
        "Normal/n001.tif#0,0",
        "Normal/n001.tif#0,256",
    ]
    assert [record.attributes["image"] for record in data.records] == [
        record.path.split("#")[0] for record in data.records
    ]
    assert [record.label for record in data.records] == [
        record.path.split("/")[0] for record in data.records
    ]


def test_an_image_of_bach_has_35_patches(root: Path) -> None:
    cv2.imwrite(str(root / "Invasive/iv001.tif"), np.full((1536, 2048, 3), 200, dtype=np.uint8))
    found = [r.path for r in read(root).records if r.attributes["image"] == "Invasive/iv001.tif"]
    assert len(found) == 35
    assert found[-1] == "Invasive/iv001.tif#1024,1536"


def test_the_question_is_one_of_four_classes_or_carcinoma(data: Dataset, root: Path) -> None:
    assert (data.name, data.task) == ("bach", HISTOLOGY4)
    assert "ICIAR 2018" in data.source and "non-commercial" in data.license
    two = open_dataset("bach", root, task="carcinoma")
    assert two.task == CARCINOMA
    classes = {r.attributes["image"]: two.task.index(r.label) for r in two.records}
    assert {path: index for path, index in classes.items()} == {
        "Normal/n001.tif": 0,
        "Benign/b001.tif": 0,
        "InSitu/is001.png": 1,
        "Invasive/iv001.tif": 1,
        "Invasive/iv002.tif": 1,
    }


def test_a_patch_is_that_place_of_its_image(data: Dataset, root: Path) -> None:
    for record in data.records:
        image, corner = record.path.split("#")
        row, column = map(int, corner.split(","))
        whole = cv2.imread(str(root / image))[..., ::-1]
        loaded = data.load(record)
        assert loaded.modality == "histology"
        assert loaded.pixels.shape == (512, 512, 3)
        np.testing.assert_allclose(
            loaded.pixels * 255, whole[row : row + 512, column : column + 512], atol=1e-3
        )


def test_a_patch_does_not_keep_the_whole_image_in_memory(data: Dataset) -> None:
    assert data.load(data.records[0]).pixels.base is None


def test_no_pixels_are_decoded_while_reading(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bach, "decode", None)
    assert len(read(root).records) == 7


def test_an_image_is_decoded_for_all_its_patches_at_once_also_by_many_threads(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cv2.imwrite(str(root / "Invasive/iv001.tif"), stained(1024, 1024, 2))
    data = read(root)
    calls = []
    decode = bach.decode

    def counting(*args: object, **options: object) -> object:
        calls.append(args)
        return decode(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(bach, "decode", counting)
    with ThreadPoolExecutor(4) as pool:
        patches = list(pool.map(data.load, data.records))
    assert len(patches) == 7 + 8
    # A thread that a busy machine leaves behind may find its image dropped, and decodes it again.
    assert len(SIZES) <= len(calls) <= len(SIZES) + 2 < len(patches)


def test_an_image_that_changes_on_disk_is_decoded_anew(data: Dataset, root: Path) -> None:
    record = data.records[0]
    before = (data.stamp(record), data.load(record).pixels[0, 0, 2])
    # Another length too, lest both be written within one tick of the clock.
    cv2.imwrite(str(root / "Benign/b001.tif"), stained(1024, 640, 9))
    assert data.stamp(record) != before[0]
    assert data.load(record).pixels[0, 0, 2] < before[1]


def test_the_patches_of_one_image_have_stamps_of_their_own(data: Dataset) -> None:
    assert len({data.stamp(record) for record in data.records}) == 7


def test_without_a_table_each_image_is_a_patient_and_the_notes_say_so(data: Dataset) -> None:
    assert [r.patient for r in data.records] == [r.attributes["image"] for r in data.records]
    assert EACH_ITS_OWN in data.notes
    assert any("label of its whole image" in note for note in data.notes)


def test_with_a_table_its_patients_and_attributes_are_taken_for_each_patch(tmp_path: Path) -> None:
    lines = [f"{path},case{number // 2},{number}" for number, path in enumerate(SIZES)]
    data = read(write_folder(tmp_path, "\n".join(["path,patient,batch", *lines])))
    assert EACH_ITS_OWN not in data.notes
    for record in data.records:
        number = list(SIZES).index(record.attributes["image"])
        assert record.patient == f"case{number // 2}"
        assert record.attributes["batch"] == str(number)


def test_an_image_without_a_row_in_the_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="4 images have no row"):
        read(write_folder(tmp_path, "path,patient\nNormal/n001.tif,a\n"))


def test_other_files_are_left_alone(data: Dataset, root: Path) -> None:
    for name in ("microscopy_ground_truth.csv", "Benign/Thumbs.db", "Benign/._b001.tif"):
        (root / name).write_bytes(b"x")
    assert read(root).records == data.records


def test_an_image_smaller_than_a_patch_is_refused_with_its_size(root: Path) -> None:
    cv2.imwrite(str(root / "InSitu/is002.tif"), stained(400, 768, 0))
    with pytest.raises(DatasetError, match=r"InSitu/is002\.tif has 400 × 768 .*at least 512 × 512"):
        read(root)


@pytest.mark.parametrize("content", [b"", b"no image", b"II*\x00\x08\x00\x00\x00"])
def test_an_image_without_a_readable_header_is_refused_by_name(root: Path, content: bytes) -> None:
    (root / "Normal/n002.tif").write_bytes(content)
    with pytest.raises(DatasetError, match=r"Normal/n002\.tif .*cannot be read"):
        read(root)


def test_an_image_whose_pixels_are_broken_is_named_when_it_is_loaded(
    data: Dataset, root: Path
) -> None:
    (root / "Benign/b001.tif").write_bytes((root / "Benign/b001.tif").read_bytes()[:200])
    with pytest.raises(DecodeError, match=r"Benign/b001\.tif: the TIFF"):
        data.load(data.records[0])


def test_an_image_that_shrank_is_refused_when_its_patch_is_loaded(
    data: Dataset, root: Path
) -> None:
    cv2.imwrite(str(root / "Benign/b001.tif"), stained(600, 640, 1))
    with pytest.raises(DatasetError, match=r"b001\.tif has 600 × 640 pixels, too few .* 256,0"):
        data.load(data.records[1])


@pytest.mark.parametrize("label", ["Normal", "Benign", "InSitu", "Invasive"])
def test_a_class_that_is_missing_or_empty_is_refused_by_its_folder(root: Path, label: str) -> None:
    shutil.rmtree(root / label)
    with pytest.raises(DatasetError, match=f"{label} does not exist; expected the folders Normal"):
        read(root)
    (root / label).mkdir()
    with pytest.raises(DatasetError, match=f"{label} holds no TIFF or PNG"):
        read(root)
