"""BreaKHis: H&E images of benign and malignant breast tumours; the file names tell everything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from mammoscope.datasets.dataset import CARCINOMA, Dataset
from mammoscope.datasets.patch_files import patch_loader
from mammoscope.datasets.stamp import file_stamp
from mammoscope.types import DatasetError, Record, Task

SOURCE = (
    "BreaKHis (Spanhol et al., A Dataset for Breast Cancer Histopathological Image "
    "Classification, IEEE TBME 63(7), 2016)"
)
LICENSE = "research, non-commercial (terms of the BreaKHis authors)"
LABELS: Mapping[str, str] = {"B": "benign tumor", "M": "malignant tumor"}
TUMOR_TYPES: Mapping[str, Mapping[str, str]] = {
    "B": {
        "A": "adenosis",
        "F": "fibroadenoma",
        "PT": "phyllodes tumor",
        "TA": "tubular adenoma",
    },
    "M": {
        "DC": "ductal carcinoma",
        "LC": "lobular carcinoma",
        "MC": "mucinous carcinoma",
        "PC": "papillary carcinoma",
    },
}
NOTES = (
    "each slide is there at four magnifications, and all its images count alike",
    "letters after a slide's number (14-22549AB, 14-22549CD) are not counted as other patients",
)
# procedure _ class _ type - year - slide - magnification - sequence number
_NAME = re.compile(
    r"SOB_(?P<kind>[BM])_(?P<type>[A-Z]+)-(?P<year>\d+)-(?P<number>\d+)(?P<block>[A-Z]*)"
    r"-(?P<magnification>40|100|200|400)-(?P<sequence>\d+)\.png"
)
_EXPECTED = "expected a name like SOB_B_TA-14-4659-40-001.png"


def read(root: Path, task: Task | None = None) -> Dataset:
    """Every PNG at any depth below a folder, described by its name; none is opened.

    The patient is the year and the number of the slide. Slides whose numbers differ in a letter
    alone may be of one patient (blocks of one case), and so are kept together; the whole name of
    the slide stands in the attributes, beside `tumor_type` and `magnification`.

    Args:
        root: folder of the images, `BreaKHis_v1` as distributed or a part of it.
        task: the question; None = carcinoma or not.

    Raises:
        DatasetError: no PNG, or a PNG whose name is not one of BreaKHis.
    """
    if not root.is_dir():
        raise DatasetError(f"{root} does not exist or is no folder; expected that of BreaKHis")
    paths = sorted(
        file.relative_to(root).as_posix()
        for file in root.rglob("*.png")
        # `._NAME.png` is what macOS leaves beside a file on a foreign disk.
        if not file.name.startswith(".")
    )
    if not paths:
        raise DatasetError(f"{root} holds no PNG at any depth; {_EXPECTED}")

    return Dataset(
        name="breakhis",
        source=SOURCE,
        license=LICENSE,
        task=task or CARCINOMA,
        records=tuple(map(_record, paths)),
        load=patch_loader(root),
        stamp=lambda record: file_stamp(root / record.path),
        notes=NOTES,
    )


def _record(path: str) -> Record:
    name = _NAME.fullmatch(path.rpartition("/")[2])
    if name is None:
        raise DatasetError(
            f"{path} is not named as an image of BreaKHis; {_EXPECTED}; rename it or take it out"
        )
    types = TUMOR_TYPES[name["kind"]]
    if name["type"] not in types:
        raise DatasetError(
            f"{path} names the tumour type {name['type']!r} for a {LABELS[name['kind']]}; "
            f"expected one of {sorted(types)}; {_EXPECTED}"
        )
    case = f"{name['year']}-{name['number']}"
    return Record(
        path=path,
        label=LABELS[name["kind"]],
        patient=f"breakhis-{case}",
        attributes={
            "tumor_type": types[name["type"]],
            "magnification": name["magnification"],
            "slide": case + name["block"],
        },
    )
