"""PatchCamelyon: H&E patches of lymph nodes in the three parts that the data set comes in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from mammoscope.datasets.dataset import METASTASIS, Dataset
from mammoscope.datasets.patch_files import patch_loader
from mammoscope.datasets.stamp import file_stamp
from mammoscope.types import DatasetError, PartName, Record, Task

SOURCE = (
    "PatchCamelyon (Veeling et al., Rotation Equivariant CNNs for Digital Pathology, MICCAI 2018), "
    "from CAMELYON16 (Ehteshami Bejnordi et al., JAMA 2017)"
)
LICENSE = "CC0 1.0, as of CAMELYON16"
# Names of the folders, which the files of the distribution have too.
PARTS: Mapping[str, PartName] = {"train": "train", "valid": "validation", "test": "test"}
# "0" and "1" as labels would be those of the task `cancer`.
LABELS: Mapping[str, str] = {"0": "no metastasis", "1": "metastasis"}
NOTES = (
    "no slide ids: patches of one slide stand in one of the given parts, but the bootstrap draws "
    "images; its intervals are too narrow",
    "a patch is positive if its central 32 × 32 pixels hold tumour; tumour outside does not count",
)
_LAYOUT = f"ROOT/{{{','.join(PARTS)}}}/{{{','.join(LABELS)}}}/*.jpg"


def read(root: Path, task: Task | None = None) -> Dataset:
    """Every patch, in the part that it was given in; none is opened.

    Each patch counts as a patient of its own, since nothing tells which slide it is of. The part
    stands in `attributes["part"]`.

    Args:
        root: folder with `train`, `valid` and `test`, in each the folders `0` and `1` of JPEGs.
        task: the question; None = metastasis or not.

    Raises:
        DatasetError: a folder that is missing or has no JPEG, or a task that is not of
            metastases.
    """
    if not root.is_dir():
        raise DatasetError(f"{root} does not exist or is no folder; expected {_LAYOUT}")
    records = tuple(record for part in PARTS for name in LABELS for record in _of(root, part, name))

    return Dataset(
        name="pcam",
        source=SOURCE,
        license=LICENSE,
        task=task or METASTASIS,
        records=records,
        load=patch_loader(root),
        stamp=lambda record: file_stamp(root / record.path),
        size_bytes=lambda record: (root / record.path).stat().st_size,
        notes=NOTES,
        given_parts=True,
    )


def _of(root: Path, part: str, name: str) -> Iterator[Record]:
    """The patches of one class of one part, sorted by name."""
    folder = root / part / name
    # `._NAME.jpg` is what macOS leaves beside a file on a foreign disk.
    names = sorted(file.name for file in folder.glob("*.jpg") if not file.name.startswith("."))
    if not names:
        raise DatasetError(
            f"{folder} is missing or holds no JPEG; expected {_LAYOUT}; write the patches of the "
            "distribution's HDF5 files so"
        )
    for file in names:
        path = f"{part}/{name}/{file}"
        yield Record(path, LABELS[name], patient=path, attributes={"part": PARTS[part]})
