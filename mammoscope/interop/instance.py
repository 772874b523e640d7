"""What a DICOM file is of: its header without the pixels, read with care."""

from __future__ import annotations

import io
from typing import Any

import pydicom

from mammoscope.images.elements import third_party
from mammoscope.images.inflate import inflated
from mammoscope.images.nesting import refuse_deep_nesting
from mammoscope.interop.quiet import quiet_libraries
from mammoscope.types import DecodeError

# Beside the pixels; as `images.dicom` allows.
_MOST_INFLATED = 512 * 2**20
_NEEDED = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
# Type 2 of the Patient and General Study modules (PS3.3 C.7.1.1, C.7.2.1).
_MAY_BE_EMPTY = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime",
    "StudyID", "AccessionNumber", "ReferringPhysicianName",
)  # fmt: skip


def read_header(data: bytes) -> Any:
    """The data set of a whole DICOM file, without its pixels.

    It names the woman: it is for the reports that go back to where the file came from, and for
    nothing else.

    Raises:
        DecodeError: it is no DICOM file, or does not say what it is.
    """
    quiet_libraries()
    plain = inflated(data, limit=_MOST_INFLATED)
    refuse_deep_nesting(data if plain is None else plain)
    with third_party("the DICOM header is malformed; expected a Part 10 file; send it again"):
        header = pydicom.dcmread(
            io.BytesIO(data if plain is None else plain), stop_before_pixels=True
        )
        missing = [keyword for keyword in _NEEDED if not str(header.get(keyword) or "")]
        if missing:
            raise DecodeError(
                f"the DICOM has no {', no '.join(missing)}; expected an instance of a study, as "
                "an archive holds it"
            )
    _complete(header)
    return header


def _complete(header: Any) -> None:
    """Puts in, without a value, what a report must hold and a careless sender left out."""
    for keyword in _MAY_BE_EMPTY:
        if keyword not in header:
            setattr(header, keyword, None)
    if not header.get("Modality"):
        header.Modality = "MG"
