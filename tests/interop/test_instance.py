"""Of a header is read what the reports need, and what else is in it costs little."""

from __future__ import annotations

import io
import time

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian

from mammoscope.interop.instance import read_header
from mammoscope.types import DecodeError
from tests.interop.mammograms import WOMAN, WOMAN_ID, mammogram


def test_it_is_the_womans_and_the_studys_and_without_sequences_and_pixels() -> None:
    code = Dataset()
    code.CodeMeaning = "Mammography"
    header = read_header(mammogram(ProcedureCodeSequence=[code], PatientAge="065Y"))
    assert (header.PatientName, header.PatientID, header.PatientAge) == (WOMAN, WOMAN_ID, "065Y")
    assert "ProcedureCodeSequence" not in header and "PixelData" not in header
    assert read_header(mammogram(transfer_syntax=ImplicitVRLittleEndian)).PatientID == WOMAN_ID


def test_deflated_is_not_taken_from_a_network() -> None:
    with pytest.raises(DecodeError, match="deflated"):
        read_header(mammogram(transfer_syntax=DeflatedExplicitVRLittleEndian))


@pytest.mark.parametrize("depth", [50, 2000])
def test_items_within_items_are_stepped_over_or_refused_at_once(depth: int) -> None:
    inner = b""
    for _ in range(depth):
        # (0008,1110) SQ of defined length, implicit: one item that holds the next.
        item = b"\xfe\xff\x00\xe0" + len(inner).to_bytes(4, "little") + inner
        inner = b"\x08\x00\x10\x11" + len(item).to_bytes(4, "little") + item
    file = mammogram(transfer_syntax=ImplicitVRLittleEndian)
    place = file.index(b"\x10\x00\x10\x00")  # before the patient's name
    began = time.process_time()
    assert read_header(file[:place] + inner + file[place:]).PatientID == WOMAN_ID
    assert time.process_time() - began < 5


def test_a_header_of_megabytes_is_not_read_to_its_end() -> None:
    with pytest.raises(DecodeError, match="has no StudyInstanceUID"):
        read_header(mammogram(PatientComments="x" * 2_000_000))


def test_what_is_cut_before_the_pixels_is_refused_and_in_them_is_not_its_matter() -> None:
    file = mammogram()
    assert read_header(file[:-1000]).PatientID == WOMAN_ID
    with pytest.raises(DecodeError):
        read_header(file[:300])
    assert pydicom.dcmread(io.BytesIO(file)).PatientID == WOMAN_ID
