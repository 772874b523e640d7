"""Each parser stands some seconds of fuzzing that is guided by the lines reached."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("atheris") is None,
        reason="atheris is not here: make fuzz installs it where it has a wheel",
    ),
]
TARGETS = ("decode", "card", "preprocess", "form", "keys", "reply")
SECONDS = 10


def fuzzed(target: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "temp").mkdir()
    command = [sys.executable, "-m", "tests.fuzz.guided", target, str(SECONDS)]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "TMPDIR": str(folder / "temp")}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, errors="replace"
    )


@pytest.mark.parametrize("target", TARGETS)
def test_a_parser_raises_no_error_but_those_it_promises(target: str, tmp_path: Path) -> None:
    run = fuzzed(target, tmp_path)
    assert run.returncode == 0, run.stderr[-3000:]
    done = re.search(r"Done (\d+) runs", run.stderr)
    assert done is not None and int(done[1]) > 300
    assert [path.name for path in tmp_path.rglob("*")] == ["temp"]


def test_an_error_of_another_kind_is_told_and_its_input_kept(tmp_path: Path) -> None:
    run = fuzzed("faulty", tmp_path)
    assert run.returncode != 0 and "planted" in run.stdout + run.stderr
    (kept,) = tmp_path.glob("crash-*")
    assert len(kept.read_bytes()) % 10 == 7


def test_make_fuzz_tries_every_parser() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    assert f"for target in {' '.join(TARGETS)}; do" in makefile
