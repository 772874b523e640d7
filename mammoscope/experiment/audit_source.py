"""Which rows an audit is asked of: a data set by name, or a pair of folders or tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mammoscope.datasets import cbis_ddsm
from mammoscope.datasets.audit_dataset import default_parts, read_parts, rows_of_dataset
from mammoscope.datasets.audit_folder import rows_of_folders
from mammoscope.datasets.audit_rows import AuditRows
from mammoscope.datasets.audit_table import ROLES, read_table, rows_of_tables
from mammoscope.datasets.catalog import open_dataset
from mammoscope.types import DatasetError, Modality


def open_rows(
    name: str, root: Path, *, split: Path | None, split_seed: int, task: str | None
) -> AuditRows:
    """The rows of a data set, in the parts of a file, its own, or those that the seed draws.

    Args:
        name: in the catalog, or `cbis-ddsm`, which is four tables.
        root: where it lies.
        split: CSV of path and part; None = as `choose_split` would.
        split_seed: of a split that is drawn.
        task: the question; None = its own.

    Raises:
        DatasetError: no such data set, or a file that is not its split.
    """
    if name == cbis_ddsm.NAME:
        if split is not None or task is not None:
            raise DatasetError(f"{name} is audited in its official parts; leave --split, --task")
        return cbis_ddsm.read_cases(root)
    dataset = open_dataset(name, root, task=task)
    parts = read_parts(split) if split else default_parts(dataset, seed=split_seed)
    return rows_of_dataset(dataset, parts, root=root)


def open_pair(first: Path, second: Path, *, named: Mapping[str, str], histology: bool) -> AuditRows:
    """Two folders of images or two CSVs of labels, each a part.

    Args:
        first, second: both folders, or both files.
        named: of CSVs, role → column.
        histology: whether the images are stained tissue.

    Raises:
        DatasetError: one of each, something that is not there, or a role that is unknown.
    """
    modality: Modality = "histology" if histology else "mammogram"
    if first.is_dir() and second.is_dir():
        return rows_of_folders(first, second, modality=modality)
    if not (first.is_file() and second.is_file()):
        raise DatasetError(
            f"{first} and {second} are not two folders, nor two files; expected a pair of either"
        )
    strange = sorted(set(named) - set(ROLES))
    if strange:
        raise DatasetError(f"--column names {strange}; expected roles of {list(ROLES)}")
    same = first.name == second.name
    names = [str(path) if same else path.name for path in (first, second)]
    tables = [read_table(path, name) for path, name in zip((first, second), names, strict=True)]
    return rows_of_tables(tables, f"{names[0]} and {names[1]}", named=named, modality=modality)
