"""Reports are stored, once the archive says so; what else it says is told apart."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mammoscope.interop import connection
from mammoscope.interop.destination import RefusedError, UnreachableError
from mammoscope.interop.package import Package, make_package
from mammoscope.interop.peer import Peer, Tls
from mammoscope.interop.store_scu import StoreScu
from tests.interop.certificates import Certificates
from tests.interop.conftest import MakeFinding
from tests.interop.mammograms import header_of
from tests.interop.nodes import ARCHIVE, LEAVES_SOCKETS, Archive

pytestmark = LEAVES_SOCKETS


@pytest.fixture
def archive() -> Iterator[Archive]:
    archive = Archive()
    yield archive
    archive.stop()


@pytest.fixture(scope="module")
def package(make_finding: MakeFinding) -> Package:
    return make_package(make_finding(), pictures=True, fhir=False)


def to(archive: Archive, *, title: str = ARCHIVE, tls: Tls | None = None) -> StoreScu:
    return StoreScu(Peer(title, "127.0.0.1", archive.port), title="MAMMOSCOPE", tls=tls)


def test_all_of_a_package_arrives_over_one_association(archive: Archive, package: Package) -> None:
    destination = to(archive)
    for _ in range(2):
        destination.deliver(package)
    destination.close()
    uids = [header_of(each).SOPInstanceUID for each in package.objects]
    assert [each.SOPInstanceUID for each in archive.taken] == [*uids, *uids]
    assert archive.associations == 1


def test_an_archive_that_was_started_anew_is_found_again(
    archive: Archive, package: Package
) -> None:
    destination = to(archive)
    destination.deliver(package)
    archive.stop()
    with pytest.raises(UnreachableError, match=r"ARCHIVE@127\.0\.0\.1"):
        destination.deliver(package)
    archive.start()
    destination.deliver(package)
    destination.close()
    assert len(archive.taken) == 4


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (0xA700, UnreachableError),
        (0xA702, UnreachableError),
        (0xA900, RefusedError),
        (0xC123, RefusedError),
        (0x0124, RefusedError),
        (0xB000, None),
        (0x0111, None),
    ],
)
def test_what_an_archive_answers_is_told_apart(
    archive: Archive, package: Package, status: int, error: type[Exception] | None
) -> None:
    archive.status = status
    destination = to(archive)
    if error is None:
        destination.deliver(package)
    else:
        with pytest.raises(error):
            destination.deliver(package)
    destination.close()


def test_an_archive_that_stops_in_the_middle_of_an_answer_is_not_waited_for(
    package: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])

        def answer() -> None:
            peer, _ = listener.accept()
            peer.recv(100_000)
            peer.sendall(b"\x02\x00\x00\x00\x10\x00half")
            finished.wait(60)
            peer.close()

        finished = threading.Event()
        thread = threading.Thread(target=answer)
        thread.start()
        destination = StoreScu(Peer(ARCHIVE, "127.0.0.1", port), title="MAMMOSCOPE")
        began = time.monotonic()
        with pytest.raises(UnreachableError):
            destination.deliver(package)
        destination.close()
        assert time.monotonic() - began < 30
        finished.set()
        thread.join()


def test_an_archive_that_takes_no_pictures_refuses_them(package: Package) -> None:
    archive = Archive(takes_pictures=False)
    destination = to(archive)
    with pytest.raises(RefusedError, match="takes no Secondary Capture"):
        destination.deliver(package)
    archive.stop()
    assert len(archive.taken) == 1


def test_a_name_that_the_archive_does_not_have_is_unreachable(
    archive: Archive, package: Package
) -> None:
    with pytest.raises(UnreachableError, match="no association with OTHER@"):
        to(archive, title="OTHER").deliver(package)


def test_reports_travel_by_tls(package: Package, tmp_path: Path) -> None:
    made = Certificates(tmp_path)
    archive = Archive(tls=Tls(*made.pair("archive"), made.authority))
    ours = Tls(*made.pair("gateway"), made.authority)
    destination = to(archive, tls=ours)
    destination.deliver(package)
    destination.close()
    with pytest.raises(UnreachableError):
        to(archive).deliver(package)
    archive.stop()
    assert len(archive.taken) == 2
