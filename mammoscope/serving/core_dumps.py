"""No core dump of the server: its memory holds images while they are answered."""

from __future__ import annotations

import ctypes
import sys

try:
    import resource
except ImportError:  # Windows, which writes none unless it is told to
    resource = None  # type: ignore[assignment]

_PR_SET_DUMPABLE = 4  # linux/prctl.h


def forbid_core_dumps() -> None:
    """For good, for this process and those it starts.

    On Linux neither may another program of the same user look into its memory: the size limit
    alone does not hold where the system pipes dumps into a program (`core(5)`).
    """
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
