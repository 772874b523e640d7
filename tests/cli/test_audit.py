"""`mammoscope audit`: exit status, JSON, the page, and what is known of named data sets."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from mammoscope.cli import app
from mammoscope.datasets.examples import write_png
from mammoscope.types import RESEARCH_NOTICE
from tests.datasets.planted import woman
from tests.dicom_files import CANARY, make_dicom


def run(*words: str | Path) -> tuple[int, dict]:
    result = CliRunner().invoke(app, ["audit", *map(str, words), "--json"])
    assert result.exit_code in (0, 1), result.output
    return result.exit_code, json.loads(result.stdout)


def table(path: Path, rows: list[tuple[str, ...]], *header: str) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders of two women each, of different women."""
    for number in range(4):
        folder = tmp_path / ("train" if number < 2 else "test")
        folder.mkdir(exist_ok=True)
        write_png(folder / f"{number}.png", woman(number).pixels)
    return tmp_path / "train", tmp_path / "test"


def test_the_official_parts_of_cbis_ddsm_leak_once_pooled(shared: Path) -> None:
    status, values = run("cbis-ddsm", "--root", shared / "data/labels/cbis-ddsm")
    assert status == 1 and values["leak"]
    keys = ("shared_patients", "shared_breasts", "shared_images")
    assert [values[key] for key in keys] == [31, 19, 29]
    assert values["parts"]["train"]["rows"] == 2864 and values["compared"]["images"] == 0


def test_tables_that_share_a_woman_are_a_leak_and_name_her_rows(tmp_path: Path) -> None:
    header = ("patient_id", "image_id", "laterality", "cancer")
    one = table(tmp_path / "a.csv", [("p1", "1", "L", "0"), ("p2", "2", "R", "1")], *header)
    two = table(tmp_path / "b.csv", [("p2", "3", "L", "1"), ("p3", "4", "R", "0")], *header)
    status, values = run(one, two)
    assert (status, values["shared_patients"], values["shared_breasts"]) == (1, 1, 0)
    (pair,) = values["pairs"]
    assert (pair["mechanism"], pair["first"]["path"], pair["second"]["path"]) == (
        "same patient", "2", "3",
    )  # fmt: skip
    assert (pair["first"]["part"], pair["second"]["part"]) == ("a.csv", "b.csv")


def test_tables_of_different_women_are_none(tmp_path: Path) -> None:
    one = table(tmp_path / "a.csv", [("p1", "0"), ("p2", "1")], "subject", "cancer")
    two = table(tmp_path / "b.csv", [("p3", "0"), ("p4", "1")], "subject", "cancer")
    status, values = run(one, two, "--column", "patient=subject")
    assert (status, values["leak"], values["pairs"]) == (0, False, [])


def test_films_of_one_woman_of_mini_mias_are_known_by_their_names(tmp_path: Path) -> None:
    one = table(tmp_path / "a.csv", [("mdb001",), ("mdb003",)], "image")
    two = table(tmp_path / "b.csv", [("mdb002",), ("mdb005",)], "image")
    status, values = run(one, two)
    assert (status, values["shared_patients"], values["shared_breasts"]) == (1, 1, 0)


def test_an_honest_split_of_phantoms_has_no_leak(phantom_root: Path) -> None:
    status, values = run("phantom", "--root", phantom_root)
    assert status == 0 and values["compared"]["images"] == 64
    assert "same patient" in values["compared"]["keys"]


def test_a_split_file_that_parts_a_woman_is_reported_and_not_refused(
    phantom_root: Path, tmp_path: Path
) -> None:
    rows = [("phantom-0000/L-CC", "train"), ("phantom-0000/R-CC", "test")]
    rows += [("phantom-0001/L-CC", "test")]
    split = table(tmp_path / "split.csv", rows, "path", "part")
    status, values = run("phantom", "--root", phantom_root, "--split", split)
    assert (status, values["shared_patients"], values["shared_breasts"]) == (1, 1, 0)
    assert "stand in no part" in values["notes"][-1]


def test_folders_with_the_same_pixels_in_two_formats(folders: tuple[Path, Path]) -> None:
    train, test = folders
    assert run(train, test)[0] == 0
    pixels = cv2.imread(str(train / "0.png"), cv2.IMREAD_GRAYSCALE)
    cv2.imwrite(str(test / "x.pgm"), pixels)
    cv2.imwrite(str(test / "y.tif"), pixels.astype(np.uint16) * 257)
    status, values = run(train, test)
    assert (status, values["identical_pixels"], values["near_duplicates"]) == (1, 1, 0)


def test_the_page_shows_a_mirrored_pair_and_the_notice(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    train, test = folders
    pixels = cv2.imread(str(train / "1.png"), cv2.IMREAD_GRAYSCALE)
    cv2.imwrite(str(test / "m.jpg"), pixels[:, ::-1])
    status, values = run(train, test, "--out", tmp_path / "out")
    assert (status, values["near_duplicates"]) == (1, 1)
    told = CliRunner().invoke(app, ["audit", str(train), str(test)]).stdout
    assert told.startswith("Leak: train and test share 1 near-duplicate.\n")
    assert values == json.loads((tmp_path / "out/audit.json").read_text(encoding="utf-8"))
    page = (tmp_path / "out/audit.html").read_text(encoding="utf-8")
    assert RESEARCH_NOTICE in page and page.count("data:image/png;base64,") == 1
    assert "m.jpg" in page and "mirrored" in page and "prefers-color-scheme" in page


def test_a_pair_that_was_accepted_is_shown_and_the_status_is_0(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    train, test = folders
    pixels = cv2.imread(str(train / "1.png"), cv2.IMREAD_GRAYSCALE)
    cv2.imwrite(str(test / "m.jpg"), pixels[:, ::-1])
    rows = [("1.png", "m.jpg", "seen side by side"), ("1.png", "slip.jpg", "a slip")]
    file = table(tmp_path / "accepted.csv", rows, "first", "second", "reason")
    status, values = run(train, test, "--accept", file, "--out", tmp_path / "out")
    assert (status, values["leak"], values["near_duplicates"]) == (0, False, 0)
    assert [pair["accepted"] for pair in values["pairs"]] == ["seen side by side"]
    page = (tmp_path / "out/audit.html").read_text(encoding="utf-8")
    assert "1 pair was looked at by a person and accepted" in page
    assert page.count("data:image/png;base64,") == 1 and "Accepted: seen side by side" in page
    assert "nothing here is called slip.jpg" in page
    result = CliRunner().invoke(app, ["audit", str(train), str(test), "--accept", str(file)])
    assert result.exit_code == 0 and "nothing here is called slip.jpg" in result.stderr
    assert result.stdout.startswith("No leak found between train and test (pixels compared).")
    file.write_text("first,second,reason\n1.png,m.jpg,\n")
    result = CliRunner().invoke(app, ["audit", str(train), str(test), "--accept", str(file)])
    assert result.exit_code == 1 and "expected two paths as in audit.json" in result.stderr


def test_a_pair_of_one_woman_that_cannot_be_drawn_is_still_told(tmp_path: Path) -> None:
    for part in ("train", "test"):
        (tmp_path / part).mkdir()
        (tmp_path / part / "x.png").write_bytes(b"\x89PNG\r\n\x1a\nnot at all")
        write_png(tmp_path / part / "y.png", woman(part == "test").pixels)
        rows = [("x.png", "one"), ("y.png", part)]
        table(tmp_path / part / "patients.csv", rows, "path", "patient")
    status, values = run(tmp_path / "train", tmp_path / "test", "--out", tmp_path / "out")
    assert (status, values["shared_patients"]) == (1, 1)
    page = (tmp_path / "out/audit.html").read_text(encoding="utf-8")
    assert "same patient" in page and "data:image/png" not in page


def test_the_format_and_the_size_of_a_class_are_hints_and_no_leak(tmp_path: Path) -> None:
    for number in range(40):
        kind, ending = (("cancer", ".pgm"), ("normal", ".png"))[number % 2]
        folder = tmp_path / ("train" if number < 20 else "test") / kind
        folder.mkdir(parents=True, exist_ok=True)
        levels = np.random.default_rng(number).integers(0, 255, (60 + number % 2, 50))
        cv2.imwrite(str(folder / f"{number}{ending}"), levels.astype(np.uint8))
    status, values = run(tmp_path / "train", tmp_path / "test")
    hints = {row["field"]: row["auc"] for row in values["shortcuts"] if row["hint"]}
    assert status == 0, values["pairs"]
    assert {hints[name] for name in ("rows", "format")} <= {0.0, 1.0}


def test_a_header_that_tells_the_label_is_a_hint_and_no_value_of_it_is_written(
    tmp_path: Path,
) -> None:
    """The cancers come from another machine, and only they have a thickness."""
    for number in range(40):
        cancer = number % 2 == 1
        folder = (
            tmp_path / ("train" if number < 20 else "test") / ("cancer" if cancer else "normal")
        )
        folder.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(number).integers(0, 4000, (50, 40)).astype(np.uint16)
        header = {"BodyPartThickness": "51"} if cancer else {}
        data = make_dicom(
            pixels, Manufacturer=f"Maker {cancer}", StationName=f"{CANARY}-{number % 3}",
            KVP=str(25 + number * 7 % 13), **header,
        )  # fmt: skip
        (folder / f"{number}.dcm").write_bytes(data)
    (folder / "broken.dcm").write_bytes(data[:300])
    status, values = run(tmp_path / "train", tmp_path / "test", "--out", tmp_path / "out")
    fields = {row["field"]: row for row in values["shortcuts"]}
    assert status == 0 and values["compared"]["headers"] >= 40
    for name in ("header: Manufacturer", "header: has BodyPartThickness"):
        assert fields[name]["auc"] > 0.95 and fields[name]["hint"], name
    assert fields["header: KVP"]["how"] == "its value"
    assert not fields["header: KVP"]["hint"] and not fields["header: StationName"]["hint"]
    # The class that says so is the positive one, whatever its place in the alphabet.
    assert fields["header: has BodyPartThickness"]["n_positive"] == 21
    result = CliRunner().invoke(app, ["audit", str(tmp_path / "train"), str(tmp_path / "test")])
    assert "The label can be read from (AUC): " in result.stdout
    assert "header: Manufacturer 1.00" in result.stdout
    for file in ("audit.json", "audit.html"):
        text = (tmp_path / "out" / file).read_text(encoding="utf-8")
        assert CANARY not in text and "Maker" not in text
        assert "broken.dcm" in text


def test_images_that_tables_name_are_compared_if_all_are_there(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    train, test = folders
    pixels = cv2.imread(str(train / "1.png"), cv2.IMREAD_GRAYSCALE)
    cv2.imwrite(str(test / "m.jpg"), pixels[:, ::-1])
    one = table(tmp_path / "a.csv", [("train/0.png", "0"), ("train/1.png", "1")], "path", "label")
    rows = [("test/2.png", "0"), ("test/m.jpg", "1")]
    two = table(tmp_path / "b.csv", rows, "path", "label")
    status, values = run(one, two)
    assert (status, values["near_duplicates"], values["compared"]["images"]) == (1, 1, 4)
    assert any(row["field"] == "file size" for row in values["shortcuts"])
    three = table(tmp_path / "c.csv", [*rows, ("test/gone.png", "0")], "path", "label")
    status, values = run(one, three)
    assert (status, values["compared"]["images"]) == (0, 0)
    assert "only 4 of 5 images lie" in values["notes"][-1]
    assert any(row["field"] == "file size" for row in values["shortcuts"])


def test_a_file_that_cannot_be_read_is_told(folders: tuple[Path, Path]) -> None:
    train, test = folders
    (test / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnot at all")
    status, values = run(train, test)
    assert status == 0 and len(values["unreadable"]) == 1 and values["compared"]["images"] == 4


@pytest.mark.parametrize(
    "words", [[], ["phantom"], ["a", "b", "c"], ["a", "b", "--root", "."], ["x", "--column", "y"]]
)
def test_slips_of_usage_are_status_2(words: list[str]) -> None:
    assert CliRunner().invoke(app, ["audit", *words]).exit_code == 2


def test_a_pair_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["audit", str(tmp_path / "a"), str(tmp_path / "b")])
    assert result.exit_code == 1 and len(result.stderr.splitlines()) == 1
