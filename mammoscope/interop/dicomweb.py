"""DICOMweb: mammograms out of an archive (QIDO-RS, WADO-RS), reports into it (STOW-RS)."""

from __future__ import annotations

import io
import secrets
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
# As much as the strictest of the known archives gives.
_PAGE = 200
# PS3.18 and PS3.6: where things stand in DICOM JSON.
_SOP_CLASS, _SOP_INSTANCE = "00080016", "00080018"
_STUDY, _SERIES, _INSTANCES = "0020000D", "0020000E", "00201209"
_FAILED, _STORED, _REFERENCED, _REASON = "00081198", "00081199", "00081155", "00081197"
_JSON = "application/dicom+json"
_MULTIPART = 'multipart/related; type="application/dicom"'
# PS3.7 C.5.6, and what some archives say instead: it is there already.
_DUPLICATES = {0x0111, 0xB00E}
# Answers that the same request may not get a minute later, or once this side is let in.
PASSING = {401, 403, 408, 425, 429, 500, 502, 503, 504, 507}

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
        self._url = url.rstrip("/")
        self._session = requests.Session()
        # A redirect would take headers that open this server, and a woman's report, to another.
        self._session.max_redirects = 0
        self._session.headers.update(headers or {})
        self._client = DICOMwebClient(
            self._url, session=self._session, timeout=(_CONNECT_S, _ANSWER_S)
        )
        # Whoever calls this has a queue, and patience.
        self._client.set_http_retry_params(retry=False)
        self._seen: dict[tuple[str, str], str] = {}
        self._missed: set[tuple[str, str]] = set()

    def close(self) -> None:
        """Nothing: each request stands alone."""

    def deliver(self, package: Package) -> None:
        """As `Destination.deliver`, by STOW-RS (PS3.18 10.5)."""
        boundary = secrets.token_hex(16)
        parts = [
            f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode() + content + b"\r\n"
            for content in package.objects
        ]
        try:
            # Not by the client: it takes an answer that it cannot read for a success.
            answer = self._session.post(
                f"{self._url}/studies",
                data=b"".join(parts) + f"--{boundary}--\r\n".encode(),
                headers={"Content-Type": f"{_MULTIPART}; boundary={boundary}", "Accept": _JSON},
                timeout=(_CONNECT_S, _ANSWER_S),
            )
        except requests.RequestException as error:
            raise _unreachable(self._url, error) from None
        uids = {str(_uid(content)) for content in package.objects}
        self._judge(answer, uids)

    def _judge(self, answer: requests.Response, uids: set[str]) -> None:
        """Returns where all of these instances are there."""
        status = answer.status_code
        if status in PASSING:
            raise UnreachableError(f"{self._url} answered {status}")
        if status == 200 and not answer.content:
            return
        told = _stored(answer)
        if told is None:
            if status in (200, 202):
                raise UnreachableError(
                    f"{self._url} answered {status} with something that is no DICOMweb answer; is "
                    "it the address of a DICOMweb service, and is this side let in?"
                )
            raise RefusedError(f"{self._url} refused a report with status {status}")
        stored, failed = told
        there = stored | {uid for uid, reason in failed.items() if reason in _DUPLICATES}
        if uids - there:
            reasons = ", ".join(sorted({f"{failed.get(uid, 0):04X}" for uid in uids - there}))
            raise RefusedError(
                f"{self._url} refused {len(uids - there)} of {len(uids)} objects (status {status}, "
                f"reason {reasons}); its own log says why"
            )

    def find(self, *, days: int) -> Iterator[Place]:
        """Study, series and instance of the mammograms of the last days that are not known yet.

        A series is looked into again only once it has more instances than before, or if one of it
        was `missed`.

        Args:
            days: back from today, by study date.

        Raises:
            UnreachableError: it does not answer, or not as DICOMweb does.
        """
        since = (date.today() - timedelta(days=days)).strftime("%Y%m%d")
        wanted = {"Modality": "MG", "StudyDate": f"{since}-"}
        for series in self._pages("series", wanted):
            at = (_value(series, _STUDY), _value(series, _SERIES))
            count = _value(series, _INSTANCES)
            if count and self._seen.get(at) == count:
                continue
            self._seen.pop(at, None)
            self._missed.discard(at)
            for found in self._pages("instances", {}, study=at[0], series=at[1]):
                if _value(found, _SOP_CLASS) in (*TAKEN, ""):
                    yield (*at, _value(found, _SOP_INSTANCE))
            # Once all were asked for: whoever stops in between begins again.
            if at not in self._missed:
                self._seen[at] = count

    def missed(self, place: Place) -> None:
        """Says that an instance is still wanted: its series is looked into again."""
        self._missed.add(place[:2])

    def fetch(self, place: Place) -> bytes:
        """An instance as a file, in the transfer syntax that it is kept in.

        Raises:
            UnreachableError: it is not given now.
            DecodeError: this one is not given, or what is given is no DICOM.
        """
        study, series, instance = place
        try:
            dataset = self._client.retrieve_instance(
                study, series, instance, media_types=(("application/dicom", "*"),)
            )
            buffer = io.BytesIO()
            dataset.save_as(buffer, enforce_file_format=True)
            return buffer.getvalue()
        except requests.HTTPError as error:
            if error.response.status_code in PASSING - {500}:
                raise _unreachable(self._url, error) from None
            status = error.response.status_code
            raise DecodeError(f"{self._url} answered {status} to one instance") from None
        except requests.RequestException as error:
            raise _unreachable(self._url, error) from None
        # dicomweb-client reads what comes by pydicom, which raises whatever it may.
        except Exception:  # noqa: BLE001
            raise DecodeError(f"{self._url} gave an instance that is no DICOM") from None

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
            # What the client makes of an answer that is none, or of a UID that is none.
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise UnreachableError(
                    f"{self._url} gave no answer of DICOMweb ({type(error).__name__})"
                ) from None
            # A page may be shorter than was asked for (PS3.18 8.3.4.4), and no last one.
            if not found:
                return
            yield from found
            start += len(found)


def _value(found: dict[str, Any], tag: str) -> str:
    values = found.get(tag, {}).get("Value", [])
    return str(values[0]) if values else ""


def _stored(answer: requests.Response) -> tuple[set[str], dict[str, int]] | None:
    """UIDs that are stored, and UID → reason of those that failed; None where it does not say."""
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind not in (_JSON, "application/json"):
        return None
    try:
        told = answer.json()
        told = told[0] if isinstance(told, list) else told
        stored = {str(_only(each, _REFERENCED)) for each in _items(told, _STORED)}
        failed = {
            str(_only(each, _REFERENCED)): int(_only(each, _REASON))
            for each in _items(told, _FAILED)
        }
    # Whatever it is, it is none of what PS3.18 10.5.3 and PS3.18 F describe.
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return None
    return stored, failed


def _items(told: dict[str, Any], tag: str) -> list[dict[str, Any]]:
    return list(told.get(tag, {}).get("Value", []))


def _only(item: dict[str, Any], tag: str) -> Any:
    return item[tag]["Value"][0]


def _uid(content: bytes) -> Any:
    return pydicom.dcmread(
        io.BytesIO(content), stop_before_pixels=True, specific_tags=["SOPInstanceUID"]
    ).SOPInstanceUID


def _unreachable(url: str, error: requests.RequestException) -> UnreachableError:
    # Not its message, which may hold a query or a header.
    status = getattr(getattr(error, "response", None), "status_code", None)
    seen = f"answered {status}" if status else f"did not answer ({type(error).__name__})"
    return UnreachableError(f"{url} {seen}; see whether it runs and lets this side in")
