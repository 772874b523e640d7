"""deploy/, run: the proxy, the archive, and the gateway of compose.yaml beside them.

No container engine is asked for. What a container would be is a mount namespace: a read-only file
system, the service's user, its secrets of prepare.sh at their places.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import requests

from mammoscope.ledger.private_file import read_private
from tests.conftest import REPOSITORY
from tests.interop.certificates import Certificates
from tests.interop.mammograms import mammogram
from tests.interop.orthanc import find_program, free_port
from tests.ledger.postgres import Postgres, find_programs
from tests.serving.real_server import is_open, wait_for
from tests.test_deploy import DEPLOY, SERVICES

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
ORTHANC, POSTGRES = find_program(), find_programs()
PLUGIN = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"
IS_ROOT = sys.platform == "linux" and os.geteuid() == 0
PATIENCE_S = 120


# The proxy


class Web(BaseHTTPRequestHandler):
    """Stands for `mammoscope serve`: answers with the host that it was called by."""

    def do_GET(self) -> None:
        body = self.headers["Host"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def write_proxy(folder: Path, *, listen: int, to: int) -> Path:
    """nginx.conf with this machine's ports and files."""
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    certificate, key = Certificates(folder).pair("proxy")
    places = {
        # First: what comes in may lie there, too.
        "/tmp/": f"{folder}/",
        "listen 8443": f"listen 127.0.0.1:{listen}",
        "http://web:8000": f"http://127.0.0.1:{to}",
        "/run/secrets/proxy.pem": str(certificate),
        "/run/secrets/proxy.key": str(key),
    }
    for place, here in places.items():
        assert place in text
        text = text.replace(place, here)
    path = folder / "nginx.conf"
    path.write_text(text)
    return path


@pytest.mark.skipif(NGINX is None, reason="nginx is not here")
def test_nginx_takes_its_configuration_and_refuses_a_spoilt_one(tmp_path: Path) -> None:
    path = write_proxy(tmp_path, listen=free_port(), to=8000)
    look = [str(NGINX), "-t", "-p", str(tmp_path), "-c", str(path)]
    done = subprocess.run(look, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr
    path.write_text(path.read_text().replace("ssl_protocols", "ssl_protocol"))
    assert subprocess.run(look, capture_output=True, check=False).returncode != 0


@pytest.mark.skipif(NGINX is None, reason="nginx is not here")
def test_the_proxy_adds_tls_keeps_the_name_and_refuses_what_is_too_large(tmp_path: Path) -> None:
    port = free_port()
    with HTTPServer(("127.0.0.1", 0), Web) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        path = write_proxy(tmp_path, listen=port, to=web.server_port)
        words = [str(NGINX), "-p", str(tmp_path), "-c", str(path)]
        with subprocess.Popen([*words, "-g", "daemon off; master_process off;"]) as nginx:
            try:
                wait_for(lambda: is_open(port))
                context = ssl.create_default_context(cafile=str(tmp_path / "authority.pem"))
                tls = partial(HTTPSConnection, context=context)
                small, host = ask(tls, port, "GET", "/api/health")
                assert (small.status, host) == (200, b"reader.example")
                assert "max-age=" in small.headers["Strict-Transport-Security"]
                announced = {"Content-Length": str(128 * 2**20 + 1)}
                too_large, _ = ask(tls, port, "POST", "/api/images", **announced)
                in_the_clear, _ = ask(HTTPConnection, port, "GET", "/api/health")
                assert (too_large.status, in_the_clear.status) == (413, 400)
            finally:
                nginx.terminate()
                nginx.wait(30)
                web.shutdown()


def ask(
    connect: Callable[..., HTTPConnection], port: int, method: str, path: str, **headers: str
) -> tuple[HTTPResponse, bytes]:
    """The answer to a request, which may announce a body that it does not send, and its body."""
    connection = connect("127.0.0.1", port, timeout=30)
    connection.request(method, path, headers={"Host": "reader.example", **headers})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


# The archive


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """What prepare.sh makes."""
    if not IS_ROOT:
        pytest.skip("prepare.sh makes files of other users, which root may")
    folder = tmp_path / "secrets"
    prepare = ["sh", str(DEPLOY / "prepare.sh"), str(folder)]
    subprocess.run(prepare, check=True, capture_output=True)
    return folder


class Archive:
    """The Orthanc of compose.yaml, on this machine's ports."""

    def __init__(self, folder: Path, secrets: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        users = json.loads(read_private(secrets / "archive-users.json"))["RegisteredUsers"]
        self.session = requests.Session()
        self.session.auth = ("gateway", users["gateway"])
        config = folder / "config"
        config.mkdir()
        shutil.copy(secrets / "archive-users.json", config / "users.json")
        settings = json.loads((DEPLOY / "orthanc.json").read_text(encoding="utf-8"))
        assert settings["Plugins"] == ["/usr/local/share/orthanc/plugins/libOrthancDicomWeb.so"]
        store = str(folder / "archive")
        here = {"StorageDirectory": store, "IndexDirectory": store, "Plugins": [PLUGIN]}
        ports = {"HttpPort": self.port, "DicomPort": free_port()}
        assert set(here) | set(ports) <= set(settings)
        (config / "orthanc.json").write_text(json.dumps({**settings, **here, **ports}))
        self.log = folder / "orthanc.log"
        self._words = [str(ORTHANC), str(config)]

    @contextmanager
    def running(self) -> Iterator[None]:
        with self.log.open("wb") as log, subprocess.Popen(self._words, stderr=log) as orthanc:
            try:
                wait_for(lambda: is_open(self.port) or orthanc.poll() is not None)
                assert orthanc.poll() is None, self.log.read_text()[-3000:]
                yield
            finally:
                orthanc.terminate()
                orthanc.wait(60)

    def reports(self) -> list[str]:
        query = {"Level": "Instance", "Query": {"Modality": "SR"}}
        answer = self.session.post(f"{self.url}/tools/find", json=query, timeout=60)
        answer.raise_for_status()
        return list(answer.json())


@pytest.mark.slow
@pytest.mark.skipif(ORTHANC is None, reason="Orthanc with its DICOMweb plugin is not here")
def test_orthanc_takes_its_configuration_and_asks_for_the_prepared_password(
    tmp_path: Path, secrets: Path
) -> None:
    archive = Archive(tmp_path, secrets)
    with archive.running():
        for path in ("/system", "/dicom-web/studies"):
            assert requests.get(archive.url + path, timeout=30).status_code == 401
        system = archive.session.get(f"{archive.url}/system", timeout=30).json()
        assert (system["Name"], system["DicomAet"]) == ("mammoscope", "ORTHANC")
        assert archive.session.get(f"{archive.url}/dicom-web/studies", timeout=30).json() == []
        known = archive.session.get(f"{archive.url}/modalities?expand", timeout=30).json()
        assert known["mammoscope"]["AET"] == "MAMMOSCOPE"


# The gateway


def load_script() -> ModuleType:
    path = REPOSITORY / "scripts" / "check_dockerfile.py"
    spec = importlib.util.spec_from_file_location("check_dockerfile", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Its dataclass looks itself up there.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def write_environment(folder: Path) -> None:
    """What stands for the image's /opt/mammoscope: this checkout and what is installed here."""
    made = [sys.executable, "-m", "venv", "--without-pip", "--symlinks", str(folder)]
    subprocess.run(made, check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (theirs,) = (path for path in sys.path if path.endswith("site-packages"))
    (packages / "here.pth").write_text(f"{REPOSITORY}\n{theirs}\n")
    program = folder / "bin" / "mammoscope"
    program.write_text("#!/opt/mammoscope/bin/python\nfrom mammoscope.cli import app\napp()\n")
    program.chmod(0o755)


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Iterator[Postgres]:
    """A PostgreSQL whose socket the gateway's user reaches, also where /tmp is empty."""
    assert POSTGRES is not None
    monkeypatch.setattr(tempfile, "tempdir", "/var/tmp")
    server = Postgres(POSTGRES)
    try:
        yield server
    finally:
        server.remove()


def ask_for_passwords(server: Postgres, password: str) -> Path:
    """Makes the role and the database of compose.yaml; gives the folder of the socket."""
    folder = Path(server.url().partition("host=")[2])
    folder.chmod(0o711)
    server.execute(f"CREATE ROLE mammoscope LOGIN PASSWORD '{password}'")
    server.execute("CREATE DATABASE mammoscope OWNER mammoscope")
    rules = folder / "hba.conf"
    rules.write_text("local all owner trust\nlocal all all scram-sha-256\n")
    rules.chmod(0o644)
    server.execute(f"ALTER SYSTEM SET hba_file = '{rules}'")
    server.stop()
    server.start()
    return folder


@pytest.mark.slow
@pytest.mark.skipif(ORTHANC is None, reason="Orthanc with its DICOMweb plugin is not here")
@pytest.mark.skipif(POSTGRES is None, reason="PostgreSQL is not here")
@pytest.mark.skipif(not IS_ROOT, reason="mounts, which root may")
def test_the_gateway_of_compose_reads_what_arrives_and_sends_the_report_as_nobody(
    tmp_path: Path, secrets: Path, request: pytest.FixtureRequest
) -> None:
    script = load_script()
    if not script.readable_by_all(REPOSITORY):
        pytest.skip("the checkout is closed to other users")
    service = SERVICES["gateway"]
    database = request.getfixturevalue("database")
    password = read_private(secrets / "database.password").decode().strip()
    sockets = ask_for_passwords(database, password)
    archive = Archive(tmp_path, secrets)

    stage = script.Stage("gateway", tmp_path / "container", user=service["user"])
    stage.environment = {"PATH": "/opt/mammoscope/bin:$PATH", **service["environment"]}
    write_environment(stage.root / "opt" / "mammoscope")
    keys = stage.root / "keys"
    user, group = map(int, stage.user.split(":"))
    keys.mkdir(mode=0o700)
    os.chown(keys, user, group)
    for secret in service["secrets"]:
        target = keys / Path(secret["target"]).relative_to("/keys")
        # As a bind mount gives it: with its owner and its mode.
        shutil.copy2(secrets / secret["source"], target)
        os.chown(target, user, group)
    entry = keys / "pgpass"
    entry.write_text(entry.read_text().replace("postgres:5432", f"{sockets}:5432"))

    here = {
        "0.0.0.0": "127.0.0.1",
        "http://orthanc:8042": archive.url,
        "@postgres/mammoscope": f"@/mammoscope?host={sockets}",
    }
    words = [*service["command"], f"--port={free_port()}"]
    for place, moved in here.items():
        assert any(place in word for word in words)
        words = [word.replace(place, moved) for word in words]

    with script.mount_points(), archive.running():
        image = mammogram(StudyDate=time.strftime("%Y%m%d"))
        archive.session.post(f"{archive.url}/instances", data=image, timeout=60).raise_for_status()
        command = script.namespace(stage, words, read_only=True)
        environment = script.environment(stage)
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as gateway:
            try:
                end = time.monotonic() + PATIENCE_S
                while not archive.reports() and gateway.poll() is None and time.monotonic() < end:
                    time.sleep(0.5)
            finally:
                gateway.terminate()
                assert gateway.stderr is not None
                said = gateway.stderr.read().decode()
        assert gateway.returncode == 0, said
        assert len(archive.reports()) == 1, said
        assert queue_status(script, stage, words) == {
            "to read": 0,
            "to send": 0,
            "parked": 0,
            "done": 1,
        }
        # The password is what let it in.
        entry.write_text("")
        with pytest.raises(subprocess.CalledProcessError):
            queue_status(script, stage, words)


def queue_status(script: ModuleType, stage: Any, words: list[str]) -> dict[str, int]:
    given = [word for word in words if word.startswith("--queue")]
    look = ["mammoscope", "queue", "status", "--json", *given]
    command = script.namespace(stage, look, read_only=True)
    environment = script.environment(stage)
    done = subprocess.run(command, env=environment, check=True, capture_output=True)
    return dict(json.loads(done.stdout))
