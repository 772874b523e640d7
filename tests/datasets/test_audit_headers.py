"""Headers become columns that tell a label, and hold nothing that tells a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian

from mammoscope.datasets.audit_headers import ELEMENTS, PREFIX, read_headers
from mammoscope.datasets.audit_rows import AuditRows
from mammoscope.datasets.examples import write_png
from tests.dicom_files import CANARY, gradient, make_dicom

Write = Callable[[str, bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def put(name: str, data: bytes) -> Path:
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return put


def rows_of(files: Sequence[Path | None]) -> AuditRows:
    return AuditRows(
        name="made",
        parts=("train", "test"),
        part=np.arange(len(files)) % 2,
        paths=[f"image {row}" for row in range(len(files))],
        keys={},
        file=lambda row: files[row],
    )


def columns_of(*files: Path | None) -> dict[str, Sequence[str]]:
    headers = read_headers(rows_of(files))
    assert not headers.reasons
    return {name.removeprefix(PREFIX): texts for name, texts in headers.columns.items()}


def coded(value: str) -> Dataset:
    item = Dataset()
    item.CodeValue = value
    return item


def test_numbers_ages_and_categories_are_read_as_what_they_are(write: Write) -> None:
    view = coded("R-10242")
    view.ViewModifierCodeSequence = [coded("R-102D6")]
    one = make_dicom(
        gradient(), KVP="28", PatientAge="018M", Manufacturer="A ", ViewCodeSequence=[view],
        ImageType=["DERIVED", "PRIMARY"], window=([2048, 100], [4000, 50]),
    )  # fmt: skip
    other = make_dicom(gradient(), KVP="28.0", PatientAge="063Y", Manufacturer="B")
    columns = columns_of(write("a.dcm", one), write("b", other))
    assert columns["KVP"] == ["28.0", "28.0"]
    assert columns["PatientAge"] == ["1.5", "63.0"]
    assert columns["Manufacturer"] == ["A", "B"]
    assert columns["ImageType"] == ["DERIVED\\PRIMARY", ""]
    assert columns["WindowCenter"] == ["2048.0", ""]
    assert columns["ViewCodeSequence"] == ["R-10242", ""]
    assert columns["ViewModifierCodeSequence"] == ["R-102D6", ""]
    assert columns["BitsStored"] == ["12.0", "12.0"]


def test_whether_an_element_is_there_is_a_column_and_other_files_say_nothing(
    write: Write, tmp_path: Path
) -> None:
    one = write("a.dcm", make_dicom(gradient(), KVP="28", CompressionForce="90"))
    other = write("b.dcm", make_dicom(gradient()))
    write_png(tmp_path / "c.png", np.zeros((8, 8), dtype=np.float32))
    headers = read_headers(rows_of([one, other, tmp_path / "c.png", None]))
    assert headers.read == 2
    assert headers.columns[PREFIX + "has CompressionForce and 1 other"] == ["yes", "no", "", ""]
    assert headers.columns[PREFIX + "KVP"] == ["28.0", "", "", ""]


@pytest.mark.parametrize("preamble", [True, False])
def test_a_header_is_read_however_it_is_packed(write: Write, preamble: bool) -> None:
    plain = make_dicom(gradient(), KVP="28", preamble=preamble)
    packed = make_dicom(gradient(), KVP="29", transfer_syntax=DeflatedExplicitVRLittleEndian)
    columns = columns_of(write("bare", plain), write("packed", packed))
    assert columns["KVP"] == ["28.0", "29.0"]
    assert columns["TransferSyntaxUID"][1] == DeflatedExplicitVRLittleEndian


def test_a_corrupt_file_costs_a_reason_and_a_malformed_element_only_itself(
    write: Write, tmp_path: Path
) -> None:
    whole = make_dicom(gradient(), KVP="28", ExposureTime="100")
    files = [
        write("a.dcm", whole.replace(b"28", b"zz", 1)),
        write("b.dcm", whole),
        write("c.dcm", b"not a DICOM at all"),
        write("d.dcm", whole[:200]),
        write("e.dcm", b""),
        tmp_path / "gone.dcm",
    ]
    headers = read_headers(rows_of(files))
    assert headers.columns[PREFIX + "ExposureTime"][:2] == ["100.0", "100.0"]
    assert headers.columns[PREFIX + "KVP"][:2] == ["", "28.0"]
    # It is there, whatever it says.
    assert PREFIX + "has KVP" not in headers.columns
    assert "image 0: the DICOM's KVP is malformed" in headers.reasons
    for row in (2, 4, 5):
        assert any(reason.startswith(f"image {row}:") for reason in headers.reasons), row
    assert not any("zz" in reason or CANARY in reason for reason in headers.reasons)


def test_a_header_that_was_cut_anywhere_or_scrambled_never_ends_the_audit(write: Write) -> None:
    whole = make_dicom(gradient(), KVP="28", Manufacturer="A", PatientAge="063Y")
    generator = np.random.default_rng(0)
    files = [write(f"cut{end}.dcm", whole[:end]) for end in range(0, len(whole), 23)]
    for number in range(60):
        data = bytearray(whole)
        for place in generator.integers(128, len(data), size=8):
            data[place] = generator.integers(256)
        files.append(write(f"wild{number}.dcm", bytes(data)))
    headers = read_headers(rows_of(files))
    assert len(headers.reasons) > 10 and headers.read > 10


def test_no_element_that_names_a_person_or_a_day_is_read(write: Write) -> None:
    banned = ("Name", "Date", "Time", "UID", "ID", "Number")
    kept = {"ManufacturerModelName", "SecondaryCaptureDeviceManufacturerModelName", "StationName",
            "InstitutionName", "InstitutionalDepartmentName", "ProtocolName", "ExposureTime",
            "DetectorID", "DeviceSerialNumber", "SeriesNumber", "AcquisitionNumber",
            "InstanceNumber", "SOPClassUID"}  # fmt: skip
    assert {name for name in ELEMENTS if name.endswith(banned)} == kept
    data = make_dicom(gradient(), PatientBirthDate="19500101", StudyDate="20200101", KVP="28")
    columns = columns_of(write("a.dcm", data), write("b.dcm", data))
    texts = [text for column in columns.values() for text in column]
    # The writer of these files puts its canary into the study's description as well.
    assert not {"19500101", "20200101", f"{CANARY}^Name", f"{CANARY}-ID"} & set(texts)
