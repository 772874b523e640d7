"""A small archive: phantoms in two formats, and files that are none."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from mammoscope.batch.reading import Settings
from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.datasets.phantom_dicom import phantom_dicom
from tests.published import write_tiny_model

BROKEN, BLANK, TEXT = "broken.dcm", "deep/er/blank.png", "notes.txt"


def write_zoo(folder: Path) -> Settings:
    """A zoo with one tiny model."""
    write_tiny_model(folder, "tiny", seed=0)
    return Settings(zoo=str(folder), model="tiny@1")


def write_archive(folder: Path) -> list[str]:
    """Eight files; their names below the folder, sorted."""
    config = PhantomConfig(rows=320, columns=256)
    (folder / "deep" / "er").mkdir(parents=True)
    for number in range(4):
        side = "LR"[number % 2]
        phantom = make_phantom(number, laterality=side, view="MLO", config=config)
        if number % 2:
            (folder / "deep" / f"{number}.dcm").write_bytes(
                phantom_dicom(phantom, name=f"{number}", spacing_mm=0.3)
            )
        else:
            plane = np.round(phantom.pixels * 65535).astype(np.uint16)
            cv2.imwrite(str(folder / f"{number}.png"), plane)
    (folder / BROKEN).write_bytes((folder / "deep" / "1.dcm").read_bytes()[:2000])
    cv2.imwrite(str(folder / BLANK), np.zeros((320, 256), dtype=np.uint8))
    (folder / TEXT).write_text("not an image")
    (folder / "linked.png").symlink_to("0.png")
    names = (str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    return sorted(names)
