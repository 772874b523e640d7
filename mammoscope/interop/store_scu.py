"""Reports to a DICOM node: C-STORE over one association that is kept."""

from __future__ import annotations

import io
from typing import Any

import pydicom
from pydicom.uid import (
    ComprehensiveSRStorage,
    ExplicitVRLittleEndian,
    SecondaryCaptureImageStorage,
)
from pynetdicom import AE, evt
from pynetdicom.association import Association

from mammoscope.interop.connection import bound
from mammoscope.interop.destination import RefusedError, UnreachableError
from mammoscope.interop.package import Package
from mammoscope.interop.peer import Peer, Tls
from mammoscope.interop.quiet import quiet_libraries

_SENT = (ComprehensiveSRStorage, SecondaryCaptureImageStorage)
_CONNECT_S, _ANSWER_S = 10, 60
_DUPLICATE = 0x0111


class StoreScu:
    """A destination that speaks DICOM."""

    def __init__(self, peer: Peer, *, title: str, tls: Tls | None = None) -> None:
        """Connects to nobody yet.

        Args:
            peer: who is to have the reports.
            title: of this side.
            tls: as for the node.

        Raises:
            MammoscopeError: TLS cannot be set up.
        """
        quiet_libraries()
        self._peer = peer
        self._entity = AE(ae_title=title)
        self._entity.connection_timeout = self._entity.acse_timeout = _CONNECT_S
        self._entity.dimse_timeout = self._entity.network_timeout = _ANSWER_S
        for sop_class in _SENT:
            self._entity.add_requested_context(sop_class, ExplicitVRLittleEndian)
        self._tls = (tls.client_context(), peer.host) if tls else None
        self._association: Association | None = None

    def deliver(self, package: Package) -> None:
        """As `Destination.deliver`."""
        for content in package.objects:
            self._store(pydicom.dcmread(io.BytesIO(content)))

    def close(self) -> None:
        """Releases the association."""
        if self._association is not None and self._association.is_established:
            self._association.release()
        self._association = None

    def _store(self, dataset: Any) -> None:
        # The peer may have ended an idle association, which is seen by using it.
        for is_last in (False, True):
            is_new = self._association is None
            association = self._associated()
            try:
                status = association.send_c_store(dataset)
            except ValueError:
                self.close()
                raise RefusedError(
                    f"{self._peer} takes no {dataset.SOPClassUID.name}; let it take reports and "
                    "secondary captures, or send without pictures"
                ) from None
            except (RuntimeError, OSError):
                status = None
            if status:
                self._judge(int(status.Status))
                return
            association.abort()
            self._association = None
            if is_new or is_last:
                break
        raise UnreachableError(f"{self._peer} ended the association; see whether it is well")

    def _judge(self, status: int) -> None:
        # PS3.4 B.2.3: warnings 0xB… are stored; 0xA7.. is want of room. PS3.7 C.5.6: it has it.
        if status in (0x0000, _DUPLICATE) or status >> 12 == 0xB:
            return
        if status >> 8 == 0xA7:
            raise UnreachableError(f"{self._peer} is out of resources (status {status:04X})")
        raise RefusedError(
            f"{self._peer} refused a report with status {status:04X}; its own log says why"
        )

    def _associated(self) -> Association:
        if self._association is None or not self._association.is_established:
            peer = self._peer
            association = self._entity.associate(
                peer.host,
                peer.port,
                ae_title=peer.title,
                tls_args=self._tls,
                evt_handlers=[(evt.EVT_CONN_OPEN, bound)],
            )
            if not association.is_established:
                raise UnreachableError(
                    f"no association with {peer}: it is not there, does not know this side's AE "
                    "title, or wants other certificates"
                )
            self._association = association
        return self._association
