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


EMPTY = as_json([])


@pytest.fixture(scope="module")
def package(make_finding: MakeFinding) -> Package:
    return make_package(make_finding(), pictures=True, fhir=False)


def uids_of(package: Package) -> list[str]:
    return [str(pydicom.dcmread(io.BytesIO(each)).SOPInstanceUID) for each in package.objects]


def answer_of(
    stored: list[str], failed: dict[str, int] | None = None, *, status: int = 200, kind: str = JSON
) -> tuple[int, str, bytes]:
    """As PS3.18 10.5.3 has it."""
    told = {
        "00081199": {"Value": [{"00081155": {"Value": [uid]}} for uid in stored]},
        "00081198": {
            "Value": [
                {"00081155": {"Value": [uid]}, "00081197": {"Value": [reason]}}
                for uid, reason in (failed or {}).items()
            ]
        },
    }
    return status, kind, json.dumps(told).encode()


def test_both_objects_of_a_package_are_stored_in_one_request(package: Package) -> None:
    with serving(answer_of(uids_of(package))) as web:
        DicomWeb(web.url, headers={"Authorization": "Basic x"}).deliver(package)
    ((method, path, headers, body),) = web.requests
    assert (method, path) == ("POST", "/studies") and headers["Authorization"] == "Basic x"
    assert all(content in body for content in package.objects)
    assert body.count(b"Content-Type: application/dicom") == 2


def test_what_counts_as_stored(package: Package) -> None:
    one, two = uids_of(package)
    for answer in (
        (200, JSON, b""),
        answer_of([one, two], kind=f"{JSON}; charset=utf-8"),
        answer_of([one, two], kind="application/json", status=202),
        # It is there already.
        answer_of([one], {two: 0x0111}, status=202),
        answer_of([], {one: 45070, two: 0x0111}, status=409),
    ):
        with serving(answer) as web:
            DicomWeb(web.url).deliver(package)


def test_what_does_not_count_as_stored(package: Package) -> None:
    one, two = uids_of(package)
    for answer, error, told in (
        ((200, "text/html", b"<html>log in"), UnreachableError, "no DICOMweb answer"),
        ((200, JSON, b"not JSON"), UnreachableError, "no DICOMweb answer"),
        ((202, JSON, b"[]"), UnreachableError, "no DICOMweb answer"),
        (answer_of([one]), RefusedError, "refused 1 of 2"),
        (answer_of([one], {two: 272}, status=202), RefusedError, "reason 0110"),
        (
            answer_of([], {one: 272, two: 272}, kind=f"{JSON}; charset=utf-8", status=409),
            RefusedError,
            "refused 2 of 2",
        ),
        ((400, "text/plain", b"no"), RefusedError, "400"),
        ((401, JSON, b"{}"), UnreachableError, "401"),
        ((503, JSON, b"{}"), UnreachableError, "503"),
    ):
        with serving(answer) as web, pytest.raises(error, match=told):
            DicomWeb(web.url).deliver(package)
        assert len(web.requests) == 1  # nobody tried again behind our back


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_takes_neither_report_nor_headers_elsewhere(
    package: Package, status: int
) -> None:
    with serving((200, JSON, b"")) as elsewhere:
        with serving((status, JSON, b""), headers={"Location": f"{elsewhere.url}/x"}) as web:
            archive = DicomWeb(web.url, headers={"X-Api-Key": "secret"})
            for act in (lambda: archive.deliver(package), lambda: list(archive.find(days=1))):
                with pytest.raises(UnreachableError):
                    act()
        assert elsewhere.requests == []


def test_mammograms_are_looked_for_and_a_series_only_once_more_when_it_has_grown() -> None:
    mg, report = "1.2.840.10008.5.1.4.1.1.1.2", "1.2.840.10008.5.1.4.1.1.88.33"
    instances = [instance("1.1.1.1", mg), instance("1.1.1.2", report)]
    grown = [{**SERIES[0], "00201209": {"vr": "IS", "Value": [3]}}]
    answers = [
        *(as_json(SERIES), as_json(instances), EMPTY, EMPTY),
        *(as_json(SERIES), EMPTY),
        *(as_json(grown), as_json([*instances, instance("1.1.1.3", mg)]), EMPTY, EMPTY),
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
    assert "Modality=MG" in asked[0] and "StudyDate=" in asked[0]


def test_a_search_that_stopped_in_between_begins_again() -> None:
    mg = "1.2.840.10008.5.1.4.1.1.1.2"
    instances = as_json([instance("1.1.1.1", mg), instance("1.1.1.2", mg)])
    with serving(as_json(SERIES), instances, as_json(SERIES), instances, EMPTY) as web:
        archive = DicomWeb(web.url)
        next(iter(archive.find(days=3)))
        assert len(list(archive.find(days=3))) == 2


def test_pages_may_be_shorter_than_was_asked_for() -> None:
    mg = "1.2.840.10008.5.1.4.1.1.1.2"
    pages = [as_json([instance(f"1.1.1.{n}", mg), instance(f"1.1.2.{n}", mg)]) for n in range(3)]
    with serving(as_json(SERIES), *pages, EMPTY) as web:
        assert len(list(DicomWeb(web.url).find(days=3))) == 6
    assert ["offset=4" in path for _, path, _, _ in web.requests].count(True) == 1


def test_a_series_of_which_one_is_missed_is_looked_into_again() -> None:
    found = as_json([instance("1.1.1.1", "1.2.840.10008.5.1.4.1.1.1.2")])
    one = (as_json(SERIES), found, EMPTY, EMPTY)
    with serving(*one, *one, as_json(SERIES), EMPTY) as web:
        archive = DicomWeb(web.url)
        for place in archive.find(days=3):
            archive.missed(place)
        assert len(list(archive.find(days=3))) == 1
        assert list(archive.find(days=3)) == []


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
    for status, error in ((404, DecodeError), (500, DecodeError), (503, UnreachableError)):
        told = pytest.raises(error, match=f"answered {status}")
        with serving((status, JSON, b"")) as web, told:
            DicomWeb(web.url).fetch(("1.1", "1.1.1", "1.1.1.1"))
    odd = [{**SERIES[0], "0020000D": {"vr": "UI", "Value": ["no UID"]}}]
    told = pytest.raises(UnreachableError, match="no answer of DICOMweb")
    with serving(as_json(odd)) as web, told:
        list(DicomWeb(web.url).find(days=1))
