"""`patients.csv` fits the images one to one, or it is refused with the first row that does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from mammoscope.datasets.patients import read_patients
from mammoscope.types import DatasetError

LABELS = {"benign/a.png": "benign", "benign/b, ü.png": "benign", "malignant/c.png": "malignant"}
ROWS = ("malignant/c.png,2", '"benign/b, ü.png",1', "benign/a.png,1")


def write(root: Path, *rows: str, header: str = "path,patient", encoding: str = "utf-8") -> Path:
    table = root / "patients.csv"
    table.write_text("\n".join((header, *rows)) + "\n", encoding=encoding)
    return table


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_the_records_are_sorted_by_path_and_labelled(tmp_path: Path, encoding: str) -> None:
    records = read_patients(write(tmp_path, *ROWS, encoding=encoding), LABELS)
    assert [record.path for record in records] == sorted(LABELS)
    assert [record.label for record in records] == ["benign", "benign", "malignant"]
    assert [record.patient for record in records] == ["1", "1", "2"]
    assert {(r.laterality, r.view, r.aspect) for r in records} == {(None, None, None)}
    assert records[0].attributes == {}


def test_side_view_aspect_and_attributes_are_taken_where_they_are_given(tmp_path: Path) -> None:
    header = "age,path,view,patient,laterality,aspect,site"
    rows = (
        "61,benign/a.png,MLO,1,R,1.25,north",
        ',"benign/b, ü.png",,1,,,',
        "48,malignant/c.png,CC,2,L,2,",
    )
    first, second, third = read_patients(write(tmp_path, *rows, header=header), LABELS)
    assert (first.laterality, first.view, first.aspect) == ("R", "MLO", 1.25)
    assert first.attributes == {"age": "61", "site": "north"}
    assert (second.laterality, second.view, second.aspect) == (None, None, None)
    assert (second.breast, second.attributes) == ("1/?", {})
    assert (third.aspect, third.attributes) == (2.0, {"age": "48"})


def test_blanks_around_a_value_do_not_make_two_women_of_one(tmp_path: Path) -> None:
    rows = ("benign/a.png,w1 ", '"benign/b, ü.png", w1', "", " malignant/c.png ,w2")
    records = read_patients(write(tmp_path, *rows, header="path, patient"), LABELS)
    assert [record.patient for record in records] == ["w1", "w1", "w2"]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (ROWS[:2], r"1 images have no row in .*first: benign/a\.png"),
        ((), "3 images have no row"),
        ((*ROWS, "benign/z.png,9", "x,9"), r"2 paths name no image, in .*first: benign/z\.png"),
        ((*ROWS[:2], r"benign\a.png,1"), r"first: benign\\a\.png.*with '/'"),
        ((*ROWS, ROWS[0]), r"1 paths stand in several rows of .*first: malignant/c\.png"),
        (("malignant/c.png,", *ROWS[1:]), "line 2 names no patient"),
        (("malignant/c.png, ", *ROWS[1:]), "line 2 names no patient"),
        (("malignant/c.png", *ROWS[1:]), "line 2 has 1 values; expected 2"),
        ((*ROWS[:2], "benign/a.png,1,L"), "line 4 has 3 values; expected 2"),
        (('"benign/a.png,1',), "not a CSV"),
    ],
)
def test_rows_that_do_not_fit_the_images_are_refused(
    tmp_path: Path, rows: tuple[str, ...], words: str
) -> None:
    with pytest.raises(DatasetError, match=words):
        read_patients(write(tmp_path, *rows), LABELS)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("path", r"lacks the columns \['patient'\]"),
        ("image;woman", r"lacks the columns \['path', 'patient'\]; it has \['image;woman'\]"),
        ("Path,Patient", "lacks the columns"),
        ("", "lacks the columns"),
        ("path,patient,age,age", "each named, and once"),
        ("path,patient,", "each named, and once"),
    ],
)
def test_columns_without_sense_are_refused(tmp_path: Path, header: str, words: str) -> None:
    with pytest.raises(DatasetError, match=words):
        read_patients(write(tmp_path, header=header), LABELS)


@pytest.mark.parametrize("side", ["l", "left", "B"])
def test_a_side_that_is_not_l_or_r_is_refused(tmp_path: Path, side: str) -> None:
    table = write(tmp_path, f"malignant/c.png,2,{side}", header="path,patient,laterality")
    with pytest.raises(DatasetError, match=f"line 2 has laterality '{side}'"):
        read_patients(table, {"malignant/c.png": "malignant"})


@pytest.mark.parametrize("aspect", ["0", "-1.3", "nan", "inf", "0.09", "10.1", '"1,3"', "wide"])
def test_an_aspect_that_no_image_has_is_refused(tmp_path: Path, aspect: str) -> None:
    table = write(tmp_path, f"malignant/c.png,2,{aspect}", header="path,patient,aspect")
    with pytest.raises(DatasetError, match="line 2 has aspect"):
        read_patients(table, {"malignant/c.png": "malignant"})


@pytest.mark.parametrize("content", [b"path,patient\n\xff\xfe", "path,patient\n".encode("utf-16")])
def test_a_table_in_another_encoding_is_refused(tmp_path: Path, content: bytes) -> None:
    table = tmp_path / "patients.csv"
    table.write_bytes(content)
    with pytest.raises(DatasetError, match="not a CSV in UTF-8"):
        read_patients(table, LABELS)
