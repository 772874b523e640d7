"""Titles and addresses of application entities, and what is none."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from mammoscope.interop.peer import Peer, Tls, parse_peer, parse_title
from mammoscope.types import MammoscopeError
from tests.interop.certificates import Certificates


@pytest.mark.parametrize(
    ("text", "peer"),
    [
        ("PACS@10.0.0.5:104", Peer("PACS", "10.0.0.5", 104)),
        ("MY PACS 1@host.example:11112", Peer("MY PACS 1", "host.example", 11112)),
        ("A@[::1]:65535", Peer("A", "::1", 65535)),
    ],
)
def test_a_peer_is_a_title_a_host_and_a_port(text: str, peer: Peer) -> None:
    assert parse_peer(text) == peer


@pytest.mark.parametrize(
    "text",
    ["", "PACS", "PACS@host", "@host:104", "PACS@host:0", "PACS@host:65536", "PACS@host:x",
     "A" * 17 + "@host:104", "PA\\CS@host:104", " @host:104", "http://host:104"],
)  # fmt: skip
def test_what_is_no_peer_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(MammoscopeError, match="expected"):
        parse_peer(text)


@pytest.mark.parametrize("text", ["", " A", "A ", "A@B", "Ä", "A\nB", "A" * 17])
def test_what_is_no_title_is_refused(text: str) -> None:
    with pytest.raises(MammoscopeError, match="no AE title"):
        parse_title(text)


def test_files_that_are_no_certificates_are_refused(tmp_path: Path) -> None:
    made = Certificates(tmp_path)
    pair = made.pair("gateway")
    assert Tls(*pair, made.authority).server_context().verify_mode == ssl.CERT_REQUIRED
    assert Tls(*pair, made.authority).client_context().check_hostname
    nothing = tmp_path / "nothing.pem"
    for tls in (
        Tls(nothing, pair[1], made.authority),
        Tls(pair[0], made.pair("other")[1], made.authority),
        Tls(*pair, nothing),
    ):
        with pytest.raises(MammoscopeError, match="TLS cannot be set up"):
            tls.server_context()
