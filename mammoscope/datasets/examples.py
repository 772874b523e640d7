"""The synthetic example images that come with the package: pictures and their list."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.datasets.phantom_anatomy import View
from mammoscope.types import FloatArray, Laterality

LIST_FILE = "examples.json"
SIZE = PhantomConfig(rows=800, columns=640, density="B", contrast=1.2)
SEED = 12


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

    The same breast stands with and without its lesions, so that a reader sees what they move.
    """
    out.mkdir(parents=True, exist_ok=True)
    rows, paths = [], []
    for name, title, laterality, view, config in _EXAMPLES:
        phantom = make_phantom(SEED, laterality=laterality, view=view, config=config)
        paths.append(out / f"{name}.png")
        write_png(paths[-1], phantom.pixels)
        rows.append(
            {"name": name, "title": title, "file": f"{name}.png", "media_type": "image/png"}
        )
    text = json.dumps(rows, indent=2) + "\n"
    (out / LIST_FILE).write_text(text, encoding="utf-8")
    return [*paths, out / LIST_FILE]
