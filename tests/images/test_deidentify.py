"""No identifier survives de-identification, the breast is untouched, the object stays valid."""

from __future__ import annotations

import io
import shutil
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import uid
from pydicom.datadict import DicomDictionary
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileDataset
from pydicom.filereader import dcmread

from mammoscope.datasets.phantom import Phantom, PhantomConfig, make_phantom
from mammoscope.images.deidentify import Deidentified, NotCleanError, deidentify
from mammoscope.images.dicom import decode_stored
from mammoscope.images.pseudonyms import Pseudonyms
from mammoscope.types import DecodeError, MammoscopeError, UnsupportedFormatError
from tests.canary_dicom import CANARY, CANARY_NUMBER, canary_dicom, phantom_values, survivors
from tests.dicom_files import ENCODERS, make_dicom
from tests.images.test_burned_in_text import middle, written
from tests.images.test_dicom_samples import REAL, read_shared

DCIODVFY = shutil.which("dciodvfy")
DCMDUMP = shutil.which("dcmdump")
PSEUDONYMS = Pseudonyms(b"a key that nobody guesses")
SYNTAXES = [
    uid.ImplicitVRLittleEndian,
    uid.ExplicitVRLittleEndian,
    uid.ExplicitVRBigEndian,
    uid.DeflatedExplicitVRLittleEndian,
    uid.RLELossless,
    *[syntax for syntax in ENCODERS if syntax != uid.JPEGBaseline8Bit],
]
LABEL = ("DOE JANE", (330, 60))


@cache
def phantom() -> Phantom:
    return make_phantom(1, laterality="L", view="CC", config=PhantomConfig(label=False))


def labelled() -> np.ndarray:
    return phantom_values(written(phantom().pixels, *LABEL, height=16, level=1.0))


def read(result: Deidentified) -> FileDataset:
    return dcmread(io.BytesIO(result.data))


def errors_of(data: bytes, folder: Path) -> set[str]:
    path = folder / "checked.dcm"
    path.write_bytes(data)
    done = subprocess.run(
        [str(DCIODVFY), str(path)], capture_output=True, text=True, timeout=60, errors="replace"
    )
    return {line for line in done.stderr.splitlines() if line.startswith("Error")}


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda syntax: uid.UID(syntax).keyword)
def test_no_canary_survives_and_no_pixel_changes(syntax: str) -> None:
    values = phantom_values(phantom().pixels)
    data = canary_dicom(values, transfer_syntax=syntax)
    result = deidentify(data, PSEUDONYMS)
    assert survivors(result.data) == []
    assert survivors(repr(result.changes).encode() + repr(result.warnings).encode()) == []
    assert result.blanked == ()
    kept = uid.UID(syntax).is_encapsulated and syntax != uid.RLELossless
    expected = syntax if kept else uid.ExplicitVRLittleEndian
    assert read(result).file_meta.TransferSyntaxUID == expected
    before = decode_stored(data, modality="mammogram", max_pixels=values.size)[1]
    after = decode_stored(result.data, modality="mammogram", max_pixels=values.size)[1]
    np.testing.assert_array_equal(after, before)
    if kept:  # not coded anew: all that is gone is a note of the encoder's
        frames = [dcmread(io.BytesIO(file)).PixelData.rstrip(b"\0") for file in (data, result.data)]
        assert frames[0][-1000:] == frames[1][-1000:]
        assert 0 <= len(frames[0]) - len(frames[1]) < 80


def test_the_canaries_are_there_before() -> None:
    assert len(survivors(canary_dicom(phantom_values(phantom().pixels)))) == 4


def test_text_beside_the_breast_is_blanked_and_the_breast_is_untouched() -> None:
    values = labelled()
    result = deidentify(canary_dicom(values), PSEUDONYMS)
    cleaned = read(result).pixel_array
    assert result.blanked
    np.testing.assert_array_equal(cleaned, phantom_values(phantom().pixels))
    np.testing.assert_array_equal(cleaned[phantom().mask], values[phantom().mask])
    assert read(result).ImageType[0] == "DERIVED" and read(result).BurnedInAnnotation == "NO"


def test_blanking_a_compressed_image_writes_it_uncompressed() -> None:
    data = canary_dicom(labelled(), transfer_syntax=uid.JPEG2000Lossless)
    result = deidentify(data, PSEUDONYMS)
    assert read(result).file_meta.TransferSyntaxUID == uid.ExplicitVRLittleEndian
    np.testing.assert_array_equal(read(result).pixel_array, phantom_values(phantom().pixels))


def test_text_on_the_breast_is_refused_or_told() -> None:
    at = middle(phantom())
    values = phantom_values(written(phantom().pixels, "DOE JANE", at, height=16, level=0.0))
    data = canary_dicom(values)
    with pytest.raises(NotCleanError, match="text on the breast"):
        deidentify(data, PSEUDONYMS)
    result = deidentify(data, PSEUDONYMS, keep_going=True)
    np.testing.assert_array_equal(read(result).pixel_array, values)
    assert "text on the breast" in result.warnings[0]
    assert read(result).BurnedInAnnotation == "YES"
    codes = [item.CodeValue for item in read(result).DeidentificationMethodCodeSequence]
    assert codes == ["113100", "113105"]


def test_a_text_that_the_header_tells_of_and_nobody_finds_is_refused() -> None:
    data = make_dicom(phantom_values(phantom().pixels), BurnedInAnnotation="YES")
    with pytest.raises(NotCleanError, match="none was found"):
        deidentify(data, PSEUDONYMS)


def test_the_header_says_what_was_done() -> None:
    ds = read(deidentify(canary_dicom(phantom_values(phantom().pixels)), PSEUDONYMS))
    assert ds.PatientIdentityRemoved == "YES" and ds.BurnedInAnnotation == "NO"
    assert ds.LongitudinalTemporalInformationModified == "REMOVED"
    codes = {item.CodeValue: item.CodeMeaning for item in ds.DeidentificationMethodCodeSequence}
    assert list(codes) == ["113100", "113105", "113101"]
    assert codes["113101"] == "Clean Pixel Data Option"


def test_what_a_reader_needs_is_kept() -> None:
    ds = read(deidentify(canary_dicom(phantom_values(phantom().pixels)), PSEUDONYMS))
    assert (ds.ImageLaterality, ds.ViewPosition, ds.KVP) == ("L", "CC", 29)
    assert ds.WindowCenter == 2048 and ds.ImagerPixelSpacing == [0.1, 0.1]
    assert ds.ViewCodeSequence[0].CodeMeaning == "cranio-caudal"
    assert ds.StudyDescription == "MAMMO SCREENING" and ds.SeriesDescription == "L CC"
    assert ds.Manufacturer == "HOLOGIC INC" and ds.ImageType == ["ORIGINAL", "PRIMARY"]
    assert ds.PatientName == "" and ds.StudyDate == "" and ds.SeriesNumber is None
    assert len(ds.PatientID) == 16


def test_files_of_one_study_stay_together_by_the_same_key_only() -> None:
    data = canary_dicom(phantom_values(phantom().pixels))
    first, again = deidentify(data, PSEUDONYMS), deidentify(data, PSEUDONYMS)
    assert first == again
    other = deidentify(data, Pseudonyms(b"another key, also long"))
    assert first.study_uid != other.study_uid and read(first).PatientID != read(other).PatientID
    ds = read(first)
    assert ds.SOPInstanceUID == ds.file_meta.MediaStorageSOPInstanceUID == first.sop_uid
    wanted = PSEUDONYMS.uid(f"1.2.{CANARY_NUMBER}.99")
    assert ds.SourceImageSequence[0].ReferencedSOPInstanceUID == wanted


def test_the_report_names_attributes_and_never_values() -> None:
    result = deidentify(canary_dicom(phantom_values(phantom().pixels)), PSEUDONYMS)
    said = {(change.keyword, change.within): change.action for change in result.changes}
    assert said["InstitutionName", ""] == "removed"
    assert said["PatientName", ""] == "emptied"
    assert said["PatientID", ""] == said["StudyInstanceUID", ""] == "replaced"
    assert said["StudyDescription", ""] == "cleaned"
    assert said["PatientName", "SourceImageSequence[0]"] == "removed"
    assert said["OverlayData", ""] == said["CurveData", ""] == "removed"
    assert [c.reason for c in result.changes if c.tag == "(0019,1001)"] == ["private"]
    assert "preamble" in {change.tag for change in result.changes}


def test_an_overlay_in_unused_bits_is_cleared() -> None:
    values = phantom_values(phantom().pixels)
    hidden = values | np.uint16(0x8000) * (values % 2 == 0).astype(np.uint16)
    result = deidentify(make_dicom(hidden), PSEUDONYMS)
    np.testing.assert_array_equal(read(result).pixel_array, values)
    assert "bits beside the stored ones cleared" in result.pixels


def test_signed_samples_keep_their_values() -> None:
    values = phantom_values(phantom().pixels).astype(np.int16) - 2048
    result = deidentify(make_dicom(values, signed=True), PSEUDONYMS)
    np.testing.assert_array_equal(read(result).pixel_array, values)


def test_lookup_tables_are_kept_as_they_are() -> None:
    entries = list(range(4096))
    data = make_dicom(phantom_values(phantom().pixels), voi_lut=(0, 12, entries))
    table = read(deidentify(data, PSEUDONYMS)).VOILUTSequence[0]
    assert table.LUTDescriptor == [4096, 0, 12] and list(table.LUTData) == entries


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        (b"Zephyrine;1928", UnsupportedFormatError, "not a DICOM"),
        (make_dicom(np.zeros((8, 8), np.uint16), NumberOfFrames=2), DecodeError, "frames"),
        (make_dicom(np.zeros((8, 8), np.uint16))[:-40], DecodeError, "broken or truncated"),
        (
            make_dicom(np.zeros((8, 8), np.uint16), SOPClassUID=uid.BasicTextSRStorage),
            DecodeError,
            "Basic Text SR Storage; expected a single CR, DX, MG or SC image",
        ),
    ],
)
def test_what_cannot_be_cleaned_is_an_error(
    data: bytes, error: type[MammoscopeError], said: str
) -> None:
    with pytest.raises(error, match=said) as caught:
        deidentify(data, PSEUDONYMS)
    assert CANARY not in str(caught.value)


# Elements that the file cannot do without, whose numbers decide whether it can be read at all, or
# that pydicom warns of while it writes them.
_NEEDED = frozenset({
    "SOPClassUID", "SOPInstanceUID", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit",
    "PixelData", "PixelRepresentation", "SamplesPerPixel", "PhotometricInterpretation",
    "NumberOfFrames", "SpecificCharacterSet", "FloatPixelData", "DoubleFloatPixelData",
    "BurnedInAnnotation", "PlanarConfiguration",
})  # fmt: skip
_TEXT_KINDS = {"AE", "CS", "DS", "IS", "LO", "LT", "PN", "SH", "ST", "UC", "UI", "UR", "UT", "UN"}
_PLACES = sorted(
    (tag, vr)
    for tag, (vr, _, _, _, keyword) in DicomDictionary.items()
    if tag >> 16 not in (0, 2) and keyword not in _NEEDED and vr in _TEXT_KINDS | {"SQ"}
)


def _element(tag: int, kind: str, inner: list[tuple[int, str]]) -> DataElement:
    if kind == "SQ":
        item = Dataset()
        for place in inner:
            item.add(_element(*place, []))
        return DataElement(tag, "SQ", [item])
    value = CANARY.encode() + b"\0" if kind == "UN" else CANARY
    # Declared as text whatever it should be: a writer may put anything anywhere.
    return DataElement(tag, kind if kind in ("UN", "PN", "UT", "LO") else "LO", value)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(
    places=st.lists(st.sampled_from(_PLACES), min_size=1, max_size=25),
    inner=st.lists(st.sampled_from(_PLACES), min_size=1, max_size=8),
    private=st.lists(st.integers(0x1000, 0x10FF), max_size=3),
)
def test_no_canary_in_any_element_survives(
    places: list[tuple[int, str]], inner: list[tuple[int, str]], private: list[int]
) -> None:
    values = np.zeros((16, 16), np.uint16)
    ds = dcmread(io.BytesIO(make_dicom(values, patient_name=CANARY)))
    for place in places:
        ds.add(_element(*place, inner))
    for number in private:
        ds.add_new(0x0029_0000 | number, "LO", CANARY)
    buffer = io.BytesIO()
    ds.save_as(buffer, enforce_file_format=True)
    try:
        result = deidentify(buffer.getvalue(), PSEUDONYMS)
    except MammoscopeError as error:  # a broken grayscale chain is refused
        assert CANARY not in str(error)
        return
    assert survivors(result.data) == [] and CANARY not in repr(result)


@pytest.mark.skipif(DCIODVFY is None, reason="dciodvfy is not installed (make system-deps)")
@pytest.mark.parametrize("labelled_too", [False, True])
def test_a_valid_object_stays_valid(labelled_too: bool, tmp_path: Path) -> None:
    data = canary_dicom(labelled() if labelled_too else phantom_values(phantom().pixels))
    assert errors_of(deidentify(data, PSEUDONYMS).data, tmp_path) == set()


@pytest.mark.skipif(DCMDUMP is None, reason="dcmdump is not installed (make system-deps)")
def test_an_independent_reader_sees_no_canary(tmp_path: Path) -> None:
    path = tmp_path / "clean.dcm"
    path.write_bytes(deidentify(canary_dicom(labelled()), PSEUDONYMS).data)
    dumped = subprocess.run(
        [str(DCMDUMP), "+L", "+P", "0010,0010", str(path)], capture_output=True, check=True
    )
    assert b"PatientName" in dumped.stdout and dumped.stderr == b""
    whole = subprocess.run([str(DCMDUMP), str(path)], capture_output=True, check=True).stdout
    assert survivors(whole) == []


@pytest.mark.parametrize("name", REAL)
def test_a_real_file_keeps_its_breast_and_none_of_its_identifiers(
    name: str, shared: Path, tmp_path: Path
) -> None:
    data = read_shared(shared, name)
    result = deidentify(data, PSEUDONYMS)
    before, after = dcmread(io.BytesIO(data)), read(result)
    for keyword in ("PatientName", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        if before.get(keyword):
            assert str(before[keyword].value).encode() not in result.data
    assert (after.Rows, after.Columns) == (before.Rows, before.Columns)
    if DCIODVFY is not None and name.startswith(("MG1", "cbis")):
        # The others were stripped of attributes of type 1 long ago, which nobody can invent.
        assert errors_of(result.data, tmp_path) <= errors_of(data, tmp_path)


def _survives(places: list[tuple[int, str]]) -> bool:
    """Whether a canary in these places, and in sequences among them, is in the file or the report.

    Where they spoil the grayscale chain the file is refused; then each is tried alone.
    """
    ds = dcmread(io.BytesIO(make_dicom(np.zeros((16, 16), np.uint16))))
    for place in places:
        ds.add(_element(*place, places[:3]))
    buffer = io.BytesIO()
    ds.save_as(buffer, enforce_file_format=True)
    try:
        result = deidentify(buffer.getvalue(), PSEUDONYMS)
    except DecodeError as error:
        if len(places) == 1:
            return CANARY in str(error)
        return any(_survives([place]) for place in places)
    return bool(survivors(result.data)) or CANARY in repr(result)


def test_no_canary_survives_in_any_text_or_sequence_of_the_dictionary() -> None:
    assert len(_PLACES) > 3000
    for start in range(0, len(_PLACES), 40):
        assert not _survives(_PLACES[start : start + 40])
