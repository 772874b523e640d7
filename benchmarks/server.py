"""A server in a process of its own, as the benchmarks start, ask and stop it."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np

from mammoscope.datasets.phantom import PhantomConfig, make_phantom

_BOUNDARY = "benchmark-boundary"
_START_S = 120


def phantom_png() -> bytes:
    """One synthetic view, 640 × 512 pixels of 16 bits, as a PNG."""
    pixels = make_phantom(1, laterality="L", view="MLO", config=PhantomConfig()).image.pixels
    done, data = cv2.imencode(".png", (pixels * 65535 + 0.5).astype(np.uint16))
    assert done
    return data.tobytes()


def form(data: bytes, **fields: str) -> tuple[bytes, dict[str, str]]:
    """Body and headers of an upload."""
    begin = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; name="
    parts = [f'{begin}"{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items()]
    head = f'{begin}"file"; filename="x"\r\nContent-Type: application/octet-stream\r\n\r\n'
    body = b"".join(parts) + head.encode() + data + f"\r\n--{_BOUNDARY}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}


def ask(port: int, data: bytes, *, model: str) -> None:
    """One question with its map, on a connection of its own; ends all if it is not answered."""
    body, headers = form(data, model=model, include="heatmap")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    connection.request("POST", "/api/predictions", body, headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"{answer.status}: {text[:300]!r}")


class Server:
    """`mammoscope serve` (or another program that prints its address), until the block ends.

    Attributes:
        port: where it listens on 127.0.0.1.
        seconds_to_start: until it first answered.
    """

    def __init__(
        self, words: list[str], *, command: list[str] | None = None, **environment: str
    ) -> None:
        command = command or [sys.executable, "-m", "mammoscope", "serve", "--port", "0"]
        self._log = tempfile.TemporaryFile(mode="w+b")  # noqa: SIM115
        started = time.perf_counter()
        self._popen = subprocess.Popen(
            [*command, *words],
            stdout=self._log,
            stderr=self._log,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
        )
        try:
            self.port = self._wait()
        except BaseException:
            self._popen.kill()
            raise
        self.seconds_to_start = time.perf_counter() - started

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._popen.terminate()
        self._popen.wait(60)
        self._log.close()

    def processes(self) -> list[int]:
        """The server and those it started, by process id."""
        found = [self._popen.pid]
        for pid in found:
            for task in Path(f"/proc/{pid}/task").iterdir():
                found += map(int, (task / "children").read_text(encoding="ascii").split())
        return found

    def _wait(self) -> int:
        end = time.monotonic() + _START_S
        port = 0
        while time.monotonic() < end and self._popen.poll() is None:
            self._log.seek(0)
            said = self._log.read().decode("utf-8", "replace")
            if match := re.search(r"http://127\.0\.0\.1:(\d+)", said):
                port = int(match[1])
                if self._answers(port):
                    return port
            time.sleep(0.02)
        self._log.seek(0)
        raise SystemExit(f"the server did not start: {self._log.read()[-2000:]!r}")

    def _answers(self, port: int) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("GET", "/api/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()
