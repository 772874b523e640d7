"""Both ends of a DICOM association, in this process: who sends, and who takes reports."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pydicom
import pytest
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE, evt
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    ComprehensiveSRStorage,
    DigitalMammographyXRayImageStorageForPresentation,
    SecondaryCaptureImageStorage,
    Verification,
)

from mammoscope.interop.peer import Tls
from mammoscope.interop.quiet import quiet_libraries

# pynetdicom 3.0 leaves a socket that was refused to the garbage collector.
LEAVES_SOCKETS = [
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <(socket|ssl):pytest.PytestUnraisableExceptionWarning"
    ),
    pytest.mark.usefixtures("collected"),
]
SENDER, ARCHIVE = "SENDER", "ARCHIVE"


@contextmanager
def associated(port: int, *, title: str = SENDER, tls: Tls | None = None) -> Iterator[Any]:
    """An association with a node on this machine."""
    # Or its log records, which pytest keeps, would keep sockets alive.
    quiet_libraries()
    entity = AE(ae_title=title)
    entity.connection_timeout = entity.acse_timeout = entity.dimse_timeout = 10
    entity.add_requested_context(Verification)
    entity.add_requested_context(
        DigitalMammographyXRayImageStorageForPresentation, ExplicitVRLittleEndian
    )
    arguments: Any = {"tls_args": (tls.client_context(), "127.0.0.1")} if tls else {}
    association = entity.associate("127.0.0.1", port, ae_title="MAMMOSCOPE", **arguments)
    try:
        yield association
    finally:
        if association.is_established:
            association.release()


def send(association: Any, data: bytes, **changes: Any) -> int | None:
    """The status of a C-STORE; None where there is no answer."""
    dataset = pydicom.dcmread(io.BytesIO(data))
    for keyword, value in changes.items():
        setattr(dataset, keyword, value)
    status = association.send_c_store(dataset)
    return int(status.Status) if status else None


class Archive:
    """Takes reports, with a status that can be chosen."""

    def __init__(self, *, takes_pictures: bool = True, tls: Tls | None = None) -> None:
        self.status = 0x0000
        self.taken: list[Any] = []
        self.associations = 0
        self._pictures, self._tls = takes_pictures, tls
        self._port = 0
        self.start()

    @property
    def port(self) -> int:
        return self._port

    def start(self) -> None:
        entity = AE(ae_title=ARCHIVE)
        entity.require_called_aet = True
        entity.add_supported_context(ComprehensiveSRStorage)
        if self._pictures:
            entity.add_supported_context(SecondaryCaptureImageStorage)
        self._entity = entity
        server: Any = entity.start_server(
            ("127.0.0.1", self._port),
            block=False,
            ssl_context=self._tls.server_context() if self._tls else None,
            evt_handlers=[(evt.EVT_C_STORE, self._take), (evt.EVT_ACCEPTED, self._count)],
        )
        self._server = server
        self._port = server.socket.getsockname()[1]

    def stop(self) -> None:
        self._server.shutdown()
        self._entity.shutdown()

    def _take(self, event: Any) -> int:
        if self.status == 0x0000:
            self.taken.append(event.dataset)
        return self.status

    def _count(self, event: Any) -> None:
        self.associations += 1
