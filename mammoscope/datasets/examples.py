"""The synthetic example images that come with the package: pictures and their list."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.datasets.phantom_anatomy import View
from mammoscope.datasets.phantom_dicom import phantom_dicom
from mammoscope.types import FloatArray, Laterality

LIST_FILE = "examples.json"
SIZE = PhantomConfig(rows=800, columns=640, density="B", contrast=1.2)
SEED = 12

EXAM = {"name": "exam-left-mass", "title": "A whole exam: four views, a mass in the left breast"}
EXAM_SEED = 5
EXAM_SIZE = PhantomConfig(density="B", contrast=1.2)
# A detector of 24 cm width, on as many columns.
EXAM_SPACING_MM = 240 / EXAM_SIZE.columns
_EXAM_VIEWS: tuple[tuple[Laterality, View], ...] = (
    ("R", "CC"),
    ("L", "CC"),
    ("R", "MLO"),
    ("L", "MLO"),
)

_EXAMPLES: tuple[tuple[str, str, Laterality, View, PhantomConfig], ...] = (
    ("left-mlo", "Left MLO without a lesion", "L", "MLO", SIZE),
    ("left-mlo-mass", "The same left MLO with a mass", "L", "MLO", replace(SIZE, masses=1)),
    ("right-cc", "Right CC without a lesion", "R", "CC", SIZE),
    (
        "right-cc-calcifications",
        "The same right CC with a microcalcification cluster",
        "R",
        "CC",
        replace(SIZE, calcifications=1),
    ),
)


def write_png(path: Path, pixels: FloatArray) -> None:
    """Writes pixels (H, W) in [0, 1] as an 8-bit gray PNG."""
    levels = np.round(pixels * 255).astype(np.uint8)
    path.write_bytes(cv2.imencode(".png", levels, [cv2.IMWRITE_PNG_COMPRESSION, 9])[1].tobytes())


def write_examples(out: Path) -> list[Path]:
    """Writes the example images and `examples.json`; the same bytes every time.

    The same breast stands with and without its lesions, so that a reader sees what they move. The
    views of the exam are DICOM files, whose header says which view each is.
    """
    out.mkdir(parents=True, exist_ok=True)
    rows = [*_write_pictures(out), *_write_exam(out)]
    text = json.dumps(rows, indent=2) + "\n"
    (out / LIST_FILE).write_text(text, encoding="utf-8")
    return [*(out / str(row["file"]) for row in rows), out / LIST_FILE]


def _write_pictures(out: Path) -> Iterator[dict[str, Any]]:
    for name, title, laterality, view, config in _EXAMPLES:
        phantom = make_phantom(SEED, laterality=laterality, view=view, config=config)
        write_png(out / f"{name}.png", phantom.pixels)
        yield {"name": name, "title": title, "file": f"{name}.png", "media_type": "image/png"}


def _write_exam(out: Path) -> Iterator[dict[str, Any]]:
    for laterality, view in _EXAM_VIEWS:
        config = replace(EXAM_SIZE, masses=int(laterality == "L"))
        phantom = make_phantom(EXAM_SEED, laterality=laterality, view=view, config=config)
        name = f"{EXAM['name']}-{laterality}-{view}".lower()
        data = phantom_dicom(phantom, name=name, spacing_mm=EXAM_SPACING_MM)
        (out / f"{name}.dcm").write_bytes(data)
        yield {
            "name": name,
            "title": f"{laterality}-{view} of the exam",
            "file": f"{name}.dcm",
            "media_type": "application/dicom",
            "exam": EXAM,
        }
