"""A decoder that one file brings down."""

from __future__ import annotations

import os
import signal
from typing import Any

from mammoscope.images import decode as real
from mammoscope.types import BreastImage


def decode(data: bytes, **options: Any) -> BreastImage:
    if data == b"not an image":
        os.kill(os.getpid(), signal.SIGSEGV)
    return real.decode(data, **options)
