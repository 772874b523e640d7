"""The image with the region outlined, as a DICOM that every viewer shows."""

from __future__ import annotations

import cv2
import numpy as np
from highdicom.sc import SCImage
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from mammoscope.interop.finding import CHARACTER_SET, MANUFACTURER, Finding, verdict_line
from mammoscope.types import RESEARCH_NOTICE

SERIES_NUMBER = 9302
# What a screen shows; the image itself lies beside it in the archive.
_MOST_ROWS = 2000
_BLACK, _WHITE = 0, 255


def secondary_capture(finding: Finding) -> Dataset:
    """8-bit picture of the image, at most 2,000 pixels high, with outline, answer and notice.

    Args:
        finding: with a region.

    Returns:
        Secondary capture, uncompressed. Its UID is the same for the same image and model.
    """
    picture = _draw(finding)
    side = finding.image.laterality
    capture = SCImage.from_ref_dataset(
        finding.header,
        pixel_array=picture,
        photometric_interpretation="MONOCHROME2",
        bits_allocated=8,
        coordinate_system="PATIENT",
        series_instance_uid=finding.series_uid("pictures"),
        series_number=SERIES_NUMBER,
        sop_instance_uid=finding.uid("picture"),
        instance_number=finding.number,
        manufacturer=MANUFACTURER,
        laterality=side,
        patient_orientation=("A", "F"),
        transfer_syntax_uid=ExplicitVRLittleEndian,
        series_description=f"{finding.prediction.model}, research only"[:64],
        manufacturer_model_name=finding.prediction.model,
        specific_character_set=CHARACTER_SET,
    )
    capture.copy_patient_and_study_information(finding.header)
    # Of the image: that of a series would be one side's, and both are in it.
    if "Laterality" in capture:
        del capture.Laterality
    if side is not None:
        capture.ImageLaterality = side
    # highdicom knows no oblique directions, which a view from the side has, and no empty ones.
    capture.PatientOrientation = finding.header.get("PatientOrientation")
    capture.BurnedInAnnotation = "YES"
    capture.ImageComments = RESEARCH_NOTICE
    capture.DerivationDescription = "Drawn for the screen, with an outline and text"
    capture.ImageType = ["DERIVED", "SECONDARY", "OTHER"]
    return capture


def _draw(finding: Finding) -> NDArray[np.uint8]:
    image = finding.image
    height = image.rows * max(1.0, image.pixel_aspect)
    width = image.columns * max(1.0, 1.0 / image.pixel_aspect)
    scale = min(1.0, _MOST_ROWS / height)
    rows, columns = round(height * scale), max(1, round(width * scale))
    shown = cv2.resize(image.pixels, (columns, rows), interpolation=cv2.INTER_AREA)
    picture = np.rint(shown * 255.0).astype(np.uint8)
    thick = max(1, round(rows / 400))
    stretch = np.array([columns / image.columns, rows / image.rows])
    # Points are pixel corners, OpenCV's are pixel centres.
    assert finding.region is not None
    corners = np.rint(finding.region * stretch - 0.5).astype(np.int32)
    for value, width_px in ((_BLACK, 3 * thick), (_WHITE, thick)):
        cv2.polylines(picture, [corners], True, value, thickness=width_px, lineType=cv2.LINE_AA)
    lines = [finding.prediction.model, verdict_line(finding), *_wrapped(RESEARCH_NOTICE)]
    return np.concatenate([picture, _text(lines, columns)])


def _wrapped(text: str, length: int = 64) -> list[str]:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) >= length:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _text(lines: list[str], columns: int) -> NDArray[np.uint8]:
    """The lines on black, as wide as the picture: nothing of the breast is covered."""
    face, size, margin = cv2.FONT_HERSHEY_SIMPLEX, columns / 600, round(0.02 * columns)
    # By trial: a face's width does not grow evenly with its size.
    while size > 0.1 and margin + max(_width(line, face, size) for line in lines) > columns:
        size *= 0.95
    step = max(1, round(32 * size))
    ground = np.zeros((step * (len(lines) + 1), columns), dtype=np.uint8)
    for number, line in enumerate(lines, 1):
        cv2.putText(ground, line, (margin, number * step), face, size, _WHITE, 1, cv2.LINE_AA)
    return ground


def _width(line: str, face: int, size: float) -> int:
    return int(cv2.getTextSize(line, face, size, 1)[0][0])
