"""`mammoscope gateway` as a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from mammoscope.ledger.cipher import open_cipher
from mammoscope.ledger.queue import Queue
from tests.interop.orthanc import free_port

PATIENCE_S = 120.0
COMMAND = [sys.executable, "-c", "from mammoscope.cli import app; app()"]


def until(holds: Callable[[], bool], *, seconds: float = PATIENCE_S) -> None:
    """Waits until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


class GatewayProcess:
    """A gateway that can be killed, and started again with the same queue."""

    def __init__(
        self,
        folder: Path,
        zoo: Path,
        *words: str,
        queue: str | None = None,
        key: Path | None = None,
    ) -> None:
        """Starts it, and waits until it listens.

        Args:
            folder: for its queue, its key and what it says.
            zoo: of published models.
            words: of the command line; `--send` or `--fhir` among them.
            queue: URL; default: SQLite in the folder.
            key: of the queue; default: a new one in the folder.
        """
        self.port = free_port()
        self.url = queue or f"sqlite:///{folder / 'queue.db'}"
        self.key = key or folder / "queue.key"
        self._log = folder / "gateway.log"
        self._words = [
            *COMMAND,
            *("gateway", "--port", str(self.port), "--zoo", str(zoo), "--queue", self.url),
            *("--queue-key", str(self.key), *words),
        ]
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def said(self) -> str:
        return self._log.read_text()

    def start(self) -> None:
        before = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._words, stdout=log, stderr=log)
        process = self._process
        until(lambda: "listens on" in self.said[before:] or process.poll() is not None)
        assert process.poll() is None, self.said

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def stop(self) -> int:
        """The exit status after being asked to end."""
        if self._process is None:
            return 0
        self._process.send_signal(signal.SIGTERM)
        status = self._process.wait(PATIENCE_S)
        self._process = None
        return status

    def counts(self) -> dict[str, int]:
        queue = Queue(self.url, open_cipher(self.key, create=False), owner="tests", create=False)
        try:
            return queue.counts()
        finally:
            queue.close()

    def command(self, *words: str) -> object:
        """What `mammoscope queue … --json` says of its queue."""
        run = subprocess.run(
            [*COMMAND, "queue", *words, "--queue", self.url, "--queue-key", str(self.key)],
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout) if "--json" in words else run.stdout
