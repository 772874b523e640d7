"""Phantoms as an archive would hold them: with a woman, a study and a series, all made up."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray

from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from tests.dicom_files import make_dicom

WOMAN = "Zephyrine^Canary"
WOMAN_ID = "Zephyrine-4711"


@cache
def pixels(seed: int = 0, rows: int = 512) -> NDArray[np.uint16]:
    """12-bit pixels of a phantom."""
    config = PhantomConfig(rows=rows, columns=rows * 3 // 4)
    phantom = make_phantom(seed, laterality="L", view="CC", config=config)
    return np.rint(phantom.pixels * 4095).astype(np.uint16)


def mammogram(number: int = 1, *, study: int = 1, **extra: Any) -> bytes:
    """A DICOM file of a phantom; the same number and study are the same instance."""
    root = f"1.2.826.0.1.3680043.8.498.{study}"
    values = {
        "StudyInstanceUID": root,
        "SeriesInstanceUID": f"{root}.1",
        "SOPInstanceUID": f"{root}.1.{number}",
        "StudyDate": "20260101",
        "StudyTime": "120000",
        "StudyID": "1",
        "SeriesNumber": 1,
        "InstanceNumber": number,
        "PatientID": WOMAN_ID,
        "PatientBirthDate": "19600101",
        "PatientSex": "F",
        "ReferringPhysicianName": "",
        "PatientOrientation": ["P", "L"],
        **extra,
    }
    # What `make_dicom` does not write need not be taken away.
    values = {k: v for k, v in values.items() if v is not None or k in ("PatientID", "Modality")}
    name = values.pop("PatientName", WOMAN)
    return make_dicom(
        pixels(), laterality="L", view="CC", patient_name=name, window=(2048, 4096), **values
    )


def header_of(data: bytes) -> Any:
    return pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True)
