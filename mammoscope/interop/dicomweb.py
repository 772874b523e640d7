"""DICOMweb: mammograms out of an archive (QIDO-RS, WADO-RS), reports into it (STOW-RS)."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import pydicom
import requests
from dicomweb_client import DICOMwebClient

from mammoscope.interop.destination import RefusedError, UnreachableError
from mammoscope.interop.node import TAKEN
from mammoscope.interop.package import Package
from mammoscope.interop.quiet import quiet_libraries
from mammoscope.types import DecodeError

_CONNECT_S, _ANSWER_S = 10, 60
_PAGE = 500
# PS3.18 and PS3.6: where things stand in DICOM JSON.
_SOP_CLASS, _SOP_INSTANCE = "00080016", "00080018"
_STUDY, _SERIES, _INSTANCES = "0020000D", "0020000E", "00201209"
# An answer that the same request may not get a minute later.
_PASSING = {408, 425, 429, 500, 502, 503, 504, 507}

Place = tuple[str, str, str]


class DicomWeb:
    """An archive that speaks DICOMweb: source and destination."""

    def __init__(self, url: str, *, headers: Mapping[str, str] | None = None) -> None:
        """Connects to nobody yet.

        Args:
            url: of the service, such as `https://archive/dicom-web`.
            headers: to send along, such as `Authorization`.
        """
        quiet_libraries()
        self._url = url
        self._client = DICOMwebClient(
            url, headers=dict(headers or {}), timeout=(_CONNECT_S, _ANSWER_S)
        )
        # Whoever calls this has a queue, and patience.
        self._client.set_http_retry_params(retry=False)
        self._seen: dict[tuple[str, str], int] = {}

    def close(self) -> None:
        """Nothing: each request stands alone."""

    def deliver(self, package: Package) -> None:
        """As `Destination.deliver`."""
        datasets = [pydicom.dcmread(io.BytesIO(content)) for content in package.objects]
        try:
            stored = self._client.store_instances(datasets)
        except requests.HTTPError as error:
            raise _of_status(self._url, error) from None
        except requests.RequestException as error:
            raise _unreachable(self._url, error) from None
        failed = stored.get("FailedSOPSequence") if stored is not None else None
        if failed:
            reasons = sorted({f"{int(each.get('FailureReason', 0)):04X}" for each in failed})
            raise RefusedError(
                f"{self._url} refused {len(failed)} of {len(datasets)} objects (reason "
                f"{', '.join(reasons)}); its own log says why"
            )

    def find(self, *, days: int) -> Iterator[Place]:
        """Study, series and instance of the mammograms of the last days that were not given yet.

        A series is looked into again only once it has more instances than before.

        Args:
            days: back from today, by study date.

        Raises:
            UnreachableError: it does not answer.
        """
        since = (date.today() - timedelta(days=days)).strftime("%Y%m%d")
        wanted = {"Modality": "MG", "StudyDate": f"{since}-"}
        for series in self._pages("series", wanted):
            at = (_value(series, _STUDY), _value(series, _SERIES))
            count = int(_value(series, _INSTANCES) or 0)
            if count and self._seen.get(at) == count:
                continue
            for found in self._pages("instances", {}, study=at[0], series=at[1]):
                if _value(found, _SOP_CLASS) in (*TAKEN, ""):
                    yield (*at, _value(found, _SOP_INSTANCE))
            # Once all were asked for: whoever stops in between begins again.
            self._seen[at] = count

    def fetch(self, place: Place) -> bytes:
        """An instance as a file, in the transfer syntax that it is kept in.

        Raises:
            UnreachableError: it is not given.
            DecodeError: what is given is no DICOM.
        """
        study, series, instance = place
        try:
            dataset = self._client.retrieve_instance(
                study, series, instance, media_types=(("application/dicom", "*"),)
            )
        except requests.RequestException as error:
            raise _unreachable(self._url, error) from None
        # dicomweb-client reads what comes by pydicom, which raises whatever it may.
        except Exception:  # noqa: BLE001
            raise DecodeError(f"{self._url} gave an instance that is no DICOM") from None
        buffer = io.BytesIO()
        dataset.save_as(buffer, enforce_file_format=True)
        return buffer.getvalue()

    def _pages(
        self, what: str, filters: dict[str, str], *, study: str = "", series: str = ""
    ) -> Iterator[dict[str, Any]]:
        start = 0
        while True:
            try:
                if what == "series":
                    found = self._client.search_for_series(
                        search_filters=filters, fields=[_INSTANCES], limit=_PAGE, offset=start
                    )
                else:
                    found = self._client.search_for_instances(
                        study, series, limit=_PAGE, offset=start
                    )
            except requests.RequestException as error:
                raise _unreachable(self._url, error) from None
            yield from found
            if len(found) < _PAGE:
                return
            start += _PAGE


def _value(found: dict[str, Any], tag: str) -> str:
    values = found.get(tag, {}).get("Value", [])
    return str(values[0]) if values else ""


def _of_status(url: str, error: requests.HTTPError) -> UnreachableError | RefusedError:
    status = error.response.status_code if error.response is not None else 0
    if status in _PASSING:
        return UnreachableError(f"{url} answered {status}")
    return RefusedError(f"{url} refused a report with status {status}; its own log says why")


def _unreachable(url: str, error: requests.RequestException) -> UnreachableError:
    # Not its message, which may hold a query or a header.
    status = getattr(getattr(error, "response", None), "status_code", None)
    seen = f"answered {status}" if status else f"did not answer ({type(error).__name__})"
    return UnreachableError(f"{url} {seen}; see whether it runs and lets this side in")
