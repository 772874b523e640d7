"""The Dockerfile's steps, run where no container engine is."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY

TEXT = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")


def test_the_image_runs_as_nobody_and_tells_whether_it_is_well() -> None:
    last = TEXT.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 65534:65534$", last, re.MULTILINE)
    assert "/api/health" in last.partition("HEALTHCHECK")[2]
    assert "--key-file" in json.loads(last.rpartition("\nCMD ")[2])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounts, which root may")
@pytest.mark.parametrize("extras", ["", "gateway,postgres"])
def test_its_steps_run_and_the_server_answers_as_nobody_on_a_read_only_file_system(
    extras: str,
) -> None:
    command = [sys.executable, str(REPOSITORY / "scripts" / "check_dockerfile.py"), extras]
    run = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    assert "an upload without a key was refused" in run.stderr
    assert ("the gateway listens" in run.stderr) == ("gateway" in extras)
