"""The rows that an audit looks at in two folders of images, each a part."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoscope.datasets.audit_names import mias_keys
from mammoscope.datasets.audit_rows import AuditRows, KeyMechanism
from mammoscope.datasets.audit_table import POSITIVE
from mammoscope.datasets.patients import PATIENTS_FILE
from mammoscope.images.decode import decode
from mammoscope.types import BreastImage, DatasetError, DecodeError, Modality

_ENDINGS = frozenset({".dcm", ".dicom", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".pgm", ""})
NOT_KNOWN = (
    f"no {PATIENTS_FILE} in both folders and no mini-MIAS names: women are not known, so only "
    "pixels were compared"
)


def rows_of_folders(first: Path, second: Path, *, modality: Modality = "mammogram") -> AuditRows:
    """Every image below the two folders.

    Women are known from a `patients.csv` at the top of both (columns `path` and `patient`, maybe
    `laterality`), or from the names of mini-MIAS films. Labels are known where both folders hold
    the same two subfolders, one a class.

    Args:
        first, second: the folders, neither within the other.
        modality: what kind of pictures they hold.

    Raises:
        DatasetError: no folder, no image in it, one within the other, or a broken `patients.csv`.
    """
    one, other = first.resolve(), second.resolve()
    if one == other or one in other.parents or other in one.parents:
        raise DatasetError(f"{first} and {second} lie within each other; expected two folders")
    found = [_images(folder) for folder in (first, second)]
    places = [(folder, path) for folder, paths in zip((first, second), found, strict=True)
              for path in paths]  # fmt: skip
    paths = [path for _, path in places]
    keys = _keys((first, second), found)
    names = (first.name, second.name)
    parts = names if names[0] != names[1] else (str(first), str(second))

    def load(row: int) -> BreastImage:
        folder, path = places[row]
        try:
            return decode((folder / path).read_bytes(), modality=modality)
        except DecodeError as error:
            # One of thousands: say which.
            raise DecodeError(f"{path}: {error}") from error

    return AuditRows(
        name=f"{names[0]} and {names[1]}",
        parts=parts,
        part=np.repeat(np.arange(2), [len(paths) for paths in found]),
        paths=paths,
        keys=keys,
        positive=_positive(found),
        columns={},
        load=load,
        file=lambda row: places[row][0] / places[row][1],
        notes=() if keys else (NOT_KNOWN,),
    )


def _images(folder: Path) -> list[str]:
    if not folder.is_dir():
        raise DatasetError(f"{folder} is no folder; expected two folders of images, or two CSVs")
    paths = sorted(
        (Path(place) / name).relative_to(folder).as_posix()
        for place, _, names in os.walk(folder, followlinks=True)
        for name in names
        if not name.startswith(".") and Path(name).suffix.lower() in _ENDINGS
    )
    if not paths:
        raise DatasetError(
            f"{folder} holds no image; expected files such as {', '.join(sorted(_ENDINGS - {''}))}"
        )
    return paths


def _keys(
    folders: Sequence[Path], found: Sequence[Sequence[str]]
) -> dict[KeyMechanism, Sequence[str]]:
    paths = [path for part in found for path in part]
    if all((folder / PATIENTS_FILE).is_file() for folder in folders):
        known = [
            rows.get(path, ("", ""))
            for folder, part in zip(folders, found, strict=True)
            for rows in [_read_patients(folder / PATIENTS_FILE)]
            for path in part
        ]
        breasts = [f"{woman}/{side}" if woman and side else "" for woman, side in known]
        return {"same patient": [woman for woman, _ in known], "same breast": breasts}
    mias = mias_keys(paths)
    return {"same patient": mias[0], "same breast": mias[1]} if mias else {}


def _read_patients(table: Path) -> dict[str, tuple[str, str]]:
    """Path → woman and side, "" where it is not said."""
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if not {"path", "patient"} <= set(reader.fieldnames or ()):
                raise DatasetError(f"{table} lacks the columns path and patient; add them")
            return {
                row["path"].strip(): (
                    (row["patient"] or "").strip(),
                    (row.get("laterality") or "").strip(),
                )
                for row in reader
            }
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{table} is not a CSV in UTF-8: {error}") from error


def _positive(found: Sequence[Sequence[str]]) -> NDArray[np.bool_] | None:
    """True = of the class folder whose name says so, else of the later one; None = no such two."""
    classes = [{path.partition("/")[0] if "/" in path else "" for path in part} for part in found]
    if classes[0] != classes[1] or len(classes[0]) != 2 or "" in classes[0]:
        return None
    # Which of the two is called positive turns every AUC around, and changes nothing else.
    said = [name for name in classes[0] if name.casefold() in POSITIVE]
    positive = said[0] if len(said) == 1 else max(classes[0])
    return np.array([path.partition("/")[0] == positive for part in found for path in part])
