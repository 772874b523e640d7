"""A real `mammoscope serve` process, to be asked, hurt and stopped."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

import httpx

COMMAND = [sys.executable, "-c", "from mammoscope.cli import app; app()", "serve", "--port", "0"]
PATIENCE_S = 60.0
T = TypeVar("T")


class Running:
    """A server and what it said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        said = wait_for(lambda: re.search(r"http://127\.0\.0\.1:\d+", self.said()))
        self.client = httpx.Client(base_url=said[0], timeout=PATIENCE_S)
        self.port = int(said[0].rpartition(":")[2])
        wait_for(lambda: is_up(self.client))

    def said(self) -> str:
        return "".join(self.lines)

    def workers(self) -> list[int]:
        """Process ids of the decode processes."""
        tasks = Path(f"/proc/{self.process.pid}/task").iterdir()
        return [int(pid) for task in tasks for pid in read_proc(task / "children").split()]

    def memory_bytes(self, *kinds: str) -> int:
        """PSS (shared pages counted once) of the server and its decode processes.

        Args:
            kinds: of /proc/PID/smaps_rollup, such as `Pss_Anon`; all if none is named.
        """
        total = 0
        for pid in (self.process.pid, *self.workers()):
            lines = read_proc(Path(f"/proc/{pid}/smaps_rollup")).splitlines()
            if lines:
                found = dict(line.split()[:2] for line in lines)
                total += sum(int(found[f"{kind}:"]) * 1024 for kind in kinds or ("Pss",))
        return total

    def ask(self, image: bytes) -> httpx.Response:
        return self.client.post("/api/predictions", files={"file": ("x", image)})

    def stop(self) -> int:
        """Its exit status, after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        return status

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.lines.extend(self.process.stderr)


@contextmanager
def running(zoo: Path, **settings: object) -> Iterator[Running]:
    """A server of these models; `queue=2` is MAMMOSCOPE_QUEUE=2. Killed at the block's end."""
    command = [*COMMAND, "--zoo", str(zoo)]
    named = {f"MAMMOSCOPE_{name.upper()}": str(value) for name, value in settings.items()}
    environment = {**os.environ, **named}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        try:
            server = Running(process)
            with closing(server.client):
                yield server
        finally:
            process.kill()


def wait_for(look: Callable[[], T]) -> T:
    """The first answer that is true."""
    end = time.monotonic() + PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)
    return found


def read_proc(path: Path) -> str:
    """What a file in /proc says; nothing if its thread or process has ended meanwhile."""
    try:
        return path.read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def is_up(client: httpx.Client) -> bool:
    """Whether a server is there and says that it is well."""
    try:
        return client.get("/api/health").status_code == 200
    except httpx.TransportError:
        return False


def is_open(port: int | None) -> bool:
    """Whether somebody listens there on this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
