"""The RSNA reader: the competition's table, and the true proportions of each machine."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from mammoscope.datasets.dataset import ABNORMAL, CANCER, Dataset
from mammoscope.datasets.rsna import read
from mammoscope.types import DatasetError

HEADER = [
    "site_id",
    "patient_id",
    "image_id",
    "laterality",
    "view",
    "age",
    "cancer",
    "biopsy",
    "invasive",
    "BIRADS",
    "implant",
    "density",
    "machine_id",
    "difficult_negative_case",
]
ROWS = (
    "2,5,640805896,L,MLO,68.0,0,0,0,0.0,0,,21,True",
    "2,5,940388076,R,CC,68.0,0,0,0,,0,,29,False",
    "1,25,7,R,MLO,51.0,1,1,1,,0,C,216,False",
    "1,25,8,R,CC,51.0,1,1,1,,0,C,93,False",
    "1,26,9,L,AT,,0,0,0,,1,,49,False",
)


def rows(lines: Iterable[str] = ROWS) -> list[dict[str, str]]:
    return [dict(zip(HEADER, line.split(","), strict=True)) for line in lines]


def write_folder(
    root: Path, table: list[dict[str, str]] | None = None, header: Iterable[str] = HEADER
) -> Path:
    """A folder with `train.csv` and a small JPEG for each row."""
    table = rows() if table is None else table
    (root / "images").mkdir(parents=True)
    with (root / "train.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(header), extrasaction="ignore")
        writer.writeheader()
        writer.writerows(table)
    for number, row in enumerate(table):
        cv2.imwrite(
            str(root / "images" / f"{row['patient_id']}_{row['image_id']}.jpg"), gray(number)
        )
    return root


def gray(number: int) -> np.ndarray:
    """A dark 30 × 20 picture with a bright block whose brightness tells its row."""
    picture = np.zeros((30, 20), dtype=np.uint8)
    picture[8:24, 0:8] = 100 + 20 * number
    return picture


def changed(index: int, **values: str) -> list[dict[str, str]]:
    table = rows()
    table[index] = {**table[index], **values}
    return table


@pytest.fixture
def data(tmp_path: Path) -> Dataset:
    return read(write_folder(tmp_path))


def test_every_row_is_a_record_in_the_order_of_the_table(data: Dataset) -> None:
    assert [record.path for record in data.records] == [
        "images/5_640805896.jpg",
        "images/5_940388076.jpg",
        "images/25_7.jpg",
        "images/25_8.jpg",
        "images/26_9.jpg",
    ]
    assert [record.label for record in data.records] == list("00110")
    assert [record.breast for record in data.records] == [
        "rsna-5/L",
        "rsna-5/R",
        "rsna-25/R",
        "rsna-25/R",
        "rsna-26/L",
    ]
    assert [record.view for record in data.records] == ["MLO", "CC", "MLO", "CC", "AT"]


def test_the_aspect_is_that_of_the_machine_and_1_3_for_the_others(data: Dataset) -> None:
    assert [record.aspect for record in data.records] == [1.333, 1.09, 1.199, 1.279, 1.3]


def test_attributes_are_kept_where_they_are_known(data: Dataset) -> None:
    assert data.records[0].attributes == {
        "site_id": "2",
        "machine_id": "21",
        "age": "68.0",
        "implant": "0",
        "invasive": "0",
        "BIRADS": "0.0",
    }
    assert data.records[2].attributes["density"] == "C"
    assert "age" not in data.records[4].attributes


def test_the_data_set_says_where_it_is_from_and_what_it_asks(data: Dataset) -> None:
    assert (data.name, data.task) == ("rsna", CANCER)
    assert "RSNA" in data.source and "non-commercial" in data.license


def test_an_unknown_view_is_none(tmp_path: Path) -> None:
    (record, *_) = read(write_folder(tmp_path, changed(0, view=""))).records
    assert record.view is None


@pytest.mark.parametrize("side", ["", "left", "B"])
def test_an_unknown_side_is_refused_since_two_breasts_would_become_one(
    tmp_path: Path, side: str
) -> None:
    with pytest.raises(DatasetError, match="expected L or R"):
        read(write_folder(tmp_path, changed(0, laterality=side)))


def test_a_loaded_image_gets_its_proportions_back(data: Dataset) -> None:
    for number, record in enumerate(data.records):
        image = data.load(record)
        assert (image.rows, image.columns) == (30, 20)
        assert image.pixel_aspect == pytest.approx(record.aspect * 20 / 30)
        assert image.rows * image.pixel_aspect / image.columns == pytest.approx(record.aspect)
        # JPEG moves a flat block by a few levels at the most.
        assert image.pixels[12, 3] == pytest.approx((100 + 20 * number) / 255, abs=0.04)


def test_the_stamp_changes_with_the_file_and_with_the_proportions(data: Dataset) -> None:
    record = data.records[0]
    assert data.stamp(record) == data.stamp(replace(record, label="1", view=None))
    assert data.stamp(record) != data.stamp(replace(record, aspect=1.0))
    assert data.stamp(record) != data.stamp(data.records[1])


def test_columns_that_no_question_needs_may_be_absent(tmp_path: Path) -> None:
    needed = ("patient_id", "image_id", "laterality", "view", "cancer", "machine_id")
    records = read(write_folder(tmp_path, header=needed)).records
    assert [record.label for record in records] == list("00110")
    assert records[2].attributes == {"machine_id": "216"}


@pytest.mark.parametrize(
    "column", ["patient_id", "image_id", "laterality", "view", "cancer", "machine_id"]
)
def test_a_table_without_a_needed_column_is_refused_by_its_name(
    tmp_path: Path, column: str
) -> None:
    header = [name for name in HEADER if name != column]
    with pytest.raises(DatasetError, match=rf"lacks the columns \['{column}'\]"):
        read(write_folder(tmp_path, header=header))


def test_images_that_are_not_there_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    write_folder(tmp_path)
    for name in ("5_940388076", "25_8"):
        (tmp_path / "images" / f"{name}.jpg").unlink()
    with pytest.raises(DatasetError, match=r"2 images .*first: images/5_940388076\.jpg"):
        read(tmp_path)


@pytest.mark.parametrize("label", ["2", "", "yes", "0.0"])
def test_a_label_that_is_not_0_or_1_is_refused(tmp_path: Path, label: str) -> None:
    with pytest.raises(DatasetError, match=f"label '{label}' is unknown"):
        read(write_folder(tmp_path, changed(3, cancer=label)))


def test_an_image_named_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="twice"):
        read(write_folder(tmp_path, [*rows(), rows()[0]]))


def test_a_table_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no records"):
        read(write_folder(tmp_path, []))


@pytest.mark.parametrize("name", ["absent", ""])
def test_a_folder_without_the_table_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DatasetError, match=r"train\.csv does not exist"):
        read(tmp_path / name)


@pytest.fixture(scope="module")
def real(shared: Path) -> Dataset:
    return read(shared / "data" / "rsna")


def test_the_real_folder_has_the_images_and_women_it_should(real: Dataset) -> None:
    assert len(real.records) == 2723
    assert sum(record.label == "1" for record in real.records) == 937
    assert len({record.patient for record in real.records}) == 771
    assert {record.laterality for record in real.records} == {"L", "R"}


def test_the_views_of_one_real_breast_share_their_label(real: Dataset) -> None:
    labels: Mapping[str, set[str]] = defaultdict(set)
    for record in real.records:
        labels[record.breast].add(record.label)
    assert len(labels) > 771
    assert {len(found) for found in labels.values()} == {1}


def test_a_real_image_of_each_machine_is_portrait_and_in_range(real: Dataset) -> None:
    first = {record.attributes["machine_id"]: record for record in reversed(real.records)}
    assert len(first) == 9
    for record in first.values():
        image = real.load(record)
        assert (image.rows, image.columns) == (640, 640)
        assert image.pixel_aspect == pytest.approx(record.aspect)
        assert image.pixels.min() >= 0.0 and 0.3 < image.pixels.max() <= 1.0


def test_asked_for_the_abnormal_it_names_cancers_and_says_so(tmp_path: Path) -> None:
    dataset = read(write_folder(tmp_path / "rsna"), ABNORMAL)
    assert [record.label for record in dataset.records] == [
        "normal", "normal", "abnormal", "abnormal", "normal"
    ]  # fmt: skip
    assert [dataset.task.index(record.label) for record in dataset.records] == [0, 0, 1, 1, 0]
    (note,) = dataset.notes
    assert "biopsy-proven cancer" in note
    assert read(tmp_path / "rsna").notes == ()
