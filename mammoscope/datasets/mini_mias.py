"""mini-MIAS: films of 161 women as distributed, from a folder or any tar archive."""

from __future__ import annotations

import lzma
import re
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from mammoscope.datasets.dataset import ABNORMAL, Dataset
from mammoscope.datasets.stamp import file_stamp
from mammoscope.images.decode import decode
from mammoscope.types import BreastImage, DatasetError, Lesion, Record, Task

NAME = "mini-mias"
SOURCE = (
    "J. Suckling et al. (1994), The Mammographic Image Analysis Society Digital Mammogram "
    "Database, Exerpta Medica 1069, 375-378 (mini-MIAS, 200 micron)"
)
LICENSE = "research only (MIAS licence agreement)"
FILM_ROWS = 1024
_FILM = re.compile(r"mdb(\d{3})\.pgm")
_ROW_START = re.compile(r"mdb\d{3}\b")
# NORM alone, or a class with its severity and then a circle, a note in its place, or nothing.
_ROW = re.compile(
    r"(mdb\d{3})\s+([FGD])\s+(?:NORM|(CALC|CIRC|SPIC|MISC|ARCH|ASYM)\s+([BM])"
    r"(?:\s+(\d+)\s+(\d+)\s+(\d+)|\s+\*NOTE \d\*)?)"
)
_SEVERITY = {"NORM": 0, "B": 1, "M": 2}


def read(root: Path, task: Task | None = None) -> Dataset:
    """The films that are there, labelled by their worst row of `Info.txt`.

    Args:
        root: a folder or tar archive (any compression) with `mdbNNN.pgm` and `Info.txt`, or a
            folder that holds one such archive.
        task: the question; None = abnormal or not.

    Raises:
        DatasetError: no films, no `Info.txt`, a film without a row, or a row without sense.
    """
    place = _place(root)
    # Looked at before it is read: what is held in memory is never newer than its stamp.
    archive = "" if place.is_dir() else file_stamp(place)
    files = _open(place)
    texts = [path for path in files if PurePosixPath(path).name == "Info.txt"]
    found = [
        (match[1], path) for path in files if (match := _FILM.fullmatch(PurePosixPath(path).name))
    ]
    films = dict(found)
    if len(texts) != 1 or not films or len(films) != len(found):
        raise DatasetError(
            f"{root} holds {len(found)} films, {len(films)} of them distinct, and {len(texts)} "
            "Info.txt; expected each mdbNNN.pgm once, and one Info.txt: "
            "give the mini-MIAS folder or archive"
        )
    rows = _rows(_bytes(files[texts[0]]).decode("latin-1"))
    records = []
    for number, path in sorted(films.items()):
        if f"mdb{number}" not in rows:
            raise DatasetError(f"film mdb{number}.pgm has no row in Info.txt")
        records.append(_record(int(number), path, rows[f"mdb{number}"]))

    def load(record: Record) -> BreastImage:
        return decode(_bytes(files[record.path]))

    def stamp(record: Record) -> str:
        file = files[record.path]
        return file_stamp(file) if isinstance(file, Path) else f"{archive}-{record.path}"

    return Dataset(
        name=NAME,
        source=SOURCE,
        license=LICENSE,
        task=task or ABNORMAL,
        records=tuple(records),
        load=load,
        stamp=stamp,
        size_bytes=lambda record: len(_bytes(files[record.path])),
    )


def _place(root: Path) -> Path:
    """The folder or archive that is meant: `root`, or the one archive in it."""
    if root.is_dir():
        archives = sorted(p for p in root.iterdir() if ".tar" in p.suffixes or p.suffix == ".tgz")
        packed = not (root / "Info.txt").exists() and len(archives) == 1
        return archives[0] if packed else root
    if not root.is_file():
        raise DatasetError(f"{root} does not exist; expected the mini-MIAS folder or archive")
    return root


def _open(root: Path) -> Mapping[str, Path | bytes]:
    if root.is_dir():
        return {str(p.relative_to(root)): p for p in sorted(root.rglob("*")) if p.is_file()}
    # An xz or gz stream cannot be read out of order: hold the members (a film is 1 MB), once.
    members: dict[str, Path | bytes] = {}
    try:
        with tarfile.open(root, "r:*") as archive:
            for member in archive:
                name = PurePosixPath(member.name).name
                wanted = _FILM.fullmatch(name) or name == "Info.txt"
                if member.isfile() and wanted and (file := archive.extractfile(member)):
                    members[member.name] = file.read()
    except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError) as error:
        raise DatasetError(f"{root} is not a readable tar archive: {error}") from error
    return members


def _bytes(file: Path | bytes) -> bytes:
    return file if isinstance(file, bytes) else file.read_bytes()


def _rows(info: str) -> dict[str, list[re.Match[str]]]:
    rows: dict[str, list[re.Match[str]]] = {}
    for line in info.splitlines():
        if not _ROW_START.match(line):
            continue
        match = _ROW.fullmatch(line.strip())
        if match is None or not all(0 <= int(match[n] or 0) < FILM_ROWS for n in (5, 6, 7)):
            raise DatasetError(
                f"Info.txt has {line.strip()!r}; expected a film, tissue F/G/D, and NORM or a "
                "class, severity B/M, x, y, radius inside the film; restore the original file"
            )
        rows.setdefault(match[1], []).append(match)
    return rows


def _record(number: int, path: str, rows: list[re.Match[str]]) -> Record:
    woman = (number + 1) // 2
    labels = [row.group(4) or "NORM" for row in rows]
    lesions = tuple(
        # The annotators counted y from the bottom of the film.
        Lesion(
            x=float(row.group(5)),
            y=float(FILM_ROWS - 1 - int(row.group(6))),
            radius=float(row.group(7)),
            kind=f"{row.group(3)} {row.group(4)}",
        )
        for row in rows
        if row.group(5)
    )
    return Record(
        path=path,
        label=max(labels, key=_SEVERITY.__getitem__),
        # Films 2p - 1 and 2p are the right and the left breast of woman p (Info.txt, note 1).
        patient=f"mias-{woman:03d}",
        laterality="R" if number % 2 else "L",
        view="MLO",
        lesions=lesions,
        # Whether the clusters of mass segmentation were chosen by her lesions.
        attributes={
            "tissue": rows[0].group(2),
            "segmentation": "tuned on" if woman % 2 else "not tuned on",
        },
    )
