"""The server's memory is in no core dump, and no other program's to read."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, resource
from mammoscope.serving.core_dumps import forbid_core_dumps
get_dumpable = lambda: ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)  # PR_GET_DUMPABLE
before = get_dumpable()
forbid_core_dumps()
print(before, get_dumpable(), resource.getrlimit(resource.RLIMIT_CORE))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks the Linux kernel")
def test_a_process_that_forbade_core_dumps_cannot_be_dumped() -> None:
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert run.stdout == "1 0 (0, 0)\n", run.stderr
