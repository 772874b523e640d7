"""What a DICOM connection may read at once, and how long it may wait for it."""

from __future__ import annotations

import time
from typing import Any

# Of a peer that says nothing, or stops in the middle of a word.
SECONDS = 60
# Of a message's fragments, as they are offered; and of anything that may come, such as a request
# for many contexts.
PDU_BYTES, MOST_PDU_BYTES = 2**17, 2**20
_CHUNK = 2**16


def bound(event: Any) -> None:
    """Handles `EVT_CONN_OPEN`: pynetdicom's sockets have no timeout, and it reads a PDU to its end.

    Whatever length a PDU says it has, no more than `MOST_PDU_BYTES` are read of one, and all of it
    within `SECONDS`, also where a byte comes now and then.
    """
    connection = event.assoc.dul.socket
    connection.socket.settimeout(SECONDS)

    def receive(count: int) -> bytearray:
        if count > MOST_PDU_BYTES:
            raise OSError(f"a PDU of {count} bytes")
        end = time.monotonic() + SECONDS
        received = bytearray()
        while len(received) < count:
            peer, left = connection.socket, end - time.monotonic()
            if peer is None or left <= 0:
                raise TimeoutError
            peer.settimeout(left)
            piece = peer.recv(min(_CHUNK, count - len(received)))
            if not piece:
                break
            received += piece
        if connection.socket is not None:
            connection.socket.settimeout(SECONDS)
        return received

    connection.recv = receive
