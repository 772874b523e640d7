"""DICOM bytes → the same image without what tells whose it is, and what was done to it.

PS3.15 Annex E: the Basic Application Confidentiality Profile with the options Clean Pixel Data and
Clean Descriptors. What is kept stands in `confidentiality_profile`.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import pydicom
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset

from mammoscope.images import confidentiality_profile as profile
from mammoscope.images.burned_in_text import Box, BurnedInText, find_text
from mammoscope.images.clean_header import Change, clean_header, meta_changes
from mammoscope.images.clean_pixels import put_pixels
from mammoscope.images.decode import Limits
from mammoscope.images.dicom import decode_stored, has_preamble, is_bare_dataset, quiet_pydicom
from mammoscope.images.elements import text, third_party
from mammoscope.images.inflate import inflated
from mammoscope.images.polarity import correct_polarity
from mammoscope.images.pseudonyms import Pseudonyms
from mammoscope.images.segment import PLAUSIBLE_QUALITY, find_breast
from mammoscope.types import DecodeError, MammoscopeError, UnsupportedFormatError

# The objects that the lists of `confidentiality_profile` are made for, and the modality of each.
_CLASSES: dict[str, str] = {
    uid.ComputedRadiographyImageStorage: "CR",
    uid.DigitalXRayImageStorageForPresentation: "DX",
    uid.DigitalXRayImageStorageForProcessing: "DX",
    uid.DigitalMammographyXRayImageStorageForPresentation: "MG",
    uid.DigitalMammographyXRayImageStorageForProcessing: "MG",
    uid.SecondaryCaptureImageStorage: "OT",
}
_DX_FAMILY = frozenset({"DX", "MG"})
# PS3.5 B.2: a version 5 UUID of the package's name.
_IMPLEMENTATION = "2.25.12852059104766360080730035459297422157"
_DEFAULT_LIMITS = Limits()


class NotCleanError(MammoscopeError):
    """The pixels may still tell whose they are."""


@dataclass(frozen=True, slots=True)
class Deidentified:
    """A de-identified file, and what was done; nothing of what was taken away is in it.

    Attributes:
        data: the whole file.
        study_uid, sop_uid: its new UIDs.
        changes: what became of each attribute that is not as it was.
        blanked: boxes (top, left, bottom, right), end exclusive, whose pixels are now air.
        pixels: what became of the pixel data's coding.
        options: code and meaning of the profile and the options that hold (PS3.16 CID 7050).
        warnings: why one does not hold, and what else a person should look at.
    """

    data: bytes
    study_uid: str
    sop_uid: str
    changes: tuple[Change, ...]
    blanked: tuple[Box, ...]
    pixels: str
    options: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]


def is_dicom(data: bytes) -> bool:
    """Whether the bytes look like a DICOM, with preamble or without."""
    return has_preamble(data) or is_bare_dataset(data)


def deidentify(
    data: bytes,
    pseudonyms: Pseudonyms,
    *,
    keep_going: bool = False,
    limits: Limits = _DEFAULT_LIMITS,
) -> Deidentified:
    """The DICOM without what tells whose it is.

    The coded pixels stay as they are where no pixel had to change; else they are written
    uncompressed.

    Args:
        data: the whole file.
        pseudonyms: by one key for all files that shall fit together.
        keep_going: give a file whose pixels cannot be called clean all the same, with a warning
            and without the option Clean Pixel Data in its header.
        limits: the size guard, looked at before a pixel is decoded.

    Raises:
        NotCleanError: text on the breast, or a burned-in text that the header tells of and that
            was not found, unless `keep_going`.
        UnsupportedFormatError: not a DICOM.
        DecodeError: broken, too large, or not a single gray CR, DX, MG or SC image.
    """
    if not is_dicom(data):
        raise UnsupportedFormatError("the file is not a DICOM; expected one; name DICOM files only")
    ds = _read(data, limits)
    kind = _class(ds)
    image, samples, layout = decode_stored(data, modality="mammogram", max_pixels=limits.max_pixels)
    breast = find_breast(correct_polarity(image))
    mask = breast.mask if breast.quality >= PLAUSIBLE_QUALITY else None
    found = find_text(samples, mask)
    warnings = _doubts(ds, found, outline_known=mask is not None)
    if warnings and not keep_going:
        raise NotCleanError(f"{warnings[0]} Look at it, and if it is clean use --keep-going.")
    kept, changes = clean_header(ds, pseudonyms)
    options = [profile.BASIC_PROFILE, profile.CLEAN_DESCRIPTORS]
    if not warnings:
        options.append(profile.CLEAN_PIXEL_DATA)
    _complete(kept, ds, kind, pseudonyms, options, is_clean=not warnings)
    kept.file_meta = _new_meta(kept)
    said = put_pixels(kept, ds, samples, layout, found)
    if text(ds, "RecognizableVisualFeatures") == "YES":
        warnings.append("The header says that the person can be recognised from the image.")
    return Deidentified(
        _written(kept),
        kept.StudyInstanceUID,
        kept.SOPInstanceUID,
        (*meta_changes(ds), *changes),
        found.outside,
        said,
        tuple(options),
        tuple(warnings),
    )


def _read(data: bytes, limits: Limits) -> Any:
    quiet_pydicom()
    # As `decode_stored` reads it, but all of it.
    plain = inflated(data, limit=2 * limits.max_pixels + (16 << 20))
    file = io.BytesIO(data if plain is None else plain)
    with third_party("the DICOM header is malformed; expected a Part 10 file; export it again"):
        ds = pydicom.dcmread(file, force=not has_preamble(data))
        if plain is not None:
            # An inflated file has a new file meta group; the old one's UIDs are in the data set.
            ds.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
        return ds


def _class(ds: Any) -> str:
    """The SOP class; that of the file meta group where the data set has none."""
    with third_party("the DICOM's SOP Class UID is malformed; export the file again"):
        named = ds.get("SOPClassUID") or getattr(ds, "file_meta", {}).get("MediaStorageSOPClassUID")
        kind = uid.UID(str(named or ""))
    if kind not in _CLASSES:
        seen = kind.name if kind.type == "SOP Class" else "unknown"
        raise DecodeError(
            f"the DICOM's SOP class is {seen}; expected a single CR, DX, MG or SC image; "
            "de-identify other objects with a tool made for them"
        )
    return str(kind)


def _doubts(ds: Any, found: BurnedInText, *, outline_known: bool) -> list[str]:
    """Why the pixels cannot be called clean; empty if they can."""
    if found.inside:
        where = "; ".join(f"rows {b[0]} to {b[2]}, columns {b[1]} to {b[3]}" for b in found.inside)
        place = "on the breast" if outline_known else "in an image whose breast was not found"
        return [f"There seems to be text {place} ({where}), where nothing is blanked."]
    if text(ds, "BurnedInAnnotation") == "YES" and not found.outside:
        return ["The header says that text is burned into the image, and none was found."]
    return []


def _complete(
    kept: Dataset,
    ds: Any,
    kind: str,
    pseudonyms: Pseudonyms,
    options: list[tuple[str, str]],
    *,
    is_clean: bool,
) -> None:
    """Adds what the profile asks for, and what every such object has to have."""
    kept.SOPClassUID = kind
    if "SOPInstanceUID" not in kept:
        with third_party("the DICOM's SOP Instance UID is malformed; export the file again"):
            named = str(getattr(ds, "file_meta", {}).get("MediaStorageSOPInstanceUID") or "")
        if not named:
            raise DecodeError("the DICOM has no SOP Instance UID; expected one; export it again")
        kept.SOPInstanceUID = pseudonyms.uid(named)
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID"):
        if keyword not in kept:  # one of its own, the same at each run
            setattr(kept, keyword, pseudonyms.uid(f"{keyword} of {kept.SOPInstanceUID}"))
    if "Modality" not in kept:
        kept.Modality = _CLASSES[kind]
    if _CLASSES[kind] in _DX_FAMILY:
        kept.PresentationIntentType = uid.UID(kind).name.rpartition(" - ")[2].upper()
        for keyword in profile.ALWAYS_THERE_IN_DX:
            if keyword not in kept:
                setattr(kept, keyword, [] if keyword.endswith("Sequence") else None)
    if "FrameOfReferenceUID" in kept:
        kept.PositionReferenceIndicator = None  # type 2 beside it
    # PS3.15 E.3.1, E.1.1 and table E.1-1; PS3.3 C.7.1.1 and C.12.1.
    kept.BurnedInAnnotation = "NO" if is_clean else "YES"
    kept.PatientIdentityRemoved = "YES"
    kept.LongitudinalTemporalInformationModified = "REMOVED"
    kept.DeidentificationMethodCodeSequence = [_code(*option) for option in options]


def _code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning
    return item


def _new_meta(kept: Dataset) -> FileMetaDataset:
    """The file meta group, but for the transfer syntax; nothing of the old one is in it."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = kept.SOPClassUID
    meta.MediaStorageSOPInstanceUID = kept.SOPInstanceUID
    meta.ImplementationClassUID = _IMPLEMENTATION
    meta.ImplementationVersionName = "MAMMOSCOPE"
    return meta


def _written(kept: Dataset) -> bytes:
    buffer = io.BytesIO()
    with third_party("the de-identified DICOM cannot be written; export the file again"):
        kept.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()
