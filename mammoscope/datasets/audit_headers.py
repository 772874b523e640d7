"""What DICOM headers say beside the pictures, as columns that a label might be read from.

A header is read up to the pixels, and of it only the elements named here: none that names a
person, an examination, an instance or a date. What they say never leaves the columns.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydicom
from pydicom import config, uid
from pydicom.multival import MultiValue

from mammoscope.datasets.audit_rows import AuditRows
from mammoscope.images.dicom import has_preamble, is_bare_dataset
from mammoscope.images.elements import third_party
from mammoscope.images.inflate import inflated
from mammoscope.types import DecodeError

PREFIX = "header: "
_MACHINE = (
    "Manufacturer", "ManufacturerModelName", "DeviceSerialNumber", "SoftwareVersions",
    "InstitutionName", "InstitutionalDepartmentName", "StationName", "DetectorID", "DetectorType",
    "DetectorConfiguration", "DetectorDescription", "SecondaryCaptureDeviceManufacturer",
    "SecondaryCaptureDeviceManufacturerModelName",
)  # fmt: skip
_EXPOSURE = (
    "KVP", "ExposureTime", "ExposureTimeInuS", "XRayTubeCurrent", "XRayTubeCurrentInuA", "Exposure",
    "ExposureInuAs", "ExposureControlMode", "ExposureControlModeDescription", "AnodeTargetMaterial",
    "FilterType", "FilterMaterial", "FocalSpots", "Grid", "HalfValueLayer", "OrganDose",
    "EntranceDose", "EntranceDoseInmGy", "RelativeXRayExposure", "Sensitivity", "ExposureIndex",
    "TargetExposureIndex", "DeviationIndex",
)  # fmt: skip
_POSITION = (
    "ViewPosition", "ImageLaterality", "Laterality", "PatientOrientation", "BodyPartThickness",
    "CompressionForce", "CompressionPressure", "PaddleDescription", "PositionerType",
    "PositionerPrimaryAngle", "PositionerSecondaryAngle", "DistanceSourceToDetector",
    "DistanceSourceToPatient", "DistanceSourceToEntrance",
    "EstimatedRadiographicMagnificationFactor", "FieldOfViewShape", "FieldOfViewDimensions",
    "FieldOfViewRotation", "FieldOfViewHorizontalFlip", "CollimatorShape", "PartialView",
    "BreastImplantPresent", "BodyPartExamined", "OrganExposed",
)  # fmt: skip
_PIXELS = (
    "ImageType", "PhotometricInterpretation", "SamplesPerPixel", "BitsAllocated", "BitsStored",
    "HighBit", "PixelRepresentation", "ImagerPixelSpacing", "PixelSpacing", "SpatialResolution",
    "WindowCenter", "WindowWidth", "WindowCenterWidthExplanation", "VOILUTFunction",
    "PresentationLUTShape", "PresentationIntentType", "RescaleSlope", "RescaleIntercept",
    "RescaleType", "PixelIntensityRelationship", "PixelIntensityRelationshipSign",
    "LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod",
    "AcquisitionDeviceProcessingCode", "AcquisitionDeviceProcessingDescription",
    "DerivationDescription", "BurnedInAnnotation", "QualityControlImage",
)  # fmt: skip
_EXAMINATION = (
    "SOPClassUID", "Modality", "ConversionType", "StudyDescription", "SeriesDescription",
    "ProtocolName", "RequestedProcedureDescription", "PerformedProcedureStepDescription",
    "SeriesNumber", "AcquisitionNumber", "InstanceNumber", "ImagesInAcquisition",
    "SpecificCharacterSet", "PatientIdentityRemoved", "DeidentificationMethod",
)  # fmt: skip
_WOMAN = ("PatientAge", "PatientSex", "PatientSize", "PatientWeight", "EthnicGroup")
ELEMENTS = (*_MACHINE, *_EXPOSURE, *_POSITION, *_PIXELS, *_EXAMINATION, *_WOMAN)
# Sequence → the sequence within its first item whose codes are meant; "" = its own.
_CODES: Mapping[str, str] = {
    "ViewCodeSequence": "",
    # A spot or magnified view is taken of what was suspicious before.
    "ViewModifierCodeSequence": "ViewCodeSequence",
    "AnatomicRegionSequence": "",
    "ProcedureCodeSequence": "",
}
# Of the file meta information (PS3.10 7.1): how it was packed, and by whose program.
_PACKING = ("TransferSyntaxUID", "ImplementationVersionName", "SourceApplicationEntityTitle")
_NUMBERS = frozenset({"DS", "IS", "FL", "FD", "US", "SS", "UL", "SL"})
_YEARS = {"Y": 1.0, "M": 1 / 12, "W": 7 / 365.25, "D": 1 / 365.25}
_ENDINGS = frozenset({".dcm", ".dicom"})
_HEAD = 4096
_MOST_INFLATED = 512 << 20  # bytes of a deflated file, pixels and all
_SAY_EVERY = 500
_DEFLATED = uid.DeflatedExplicitVRLittleEndian.encode()


@dataclass(frozen=True, slots=True, eq=False)
class Headers:
    """The headers of N rows.

    Attributes:
        columns: name → (N,) texts; "" = no header, or an element that is absent or empty.
        read: how many of the rows have a header.
        reasons: of each header, or elements of it, that cannot be read; without a value of it.
    """

    columns: Mapping[str, Sequence[str]]
    read: int
    reasons: tuple[str, ...]


def read_headers(rows: AuditRows, *, say: Callable[[str], None] = lambda line: None) -> Headers:
    """What the headers of the rows' DICOM files say; files of other formats have none.

    Whether an element is there at all has a column too, one for all that come and go together:
    where the positives were exported by another program it tells the label, and no value does.

    Args:
        rows: whose files are looked at.
        say: told of progress, a line at a time.
    """
    _quiet_pydicom()
    total, reasons = len(rows.paths), []
    found: dict[int, Mapping[str, str]] = {}
    for row in range(total):
        path = rows.file(row)
        if path is None:
            continue
        try:
            values = _values(path)
        except DecodeError as error:
            reasons.append(f"{rows.paths[row]}: {error}")
            continue
        if values is None:
            continue
        found[row] = values
        if malformed := [name for name, text in values.items() if not text]:
            reasons.append(f"{rows.paths[row]}: the DICOM's {', '.join(malformed)} is malformed")
        if found and (row + 1) % _SAY_EVERY == 0:
            say(f"audit: read the headers of {row + 1} of {total} files")
    names = sorted({name for values in found.values() for name in values})
    columns = {
        PREFIX + name: [found.get(row, {}).get(name, "") for row in range(total)] for name in names
    }
    columns |= {
        PREFIX + name_presence(group): [
            ("yes" if group[0] in found[row] else "no") if row in found else ""
            for row in range(total)
        ]
        for group in _together(names, found)
    }
    return Headers(columns, len(found), tuple(reasons))


def name_presence(names: Sequence[str]) -> str:
    """What a column is called that says whether these, which come and go together, are there."""
    others = len(names) - 1
    if not others:
        return f"has {names[0]}"
    return f"has {names[0]} and {others} {'other' if others == 1 else 'others'}"


def _together(names: Sequence[str], found: Mapping[int, Mapping[str, str]]) -> list[list[str]]:
    """The elements that not every header has, those that come and go together in one group."""
    groups: dict[tuple[int, ...], list[str]] = {}
    for name in names:
        rows = tuple(row for row, values in found.items() if name in values)
        if len(rows) < len(found):
            groups.setdefault(rows, []).append(name)
    return list(groups.values())


def _values(path: Path) -> dict[str, str] | None:
    """Element → text of those that are there, "" of a malformed one; None of no DICOM.

    Raises:
        DecodeError: a DICOM whose header cannot be read, or a file that cannot be opened.
    """
    ds = _header(path)
    if ds is None:
        return None
    values = {}
    for name in (*ELEMENTS, *_CODES, *_PACKING):
        try:
            with third_party(f"{name} is malformed"):
                text = _text(ds, name)
        except DecodeError:
            values[name] = ""
            continue
        if text:
            values[name] = text
    if not values:
        raise DecodeError("the header holds nothing that is looked for; copy the file again")
    return values


def _header(path: Path) -> Any:
    """The elements that are looked at, up to the pixels; None of a file that is no DICOM."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
        named = path.suffix.lower() in _ENDINGS
        if not (has_preamble(head) or named or _is_bare(path, head)):
            return None
        # pydicom would inflate the whole of it, whatever its size.
        packed = _DEFLATED in head
        plain = inflated(path.read_bytes(), limit=_MOST_INFLATED) if packed else None
        with (
            third_party("the DICOM header is malformed; copy or export the file again"),
            path.open("rb") if plain is None else io.BytesIO(plain) as source,
        ):
            ds = pydicom.dcmread(
                source,
                stop_before_pixels=True,
                force=not has_preamble(head),
                specific_tags=[*ELEMENTS, *_CODES],
            )
    except OSError as error:
        raise DecodeError(f"the file cannot be opened: {error.strerror}") from None
    if plain is not None:
        ds.file_meta.TransferSyntaxUID = uid.DeflatedExplicitVRLittleEndian
    return ds


def _is_bare(path: Path, head: bytes) -> bool:
    starts = (b"\x02\x00", b"\x08\x00", b"\x00\x08")
    return head[:2] in starts and is_bare_dataset(path.read_bytes())


def _text(ds: Any, name: str) -> str:
    """What a column says of the element; "" = absent or empty.

    Of several numbers the first counts: of several windows it is the one that is shown.
    """
    if name in _PACKING:
        return str(getattr(ds, "file_meta", {}).get(name, "") or "").strip()
    if name in _CODES:
        return _codes(ds, name)
    if name not in ds:
        return ""
    element = ds[name]
    value = element.value
    if value is None or value == "":
        return ""
    several = list(value) if isinstance(value, (MultiValue, list)) else [value]
    if not several:
        return ""
    if element.VR == "AS":
        age = str(several[0]).strip().upper()
        return repr(round(float(age[:-1]) * _YEARS[age[-1]], 2)) if age else ""
    if element.VR in _NUMBERS:
        return repr(float(several[0]))
    return "\\".join(str(one).strip() for one in several)


def _codes(ds: Any, name: str) -> str:
    around = _CODES[name]
    if around:
        outer = ds.get(around)
        items = outer[0].get(name) if outer else None
        # Older files have it beside the sequence that it belongs into.
        items = items or ds.get(name)
    else:
        items = ds.get(name)
    words = (
        item.get("CodeValue") or item.get("LongCodeValue") or item.get("CodeMeaning")
        for item in items or ()
    )
    return "\\".join(sorted(str(word).strip() for word in words if word))


def _quiet_pydicom() -> None:
    # It warns and logs with values of the header in the text, as `images/dicom.py` says.
    config.settings.reading_validation_mode = config.IGNORE
    logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)
    warnings.filterwarnings("ignore", module=r"pydicom(\.|$)")
