"""Who is on the other end: application entities by title and address, and TLS between them."""

from __future__ import annotations

import re
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mammoscope.types import MammoscopeError

# PS3.5 table 6.2-1, AE: sixteen of the default repertoire, no backslash; and no @, which parts
# title and address here.
_TITLE = re.compile(r"[!-?A-\[\]-~]([ -?A-\[\]-~]{0,14}[!-?A-\[\]-~])?")
_ADDRESS = re.compile(r"(?P<title>[^@]+)@(?P<host>\[[^\]]+\]|[^:\[\]]+):(?P<port>[0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class Peer:
    """An application entity: title, host, port."""

    title: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.title}@{self.host}:{self.port}"


def parse_title(text: str) -> str:
    """An AE title.

    Raises:
        MammoscopeError: it is none.
    """
    if _TITLE.fullmatch(text) is None:
        raise MammoscopeError(
            f"{text!r} is no AE title; expected 1 to 16 printable ASCII characters without "
            "backslash or @"
        )
    return text


def parse_peer(text: str) -> Peer:
    """The peer of `TITLE@HOST:PORT`.

    Raises:
        MammoscopeError: the text is none.
    """
    match = _ADDRESS.fullmatch(text)
    if match is None or not 0 < int(match["port"]) < 65536:
        raise MammoscopeError(
            f"{text!r} is no application entity; expected TITLE@HOST:PORT, such as "
            "PACS@10.0.0.5:104"
        )
    return Peer(parse_title(match["title"]), match["host"].strip("[]"), int(match["port"]))


@dataclass(frozen=True, slots=True)
class Tls:
    """What this side shows, and whom it believes: PEM files.

    Both sides show a certificate (PS3.15 B.12, the BCP 195 profile): an AE title proves nothing.

    Attributes:
        certificate, key: of this side.
        authority: who signed the peers' certificates.
    """

    certificate: Path
    key: Path
    authority: Path

    def server_context(self) -> ssl.SSLContext:
        """Of a server that lets in only who shows a certificate. Raises: MammoscopeError."""
        return self._context(_LateHandshake(ssl.PROTOCOL_TLS_SERVER))

    def client_context(self) -> ssl.SSLContext:
        """Of a client that looks at the server's name, too. Raises: MammoscopeError."""
        return self._context(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))

    def _context(self, context: ssl.SSLContext) -> ssl.SSLContext:
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.verify_mode = ssl.CERT_REQUIRED
        try:
            context.load_cert_chain(self.certificate, self.key)
            context.load_verify_locations(self.authority)
        except (OSError, ssl.SSLError) as error:
            raise MammoscopeError(
                f"TLS cannot be set up of {self.certificate}, {self.key} and {self.authority} "
                f"({error.strerror or type(error).__name__}); expected PEM files of a certificate, "
                "its key and the authority that signed the peers' certificates"
            ) from None
        return context


class _LateHandshake(ssl.SSLContext):
    """Leaves the handshake to the first read, which is each connection's own thread's.

    pynetdicom 3.0 would wait for it where it accepts connections, so that one that says nothing
    kept all others out.
    """

    def wrap_socket(self, sock: socket.socket, *args: Any, **options: Any) -> ssl.SSLSocket:
        return super().wrap_socket(sock, *args, **{**options, "do_handshake_on_connect": False})
