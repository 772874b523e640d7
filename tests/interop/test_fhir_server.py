"""A bundle is delivered once a server has it; what else the server says is told apart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mammoscope.interop.destination import RefusedError, UnreachableError
from mammoscope.interop.destinations import parse_destination, parse_fhir
from mammoscope.interop.dicomweb import DicomWeb
from mammoscope.interop.fhir_server import FhirFolder, FhirServer
from mammoscope.interop.package import Package, make_package
from mammoscope.interop.store_scu import StoreScu
from mammoscope.types import MammoscopeError
from tests.interop.conftest import MakeFinding
from tests.interop.web import serving

FHIR = "application/fhir+json"


@pytest.fixture(scope="module")
def package(make_finding: MakeFinding) -> Package:
    return make_package(make_finding(), pictures=False, fhir=True)


def test_a_server_gets_the_bundle_with_the_headers_that_open_it(package: Package) -> None:
    with serving((200, FHIR, b"{}")) as web:
        server = FhirServer(f"{web.url}/fhir/", headers={"Authorization": "Bearer x"})
        server.deliver(package)
        server.close()
    ((method, path, headers, body),) = web.requests
    assert (method, path) == ("POST", "/fhir") and body.decode() == package.bundle
    assert headers["Content-Type"] == FHIR and headers["Authorization"] == "Bearer x"


@pytest.mark.parametrize(
    ("status", "error"),
    [(503, UnreachableError), (429, UnreachableError), (500, UnreachableError),
     (400, RefusedError), (401, UnreachableError), (422, RefusedError), (302, RefusedError)],
)  # fmt: skip
def test_what_a_server_answers_is_told_apart(
    package: Package, status: int, error: type[Exception]
) -> None:
    with serving((status, FHIR, b"{}")) as web:
        server = FhirServer(web.url)
        with pytest.raises(error, match=str(status)):
            server.deliver(package)
        server.close()


def test_nobody_there_is_unreachable(package: Package) -> None:
    with serving((200, FHIR, b"{}")) as web:
        pass
    server = FhirServer(web.url)
    with pytest.raises(UnreachableError, match="did not answer"):
        server.deliver(package)
    server.close()


def test_a_folder_holds_each_bundle_once_and_for_its_owner_alone(
    package: Package, tmp_path: Path
) -> None:
    folder = FhirFolder(tmp_path / "fhir")
    folder.deliver(package)
    folder.deliver(package)
    (path,) = (tmp_path / "fhir").iterdir()
    assert path.read_text() == package.bundle and path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_text())["entry"][1]["resource"]["id"] == path.stem
    (tmp_path / "file").write_text("")
    with pytest.raises(UnreachableError, match="cannot be written"):
        FhirFolder(tmp_path / "file" / "fhir").deliver(package)


def test_reports_of_before_fhir_was_asked_for_are_refused(
    make_finding: MakeFinding, tmp_path: Path
) -> None:
    package = make_package(make_finding(), pictures=False, fhir=False)
    for destination in (FhirFolder(tmp_path), FhirServer("http://127.0.0.1:1")):
        with pytest.raises(RefusedError, match="before FHIR was asked for"):
            destination.deliver(package)
        destination.close()


def test_words_name_destinations(tmp_path: Path) -> None:
    def parsed(text: str) -> object:
        return parse_destination(text, title="MAMMOSCOPE", tls=None, headers={})

    assert isinstance(parsed("PACS@host:104"), StoreScu)
    assert isinstance(parsed("https://host/dicom-web"), DicomWeb)
    with pytest.raises(MammoscopeError, match="expected TITLE@HOST:PORT"):
        parsed("host:104")
    assert isinstance(parse_fhir("http://host/fhir", headers={}), FhirServer)
    assert isinstance(parse_fhir(str(tmp_path), headers={}), FhirFolder)
    for url in ("https://user:password@host/dicom-web", "http://user@host/fhir"):
        with pytest.raises(MammoscopeError, match="--headers FILE") as caught:
            parsed(url)
        assert "host" not in str(caught.value)
