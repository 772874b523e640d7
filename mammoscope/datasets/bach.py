"""BACH (ICIAR 2018): H&E microscopy in four classes, as overlapping patches of each image."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np
from PIL import Image

from mammoscope.datasets.dataset import HISTOLOGY4, Dataset
from mammoscope.datasets.folder import EACH_ITS_OWN
from mammoscope.datasets.patients import PATIENTS_FILE, read_patients
from mammoscope.datasets.stamp import file_stamp
from mammoscope.images.decode import decode
from mammoscope.types import BreastImage, DatasetError, DecodeError, Record, Task

SOURCE = (
    "BACH, Grand Challenge on Breast Cancer Histology images, ICIAR 2018 "
    "(Aresta et al., Medical Image Analysis 56, 2019)"
)
LICENSE = "CC BY-NC-ND 4.0 (research, non-commercial)"
CLASSES = ("Normal", "Benign", "InSitu", "Invasive")
# Araújo et al. 2017: patches of 512 × 512 pixels (0.42 µm a pixel, so 215 µm a side: room for
# the arrangement of glands and ducts, not for nuclei alone), half of each shared with the next.
PATCH = 512
STRIDE = 256
NOTE = (
    f"the records are patches of {PATCH} × {PATCH} pixels, {STRIDE} apart; each has the label of "
    "its whole image, whatever tissue it shows"
)
_SUFFIXES = frozenset({".tif", ".tiff", ".png"})
# Decoded images that are kept: that of the patches being loaded, and the next one, since threads
# do not all cross from one to the other at once. One is 38 MB.
_KEPT = 2


def read(root: Path, task: Task | None = None) -> Dataset:
    """Whole patches of every image, row by row; of a file only the header is read.

    A patch's path is `IMAGE#ROW,COLUMN` of its top left pixel; `attributes["image"]` is the image,
    whose patches a vote joins.

    Args:
        root: folder with `Normal`, `Benign`, `InSitu` and `Invasive`, in each the images as TIFF
            or PNG, and maybe `patients.csv` with a row an image. Other files are left alone.
        task: the question; None = which of the four classes.

    Raises:
        DatasetError: a class folder that is missing or empty, an image that cannot be read or is
            smaller than a patch, or a `patients.csv` that does not fit the images.
    """
    labels = {path: label for label in CLASSES for path in _images(root, label)}
    table = root / PATIENTS_FILE
    if table.is_file():
        images = read_patients(table, labels)
    else:
        images = tuple(Record(path, label, path) for path, label in sorted(labels.items()))
    notes = (NOTE,) if table.is_file() else (NOTE, EACH_ITS_OWN)

    lock = Lock()

    @lru_cache(maxsize=_KEPT)
    def decoded(name: str, aspect: float | None, stamp: str) -> BreastImage:
        # The stamp is there to decode a file anew that was changed.
        try:
            return decode((root / name).read_bytes(), modality="histology", aspect=aspect)
        except DecodeError as error:
            raise DecodeError(f"{name}: {error}") from error

    def file_of(record: Record) -> str:
        return file_stamp(root / record.attributes["image"], aspect=record.aspect)

    def load(record: Record) -> BreastImage:
        stamp = file_of(record)
        # Threads load patches of one image side by side: one decodes, the others wait for it.
        with lock:
            image = decoded(record.attributes["image"], record.aspect, stamp)
        return _crop(image, record)

    return Dataset(
        name="bach",
        source=SOURCE,
        license=LICENSE,
        task=task or HISTOLOGY4,
        records=tuple(patch for image in images for patch in _patches(root, image)),
        load=load,
        stamp=lambda record: f"{file_of(record)}#{_corner(record)}",
        notes=notes,
    )


def _images(root: Path, label: str) -> list[str]:
    """Paths, relative to `root`, of the images of one class."""
    folder = root / label
    if not folder.is_dir():
        raise DatasetError(
            f"{folder} does not exist; expected the folders {', '.join(CLASSES)} of BACH's Photos"
        )
    names = sorted(
        file.name
        for file in folder.iterdir()
        if file.suffix.lower() in _SUFFIXES and not file.name.startswith(".")
    )
    if not names:
        raise DatasetError(f"{folder} holds no TIFF or PNG; expected the images of that class")
    return [f"{label}/{name}" for name in names]


def _patches(root: Path, image: Record) -> Iterator[Record]:
    rows, columns = _size(root, image.path)
    if min(rows, columns) < PATCH:
        raise DatasetError(
            f"{image.path} has {rows} × {columns} pixels; expected at least {PATCH} × {PATCH} "
            "(those of BACH have 1536 × 2048); put the image there at its own size, or take it out"
        )
    for row in range(0, rows - PATCH + 1, STRIDE):
        for column in range(0, columns - PATCH + 1, STRIDE):
            yield replace(
                image,
                path=f"{image.path}#{row},{column}",
                attributes={**image.attributes, "image": image.path},
            )


def _size(root: Path, path: str) -> tuple[int, int]:
    """Rows and columns of an image, from its header."""
    # Pillow warns of tags that concern no pixel, and of sizes that `decode` refuses itself.
    warnings.filterwarnings("ignore", module=r"PIL(\.|$)")
    try:
        with Image.open(root / path) as picture:
            columns, rows = picture.size
    # Pillow raises OSError, SyntaxError, ValueError, struct.error, … on a broken header.
    except Exception as error:
        raise DatasetError(
            f"{path} of {root} cannot be read as a TIFF or PNG; expected an image; copy it again"
        ) from error
    return rows, columns


def _corner(record: Record) -> str:
    return record.path.rpartition("#")[2]


def _crop(image: BreastImage, record: Record) -> BreastImage:
    row, column = map(int, _corner(record).split(","))
    pixels = image.pixels[row : row + PATCH, column : column + PATCH]
    if pixels.shape[:2] != (PATCH, PATCH):
        raise DatasetError(
            f"{record.attributes['image']} has {image.rows} × {image.columns} pixels, too few for "
            f"its patch at {row},{column}; expected its size when the data set was opened; open "
            "it again, and store the image upright"
        )
    # A copy, lest a patch keep the whole image in memory.
    return replace(image, pixels=np.ascontiguousarray(pixels))
