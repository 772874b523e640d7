"""The proxy of docs/security.md, run as it stands there."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
from pathlib import Path

import httpx
import pytest

from mammoscope.datasets.phantom import make_phantom
from tests.conftest import REPOSITORY
from tests.published import write_tiny_model
from tests.serving.pictures import png
from tests.serving.real_server import is_open, running, wait_for
from tests.serving.system_calls import STRACE, touched, traced

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
NAME = "reader.example"
MAIN = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u;
    scgi_temp_path {folder}/s;
{server}
}}
"""


@pytest.mark.slow
@pytest.mark.skipif(NGINX is None or STRACE is None, reason="nginx or strace is not here")
def test_an_upload_through_the_documented_proxy_is_answered_and_lies_on_no_disk(
    tmp_path: Path,
) -> None:
    write_tiny_model(tmp_path / "zoo", "alpha", seed=1)
    image = png(make_phantom(1, laterality="L", view="CC").pixels, rows=1200, columns=1000)
    make_certificate(tmp_path)
    with running(tmp_path / "zoo", allowed_hosts=NAME + ",127.0.0.1") as server:
        port = free_port()
        config, log = tmp_path / "nginx.conf", tmp_path / "strace.log"
        server_text = documented(tmp_path, listen=port, to=server.port)
        config.write_text(MAIN.format(folder=tmp_path, server=server_text))
        command = traced([str(NGINX), "-c", str(config), "-p", str(tmp_path)], log)
        with subprocess.Popen(command) as proxy:
            try:
                wait_for(lambda: is_open(port))
                trusted = ssl.create_default_context(cafile=str(tmp_path / "reader.pem"))
                trusted.check_hostname = False
                with httpx.Client(verify=trusted, headers={"Host": NAME}, timeout=60) as client:
                    url = f"https://127.0.0.1:{port}/api/predictions"
                    answer = client.post(url, files={"file": ("x", image)})
                    assert answer.status_code == 200
                    large = client.post(url, content=bytes(129 * 2**20))
                    assert large.status_code == 413
            finally:
                subprocess.run(["pkill", "-P", str(proxy.pid)], check=False)
                proxy.wait(30)
    written = [one for one in touched(log) if len(one.data) > 1000]
    assert not written, {one.path for one in written}


def documented(folder: Path, *, listen: int, to: int | None) -> str:
    """The configuration that stands in the documentation, on other ports and files."""
    text = (REPOSITORY / "docs" / "security.md").read_text(encoding="utf-8")
    found = re.search(r"```nginx\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return (
        found[1]
        .replace("listen 443", f"listen 127.0.0.1:{listen}")
        .replace("127.0.0.1:8000", f"127.0.0.1:{to}")
        .replace("/etc/ssl", str(folder))
    )


def make_certificate(folder: Path) -> None:
    subject = ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
    files = ["-keyout", str(folder / "reader.key"), "-out", str(folder / "reader.pem")]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    subprocess.run([*made, *subject, *files], check=True, capture_output=True)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
