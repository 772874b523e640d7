"""Libraries that tell in their logs of whom an image is: not here."""

from __future__ import annotations

import logging
import warnings

from pynetdicom import _config

from mammoscope.images.dicom import quiet_pydicom

# They log UIDs, addresses with what was asked for, and values of headers.
_TALKERS = ("pynetdicom", "highdicom", "dicomweb_client", "urllib3")


def quiet_libraries() -> None:
    """Process-wide and idempotent on purpose, as `quiet_pydicom` is."""
    quiet_pydicom()
    for name in _TALKERS:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    # It warns of a name that has no caret, and quotes it.
    warnings.filterwarnings("ignore", module=r"highdicom(\.|$)")
    _config.LOG_REQUEST_IDENTIFIERS = _config.LOG_RESPONSE_IDENTIFIERS = False
