"""The mini-MIAS reader: folders and archives, labels of a film, lesions from the top left."""

from __future__ import annotations

import io
import os
import tarfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from mammoscope.datasets.dataset import ABNORMAL, Dataset
from mammoscope.datasets.mini_mias import FILM_ROWS, read
from mammoscope.types import DatasetError, Lesion, Record

# The prose that matters stands before and after the table, with words that look like its rows.
PROSE = """              MAMMOGRAPHIC IMAGE ANALYSIS SOCIETY
                  MiniMammographic Database

1st column: MIAS database reference number.

2nd column: Character of background tissue: 
                F - Fatty 
                G - Fatty-glandular

4th column: Severity of abnormality;
                B - Benign

NOTES
=====
1) The list is arranged in pairs of films, where each pair 
   represents the left (even filename numbers) and right mammograms
   (odd filename numbers) of a single patient.

=================================================================

"""
TABLE = """mdb001 G CIRC B 535 425 197
mdb002 G NORM 
mdb003 D CALC B 523 482 29
mdb003 D CALC M 591 529 6
mdb004 D SPIC M 600 514 67
mdb004 D CIRC B 100 200 10
mdb059 F CIRC B
mdb216 D CALC M *NOTE 3* 
mdb321 D NORM 
mdb322 D NORM 
"""
INFO = f"{PROSE}{TABLE}\n{'=' * 65}\n"
NUMBERS = (1, 2, 3, 4, 59, 216)


def film(number: int) -> bytes:
    """A PGM of 20 × 24 pixels, other ones for other numbers."""
    samples = np.random.default_rng(number).integers(0, 256, (20, 24)).astype(np.uint8)
    return b"P5\n24 20\n255\n" + samples.tobytes()


def files(info: str = INFO, numbers: tuple[int, ...] = NUMBERS) -> dict[str, bytes]:
    return {"Info.txt": info.encode()} | {f"mdb{n:03d}.pgm": film(n) for n in numbers}


def write_folder(root: Path, contents: Mapping[str, bytes] | None = None) -> Path:
    """A folder with the small films and their table, or with `contents`."""
    for name, data in (files() if contents is None else contents).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


def write_archive(path: Path, compression: str, *, prefix: str = "") -> Path:
    # Films first: their labels come later in the stream.
    with tarfile.open(path, f"w:{compression}") as archive:  # type: ignore[call-overload]
        for name, data in sorted(files().items(), reverse=True):
            member = tarfile.TarInfo(prefix + name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def by_number(data: Dataset) -> dict[int, Record]:
    return {int(Path(record.path).stem.removeprefix("mdb")): record for record in data.records}


def by_path(data: Dataset) -> dict[str, Record]:
    return {record.path: record for record in data.records}


@pytest.fixture
def records(tmp_path: Path) -> dict[int, Record]:
    return by_number(read(write_folder(tmp_path)))


def test_the_films_that_are_there_are_the_records(records: dict[int, Record]) -> None:
    assert tuple(records) == NUMBERS


@pytest.mark.parametrize(
    ("number", "label"), [(1, "B"), (2, "NORM"), (3, "M"), (4, "M"), (59, "B"), (216, "M")]
)
def test_a_film_has_its_worst_label(records: dict[int, Record], number: int, label: str) -> None:
    assert records[number].label == label


def test_lesions_are_counted_from_the_top_and_not_from_the_bottom(
    records: dict[int, Record],
) -> None:
    assert records[1].lesions == (Lesion(535.0, FILM_ROWS - 1 - 425.0, 197.0, "CIRC B"),)
    assert records[1].lesions[0].y == 598.0


def test_both_lesions_of_a_film_are_kept_in_the_order_of_the_table(
    records: dict[int, Record],
) -> None:
    assert records[3].lesions == (
        Lesion(523.0, 541.0, 29.0, "CALC B"),
        Lesion(591.0, 494.0, 6.0, "CALC M"),
    )
    assert [lesion.kind for lesion in records[4].lesions] == ["SPIC M", "CIRC B"]


@pytest.mark.parametrize("number", [2, 59, 216])
def test_films_without_coordinates_have_a_label_and_no_lesion(
    records: dict[int, Record], number: int
) -> None:
    assert records[number].lesions == ()


@pytest.mark.parametrize(
    ("number", "patient", "side"),
    [(1, 1, "R"), (2, 1, "L"), (3, 2, "R"), (4, 2, "L"), (59, 30, "R"), (216, 108, "L")],
)
def test_a_pair_of_films_is_a_woman_with_the_odd_one_right(
    records: dict[int, Record], number: int, patient: int, side: str
) -> None:
    record = records[number]
    assert (record.patient, record.laterality) == (f"mias-{patient:03d}", side)
    assert record.view == "MLO"


def test_the_tissue_is_kept_for_subgroups(records: dict[int, Record]) -> None:
    assert [records[n].attributes["tissue"] for n in NUMBERS] == ["G", "G", "D", "D", "F", "D"]


def test_the_data_set_says_where_it_is_from_and_what_it_asks(tmp_path: Path) -> None:
    data = read(write_folder(tmp_path))
    assert (data.name, data.task) == ("mini-mias", ABNORMAL)
    assert "Suckling" in data.source and "research" in data.license


def test_a_film_is_loaded_with_its_own_pixels(tmp_path: Path) -> None:
    data = read(write_folder(tmp_path))
    for number, record in by_number(data).items():
        stored = np.frombuffer(film(number)[-480:], np.uint8).reshape(20, 24)
        assert np.array_equal(data.load(record).pixels, stored.astype(np.float32) / 255)


@pytest.mark.parametrize(("compression", "ending"), [("xz", ".tar.xz"), ("gz", ".tgz"), ("", ".x")])
@pytest.mark.parametrize("prefix", ["", "all-mias/"])
def test_every_archive_is_read_like_the_folder(
    tmp_path: Path, compression: str, ending: str, prefix: str
) -> None:
    folder = read(write_folder(tmp_path / "folder"))
    packed = read(write_archive(tmp_path / f"all-mias{ending}", compression, prefix=prefix))
    for seen, expected in zip(packed.records, folder.records, strict=True):
        assert seen.path == prefix + expected.path
        assert (seen.label, seen.patient, seen.lesions) == (
            expected.label,
            expected.patient,
            expected.lesions,
        )
        assert np.array_equal(packed.load(seen).pixels, folder.load(expected).pixels)


def test_a_folder_that_holds_one_archive_is_that_archive(tmp_path: Path) -> None:
    write_archive(tmp_path / "all-mias.tar.gz", "gz")
    (tmp_path / "notes.md").write_text("not a film")
    assert tuple(by_number(read(tmp_path))) == NUMBERS


def test_a_film_in_an_archive_has_the_archives_stamp_and_its_own_name(tmp_path: Path) -> None:
    first = read(write_archive(tmp_path / "a.tar", ""))
    stamps = {first.stamp(record) for record in first.records}
    assert len(stamps) == len(NUMBERS)
    assert {read(tmp_path).stamp(record) for record in first.records} == stamps
    os.utime(tmp_path / "a.tar", ns=(1, 1))
    # The films were read before; only who reads them now sees another archive.
    assert {first.stamp(record) for record in first.records} == stamps
    changed = read(tmp_path)
    assert not {changed.stamp(record) for record in changed.records} & stamps


def test_a_film_in_a_folder_has_a_stamp_of_its_own(tmp_path: Path) -> None:
    data = read(write_folder(tmp_path))
    before = {record.path: data.stamp(record) for record in data.records}
    os.utime(tmp_path / "mdb003.pgm", ns=(1, 1))
    changed = [path for path in before if data.stamp(by_path(data)[path]) != before[path]]
    assert changed == ["mdb003.pgm"]


def test_films_beside_their_archive_are_read_from_the_folder(tmp_path: Path) -> None:
    write_archive(tmp_path / "all-mias.tar.gz", "gz")
    write_folder(tmp_path, files(numbers=(1, 2)))
    assert tuple(by_number(read(tmp_path))) == (1, 2)


def without(name: str) -> dict[str, bytes]:
    return {key: data for key, data in files().items() if key != name}


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        (without("Info.txt"), "6 films, 6 of them distinct, and 0 Info.txt"),
        (files(numbers=()), "0 films, 0 of them distinct, and 1 Info.txt"),
        (files(numbers=(1, 7)), r"mdb007.pgm has no row"),
        (files("mdb001 G CIRC 535 425 197\n", (1,)), "severity B/M"),
        (files("mdb001 G CIRC\n", (1,)), "severity B/M"),
        (files("mdb001 G CIRC X 535 425 197\n", (1,)), "severity B/M"),
        # Each of these lost its lesion, or took a wrong label, in silence.
        (files("mdb001 G CIRC B 5l5 425 19\n", (1,)), "restore the original"),
        (files("mdb001 G CIRC B 535 425\n", (1,)), "restore the original"),
        (files("mdb001 G CIRC B 535 4250 19\n", (1,)), "inside the film"),
        (files("mdb001 G NORM B 1 2 3\n", (1,)), "restore the original"),
        (files("mdb001 G FOO B 1 2 3\n", (1,)), "restore the original"),
        ({**files(), "copy/mdb001.pgm": film(1)}, "7 films, 6 of them distinct"),
        ({}, "0 films, 0 of them distinct, and 0 Info.txt"),
    ],
)
def test_a_folder_that_is_not_mini_mias_is_refused(
    tmp_path: Path, contents: dict[str, bytes], words: str
) -> None:
    with pytest.raises(DatasetError, match=words):
        read(write_folder(tmp_path, contents))


def test_an_absent_folder_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"nowhere does not exist"):
        read(tmp_path / "nowhere")


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mdb001.pgm"
    file.write_bytes(film(1))
    with pytest.raises(DatasetError, match="not a readable tar archive"):
        read(file)


@pytest.mark.parametrize(("compression", "ending"), [("xz", "xz"), ("gz", "gz"), ("", "tar")])
def test_an_archive_cut_short_is_refused(tmp_path: Path, compression: str, ending: str) -> None:
    path = write_archive(tmp_path / f"all-mias.{ending}", compression)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(DatasetError):
        read(path)


def test_the_order_of_films_does_not_depend_on_the_archive(tmp_path: Path) -> None:
    data = read(write_archive(tmp_path / "a.tar", ""))
    assert [record.path for record in data.records] == sorted(r.path for r in data.records)


@pytest.fixture(scope="module")
def real(shared: Path) -> Dataset:
    return read(shared / "data" / "mini-mias")


def test_the_real_archive_has_the_films_women_and_labels_it_should(real: Dataset) -> None:
    assert len(real.records) == 258
    assert len({record.patient for record in real.records}) == 129
    assert Counter(record.label for record in real.records) == {"NORM": 165, "B": 51, "M": 42}
    assert Counter(record.laterality for record in real.records) == {"L": 129, "R": 129}


def test_real_lesions_lie_on_their_film_and_normal_films_have_none(real: Dataset) -> None:
    for record in real.records:
        if record.label == "NORM":
            assert record.lesions == ()
        for lesion in record.lesions:
            assert 0 <= lesion.x < FILM_ROWS and 0 <= lesion.y < FILM_ROWS and lesion.radius > 0
    unmarked = [r.path for r in real.records if r.label != "NORM" and not r.lesions]
    assert unmarked == ["mdb059.pgm", "mdb216.pgm", "mdb233.pgm", "mdb245.pgm"]


def test_real_circles_lie_on_brighter_tissue_than_their_upside_down_places(real: Dataset) -> None:
    there, upside_down = [], []
    for record in real.records:
        for lesion in record.lesions:
            column = real.load(record).pixels[:, int(lesion.x)]
            there.append(column[int(lesion.y)])
            upside_down.append(column[FILM_ROWS - 1 - int(lesion.y)])
    assert len(there) == 92
    # 0.73 and 0.62 of the range when this was written; the flip would swap them.
    assert np.mean(there) > 1.1 * np.mean(upside_down)


@pytest.mark.parametrize("index", [0, 100, 257])
def test_a_real_film_is_1024_by_1024_in_range(real: Dataset, index: int) -> None:
    image = real.load(real.records[index])
    assert (image.rows, image.columns) == (FILM_ROWS, FILM_ROWS)
    assert image.pixels.min() >= 0.0 and 0.5 < image.pixels.max() <= 1.0
    assert image.source.format == "pgm"
