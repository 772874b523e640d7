"""Reports to a FHIR server, or to a folder of bundles."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import requests

from mammoscope.interop.destination import RefusedError, UnreachableError
from mammoscope.interop.dicomweb import PASSING
from mammoscope.interop.package import Package
from mammoscope.ledger.private_file import write_private
from mammoscope.types import MammoscopeError

_SECONDS = (10, 60)


class FhirServer:
    """A destination that takes transactions."""

    def __init__(self, url: str, *, headers: Mapping[str, str] | None = None) -> None:
        """Connects to nobody yet.

        Args:
            url: of the service's base, such as `https://server/fhir`.
            headers: to send along, such as `Authorization`.
        """
        self._url = url.rstrip("/")
        self._session = requests.Session()
        self._session.headers.update({"Content-Type": "application/fhir+json", **(headers or {})})

    def deliver(self, package: Package) -> None:
        """As `Destination.deliver`."""
        bundle = _bundle(package)
        try:
            answer = self._session.post(
                self._url, data=bundle.encode(), timeout=_SECONDS, allow_redirects=False
            )
        except requests.RequestException as error:
            raise UnreachableError(
                f"{self._url} did not answer ({type(error).__name__}); see whether it runs"
            ) from None
        if answer.status_code in PASSING:
            raise UnreachableError(f"{self._url} answered {answer.status_code}")
        if not 200 <= answer.status_code < 300:
            raise RefusedError(
                f"{self._url} refused a report with status {answer.status_code}; its own log "
                "says why"
            )

    def close(self) -> None:
        """Ends the session."""
        self._session.close()


class FhirFolder:
    """A destination that is a folder: a bundle a file of mode 600, named by the report's id."""

    def __init__(self, folder: Path) -> None:
        """The folder is made when the first bundle is written."""
        self._folder = folder

    def deliver(self, package: Package) -> None:
        """As `Destination.deliver`."""
        bundle = _bundle(package)
        resources = [entry["resource"] for entry in json.loads(bundle)["entry"]]
        name = next(each["id"] for each in resources if each["resourceType"] == "DiagnosticReport")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(self._folder / f"{name}.json", bundle.encode())
        except (OSError, MammoscopeError):
            raise UnreachableError(
                f"{self._folder} cannot be written; see to its room and rights"
            ) from None

    def close(self) -> None:
        """Nothing."""


def _bundle(package: Package) -> str:
    if package.bundle is None:
        raise RefusedError(
            "these reports were made before FHIR was asked for; discard them with `mammoscope "
            "queue discard`, and send the image again"
        )
    return package.bundle
