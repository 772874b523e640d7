"""DICOMweb without an archive: what is asked, and what answers mean. With one: `test_orthanc`."""

from __future__ import annotations

import io
import json
from typing import Any

import pydicom
import pytest

from mammoscope.interop.destination import RefusedError, UnreachableError
from mammoscope.interop.dicomweb import DicomWeb
from mammoscope.interop.package import Package, make_package
from mammoscope.types import DecodeError
from tests.interop.conftest import MakeFinding
from tests.interop.mammograms import mammogram
from tests.interop.web import serving

JSON = "application/dicom+json"
SERIES = [
    {
        "0020000D": {"vr": "UI", "Value": ["1.1"]},
        "0020000E": {"vr": "UI", "Value": ["1.1.1"]},
        "00201209": {"vr": "IS", "Value": [2]},
    }
]


def instance(uid: str, sop_class: str) -> dict[str, Any]:
    return {
        "00080016": {"vr": "UI", "Value": [sop_class]},
        "00080018": {"vr": "UI", "Value": [uid]},
    }


def as_json(found: list[Any]) -> tuple[int, str, bytes]:
    return 200, JSON, json.dumps(found).encode()


@pytest.fixture(scope="module")
def package(make_finding: MakeFinding) -> Package:
    return make_package(make_finding(), pictures=True, fhir=False)


def test_both_objects_of_a_package_are_stored_in_one_request(package: Package) -> None:
    with serving((200, JSON, b"{}")) as web:
        DicomWeb(web.url, headers={"Authorization": "Basic x"}).deliver(package)
    ((method, path, headers, body),) = web.requests
    assert (method, path) == ("POST", "/studies") and headers["Authorization"] == "Basic x"
    for content in package.objects:
        uid = str(pydicom.dcmread(io.BytesIO(content)).SOPInstanceUID)
        assert uid.encode() in body
    assert body.count(b"Content-Type: application/dicom") == 2


@pytest.mark.parametrize(
    ("status", "error"),
    [(503, UnreachableError), (504, UnreachableError), (429, UnreachableError),
     (400, RefusedError), (401, RefusedError), (409, RefusedError)],
)  # fmt: skip
def test_what_an_archive_answers_is_told_apart(
    package: Package, status: int, error: type[Exception]
) -> None:
    with serving((status, JSON, b"{}")) as web, pytest.raises(error, match=str(status)):
        DicomWeb(web.url).deliver(package)
    assert len(web.requests) == 1  # nobody tried again behind our back


def test_an_object_that_failed_within_a_success_is_refused(package: Package) -> None:
    failed = {"00081198": {"vr": "SQ", "Value": [{"00081197": {"vr": "US", "Value": [272]}}]}}
    told = pytest.raises(RefusedError, match=r"refused 1 of 2 objects \(reason 0110\)")
    with serving((202, JSON, json.dumps(failed).encode())) as web, told:
        DicomWeb(web.url).deliver(package)


def test_mammograms_are_looked_for_and_a_series_only_once_more_when_it_has_grown() -> None:
    mg, report = "1.2.840.10008.5.1.4.1.1.1.2", "1.2.840.10008.5.1.4.1.1.88.33"
    instances = [instance("1.1.1.1", mg), instance("1.1.1.2", report)]
    grown = [{**SERIES[0], "00201209": {"vr": "IS", "Value": [3]}}]
    answers = [
        as_json(SERIES),
        as_json(instances),
        as_json(SERIES),
        as_json(grown),
        as_json([*instances, instance("1.1.1.3", mg)]),
    ]
    with serving(*answers) as web:
        archive = DicomWeb(web.url)
        found = [list(archive.find(days=3)) for _ in range(3)]
    assert found == [
        [("1.1", "1.1.1", "1.1.1.1")],
        [],
        [("1.1", "1.1.1", "1.1.1.1"), ("1.1", "1.1.1", "1.1.1.3")],
    ]
    asked = [path for _, path, _, _ in web.requests]
    assert "Modality=MG" in asked[0] and "StudyDate=" in asked[0] and len(asked) == 5


def test_a_search_that_stopped_in_between_begins_again() -> None:
    mg = "1.2.840.10008.5.1.4.1.1.1.2"
    instances = as_json([instance("1.1.1.1", mg), instance("1.1.1.2", mg)])
    with serving(as_json(SERIES), instances, as_json(SERIES), instances) as web:
        archive = DicomWeb(web.url)
        next(iter(archive.find(days=3)))
        assert len(list(archive.find(days=3))) == 2


def test_an_instance_comes_as_a_file() -> None:
    boundary = b"--x\r\nContent-Type: application/dicom\r\n\r\n" + mammogram() + b"\r\n--x--\r\n"
    kind = 'multipart/related; type="application/dicom"; boundary=x'
    with serving((200, kind, boundary)) as web:
        file = DicomWeb(web.url).fetch(("1.1", "1.1.1", "1.1.1.1"))
    ours, sent = (pydicom.dcmread(io.BytesIO(each)) for each in (file, mammogram()))
    assert ours == sent and ours.PixelData == sent.PixelData
    assert web.requests[0][1] == "/studies/1.1/series/1.1.1/instances/1.1.1.1"


def test_what_is_no_dicom_or_not_there_is_told(package: Package) -> None:
    kind = 'multipart/related; type="application/dicom"; boundary=x'
    content = b"--x\r\nContent-Type: application/dicom\r\n\r\nnot a DICOM\r\n--x--\r\n"
    with serving((200, kind, content)) as web, pytest.raises(DecodeError, match="no DICOM"):
        DicomWeb(web.url).fetch(("1.1", "1.1.1", "1.1.1.1"))
    archive = DicomWeb(web.url)
    for act in (
        lambda: archive.fetch(("1.1", "1.1.1", "1.1.1.1")),
        lambda: list(archive.find(days=1)),
        lambda: archive.deliver(package),
    ):
        with pytest.raises(UnreachableError, match="did not answer"):
            act()
    told = pytest.raises(UnreachableError, match="answered 404")
    with serving((404, JSON, b"")) as web, told:
        DicomWeb(web.url).fetch(("1.1", "1.1.1", "1.1.1.1"))
