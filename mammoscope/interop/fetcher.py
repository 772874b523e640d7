"""Mammograms out of a DICOMweb archive, as they come in there."""

from __future__ import annotations

import logging
import threading

from mammoscope.interop.destination import UnreachableError
from mammoscope.interop.dicomweb import DicomWeb
from mammoscope.interop.gateway import Gateway
from mammoscope.types import DecodeError, MammoscopeError

_LOG = logging.getLogger("mammoscope.interop")


class Fetcher:
    """Looks for mammograms now and then, in a thread of its own."""

    def __init__(self, archive: DicomWeb, gateway: Gateway, *, every_s: float, days: int) -> None:
        """Begins when it is entered.

        Args:
            archive: to look in.
            gateway: what is found is put into, once.
            every_s: between two looks.
            days: how old a study may be, by its date.
        """
        self._archive, self._gateway = archive, gateway
        self._every_s, self._days = every_s, days
        self._stopping = threading.Event()
        # Of those that do not come it is said once.
        self._told: set[str] = set()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Fetcher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def look(self) -> int:
        """Puts in what the gateway does not know yet; gives how many that were.

        Raises:
            UnreachableError: the archive does not answer.
            LedgerError: the queue does not.
        """
        count = 0
        for place in self._archive.find(days=self._days):
            if self._stopping.is_set():
                break
            uid = place[-1]
            if self._gateway.has(uid):
                continue
            try:
                count += self._gateway.keep(uid, self._archive.fetch(place))
            except DecodeError as error:
                # It blocks no other, and is asked for again each time.
                self._archive.missed(place)
                if uid not in self._told:
                    _LOG.warning("an instance does not come: %s", error)
                self._told.add(uid)
        return count

    def _run(self) -> None:
        was_well = True
        while not self._stopping.is_set():
            try:
                self.look()
                was_well = True
            except UnreachableError as error:
                _LOG.log(
                    logging.WARNING if was_well else logging.DEBUG, "no images come: %s", error
                )
                was_well = False
            except MammoscopeError as error:
                _LOG.error("no images come: %s", error)
            # A fetcher that ended would leave a gateway that looks as if it were well.
            except Exception:  # noqa: BLE001
                _LOG.critical("a defect of ours: no images come", exc_info=True)
            self._stopping.wait(self._every_s)
