"""`mammoscope serve`: a real server that comes up, answers and goes."""

from __future__ import annotations

import inspect
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from typer.testing import CliRunner

from mammoscope.cli import app
from mammoscope.cli.serve import is_loopback, serve
from mammoscope.datasets.phantom import make_phantom
from mammoscope.serving.keys import add_key, revoke_key
from mammoscope.serving.settings import OPTIONS, Settings
from tests.published import copy_version, write_tiny_model

REMOTE = ["serve", "--host", "0.0.0.0", "--port", "0"]
COMMAND = [sys.executable, "-c", "from mammoscope.cli import app; app()", "serve"]


def test_a_server_comes_up_answers_and_goes(tmp_path: Path) -> None:
    write_tiny_model(tmp_path, "alpha", seed=1)
    write_tiny_model(tmp_path, "beta", seed=2)
    copy_version(tmp_path, "beta", 2)
    pixels = np.rint(make_phantom(1, laterality="L", view="CC").pixels * 255).astype(np.uint8)
    image = cv2.imencode(".png", pixels)[1].tobytes()
    with subprocess.Popen(
        [*COMMAND, "--port", "0", "--zoo", str(tmp_path), "--model", "beta@1", "--model", "alpha"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "MAMMOSCOPE_MAX_UPLOAD_BYTES": "1000000"},
    ) as process:
        try:
            assert process.stderr is not None
            url = process.stderr.readline().split()[2]
            assert url.startswith("http://127.0.0.1:")
            with httpx.Client(base_url=url, timeout=30) as client:
                assert client.get("/api/health").json()["models"] == ["beta@1", "alpha@1"]
                files = {"file": ("CANARY^Anna.png", image)}
                answer = client.post("/api/predictions?CANARY", files=files)
                assert answer.status_code == 200
                assert answer.json()["predictions"][0]["model"] == "beta@1"
                assert "server" not in answer.headers
                # Through a real socket, the refusal reaches a client that is still sending.
                large = client.post("/api/predictions", files={"file": ("a", bytes(20_000_000))})
                assert large.status_code == 413
                assert client.get("/api/health").status_code == 200
        finally:
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert out == ""
    assert "POST /api/predictions 200" in err
    assert "CANARY" not in err and "Traceback" not in err


def test_other_machines_are_let_in_only_when_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1", "reader.example"):
        run = CliRunner().invoke(app, ["serve", "--host", host])
        assert run.exit_code == 2
        assert "--key-file" in run.stderr
        assert "--allow-remote-without-authentication" in "".join(run.stderr.split()).replace(
            "│", ""
        )
    monkeypatch.setenv("MAMMOSCOPE_HOST", "0.0.0.0")
    assert CliRunner().invoke(app, ["serve"]).exit_code == 2


def test_a_remote_address_is_known_by_its_own_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import uvicorn

    from mammoscope.serving import app as app_module

    seen = []
    monkeypatch.setattr(app_module, "create_app", seen.append)
    monkeypatch.setattr(uvicorn.Server, "run", lambda *_, **__: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    run = CliRunner().invoke(
        app, [*REMOTE, "--allow-remote-without-authentication", "--zoo", str(tmp_path)]
    )
    assert run.exit_code == 0
    assert "without a key" in run.stderr and "in the clear" in run.stderr
    assert "0.0.0.0" in seen[0].allowed_hosts and "localhost" in seen[0].allowed_hosts
    keys = tmp_path / "keys.json"
    run = CliRunner().invoke(app, [*REMOTE, "--key-file", str(keys), "--zoo", str(tmp_path)])
    assert run.exit_code == 0
    assert "with a key" in run.stderr and seen[1].key_file == keys


def test_keys_and_the_flag_for_none_contradict_each_other(tmp_path: Path) -> None:
    words = [*REMOTE, "--allow-remote-without-authentication", "--key-file", str(tmp_path / "k")]
    run = CliRunner().invoke(app, words)
    assert run.exit_code == 2 and "one of the two" in run.stderr


def test_a_key_file_without_a_key_in_force_is_one_line_at_the_start(tmp_path: Path) -> None:
    write_tiny_model(tmp_path, "alpha", seed=1)
    keys = tmp_path / "keys.json"
    words = [*REMOTE, "--key-file", str(keys), "--zoo", str(tmp_path)]
    run = CliRunner().invoke(app, words)
    assert run.exit_code == 1 and "no key file" in run.stderr
    key, _ = add_key(keys, "reader", scopes=["predict"], per_minute=1, days=None)
    revoke_key(keys, key.id)
    run = CliRunner().invoke(app, words)
    assert run.exit_code == 1 and "every key" in run.stderr


def test_half_an_audit_log_is_one_line_at_the_start(tmp_path: Path) -> None:
    words = ["serve", "--port", "0", "--zoo", str(tmp_path), "--audit-key", str(tmp_path / "k")]
    run = CliRunner().invoke(app, words)
    assert run.exit_code == 1 and "--audit-log URL" in run.stderr
    assert len(run.stderr.splitlines()) == 1


def test_the_help_names_the_one_option_that_has_no_environment_variable() -> None:
    text = " ".join(CliRunner().invoke(app, ["serve", "--help"]).stdout.split())
    assert (
        "option but --allow-remote-without-authentication" in text and "MAMMOSCOPE_<NAME>" in text
    )
    options = set(inspect.signature(serve).parameters)
    assert options - set(Settings.model_fields) == {"without_authentication"}


def test_the_options_that_errors_name_are_those_there_are() -> None:
    assert set(OPTIONS) == set(inspect.signature(serve).parameters) & set(Settings.model_fields)
    text = CliRunner().invoke(app, ["serve", "--help"], env={"COLUMNS": "200"}).stdout
    for option in OPTIONS.values():
        assert f"{option} " in text


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        *[("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True)],
        *[("0.0.0.0", False), ("::", False), ("10.0.0.1", False), ("localhost.evil", False)],
    ],
)
def test_only_this_machines_own_addresses_are_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        run = CliRunner().invoke(app, ["serve", "--port", port, "--zoo", str(tmp_path)])
    assert run.exit_code == 1
    assert len(run.stderr.splitlines()) == 1 and port in run.stderr


@pytest.mark.parametrize("name", ["gamma", "alpha@7"])
def test_a_model_that_is_not_there_is_one_line_at_the_start(tmp_path: Path, name: str) -> None:
    write_tiny_model(tmp_path, "alpha", seed=1)
    words = ["serve", "--port", "0", "--zoo", str(tmp_path), "--model", "alpha", "--model", name]
    run = CliRunner().invoke(app, words)
    assert run.exit_code == 1
    assert len(run.stderr.splitlines()) == 1 and name.rpartition("@")[2] in run.stderr


def test_a_named_model_that_was_changed_is_one_line_at_the_start(tmp_path: Path) -> None:
    write_tiny_model(tmp_path, "alpha", seed=1)
    (tmp_path / "alpha@1" / "model.onnx").write_bytes(b"changed")
    words = ["serve", "--port", "0", "--zoo", str(tmp_path), "--model", "alpha"]
    run = CliRunner().invoke(app, words)
    assert run.exit_code == 1
    assert len(run.stderr.splitlines()) == 1 and "SHA-256" in run.stderr


def test_a_senseless_setting_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAMMOSCOPE_CONCURRENCY", "0")
    run = CliRunner().invoke(app, ["serve"])
    assert run.exit_code == 1
    assert len(run.stderr.splitlines()) == 1 and "MAMMOSCOPE_CONCURRENCY" in run.stderr
