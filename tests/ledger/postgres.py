"""A PostgreSQL of the tests' own: in a folder of its own, on a socket file only."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from uuid import uuid4

PATIENCE_S = 30
# It refuses to run as root.
ACCOUNT = "postgres"


def find_programs() -> Path | None:
    """The folder of initdb and postgres; Debian keeps them off the path."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((each for each in folders if (each / "postgres").is_file()), None)


class Postgres:
    """A server that can be stopped and started again."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        # Not pytest's folder: that is closed to other accounts, and a socket's path is short.
        self._folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self._account = ACCOUNT if os.geteuid() == 0 else None
        if self._account:
            shutil.chown(self._folder, self._account)
        self._data = self._folder / "data"
        words = ["-D", str(self._data), "-U", "owner", "--auth=trust", "--no-sync"]
        self._run("initdb", *words, "--encoding=UTF8")
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        words = [
            *(str(self._programs / "postgres"), "-D", str(self._data), "-k", str(self._folder)),
            *("-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=16MB"),
        ]
        self._process = subprocess.Popen(
            words,
            user=self._account,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._run("pg_isready", "-h", str(self._folder), "-t", "1", tries=PATIENCE_S * 10)

    def stop(self) -> None:
        if self._process is not None:
            # Fast shutdown: open connections are cut.
            self._process.send_signal(signal.SIGINT)
            self._process.wait(PATIENCE_S)
            self._process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    def url(self, database: str = "postgres", *, user: str = "owner") -> str:
        return f"postgresql://{user}@/{database}?host={self._folder}"

    def new_database(self) -> str:
        """The URL of an empty one."""
        name = f"log_{uuid4().hex}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def execute(self, statement: str, *, url: str | None = None) -> None:
        import psycopg

        with psycopg.connect(url or self.url(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _run(self, program: str, *words: str, tries: int = 1) -> None:
        import time

        for left in range(tries, 0, -1):
            done = subprocess.run(
                [str(self._programs / program), *words],
                user=self._account,
                cwd=self._folder,
                capture_output=True,
                text=True,
            )
            if done.returncode == 0:
                return
            if left > 1:
                time.sleep(0.1)
        raise AssertionError(f"{program}: {done.stdout}{done.stderr}")
