"""CBIS-DDSM's four tables of cases: masses and calcifications pooled, its official parts leak."""

from __future__ import annotations

from pathlib import Path

from mammoscope.datasets.audit_rows import AuditRows
from mammoscope.datasets.audit_table import read_table, rows_of_tables
from mammoscope.types import DatasetError

NAME = "cbis-ddsm"
SOURCE = (
    "R. S. Lee et al. (2017), A curated mammography data set for use in computer-aided detection "
    "and diagnosis research, Scientific Data 4, 170177 (CBIS-DDSM)"
)
# File → its official part. Masses and calcifications were split each on their own.
TABLES = {
    "mass_case_description_train_set.csv": "train",
    "calc_case_description_train_set.csv": "train",
    "mass_case_description_test_set.csv": "test",
    "calc_case_description_test_set.csv": "test",
}


def read_cases(root: Path) -> AuditRows:
    """The rows of the four tables, a lesion of a view each, in the official parts; no images.

    Patient, side and view name an image: the paths in the tables differ between the two kinds
    of lesion where the film is the same.

    Args:
        root: folder with the four CSVs, as distributed.

    Raises:
        DatasetError: a table is missing, or not as distributed.
    """
    missing = [name for name in TABLES if not (root / name).is_file()]
    if missing:
        raise DatasetError(
            f"{root} lacks {missing}; expected the four case-description CSVs of CBIS-DDSM"
        )
    tables = [read_table(root / name, part) for name, part in TABLES.items()]
    return rows_of_tables(tables, NAME)
