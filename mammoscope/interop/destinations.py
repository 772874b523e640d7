"""Words of a command line → destinations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from mammoscope.interop.destination import Destination
from mammoscope.interop.dicomweb import DicomWeb
from mammoscope.interop.fhir_server import FhirFolder, FhirServer
from mammoscope.interop.peer import Tls, parse_peer
from mammoscope.interop.store_scu import StoreScu
from mammoscope.types import MammoscopeError


def parse_destination(
    text: str, *, title: str, tls: Tls | None, headers: Mapping[str, str]
) -> Destination:
    """Where DICOM goes: `TITLE@HOST:PORT`, or the URL of a DICOMweb service.

    Raises:
        MammoscopeError: the text is neither.
    """
    if _is_url(text):
        return DicomWeb(text, headers=headers)
    return StoreScu(parse_peer(text), title=title, tls=tls)


def parse_fhir(text: str, *, headers: Mapping[str, str]) -> Destination:
    """Where FHIR goes: a server's URL, or a folder."""
    return FhirServer(text, headers=headers) if _is_url(text) else FhirFolder(Path(text))


def refuse_password(url: str) -> str:
    """The URL, which may stand in a log.

    Raises:
        MammoscopeError: a user or a password is in it.
    """
    if urlsplit(url).username is not None:
        raise MammoscopeError(
            "a URL holds a user or a password, which would stand in logs; give them as a header, "
            "with --headers FILE"
        )
    return url


def _is_url(text: str) -> bool:
    return text.startswith(("http://", "https://")) and bool(refuse_password(text))
