"""A DICOM node that takes mammograms in: C-ECHO and C-STORE, for peers on a list."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from pydicom.uid import (
    DigitalMammographyXRayImageStorageForPresentation,
    DigitalMammographyXRayImageStorageForProcessing,
)
from pynetdicom import AE, evt
from pynetdicom.sop_class import Verification
from pynetdicom.transport import ThreadedAssociationServer

from mammoscope.interop.connection import PDU_BYTES, SECONDS, bound
from mammoscope.interop.instance import TAKEN_SYNTAXES, read_header
from mammoscope.interop.peer import Tls
from mammoscope.interop.quiet import quiet_libraries
from mammoscope.types import DecodeError, MammoscopeError

# Tomosynthesis is not: what an archive sends of it would only be parked.
TAKEN = (
    DigitalMammographyXRayImageStorageForPresentation,
    DigitalMammographyXRayImageStorageForProcessing,
)
SUCCESS, OUT_OF_RESOURCES, UNLIKE, NOT_UNDERSTOOD = 0x0000, 0xA700, 0xA900, 0xC000  # PS3.4 B.2.3
# Of one that opens a connection and asks for nothing: each holds a place meanwhile.
_ASK_S = 5
# Of a message's length: what its fragments' own headers may add to it.
_OVERHEAD = 0.01
_LOG = logging.getLogger("mammoscope.interop")

# SOP Instance UID and the whole file → nothing, once it is kept.
Keep = Callable[[str, bytes], object]


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """What a node is, and whom it lets in.

    Attributes:
        title: of this application entity.
        host, port: it listens on; port 0 = any free one.
        peers: AE titles that may call; empty = every one.
        tls: both sides show certificates; None = in the clear.
        most_bytes: of an image, or of all that a peer has waiting; who sends more is cut off.
        most_associations: at a time; each holds `most_bytes` in memory at most.
    """

    title: str = "MAMMOSCOPE"
    host: str = "127.0.0.1"
    port: int = 11112
    peers: Sequence[str] = field(default=())
    tls: Tls | None = None
    most_bytes: int = 256 * 2**20
    most_associations: int = 25


class Node:
    """Listens until it is closed. A peer is told success only once its image is kept."""

    def __init__(self, config: NodeConfig, keep: Keep) -> None:
        """Starts to listen.

        Args:
            config: of the node.
            keep: what arrives, on the disk; called from several threads.

        Raises:
            MammoscopeError: the address cannot be listened on, or TLS cannot be set up.
        """
        self._keep = keep
        self._most_bytes = config.most_bytes
        # Association → bytes of the message that is coming in. Not by `id`, which is used again.
        self._coming: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
        self._guard = threading.Lock()
        quiet_libraries()
        entity = AE(ae_title=config.title)
        entity.require_called_aet = True
        entity.require_calling_aet = list(config.peers)
        entity.maximum_associations = config.most_associations
        entity.acse_timeout = _ASK_S
        entity.dimse_timeout = entity.network_timeout = SECONDS
        # Each is taken apart in Python: of fewer and larger ones an image is read in less time.
        entity.maximum_pdu_size = PDU_BYTES
        entity.add_supported_context(Verification)
        for sop_class in TAKEN:
            entity.add_supported_context(sop_class, list(TAKEN_SYNTAXES))
        try:
            server = entity.start_server(
                (config.host, config.port),
                block=False,
                ssl_context=config.tls.server_context() if config.tls else None,
                evt_handlers=[
                    (evt.EVT_C_ECHO, lambda _: SUCCESS),
                    (evt.EVT_C_STORE, self._store),
                    (evt.EVT_PDU_RECV, self._count),
                    (evt.EVT_CONN_OPEN, bound),
                ],
            )
        except OSError as error:
            raise MammoscopeError(
                f"cannot listen on {config.host}, port {config.port}: {error.strerror}; "
                "choose another with --host or --port"
            ) from None
        assert isinstance(server, ThreadedAssociationServer)
        self._entity, self._server = entity, server

    def __enter__(self) -> Node:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def port(self) -> int:
        """That it listens on."""
        assert self._server.socket is not None
        return int(self._server.socket.getsockname()[1])

    def close(self) -> None:
        """Takes nothing more; what is being sent is cut off, and its sender knows that."""
        self._server.shutdown()
        for association in self._entity.active_associations:
            connection = association.dul.socket
            # Or it would be waited for until its peer has said the rest of what it began.
            if connection is not None and connection.socket is not None:
                with suppress(OSError):
                    connection.socket.shutdown(socket.SHUT_RDWR)
            # Ended, not aborted, as the entity's own shutdown would: who has asked for nothing yet
            # cannot be, and the library fails in trying.
            association.kill()

    def _store(self, event: Any) -> int:
        """Keeps an image, and says so, or says why not."""
        try:
            return self._kept(event)
        finally:
            # Not forgotten: who does not wait for answers has the next ones waiting here by now.
            done = round(len(event.request.DataSet.getvalue()) * (1 + _OVERHEAD)) + 4096
            with self._guard:
                self._coming[event.assoc] = max(0, self._coming.get(event.assoc, 0) - done)

    def _kept(self, event: Any) -> int:
        uid = str(event.request.AffectedSOPInstanceUID)
        try:
            data = event.encoded_dataset()
            header = read_header(data)
        except DecodeError as error:
            _LOG.warning("an image was refused: %s", error)
            return NOT_UNDERSTOOD
        same = (str(header.SOPInstanceUID), str(header.SOPClassUID))
        if same != (uid, str(event.request.AffectedSOPClassUID)):
            _LOG.warning("an image was refused: it is not the one that was announced")
            return UNLIKE
        try:
            self._keep(uid, data)
        except MammoscopeError as error:
            _LOG.error("an image could not be kept, and its sender was told so: %s", error)
            return OUT_OF_RESOURCES
        return SUCCESS

    def _count(self, event: Any) -> None:
        """Ends an association whose message outgrows what an image can be."""
        if getattr(event.pdu, "pdu_type", None) != 0x04:  # P-DATA-TF
            return
        with self._guard:
            coming = self._coming.get(event.assoc, 0) + event.pdu.pdu_length
            self._coming[event.assoc] = coming
            is_too_much = coming > self._most_bytes
        if is_too_much:
            _LOG.warning("a peer was cut off: it sent more than %d bytes", self._most_bytes)
            event.assoc.dul.socket.close()
