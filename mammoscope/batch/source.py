"""What a batch reads: the files of a folder, a glob, a manifest or a URL, each once, in order."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator
from glob import glob, has_magic
from itertools import chain
from pathlib import Path
from typing import Any

from mammoscope.types import DecodeError, MammoscopeError

# Four times the largest uncompressed single view.
MAX_FILE_BYTES = 256 * 2**20
# Columns that may name the files of a manifest, the first that is there.
COLUMNS = ("path", "file")


def list_files(source: str) -> Iterator[str]:
    """The files that a source names, sorted and each once; a manifest's in their own order.

    Of a folder no more is kept in memory than the names in one folder, and in those above it.

    Args:
        source: a folder, all of whose files are meant, however deep; one file; a glob; a manifest,
            `.csv` or `.parquet` with a column `path` or `file`, relative to where it lies; or a
            URL of a folder, glob or file that fsspec opens, such as `s3://bucket/archive`.

    Returns:
        Absolute paths, or URLs. Files in linked folders are not among them, linked files are.

    Raises:
        MammoscopeError: there is no such source, no file in it, or no package that opens it.
    """
    if "://" in source:
        found: Iterable[str] = _remote(source)
    elif Path(source).is_dir():
        found = _walk(absolute(source))
    elif Path(source).is_file():
        is_manifest = Path(source).suffix in (".csv", ".parquet")
        # A manifest may name a file twice; it is one file.
        found = dict.fromkeys(_manifest(Path(source))) if is_manifest else [absolute(source)]
    elif has_magic(source):
        # `Path.glob` takes no absolute pattern.
        paths = glob(source, recursive=True)  # noqa: PTH207
        found = sorted({absolute(path) for path in paths if Path(path).is_file()})
    else:
        raise MammoscopeError(
            f"{source} does not exist; expected a folder, a glob, a manifest (.csv or .parquet "
            "with a column `path`) or a URL such as s3://bucket/archive"
        )
    files = iter(found)
    for first in files:
        return chain([first], files)
    raise MammoscopeError(f"{source} holds no file; expected at least one image")


def absolute(source: str) -> str:
    """A source that means the same from everywhere; links stay what they are."""
    return source if "://" in source else str(Path(source).absolute())


def read_bytes(file: str) -> bytes:
    """The bytes of a file that is no larger than an image can be.

    Raises:
        DecodeError: it cannot be opened, or is larger.
    """
    try:
        with _open(file) as stream:
            data = bytes(stream.read(MAX_FILE_BYTES + 1))
    except (OSError, ValueError) as error:
        seen = getattr(error, "strerror", None) or type(error).__name__
        raise DecodeError(f"the file cannot be opened: {seen}") from None
    if len(data) > MAX_FILE_BYTES:
        raise DecodeError(
            f"the file is larger than {MAX_FILE_BYTES >> 20} MiB; expected a single view"
        )
    return data


def _open(file: str) -> Any:
    if "://" in file:
        return _fsspec().open(file, "rb")
    return Path(file).open("rb")


def _walk(folder: str) -> Iterator[str]:
    """Files below, in the order of their whole names; what may not be entered is an error."""
    with os.scandir(folder) as entries:
        # A folder is put where the names below it go, all of which begin with it and a separator.
        names = sorted(
            entry.path + os.sep if entry.is_dir(follow_symlinks=False) else entry.path
            for entry in entries
            if entry.is_dir(follow_symlinks=False) or not entry.is_dir()
        )
    for name in names:
        if name.endswith(os.sep):
            yield from _walk(name)
        else:
            yield name


def _remote(source: str) -> Iterator[str]:
    fsspec = _fsspec()
    try:
        system, path = fsspec.core.url_to_fs(source)
        if has_magic(path):
            found = [each for each in system.glob(path) if system.isfile(each)]
        else:
            found = system.find(path)
    except (OSError, ValueError, ImportError) as error:
        raise MammoscopeError(
            f"{source} cannot be listed: {error}; expected a URL that fsspec opens; install the "
            "package that it names, or give a folder"
        ) from error
    return (system.unstrip_protocol(each) for each in sorted(found))


def _manifest(manifest: Path) -> list[str]:
    rows = _parquet(manifest) if manifest.suffix == ".parquet" else _csv(manifest)
    folder = manifest.absolute().parent
    return [row if "://" in row else str(folder / row) for row in rows]


def _csv(manifest: Path) -> list[str]:
    try:
        with manifest.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            column = _column(manifest, reader.fieldnames or ())
            rows = [row[column] for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise MammoscopeError(f"{manifest} is not a CSV in UTF-8: {error}") from error
    return _whole(manifest, rows)


def _parquet(manifest: Path) -> list[str]:
    import pyarrow.parquet as pq  # noqa: PLC0415 - an extra
    from pyarrow import ArrowException  # noqa: PLC0415

    try:
        file = pq.ParquetFile(manifest)
        column = _column(manifest, file.schema_arrow.names)
        rows = file.read([column])[column].to_pylist()
    except ArrowException as error:
        raise MammoscopeError(f"{manifest} cannot be read as Parquet: {error}") from error
    return _whole(manifest, rows)


def _column(manifest: Path, names: Iterable[str]) -> str:
    known = list(names)
    for column in COLUMNS:
        if column in known:
            return column
    raise MammoscopeError(
        f"{manifest} has the columns {known}; expected one named `path` or `file`"
    )


def _whole(manifest: Path, rows: list[Any]) -> list[str]:
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, str) or not row:
            raise MammoscopeError(f"row {number} of {manifest} names no file; expected its path")
    return rows


def _fsspec() -> Any:
    try:
        import fsspec  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MammoscopeError(
            "URLs are opened by fsspec, which is not installed; "
            "pip install 'mammoscope[batch]', or give a folder"
        ) from error
    return fsspec
