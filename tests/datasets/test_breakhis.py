"""The BreaKHis reader: what the file names tell, and names that tell nothing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import pytest

from mammoscope.datasets.breakhis import read
from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.dataset import CARCINOMA, Dataset
from mammoscope.types import DatasetError, DecodeError

BENIGN = "histology_slides/breast/benign/SOB/"
MALIGNANT = "histology_slides/breast/malignant/SOB/"
PATHS = (
    f"{BENIGN}tubular_adenoma/SOB_B_TA_14-4659/40X/SOB_B_TA-14-4659-40-001.png",
    f"{BENIGN}adenosis/SOB_B_A_14-22549AB/100X/SOB_B_A-14-22549AB-100-002.png",
    f"{BENIGN}adenosis/SOB_B_A_14-22549CD/100X/SOB_B_A-14-22549CD-100-002.png",
    f"{MALIGNANT}ductal_carcinoma/SOB_M_DC_14-2523/400X/SOB_M_DC-14-2523-400-012.png",
    f"{MALIGNANT}papillary_carcinoma/SOB_M_PC_15-190EF/200X/SOB_M_PC-15-190EF-200-012.png",
)


def write_folder(root: Path, paths: Iterable[str] = PATHS) -> Path:
    for number, path in enumerate(paths):
        picture = np.full((46, 70, 3), (200, 150, 220 - 10 * number), dtype=np.uint8)
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(root / path), picture)
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "breakhis")


@pytest.fixture
def data(root: Path) -> Dataset:
    return read(root)


def test_the_name_of_a_file_tells_class_type_slide_and_magnification(data: Dataset) -> None:
    assert [record.path for record in data.records] == sorted(PATHS)
    found = {record.path: record for record in data.records}
    adenoma, adenosis, _, ductal, papillary = (found[path] for path in PATHS)
    assert [r.label for r in (adenoma, ductal)] == ["benign tumor", "malignant tumor"]
    assert adenoma.attributes == {
        "tumor_type": "tubular adenoma",
        "magnification": "40",
        "slide": "14-4659",
    }
    assert adenosis.attributes["slide"] == "14-22549AB"
    assert ductal.attributes["magnification"] == "400"
    assert papillary.attributes["tumor_type"] == "papillary carcinoma"
    assert (adenoma.patient, papillary.patient) == ("breakhis-14-4659", "breakhis-15-190")


def test_slides_that_differ_in_a_letter_alone_are_kept_together_and_the_notes_say_so(
    data: Dataset,
) -> None:
    patients = {r.attributes["slide"]: r.patient for r in data.records}
    assert patients["14-22549AB"] == patients["14-22549CD"]
    assert len(set(patients.values())) == 4
    assert any("14-22549AB" in note for note in data.notes)


def test_the_question_is_carcinoma_and_no_mammogram_question_fits(
    data: Dataset, root: Path
) -> None:
    assert (data.name, data.task) == ("breakhis", CARCINOMA)
    assert "Spanhol" in data.source and data.license
    assert [data.task.index(r.label) for r in data.records] == [0, 0, 0, 1, 1]
    for task in ("cancer", "abnormal", "histology4"):
        with pytest.raises(DatasetError, match="'benign tumor' is unknown"):
            open_dataset("breakhis", root, task=task)


def test_an_image_is_loaded_in_colour_with_its_own_pixels(data: Dataset) -> None:
    for record in data.records:
        image = data.load(record)
        assert (image.modality, image.pixels.shape) == ("histology", (46, 70, 3))
        red = (220 - 10 * PATHS.index(record.path)) / 255
        assert image.pixels[5, 5] == pytest.approx((red, 150 / 255, 200 / 255))


def test_files_lie_at_any_depth_and_others_are_left_alone(tmp_path: Path) -> None:
    write_folder(tmp_path, [path.rpartition("/")[2] for path in PATHS])
    for name in ("README.txt", "._SOB_B_TA-14-4659-40-001.png"):
        (tmp_path / name).write_bytes(b"x")
    assert len(read(tmp_path).records) == 5


def test_an_image_that_cannot_be_read_is_named(data: Dataset, root: Path) -> None:
    (root / PATHS[3]).write_text("no image")
    with pytest.raises(DecodeError, match=r"SOB_M_DC-14-2523-400-012\.png: the file is text"):
        data.load(next(record for record in data.records if record.path == PATHS[3]))


@pytest.mark.parametrize(
    "name",
    [
        "image.png",
        "SOB_X_TA-14-4659-40-001.png",
        "SOB_B_TA-14-4659-50-001.png",
        "SOB_B_TA-14-AB-40-001.png",
        "SOB_B_TA-14-4659-40.png",
        "copy of SOB_B_TA-14-4659-40-001.png",
    ],
)
def test_a_name_that_does_not_parse_is_refused_with_one_that_does(root: Path, name: str) -> None:
    write_folder(root, [f"extra/{name}"])
    with pytest.raises(DatasetError, match=rf"extra/{name} .*SOB_B_TA-14-4659-40-001\.png"):
        read(root)


@pytest.mark.parametrize("name", ["SOB_B_DC-14-4659-40-001.png", "SOB_M_XX-14-4659-40-001.png"])
def test_a_tumour_type_that_is_not_of_its_class_is_refused(root: Path, name: str) -> None:
    write_folder(root, [name])
    with pytest.raises(DatasetError, match="names the tumour type"):
        read(root)


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds no PNG"):
        read(tmp_path)
