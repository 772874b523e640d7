"""A mammogram with a canary identifier in every place that one can stand in."""

from __future__ import annotations

import io
from copy import deepcopy
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.filereader import dcmread

from tests.dicom_files import make_dicom

# No other byte sequence in the files looks like these; UIDs hold the number, text the name.
CANARY = "Zephyrine"
CANARY_NUMBER = "271828182845"
CANARIES = (CANARY, CANARY.upper(), CANARY_NUMBER, "19281128")
DATE = "19281128"


def code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def canary_dicom(pixels: NDArray[Any], **options: Any) -> bytes:
    """A digital mammogram that dciodvfy finds no fault with, canaries apart.

    Args:
        pixels: stored values (rows, columns).
        options: of `make_dicom`.
    """
    data = make_dicom(
        pixels, laterality="L", view="CC", window=(2048, 4096), rescale=(1, 0), **options
    )
    ds = dcmread(io.BytesIO(data))
    _identify(ds)
    _describe(ds)
    _hide(ds)
    ds.preamble = f"{CANARY} {CANARY_NUMBER}".encode().ljust(128, b"\0")
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.file_meta.SourceApplicationEntityTitle = CANARY
    ds.file_meta.PrivateInformationCreatorUID = f"1.2.{CANARY_NUMBER}"
    ds.file_meta.PrivateInformation = CANARY.encode() + b"\0"
    buffer = io.BytesIO()
    ds.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _identify(ds: Dataset) -> None:
    for keyword in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID",
                    "FrameOfReferenceUID", "InstanceCreatorUID", "DeviceUID"):  # fmt: skip
        setattr(ds, keyword, f"1.2.{CANARY_NUMBER}.{len(keyword)}")
    for keyword in ("PatientName", "ReferringPhysicianName", "OperatorsName",
                    "PatientMotherBirthName", "PerformingPhysicianName"):  # fmt: skip
        setattr(ds, keyword, f"{CANARY}^Anna")
    for keyword in ("PatientID", "AccessionNumber", "StudyID", "InstitutionName", "StationName",
                    "DeviceSerialNumber", "DetectorID", "IssuerOfPatientID", "OtherPatientIDs",
                    "ManufacturerModelName", "SoftwareVersions", "InstitutionAddress",
                    "PatientAddress", "PatientTelephoneNumbers"):  # fmt: skip
        setattr(ds, keyword, CANARY)
    for keyword in ("PatientBirthDate", "StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate",
                    "InstanceCreationDate", "DateOfLastDetectorCalibration"):  # fmt: skip
        setattr(ds, keyword, DATE)
    for keyword in ("StudyTime", "ContentTime", "AcquisitionTime"):
        setattr(ds, keyword, "120000")
    ds.AcquisitionDateTime = f"{DATE}120000"
    ds.PatientSex, ds.PatientAge, ds.PatientComments = "F", "098Y", f"sees {CANARY}"


def _describe(ds: Dataset) -> None:
    ds.StudyDescription = f"MAMMO SCREENING {CANARY}"
    ds.SeriesDescription = f"L CC {CANARY}"
    ds.ProtocolName = ds.ImageComments = ds.DerivationDescription = f"by {CANARY}"
    ds.Manufacturer = f"HOLOGIC, Inc. {CANARY}"
    ds.SeriesNumber, ds.InstanceNumber = CANARY_NUMBER[:9], 3
    ds.ImageType = ["ORIGINAL", "PRIMARY", "", CANARY.upper()]
    ds.PatientOrientation = ["A", "R"]
    ds.BodyPartExamined, ds.OrganExposed = "BREAST", "BREAST"
    ds.PositionerType, ds.DetectorType = "MAMMOGRAPHIC", "DIRECT"
    ds.PresentationLUTShape, ds.BurnedInAnnotation = "IDENTITY", "NO"
    ds.PixelIntensityRelationship, ds.PixelIntensityRelationshipSign = "LOG", -1
    ds.RescaleType, ds.LossyImageCompression = "US", "00"
    ds.ImagerPixelSpacing, ds.KVP = [0.1, 0.1], 29
    ds.WindowCenterWidthExplanation = CANARY
    ds.PartialViewDescription = ds.AcquisitionDeviceProcessingDescription = CANARY
    ds.SpecificCharacterSet = "ISO_IR 100"
    view = code("399162004", "SCT", f"cranio-caudal of {CANARY}")
    view.ViewModifierCodeSequence = [code(CANARY[:8], "99LOCAL", CANARY)]
    ds.ViewCodeSequence = [view]
    ds.AnatomicRegionSequence = [code("76752008", "SCT", "Breast")]
    source = Dataset()
    source.ReferencedSOPClassUID = ds.SOPClassUID
    source.ReferencedSOPInstanceUID = f"1.2.{CANARY_NUMBER}.99"
    source.PurposeOfReferenceCodeSequence = [code("121322", "DCM", CANARY)]
    source.PatientName = CANARY
    ds.SourceImageSequence = [source]
    ds.AcquisitionContextSequence = [code("1", "99LOCAL", CANARY)]


def _hide(ds: Dataset) -> None:
    """In private elements, overlays, curves, deep sequences, structured content, signatures."""
    block = ds.private_block(0x0019, CANARY, create=True)
    block.add_new(0x01, "LO", CANARY)
    block.add_new(0x02, "OB", CANARY.encode() + b"\0")
    ds.add_new(0x60000010, "US", 1)
    ds.add_new(0x60000022, "LO", CANARY)
    ds.add_new(0x60003000, "OW", CANARY.encode() + b"\0")
    ds.add_new(0x50003000, "OW", CANARY.encode() + b"\0")
    content = Dataset()
    content.ValueType, content.TextValue, content.PersonName = "TEXT", CANARY, CANARY
    content.ContentSequence = [deepcopy(content)]
    ds.ContentSequence = [content]
    request = Dataset()
    request.RequestedProcedureDescription, request.RequestedProcedureID = CANARY, CANARY
    original = Dataset()
    original.ModifiedAttributesSequence = [deepcopy(request)]
    original.SourceOfPreviousValues = CANARY
    ds.RequestAttributesSequence, ds.OriginalAttributesSequence = [request], [original]
    ds.add_new(0x00111234, "UN", CANARY.encode() + b"\0")
    ds.add_new(0x0008FFFE, "LO", CANARY)  # unknown, not private
    ds.DataSetTrailingPadding = CANARY.encode() + b"\0"


def survivors(data: bytes) -> list[str]:
    """The canaries that are in the bytes, as text of one or of two bytes a letter."""
    return [
        canary
        for canary in CANARIES
        if canary.encode() in data or canary.encode("utf-16-le") in data
    ]


def phantom_values(pixels: NDArray[np.float32]) -> NDArray[np.uint16]:
    """12-bit stored values of pixels in [0, 1]."""
    return np.round(pixels * 4095).astype(np.uint16)
