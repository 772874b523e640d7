"""The example images are drawn the same every time, and the package holds just these."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import pytest

import mammoscope
from mammoscope.datasets.examples import (
    EXAM,
    EXAM_SEED,
    EXAM_SIZE,
    EXAM_SPACING_MM,
    LIST_FILE,
    write_examples,
    write_png,
)
from mammoscope.datasets.phantom import make_phantom
from mammoscope.datasets.phantom_dicom import NEAR, WHITE
from mammoscope.images.decode import decode

COMMITTED = Path(mammoscope.__file__).parent / "examples"
PAIRS = (("left-mlo", "left-mlo-mass"), ("right-cc", "right-cc-calcifications"))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples") / "new"
    write_examples(folder)
    return folder


def pixels_of(path: Path) -> np.ndarray:
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    return picture


def test_the_same_bytes_are_written_every_time(written: Path, tmp_path: Path) -> None:
    paths = write_examples(tmp_path)
    assert len(paths) == 9
    for path in paths:
        assert path.read_bytes() == (written / path.name).read_bytes()
    assert sorted(paths) == sorted(tmp_path.iterdir())


def test_the_list_names_every_image_and_no_other(written: Path) -> None:
    rows = json.loads((written / LIST_FILE).read_text(encoding="utf-8"))
    assert {row["file"] for row in rows} == {path.name for path in written.iterdir()} - {LIST_FILE}
    alone = [row for row in rows if "exam" not in row]
    assert [row["name"] for row in alone] == [name for pair in PAIRS for name in pair]
    for row in rows:
        ending = ".dcm" if "exam" in row else ".png"
        assert row["title"] and row["file"] == row["name"] + ending
        assert row["media_type"] == ("application/dicom" if "exam" in row else "image/png")


def test_the_package_holds_what_is_drawn_now(written: Path) -> None:
    names = {path.name for path in written.iterdir()}
    assert {path.name for path in COMMITTED.iterdir()} == names
    assert (COMMITTED / LIST_FILE).read_bytes() == (written / LIST_FILE).read_bytes()
    for name in names - {LIST_FILE}:
        committed, drawn = (decode((folder / name).read_bytes()) for folder in (COMMITTED, written))
        assert committed.source == drawn.source and committed.pixels.shape == drawn.pixels.shape
        # Another processor's exp() may round a pixel to the next of 255 levels, and never further;
        # of an exam it may also move a whole run of the near-lossless coder.
        most = 1 / 255 if name.endswith(".png") else (2 * NEAR + 1) / WHITE
        assert np.abs(committed.pixels - drawn.pixels).max() <= most + 1e-6


@pytest.mark.parametrize(("plain", "found"), PAIRS)
def test_a_pair_is_one_breast_that_differs_by_a_small_bright_lesion(
    written: Path, plain: str, found: str
) -> None:
    change = pixels_of(written / f"{found}.png").astype(int) - pixels_of(written / f"{plain}.png")
    assert change.max() > 25
    assert 0 < np.mean(change != 0) < 0.05


def test_every_example_is_a_mammogram_that_decodes(written: Path) -> None:
    for path in written.glob("*.png"):
        image = decode(path.read_bytes())
        assert (image.rows, image.columns) == (800, 640)
        assert image.source.warnings == ()


@pytest.mark.parametrize(("laterality", "masses"), [("R", 0), ("L", 1)])
@pytest.mark.parametrize("view", ["CC", "MLO"])
def test_a_view_of_the_exam_is_the_phantom_to_a_few_levels(
    written: Path, laterality: Literal["L", "R"], masses: int, view: Literal["CC", "MLO"]
) -> None:
    path = written / f"{EXAM['name']}-{laterality}-{view}.dcm".lower()
    image = decode(path.read_bytes())
    assert (image.laterality, image.view, image.source.bits) == (laterality, view, 12)
    assert image.spacing_mm == pytest.approx((EXAM_SPACING_MM, EXAM_SPACING_MM))
    config = replace(EXAM_SIZE, masses=masses)
    phantom = make_phantom(EXAM_SEED, laterality=laterality, view=view, config=config)
    assert len(phantom.lesions) == masses
    assert np.abs(image.pixels - phantom.pixels).max() <= (NEAR + 0.5) / WHITE + 1e-6
    assert path.stat().st_size < 110_000


def test_a_png_holds_the_pixels_to_half_a_level(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).random((9, 7), dtype=np.float32)
    pixels[0, :2] = 0.0, 1.0
    write_png(tmp_path / "a.png", pixels)
    back = pixels_of(tmp_path / "a.png")
    assert (back[0, 0], back[0, 1]) == (0, 255)
    assert np.abs(back / 255 - pixels).max() <= 0.5 / 255 + 1e-6
