"""A user's own folder: classes by subfolder, the task that fits them, and what is refused."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import pytest

from mammoscope.datasets import folder
from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.dataset import ABNORMAL, CANCER, HISTOLOGY4, METASTASIS
from mammoscope.datasets.folder import EACH_ITS_OWN, read
from mammoscope.types import DatasetError, DecodeError

PATHS = (
    "benign/001/left.png",
    "benign/001/right.png",
    "benign/b.png",
    "malignant/2024/07/a",
    "malignant/c.png",
)


def picture(number: int) -> bytes:
    """A PNG of 30 × 20 pixels, other ones for other numbers."""
    pixels = np.zeros((30, 20), dtype=np.uint8)
    pixels[8:24, 0:8] = 100 + 10 * number
    return cv2.imencode(".png", pixels)[1].tobytes()


def write_folder(root: Path, paths: Iterable[str] = PATHS, table: str | None = None) -> Path:
    """A folder with a small image at each path, and `patients.csv` if there is a table."""
    for number, path in enumerate(paths):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(picture(number))
    if table is not None:
        (root / "patients.csv").write_text(table, encoding="utf-8")
    return root


def one_of_each(root: Path, *labels: str) -> Path:
    return write_folder(root, [f"{label}/{number}.png" for number, label in enumerate(labels)])


def test_every_file_below_a_class_folder_is_a_record_sorted_by_path(tmp_path: Path) -> None:
    data = read(write_folder(tmp_path))
    assert [record.path for record in data.records] == sorted(PATHS)
    assert [record.label for record in data.records] == ["benign"] * 3 + ["malignant"] * 2
    assert data.records[0].breast == "benign/001/left.png/?"


def test_the_data_set_says_what_it_is_and_what_it_asks(tmp_path: Path) -> None:
    data = read(write_folder(tmp_path))
    assert (data.name, data.task) == ("folder", CANCER)
    assert "own" in data.source and "owner" in data.license


def test_without_a_table_each_image_is_a_woman_and_the_data_set_says_so(tmp_path: Path) -> None:
    data = read(write_folder(tmp_path))
    assert [record.patient for record in data.records] == [record.path for record in data.records]
    assert data.notes == (EACH_ITS_OWN,)


def test_with_a_table_its_women_sides_and_attributes_are_taken(tmp_path: Path) -> None:
    rows = [f"{path},w{number // 2},L,CC,1.3,{50 + number}" for number, path in enumerate(PATHS)]
    header = "path,patient,laterality,view,aspect,age"
    data = read(write_folder(tmp_path, table="\n".join([header, *reversed(rows)])))
    assert data.notes == ()
    assert [record.path for record in data.records] == sorted(PATHS)
    assert [record.patient for record in data.records] == ["w0", "w0", "w1", "w1", "w2"]
    assert {(r.laterality, r.view, r.aspect) for r in data.records} == {("L", "CC", 1.3)}
    assert [record.attributes["age"] for record in data.records] == ["50", "51", "52", "53", "54"]
    image = data.load(data.records[0])
    assert image.rows * image.pixel_aspect / image.columns == pytest.approx(1.3)


def test_a_record_is_loaded_with_its_own_pixels_whatever_its_name(tmp_path: Path) -> None:
    data = read(write_folder(tmp_path))
    for number, record in enumerate(data.records):
        image = data.load(record)
        assert image.pixels[12, 3] == pytest.approx((100 + 10 * number) / 255)
        assert (image.modality, image.pixel_aspect) == ("mammogram", 1)


def test_an_image_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    data = read(write_folder(tmp_path))
    (tmp_path / "benign" / "b.png").write_text("no image")
    with pytest.raises(DecodeError, match=r"benign/b\.png: the file is text"):
        data.load(data.records[2])


def test_no_image_is_opened_while_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("benign/a", "malignant/b"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("no image")
    monkeypatch.setattr(folder, "decode", None)
    assert len(read(tmp_path).records) == 2


def test_thousands_of_files_are_read_in_a_moment(tmp_path: Path) -> None:
    for label in ("benign", "malignant"):
        (tmp_path / label).mkdir()
        for number in range(2500):
            (tmp_path / label / f"{number}.png").touch()
    start = time.perf_counter()
    assert len(read(tmp_path).records) == 5000
    assert time.perf_counter() - start < 1.0


@pytest.mark.parametrize("name", [".DS_Store", "Thumbs.db", "desktop.ini", "._b.png", ".git/x"])
@pytest.mark.parametrize("place", ["", "benign", "benign/001"])
def test_what_file_managers_leave_behind_is_no_image(tmp_path: Path, place: str, name: str) -> None:
    root = write_folder(tmp_path)
    (root / place / name).parent.mkdir(exist_ok=True)
    (root / place / name).write_bytes(b"x")
    assert [record.path for record in read(root).records] == sorted(PATHS)


def test_links_to_files_and_folders_are_followed(tmp_path: Path) -> None:
    store = write_folder(tmp_path / "store", ["x/1.png", "y/2.png"])
    root = tmp_path / "set"
    (root / "normal").mkdir(parents=True)
    (root / "normal" / "linked.png").symlink_to(store / "x" / "1.png")
    (root / "abnormal").symlink_to(store / "y")
    data = read(root)
    assert [record.path for record in data.records] == ["abnormal/2.png", "normal/linked.png"]
    assert data.load(data.records[1]).rows == 30


def test_links_to_one_file_share_its_stamp(tmp_path: Path) -> None:
    root = write_folder(tmp_path)
    os.link(root / "benign/b.png", root / "benign/hard.png")
    (root / "benign/soft.png").symlink_to(root / "benign/b.png")
    data = read(root)
    stamps = {record.path: data.stamp(record) for record in data.records}
    assert stamps["benign/b.png"] == stamps["benign/hard.png"] == stamps["benign/soft.png"]
    assert len(set(stamps.values())) == len(PATHS)


@pytest.mark.parametrize(
    ("labels", "task"),
    [
        (("normal", "abnormal"), ABNORMAL),
        (("normal", "benign"), ABNORMAL),
        (("benign", "malignant"), CANCER),
        (("cancer", "no cancer"), CANCER),
        (("0", "1"), CANCER),
        (("benign", "cancer", "normal"), CANCER),
        (("metastasis", "no metastasis"), METASTASIS),
        (("Benign", "Normal"), HISTOLOGY4),
    ],
)
def test_the_task_is_the_only_one_that_the_class_folders_fit(
    tmp_path: Path, labels: tuple[str, ...], task: object
) -> None:
    assert read(one_of_each(tmp_path, *labels)).task == task


@pytest.mark.parametrize(
    "labels", [("normal", "benign", "malignant"), ("normal", "malignant"), ("NORM", "B", "M")]
)
def test_folders_that_fit_two_tasks_need_the_task(tmp_path: Path, labels: tuple[str, ...]) -> None:
    root = one_of_each(tmp_path, *labels)
    with pytest.raises(DatasetError, match=r"\['abnormal', 'cancer'\].*--task"):
        read(root)
    for name in ("abnormal", "cancer"):
        assert open_dataset("folder", root, task=name).task.name == name


@pytest.mark.parametrize("labels", [("cats", "dogs"), ("normal", "cancer", "cats"), ("NORM", "0")])
def test_folders_that_fit_no_task_are_refused_with_what_each_task_knows(
    tmp_path: Path, labels: tuple[str, ...]
) -> None:
    with pytest.raises(DatasetError, match="expected names of which one task knows") as refusal:
        read(one_of_each(tmp_path, *labels))
    for word in (str(sorted(labels)), "abnormal: ", "cancer: ", "malignant = cancer"):
        assert word in str(refusal.value)


def test_an_asked_task_must_know_the_folders_and_find_both_classes(tmp_path: Path) -> None:
    root = one_of_each(tmp_path, "benign", "malignant")
    with pytest.raises(DatasetError, match=r"are all 'abnormal' to task 'abnormal'"):
        open_dataset("folder", root, task="abnormal")
    (root / "malignant").rename(root / "doubtful")
    with pytest.raises(DatasetError, match=r"\['doubtful'\] are unknown to task 'cancer'"):
        open_dataset("folder", root, task="cancer")


# --- what is refused ------------------------------------------------------------------------


def test_a_file_beside_the_class_folders_is_refused_by_name(tmp_path: Path) -> None:
    root = write_folder(tmp_path)
    (root / "labels.csv").write_text("")
    with pytest.raises(DatasetError, match=r"1 files beside .*first: labels\.csv.*patients\.csv"):
        read(root)


@pytest.mark.parametrize("inside", ["", ".hidden", "deeper/and/deeper"])
def test_an_empty_class_folder_is_refused(tmp_path: Path, inside: str) -> None:
    root = write_folder(tmp_path)
    (root / "normal" / inside).mkdir(parents=True)
    with pytest.raises(DatasetError, match=r"'normal' of .* holds no images"):
        read(root)


@pytest.mark.parametrize(("paths", "seen"), [((), r"\[\]"), (("benign/a.png",), r"\['benign'\]")])
def test_fewer_than_two_class_folders_are_refused(
    tmp_path: Path, paths: tuple[str, ...], seen: str
) -> None:
    with pytest.raises(DatasetError, match=f"class folders {seen}; expected at least two"):
        read(write_folder(tmp_path, paths))


def test_a_file_instead_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"")
    with pytest.raises(DatasetError, match="is not a folder"):
        read(tmp_path / "x.zip")


def test_a_link_to_nothing_is_refused_rather_than_left_out(tmp_path: Path) -> None:
    root = write_folder(tmp_path)
    (root / "benign" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    with pytest.raises(DatasetError, match=r"gone\.png is neither a file nor a folder"):
        read(root)


def test_links_in_a_circle_are_refused(tmp_path: Path) -> None:
    root = write_folder(tmp_path)
    (root / "benign" / "self").symlink_to("self")
    with pytest.raises(DatasetError):
        read(root)
    (root / "benign" / "self").unlink()
    (root / "benign" / "001" / "up").symlink_to(root / "benign")
    with pytest.raises(DatasetError, match="a link to a folder that it lies in"):
        read(root)


def test_a_name_that_cannot_be_written_into_a_run_is_refused(tmp_path: Path) -> None:
    root = write_folder(tmp_path)
    try:
        (root / "benign" / os.fsdecode(b"\xff.png")).touch()
    except OSError:
        pytest.skip("this file system takes names in UTF-8 only")
    with pytest.raises(DatasetError, match="not a name in UTF-8"):
        read(root)


def test_an_image_that_went_away_is_our_error_when_its_stamp_is_asked(tmp_path: Path) -> None:
    data = read(write_folder(tmp_path))
    shutil.rmtree(tmp_path / "benign")
    with pytest.raises(DatasetError, match="cannot be looked at"):
        data.stamp(data.records[0])
