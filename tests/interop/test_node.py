"""Who may send, what is taken, and what a sender is told where it is not."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydicom.uid import DigitalMammographyXRayImageStorageForProcessing

from mammoscope.interop import connection
from mammoscope.interop import node as module
from mammoscope.interop.node import (
    NOT_UNDERSTOOD,
    OUT_OF_RESOURCES,
    SUCCESS,
    UNLIKE,
    Node,
    NodeConfig,
)
from mammoscope.interop.peer import Tls
from mammoscope.types import MammoscopeError
from tests.interop.certificates import Certificates
from tests.interop.mammograms import header_of, mammogram
from tests.interop.nodes import LEAVES_SOCKETS, SENDER, associated, send

pytestmark = LEAVES_SOCKETS


@contextmanager
def listening(**config: Any) -> Iterator[tuple[Node, list[tuple[str, bytes]]]]:
    """A node, and what it kept."""
    kept: list[tuple[str, bytes]] = []
    with Node(NodeConfig(port=0, **config), lambda uid, data: kept.append((uid, data))) as node:
        yield node, kept


def test_an_image_is_kept_as_it_was_sent_and_then_its_sender_is_told_so() -> None:
    with listening(peers=[SENDER]) as (node, kept), associated(node.port) as association:
        assert association.send_c_echo().Status == SUCCESS
        assert send(association, mammogram()) == SUCCESS
        assert send(association, mammogram(2)) == SUCCESS
    assert [uid for uid, _ in kept] == [header_of(mammogram(n)).SOPInstanceUID for n in (1, 2)]
    one, sent = header_of(kept[0][1]), header_of(mammogram())
    assert one == sent and one.file_meta.TransferSyntaxUID == sent.file_meta.TransferSyntaxUID


def test_who_is_not_on_the_list_is_not_let_in() -> None:
    with listening(peers=["PACS"]) as (node, kept):
        with associated(node.port) as association:
            assert association.is_rejected
        with associated(node.port, title="PACS") as association:
            assert association.is_established
    assert kept == []


def test_without_a_list_everyone_is_let_in_but_not_by_another_name_for_this_node() -> None:
    with listening() as (node, _), associated(node.port) as association:
        assert association.is_established
    with listening(title="OTHER") as (node, _), associated(node.port) as association:
        assert association.is_rejected


def test_what_cannot_be_kept_is_the_senders_to_send_again() -> None:
    def full(uid: str, data: bytes) -> None:
        raise MammoscopeError("the disk is full")

    with Node(NodeConfig(port=0), full) as node, associated(node.port) as association:
        assert send(association, mammogram()) == OUT_OF_RESOURCES


def test_an_image_that_is_not_the_one_announced_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = header_of(mammogram(7))
    monkeypatch.setattr(module, "read_header", lambda data: other)
    with listening() as (node, kept), associated(node.port) as association:
        assert send(association, mammogram()) == UNLIKE
    assert kept == []


def test_a_header_that_does_not_say_of_which_study_it_is_is_refused() -> None:
    with listening() as (node, kept), associated(node.port) as association:
        assert send(association, mammogram(), StudyInstanceUID="") == NOT_UNDERSTOOD
        # And the association goes on.
        assert send(association, mammogram()) == SUCCESS
    assert len(kept) == 1


def test_what_is_no_mammogram_has_no_context() -> None:
    told = pytest.raises(ValueError, match="No presentation context")
    with listening() as (node, _), associated(node.port) as association, told:
        send(association, mammogram(), SOPClassUID="1.2.840.10008.5.1.4.1.1.7")
    assert DigitalMammographyXRayImageStorageForProcessing in module.TAKEN


def test_a_peer_that_never_stops_sending_is_cut_off() -> None:
    with listening(most_bytes=20_000) as (node, kept):
        assert len(mammogram()) > 200_000
        with associated(node.port) as association:
            assert send(association, mammogram()) is None
            association.abort()
        # Small ones add up to no large one, and others are not hindered.
        small = mammogram(PixelData=b"", Rows=0)
        with associated(node.port) as association:
            for _ in range(30):
                assert send(association, small) == SUCCESS
    assert len(kept) == 30 and 30 * len(small) > 20_000


def test_a_port_that_is_taken_is_told_at_once() -> None:
    told = pytest.raises(MammoscopeError, match=r"cannot listen on 127\.0\.0\.1")
    with listening() as (node, _), told:
        Node(NodeConfig(port=node.port), lambda uid, data: None)


def test_with_tls_only_who_shows_a_certificate_is_let_in(tmp_path: Path) -> None:
    made, others = Certificates(tmp_path), tmp_path / "others"
    others.mkdir()
    stranger = Tls(*Certificates(others).pair("stranger"), made.authority)
    with listening(tls=Tls(*made.pair("node"), made.authority)) as (node, kept):
        friend = Tls(*made.pair("friend"), made.authority)
        with associated(node.port, tls=friend) as association:
            assert send(association, mammogram()) == SUCCESS
        with associated(node.port) as association:
            assert not association.is_established
        with associated(node.port, tls=stranger) as association:
            assert not association.is_established
    assert len(kept) == 1


def test_a_connection_that_says_nothing_keeps_nobody_else_out(tmp_path: Path) -> None:
    made = Certificates(tmp_path)
    with listening(tls=Tls(*made.pair("node"), made.authority)) as (node, kept):
        friend = Tls(*made.pair("friend"), made.authority)
        silent = socket.create_connection(("127.0.0.1", node.port))
        with silent, associated(node.port, tls=friend) as association:
            assert send(association, mammogram()) == SUCCESS
    assert len(kept) == 1


def test_a_node_that_is_closed_ends_quietly_while_somebody_says_nothing() -> None:
    # A thread that fails would fail the test; before, three in four did.
    for _ in range(5):
        with listening() as (node, _):
            silent = socket.create_connection(("127.0.0.1", node.port))
            time.sleep(0.01)
        silent.close()


@pytest.mark.parametrize("begun", [b"", b"\x01", b"\x01\x00\x00\x00\x01\x00half"])
def test_who_stops_in_the_middle_of_a_word_is_cut_off(
    begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "SECONDS", 1)
    monkeypatch.setattr(module, "_ASK_S", 1)
    with listening() as (node, _), socket.create_connection(("127.0.0.1", node.port)) as peer:
        peer.sendall(begun)
        peer.settimeout(20)
        assert peer.recv(1000) == b""


def test_a_byte_now_and_then_is_no_sign_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "SECONDS", 1)
    with listening() as (node, _), socket.create_connection(("127.0.0.1", node.port)) as peer:
        began = time.monotonic()
        peer.sendall(b"\x01\x00\x00\x00\x10\x00")
        with pytest.raises(OSError, match=r"reset|[Pp]ipe"):
            for _ in range(100):
                peer.sendall(b"x")
                time.sleep(0.2)
        assert time.monotonic() - began < 15


def test_connections_that_came_and_went_keep_nobody_out_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_ASK_S", 1)
    with listening(most_associations=3) as (node, kept):
        for _ in range(5):
            socket.create_connection(("127.0.0.1", node.port)).close()
        end = time.monotonic() + 30
        while not kept:
            assert time.monotonic() < end
            with associated(node.port) as association:
                if association.is_established:
                    send(association, mammogram())


def test_it_closes_also_while_a_peer_is_in_the_middle_of_a_word() -> None:
    with socket.socket() as peer:
        with listening() as (node, _):
            peer.connect(("127.0.0.1", node.port))
            peer.sendall(b"\x01\x00\x00")
            time.sleep(0.3)
            began = time.monotonic()
        assert time.monotonic() - began < 15


def test_a_message_that_says_it_has_gigabytes_is_not_waited_for() -> None:
    with listening() as (node, _), socket.create_connection(("127.0.0.1", node.port)) as peer:
        peer.sendall(b"\x01\x00\x7f\xff\xff\xff")
        peer.settimeout(connection.SECONDS / 2)
        assert peer.recv(1000) == b""


def test_several_send_at_a_time() -> None:
    statuses: list[int | None] = []

    def sender(number: int, port: int) -> None:
        with associated(port) as association:
            statuses.append(send(association, mammogram(number)))

    with listening() as (node, kept):
        threads = [threading.Thread(target=sender, args=(n, node.port)) for n in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert statuses == [SUCCESS] * 5 and len({uid for uid, _ in kept}) == 5


def test_dcmtk_calls_and_sends(tmp_path: Path) -> None:
    if shutil.which("storescu") is None:
        pytest.skip("DCMTK is not here; `make system-deps` as root installs it")
    path = tmp_path / "image.dcm"
    path.write_bytes(mammogram())
    with listening(peers=[SENDER]) as (node, kept):
        address = ["-aec", "MAMMOSCOPE", "127.0.0.1", str(node.port)]
        for words in (
            ["echoscu", "-aet", SENDER, *address],
            ["storescu", "-aet", SENDER, *address, str(path)],
        ):
            run = subprocess.run(words, capture_output=True, text=True)
            assert run.returncode == 0, run.stderr
        refused = subprocess.run(
            ["echoscu", "-aet", "NOBODY", *address], capture_output=True, text=True
        )
        assert refused.returncode != 0 and "Not Recognized" in refused.stderr
    assert len(kept) == 1
