"""The rows that an audit looks at in tables of labels, a CSV a part, and the images they name."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoscope.datasets.audit_names import mias_keys, parent_keys
from mammoscope.datasets.audit_rows import AuditRows, KeyMechanism
from mammoscope.images.decode import decode
from mammoscope.types import BreastImage, DatasetError, Modality

# What a column may be called, in any case and with blanks, - or _ between words.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "patient": ("patient_id", "patient", "patientid", "subject_id", "study_patient", "woman"),
    "side": ("laterality", "left_or_right_breast", "side", "image_laterality", "breast"),
    "view": ("view", "image_view", "view_position", "viewposition"),
    "image": ("image_id", "path", "file", "filename", "file_name", "image", "sop_instance_uid"),
    "lesion": ("lesion_id", "lesion", "abnormality_id", "roi_id", "finding_id"),
    "kind": ("abnormality_type", "lesion_type"),
    "label": ("label", "cancer", "pathology", "target", "class", "severity", "diagnosis"),
}
ROLES = tuple(_NAMES)
POSITIVE = frozenset(
    {"1", "1.0", "true", "yes", "y", "m", "malignant", "cancer", "abnormal", "positive"}
    | {"metastasis", "carcinoma"}
)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A CSV as columns.

    Attributes:
        name: of the part that it is.
        file: its name, for a row that names no image.
        columns: name, in lower case with `_` between words → its N texts, without blanks around.
        rows: N.
        folder: that the images are named from.
    """

    name: str
    file: str
    columns: Mapping[str, Sequence[str]]
    rows: int
    folder: Path


def read_table(path: Path, name: str) -> Table:
    """The CSV's columns.

    Raises:
        DatasetError: no CSV in UTF-8, no header, two columns of one name, no row, or a row of
            another length.
    """
    try:
        # Excel writes a byte order mark.
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            header = [_plain(column) for column in next(reader, [])]
            rows = [row for row in reader if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{path} is not a CSV in UTF-8: {error}") from error
    if not rows or len(set(header)) != len(header):
        raise DatasetError(
            f"{path} has {len(rows)} rows under the columns {header}; expected a header that "
            "names each column once, and at least one row"
        )
    odd = next((row for row in rows if len(row) != len(header)), None)
    if odd is not None:
        raise DatasetError(f"{path} has a row of {len(odd)} values; expected {len(header)}")
    texts = zip(*rows, strict=True)
    columns = {
        column: [text.strip() for text in values]
        for column, values in zip(header, texts, strict=True)
    }
    return Table(name, path.name, columns, len(rows), path.parent)


def rows_of_tables(
    tables: Sequence[Table],
    name: str,
    *,
    named: Mapping[str, str] | None = None,
    modality: Modality = "mammogram",
) -> AuditRows:
    """The rows of all tables, each a part; tables of one name are one part.

    A patient, a side, a view, an image, a lesion and a label are known by what their columns are
    usually called. Where there are no patients and every image names a mini-MIAS film, its woman
    is known. Images that lie where the tables name them, from a table's own folder, are looked at
    if all of them do; of those that do, headers and sizes in any case.

    Args:
        tables: at least two parts of them.
        name: of what is audited.
        named: `patient`, `side`, `view`, `image`, `lesion`, `kind` or `label` → column that is it.
        modality: what kind of pictures the images are.

    Raises:
        DatasetError: a column that is asked for is not there, or nothing that could be shared is.
    """
    columns = _joined(tables)
    found = {role: _column(columns, role, named or {}) for role in _NAMES}
    parts = tuple(dict.fromkeys(table.name for table in tables))
    part = np.concatenate(
        [np.full(table.rows, parts.index(table.name), dtype=np.intp) for table in tables]
    )
    images = columns[found["image"]] if found["image"] else None
    keys = _keys(columns, found)
    if not any(keys.values()):
        raise DatasetError(
            f"{name} has the columns {sorted(columns)}; expected one of a patient "
            f"({', '.join(_NAMES['patient'][:2])}) or of an image "
            f"({', '.join(_NAMES['image'][:3])}); name it with --column patient=COLUMN"
        )
    label = found["label"]
    told = {found[role] for role in ("label", "image", "patient")} - {""}
    files = _files(tables, images) if images else []
    there = sum(map(bool, files))
    return AuditRows(
        name=name,
        parts=parts,
        part=part,
        paths=images
        or [f"{t.file} row {number}" for t in tables for number in range(1, t.rows + 1)],
        keys=keys,
        positive=_positive(columns[label]) if label else None,
        columns={column: texts for column, texts in columns.items() if column not in told},
        load=_loader(files, modality) if there == len(part) else None,
        file=lambda row: Path(files[row]) if files and files[row] else None,
        notes=_notes(there, len(part)),
    )


def _files(tables: Sequence[Table], images: Sequence[str]) -> list[str]:
    """Where the images lie; "" of one that is not there. As texts: there may be a million."""
    folders = [str(table.folder) for table in tables for _ in range(table.rows)]
    places = (os.path.join(*place) for place in zip(folders, images, strict=True))  # noqa: PTH118
    return [place if os.path.isfile(place) else "" for place in places]  # noqa: PTH113


def _loader(files: Sequence[str], modality: Modality) -> Callable[[int], BreastImage]:
    return lambda row: decode(Path(files[row]).read_bytes(), modality=modality)


def _notes(there: int, rows: int) -> tuple[str, ...]:
    if there == rows:
        return ()
    if not there:
        return ("the tables name no image that lies beside them, so labels only were compared",)
    return (
        f"only {there} of {rows} images lie where the tables name them, so pixels were not "
        "compared; give all images, or tables of those that are there",
    )


def _plain(column: str) -> str:
    return "_".join(column.replace("-", " ").replace("_", " ").split()).lower()


def _joined(tables: Sequence[Table]) -> dict[str, list[str]]:
    """Columns of all tables, one after the other; "" where a table lacks one."""
    names = dict.fromkeys(column for table in tables for column in table.columns)
    return {
        name: [text for table in tables for text in table.columns.get(name, [""] * table.rows)]
        for name in names
    }


def _column(columns: Mapping[str, object], role: str, named: Mapping[str, str]) -> str:
    """The column of a role; "" = there is none."""
    if role in named:
        asked = _plain(named[role])
        if asked not in columns:
            raise DatasetError(
                f"column {named[role]!r} was asked for as {role}; expected one of {sorted(columns)}"
            )
        return asked
    return next((name for name in _NAMES[role] if name in columns), "")


def _keys(
    columns: Mapping[str, Sequence[str]], found: Mapping[str, str]
) -> dict[KeyMechanism, Sequence[str]]:
    def key(*roles: str) -> list[str] | None:
        """The texts of the roles together; None where one has no column."""
        if not all(found[role] for role in roles):
            return None
        texts = zip(*(columns[found[role]] for role in roles), strict=True)
        return ["/".join(row) if all(row) else "" for row in texts]

    images = list(columns[found["image"]]) if found["image"] else None
    patients, breasts = key("patient"), key("patient", "side")
    if patients is None and images is not None and (mias := mias_keys(images)):
        patients, breasts = mias
    lesion = ("patient", "side", "lesion", *(["kind"] if found["kind"] else []))
    keys: dict[KeyMechanism, list[str] | None] = {
        "same patient": patients,
        "same breast": breasts,
        "same image": images or key("patient", "side", "view"),
        "same lesion": key(*lesion),
        "named copy": parent_keys(images) if images else None,
    }
    return {mechanism: texts for mechanism, texts in keys.items() if texts is not None}


def _positive(labels: Sequence[str]) -> NDArray[np.bool_] | None:
    """Which rows are positive; None where the words for it are not known."""
    known = {label: label.casefold() in POSITIVE for label in set(labels)}
    if len(set(known.values())) < 2:
        return None
    return np.fromiter((known[label] for label in labels), np.bool_, len(labels))
