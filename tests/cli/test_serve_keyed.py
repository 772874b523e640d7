"""A real server that others can reach: with keys, a log, and lines for a program."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from typer.testing import CliRunner

from mammoscope.cli import app
from mammoscope.datasets.phantom import make_phantom
from tests.published import write_tiny_model

COMMAND = [sys.executable, "-c", "from mammoscope.cli import app; app()", "serve"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_a_server_that_is_killed_leaves_a_log_that_is_whole(tmp_path: Path) -> None:
    write_tiny_model(tmp_path, "alpha", seed=1)
    pixels = np.rint(make_phantom(1, laterality="L", view="CC").pixels * 255).astype(np.uint8)
    files = {"file": ("CANARY^Anna.png", cv2.imencode(".png", pixels)[1].tobytes())}
    keys = ["--key-file", str(tmp_path / "keys.json")]
    token = CliRunner().invoke(app, ["keys", "add", "reader", *keys]).stdout.strip()
    log = [
        *("--audit-log", f"sqlite:///{tmp_path / 'audit.db'}"),
        *("--audit-key", str(tmp_path / "audit.key")),
    ]
    # Every address of this machine, which nobody may listen on without a key.
    words = ["--host", "0.0.0.0", "--port", "0", "--zoo", str(tmp_path), *keys, *log]
    with subprocess.Popen(
        [*COMMAND, *words, "--log-format", "json"],
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            assert "with a key" in process.stderr.readline()
            port = process.stderr.readline().split()[2].rpartition(":")[2]
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
                assert client.get("/api/health").status_code == 200
                refused = client.post("/api/predictions", files=files)
                assert refused.status_code == 401 and "www-authenticate" in refused.headers
                client.headers["authorization"] = f"Bearer {token}"
                for _ in range(3):
                    assert client.post("/api/predictions", files=files).status_code == 200
                assert client.get("/metrics").status_code == 403
        finally:
            process.kill()
            _, err = process.communicate(timeout=20)
    verified = CliRunner().invoke(app, ["log", "verify", *log])
    assert verified.exit_code == 0 and verified.stdout.startswith("head 3:")
    lines = [json.loads(line) for line in err.splitlines()]
    answers = [(line["route"], line["status"]) for line in lines if "route" in line]
    assert answers.count(("/api/predictions", 200)) == 3 and ("-", 401) in answers
    key_id = token.split("_")[1]
    assert [line["key"] for line in lines if line.get("status") == 200] == ["none", *[key_id] * 3]
    assert "CANARY" not in err and token.split("_", 2)[2] not in err
