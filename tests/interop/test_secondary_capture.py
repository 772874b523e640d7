"""The picture is the image, with the region drawn where it lies, and says what it is."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from mammoscope.interop.package import make_package
from mammoscope.interop.secondary_capture import secondary_capture
from mammoscope.types import RESEARCH_NOTICE
from tests.interop.conftest import MakeFinding
from tests.interop.mammograms import header_of, mammogram


def test_the_line_is_drawn_where_the_region_is_and_nowhere_else(make_finding: MakeFinding) -> None:
    finding = make_finding()
    assert finding.region is not None
    drawn = secondary_capture(finding).pixel_array
    rows, columns = finding.image.rows, finding.image.columns
    assert drawn.shape[1] == columns and drawn.shape[0] > rows  # the text stands below
    plain = np.rint(finding.image.pixels * 255.0).astype(np.uint8)
    changed = (drawn[:rows] != plain).astype(np.uint8)
    line = np.zeros_like(changed)
    corners = np.rint(finding.region - 0.5).astype(np.int32)
    cv2.polylines(line, [corners], True, 1, thickness=9)
    assert changed.any() and not (changed & ~line & 1).any()
    assert (drawn[:rows][changed > 0] == 255).any() and (drawn[rows:] == 255).any()


def test_it_belongs_to_the_study_and_says_that_it_is_drawn_upon(make_finding: MakeFinding) -> None:
    data = mammogram(IssuerOfPatientID="Clinic", PatientAge="065Y")
    capture = secondary_capture(make_finding(data))
    assert (capture.IssuerOfPatientID, capture.PatientAge) == ("Clinic", "065Y")
    image = header_of(mammogram())
    assert capture.StudyInstanceUID == image.StudyInstanceUID
    assert capture.PatientID == image.PatientID
    # One series holds both sides, so the side is the image's.
    assert capture.ImageLaterality == "L" and "Laterality" not in capture
    assert capture.BurnedInAnnotation == "YES" and capture.ImageComments == RESEARCH_NOTICE
    assert list(capture.PatientOrientation) == ["P", "L"]
    assert capture.SOPInstanceUID == secondary_capture(make_finding()).SOPInstanceUID


def test_oblong_pixels_are_drawn_square_and_large_images_smaller(
    make_finding: MakeFinding,
) -> None:
    finding = make_finding(mammogram(PixelAspectRatio=[2, 1]))
    assert finding.image.pixel_aspect == 2.0
    drawn = secondary_capture(finding).pixel_array
    assert drawn.shape[1] == finding.image.columns
    assert drawn.shape[0] > 2 * finding.image.rows


def test_it_passes_a_checker(make_finding: MakeFinding, tmp_path: Path) -> None:
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy is not here; `make system-deps` as root installs it")
    path = tmp_path / "picture.dcm"
    path.write_bytes(make_package(make_finding(), pictures=True, fhir=False).objects[1])
    run = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True)
    assert not [line for line in run.stderr.splitlines() if line.startswith("Error")], run.stderr


def test_a_package_comes_back_from_bytes_and_has_a_picture_only_where_there_is_a_region(
    make_finding: MakeFinding,
) -> None:
    from mammoscope.interop.package import parse_package

    package = make_package(make_finding(), pictures=True, fhir=True)
    assert len(package.objects) == 2 and package.bundle is not None
    assert parse_package(package.to_bytes()) == package
    for finding, pictures in ((make_finding(threshold=1.0), True), (make_finding(), False)):
        package = make_package(finding, pictures=pictures, fhir=False)
        assert len(package.objects) == 1 and package.bundle is None
        assert parse_package(package.to_bytes()) == package
