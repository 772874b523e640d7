"""The audit log as the server uses it: an answer that cannot be logged is not given."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mammoscope.inference.answer import Reading
from mammoscope.ledger.entry import NO_MODEL, Entry
from mammoscope.serving.problems import UNLOGGED, ProblemError
from mammoscope.serving.settings import Settings
from mammoscope.types import DecodeError, MammoscopeError, Prediction

if TYPE_CHECKING:
    from mammoscope.ledger.audit_log import AuditLog

_RETRY_S = 5
_LOG = logging.getLogger("mammoscope.serving")


class Audit:
    """Writes what was answered to a log, or does nothing where none is kept."""

    def __init__(self, log: AuditLog | None = None) -> None:
        self._log = log

    def close(self) -> None:
        """Gives the log's connections back."""
        if self._log is not None:
            self._log.close()

    def logged(self, read: Callable[[], Reading], data: bytes, *, key_id: str) -> Reading:
        """What `read` makes of a file, once the log holds it. Blocks; for a thread.

        Raises:
            ProblemError: 503, it could not be logged.
            DecodeError: the file cannot be read, and the log holds that it was tried.
        """
        try:
            reading = read()
        except DecodeError:
            self.record(data, None, key_id=key_id)
            raise
        self.record(data, reading.predictions, key_id=key_id)
        return reading

    def record(self, data: bytes, predictions: Sequence[Prediction] | None, *, key_id: str) -> None:
        """Writes a row a prediction, all or none. Blocks; for a thread.

        Args:
            data: the whole upload; only a keyed digest of it is written.
            predictions: what was answered, None where the file could not be read.
            key_id: whose request it was.

        Raises:
            ProblemError: 503, they could not be written.
        """
        if self._log is None:
            return
        digest = self._log.seal.input_digest(data)
        try:
            if predictions is None:
                entries = [Entry(key_id=key_id, model=NO_MODEL, input=digest, verdict="not read")]
            else:
                entries = [
                    Entry(key_id=key_id, model=each.model, input=digest, verdict=each.verdict)
                    for each in predictions
                ]
            self._log.append(entries)
        except MammoscopeError as error:
            _LOG.error("an answer was not given, since it could not be logged: %s", error)
            raise ProblemError(
                UNLOGGED,
                "this server gives no answer that its audit log does not hold, and the log cannot "
                "be written; its own log says why",
                headers={"Retry-After": str(_RETRY_S)},
            ) from None


def open_audit(settings: Settings) -> Audit:
    """The log that the settings ask for.

    Raises:
        MammoscopeError: it cannot be opened, was tampered with at its end, or one of the two
            settings is missing.
    """
    if settings.audit_log is None and settings.audit_key is None:
        return Audit()
    if settings.audit_log is None or settings.audit_key is None:
        raise MammoscopeError(
            "an audit log needs both settings: --audit-log URL, where its rows go, and "
            "--audit-key FILE, the secret that seals them, kept elsewhere"
        )
    # SQLAlchemy comes with it, and most servers keep no log.
    from mammoscope.ledger.audit_log import AuditLog  # noqa: PLC0415

    log = AuditLog(settings.audit_log.get_secret_value(), secret_file=settings.audit_key)
    log.check_end()
    return Audit(log)
