"""A decoder with every fault that fuzzing looks for, on files of certain lengths."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np

from mammoscope.types import BreastImage, DecodeError

FAULTS = ("ValueError", "status -6", "took 3", "MiB", "outside [0, 1]", "cannot be shown", "hung")
_ballast: list[object] = []


def decode(data: bytes, **_: Any) -> BreastImage:
    """One in ten files has a fault, the kind by its length; the others are refused.

    Sound seeds are decoded first, without a fault: a file of the mutator's is no seed.
    """
    from tests.fuzz.seeds import seeds

    if data in seeds().values() or len(data) % 10:
        raise DecodeError("sound")
    fault = FAULTS[len(data) // 10 % len(FAULTS)]
    if fault == "ValueError":
        raise ValueError("of a library")
    if fault == "status -6":
        os.abort()
    if fault in ("took 3", "hung"):
        time.sleep(3.1 if fault == "took 3" else 60)
    if fault == "MiB":
        _ballast.append(np.ones(60_000_000))
        _ballast.clear()
    if fault == "cannot be shown":
        raise DecodeError("two\nlines")
    image = BreastImage(np.zeros((2, 2), dtype=np.float32))
    if fault == "outside [0, 1]":
        image.pixels[0, 0] = np.nan
    return image
