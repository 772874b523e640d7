"""What a DICOM file is of: some of its header without the pixels, read with care."""

from __future__ import annotations

import io
from typing import Any

import pydicom
from pydicom.uid import DeflatedExplicitVRLittleEndian

from mammoscope.images.dicom import TRANSFER_SYNTAXES
from mammoscope.images.elements import third_party
from mammoscope.images.nesting import refuse_deep_nesting
from mammoscope.interop.quiet import quiet_libraries
from mammoscope.types import DecodeError

# Deflated is not: a few kilobytes of it are hundreds of megabytes of header.
TAKEN_SYNTAXES = tuple(each for each in TRANSFER_SYNTAXES if each != DeflatedExplicitVRLittleEndian)
# Before the pixels; lookup tables, icons and private elements take less.
_MOST_HEADER = 2**20
_NEEDED = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
# Type 2 of the Patient and General Study modules (PS3.3 C.7.1.1, C.7.2.1).
_MAY_BE_EMPTY = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime",
    "StudyID", "AccessionNumber", "ReferringPhysicianName",
)  # fmt: skip
# No sequence is among them: those are stepped over, whatever is in them.
_READ = [
    *_NEEDED, *_MAY_BE_EMPTY, "SpecificCharacterSet", "Modality", "Rows", "Columns",
    "IssuerOfPatientID", "PatientAge", "PatientSize", "PatientWeight", "PatientIdentityRemoved",
    "DeidentificationMethod", "StudyDescription", "PatientOrientation", "TimezoneOffsetFromUTC",
]  # fmt: skip


def read_header(data: bytes) -> Any:
    """What the reports need of a whole DICOM file's header.

    It names the woman: it is for the reports that go back to where the file came from, and for
    nothing else.

    Raises:
        DecodeError: it is no DICOM file, or does not say what it is.
    """
    quiet_libraries()
    head = data[:_MOST_HEADER]
    if DeflatedExplicitVRLittleEndian.encode() in head:
        raise DecodeError(
            "the DICOM is deflated, which is not taken from a network; send it uncompressed"
        )
    refuse_deep_nesting(head)
    broken = (
        "the DICOM header is malformed; expected a Part 10 file, less than "
        f"{_MOST_HEADER >> 20} MiB of it before the pixels; send it again"
    )
    with third_party(broken):
        header = pydicom.dcmread(io.BytesIO(head), stop_before_pixels=True, specific_tags=_READ)
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
