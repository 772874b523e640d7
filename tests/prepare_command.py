"""Runs `mammoscope prepare` in a test, and reads what it wrote."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from mammoscope.cli import app
from mammoscope.inference import decode_worker

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
# Kept, for the test that wants a process started and ended by the command itself.
DecodeWorkers = decode_worker.DecodeWorkers


def share_decoding() -> Iterator[None]:
    """One decoding process for all commands of a module, since to start one takes half a second.

    A fixture's function.
    """
    with DecodeWorkers() as workers, pytest.MonkeyPatch.context() as patch:
        patch.setattr(decode_worker, "DecodeWorkers", lambda: nullcontext(workers))
        yield


def prepare(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["prepare", *map(str, arguments)])


def prepare_json(*arguments: object) -> dict[str, Any]:
    """What the command says with --json; it must not fail."""
    run = prepare("--json", *arguments)
    assert run.exit_code == 0 and run.stderr == "", run.stderr or repr(run.exception)
    values = json.loads(run.stdout)
    assert isinstance(values, dict)
    return values


def plain_words(text: str) -> str:
    """The text without colours, and out of the frame that usage errors are printed in."""
    return " ".join(_ANSI.sub("", text).replace("│", " ").split())


def picture(path: str | Path) -> np.ndarray:
    """The pixels of a PNG, gray or RGB."""
    read = np.asarray(cv2.imread(str(path), cv2.IMREAD_UNCHANGED))
    return read[..., ::-1] if read.ndim == 3 else read  # OpenCV reads BGR
