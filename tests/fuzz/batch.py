"""The process that decodes mutated files, thousands of them, inside a decoder's limits.

A line on stdout says before each case that it begins, so that a case that ends the process, or
never ends, is known; and one says what is wrong with it.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np

from mammoscope.images.decode import Limits
from mammoscope.inference import sandbox
from mammoscope.types import BreastImage, DecodeError, Modality
from tests.fuzz.mutate import make_case
from tests.fuzz.seeds import seeds

MAX_PIXELS = 4_000_000
MEMORY_BYTES = 2 * 2**30
# Of one case, over what the process had before: the largest image permitted, three channels of
# float32 with their like once more and a mask, is 16 times its pixels and some.
GROWTH_BYTES = 400 * 2**20
SLOW_SECONDS = 3.0
Decode = Callable[..., BreastImage]
MODALITIES: tuple[Modality, Modality] = ("mammogram", "histology")


def main() -> None:
    """Arguments: seed, first index, how many, and "module:name" of the decoder."""
    seed, first, count = map(int, sys.argv[1:4])
    module, _, name = sys.argv[4].partition(":")
    decode: Decode = getattr(import_module(module), name)
    for data in seeds().values():
        _outcome(decode, data, "histology")  # imports what is imported late
    sandbox.limit(MEMORY_BYTES)
    peak = _peak()
    for index in range(first, first + count):
        name, data = make_case(seed, index)
        _say(begin=index)
        started = time.perf_counter()
        wrong, is_read = _outcome(decode, data, MODALITIES[index % 2])
        seconds = time.perf_counter() - started
        grown = _peak() - peak
        peak += grown
        if seconds > SLOW_SECONDS:
            wrong = f"took {seconds:.1f} s"
        if grown > GROWTH_BYTES:
            wrong = f"took {grown >> 20} MiB"
        if wrong:
            _say(wrong=wrong, index=index, name=name)
        if is_read:
            _say(read=index)
    _say(done=True)


def _outcome(decode: Decode, data: bytes, modality: Modality) -> tuple[str, bool]:
    """What is wrong, "" for nothing; and whether an image came of it."""
    try:
        image = decode(data, modality=modality, limits=Limits(max_pixels=MAX_PIXELS))
    except DecodeError as error:
        return ("" if str(error).isprintable() else "an error that cannot be shown"), False
    except Exception as error:  # noqa: BLE001 - the very thing that is looked for
        return f"{type(error).__name__}: {error}"[:300], False
    return fault_of(image), True


def fault_of(image: BreastImage) -> str:
    pixels = image.pixels
    if pixels.dtype != np.float32 or not pixels.size <= 3 * MAX_PIXELS:
        return f"an image of {pixels.dtype}, {pixels.shape}"
    if not np.isfinite(pixels).all() or pixels.min() < 0 or pixels.max() > 1:
        return "pixels outside [0, 1]"
    return ""


def _peak() -> int:
    """Bytes of memory that this process has held at most.

    Of this program alone, where the system tells it: ru_maxrss is inherited through exec, so that a
    large parent would hide what grows here.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return int(status.partition("VmHWM:")[2].split(maxsplit=1)[0]) * 1024


def _say(**values: object) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
