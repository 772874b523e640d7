"""What a source names: every file once, in order, or one clear error."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mammoscope.batch.source import MAX_FILE_BYTES, list_files, read_bytes
from mammoscope.types import DecodeError, MammoscopeError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "a [folder]"
    for name in ("b.dcm", "a.png", "deep/c.dcm", "deep/.hidden"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(name.encode())
    return root


def names(files: Iterable[str], folder: Path) -> list[str]:
    return [os.path.relpath(file, folder) for file in files]


def test_a_folder_is_all_its_files_however_deep_and_linked_folders_are_not(folder: Path) -> None:
    (folder / "linked.png").symlink_to("a.png")
    (folder / "again").symlink_to(folder / "deep", target_is_directory=True)
    found = list(list_files(str(folder)))
    assert names(found, folder) == ["a.png", "b.dcm", "deep/.hidden", "deep/c.dcm", "linked.png"]
    assert all(Path(file).is_absolute() for file in found)


def test_a_folder_is_in_the_order_of_whole_names_whatever_its_folders_are_called(
    tmp_path: Path,
) -> None:
    # A dash and a dot on either side of the separator: a folder's files are not where its name is.
    for name in ("a/z", "a-/y", "a-b", "a.dcm", "a/-", "aa/b/c", "aa/b-", "aa/b.c", "é/ü", "Z"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = list(list_files(str(tmp_path)))
    assert len(found) == 10
    assert found == sorted(found)


def test_a_file_is_itself_and_a_glob_its_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(list_files(str(folder / "a.png"))) == [str(folder / "a.png")]
    monkeypatch.chdir(folder)
    assert names(list_files("**/*.dcm"), folder) == ["b.dcm", "deep/c.dcm"]
    assert list(list_files("?.*")) == [str(folder / "a.png"), str(folder / "b.dcm")]


@pytest.mark.parametrize(("ending", "column"), [("csv", "path"), ("parquet", "file")])
def test_a_manifest_keeps_its_order_and_names_a_file_once(
    folder: Path, ending: str, column: str
) -> None:
    rows = ["b.dcm", str(folder / "a.png"), "memory://bucket/x.dcm", "b.dcm", "gone.dcm"]
    manifest = folder / f"list.{ending}"
    if ending == "csv":
        manifest.write_text(f"woman,{column}\n" + "".join(f"7,{row}\n" for row in rows))
    else:
        pq.write_table(pa.table({"woman": [7] * 5, column: rows}), manifest)
    found = list(list_files(str(manifest)))
    assert found == [
        str(folder / "b.dcm"),
        str(folder / "a.png"),
        "memory://bucket/x.dcm",
        str(folder / "gone.dcm"),
    ]


def test_a_url_is_listed_and_read_by_fsspec() -> None:
    system = fsspec.filesystem("memory")
    for name in ("x.dcm", "y/z.png"):
        system.pipe(f"/archive/{name}", name.encode())
    found = list(list_files("memory://archive"))
    assert [file.split("/archive/")[1] for file in found] == ["x.dcm", "y/z.png"]
    assert all(file.startswith("memory://") for file in found)
    assert [read_bytes(file) for file in found] == [b"x.dcm", b"y/z.png"]
    assert [file[-5:] for file in list_files("memory://archive/**/*.png")] == ["z.png"]


@pytest.mark.parametrize(
    ("make", "source", "says"),
    [
        (None, "nowhere", "nowhere does not exist; expected a folder"),
        (None, "none-*.dcm", "holds no file"),
        ("woman\n7\n", "list.csv", r"has the columns \['woman'\]; expected one named `path`"),
        ("path\n\n\n,\n", "list.csv", "row 1 of list.csv names no file"),
        (b"\xff\xfe", "list.csv", "not a CSV in UTF-8"),
        ("no table", "list.parquet", "cannot be read as Parquet"),
        (None, "nonesuch://bucket", "cannot be listed: .*expected a URL that fsspec opens"),
    ],
)
def test_what_names_no_file_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    make: str | bytes | None,
    source: str,
    says: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    if make is not None:
        Path(source).write_bytes(make if isinstance(make, bytes) else make.encode())
    with pytest.raises(MammoscopeError, match=says):
        list_files(source)


def test_a_file_that_cannot_be_opened_or_is_too_large_is_a_decode_error(tmp_path: Path) -> None:
    for file in (tmp_path / "gone", tmp_path):
        with pytest.raises(DecodeError, match="cannot be opened"):
            read_bytes(str(file))
    with pytest.raises(DecodeError, match="cannot be opened"):
        read_bytes("memory://archive/gone")
    large = tmp_path / "large"
    with large.open("wb") as stream:
        stream.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(DecodeError, match="larger than 256 MiB"):
        read_bytes(str(large))
