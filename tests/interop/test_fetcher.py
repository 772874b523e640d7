"""What is new in an archive is put in once; what fails is told, and looked for again."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest

from mammoscope.interop.destination import UnreachableError
from mammoscope.interop.fetcher import Fetcher
from mammoscope.types import DecodeError, MammoscopeError


class Archive:
    """Holds instances, some of which cannot be given."""

    def __init__(self, *uids: str) -> None:
        self.uids = list(uids)
        self.broken: set[str] = set()
        self.trouble: MammoscopeError | None = None
        self.fetched: list[str] = []
        self.missing: list[str] = []
        self.looks = 0

    def find(self, *, days: int) -> Iterator[tuple[str, str, str]]:
        assert days == 3
        self.looks += 1
        if self.trouble is not None:
            raise self.trouble
        yield from (("study", "series", uid) for uid in self.uids)

    def missed(self, place: tuple[str, str, str]) -> None:
        self.missing.append(place[-1])

    def fetch(self, place: tuple[str, str, str]) -> bytes:
        if place[-1] in self.broken:
            raise DecodeError("no DICOM")
        self.fetched.append(place[-1])
        return place[-1].encode()


class Gateway:
    """Remembers what it was given."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def has(self, uid: str) -> bool:
        return uid in self.kept

    def keep(self, uid: str, data: bytes) -> bool:
        self.kept[uid] = data
        return True


def fetcher(archive: Archive, gateway: Gateway) -> Fetcher:
    parts: tuple[Any, Any] = archive, gateway
    return Fetcher(*parts, every_s=0.01, days=3)


def test_what_is_known_is_not_fetched_again() -> None:
    archive, gateway = Archive("1", "2"), Gateway()
    looking = fetcher(archive, gateway)
    assert looking.look() == 2 and looking.look() == 0
    archive.uids.append("3")
    assert looking.look() == 1
    assert archive.fetched == ["1", "2", "3"] and gateway.kept["3"] == b"3"


def test_what_is_no_dicom_is_left_out_and_the_others_are_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    archive, gateway = Archive("1", "2", "3"), Gateway()
    archive.broken.add("2")
    looking = fetcher(archive, gateway)
    assert looking.look() == 2 and looking.look() == 0
    assert set(gateway.kept) == {"1", "3"} and archive.missing == ["2", "2"]
    assert caplog.text.count("an instance does not come") == 1
    archive.broken.clear()
    assert looking.look() == 1 and set(gateway.kept) == {"1", "2", "3"}


def test_an_archive_that_is_away_is_told_of_once_and_looked_for_until_it_is_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    archive, gateway = Archive("1"), Gateway()
    archive.trouble = UnreachableError("nobody answers")
    with fetcher(archive, gateway):
        until(archive, 5)
        archive.trouble = None
        until(archive, archive.looks + 2)
    assert set(gateway.kept) == {"1"}
    assert caplog.text.count("nobody answers") == 1


def test_a_defect_of_ours_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    archive, gateway = Archive("1"), Gateway()
    archive.trouble = ZeroDivisionError("x")  # type: ignore[assignment]
    with fetcher(archive, gateway):
        until(archive, 2)
        archive.trouble = None
        until(archive, archive.looks + 2)
    assert set(gateway.kept) == {"1"} and "a defect of ours" in caplog.text


def until(archive: Archive, looks: int) -> None:
    end = time.monotonic() + 30
    while archive.looks < looks:
        assert time.monotonic() < end
        time.sleep(0.005)
