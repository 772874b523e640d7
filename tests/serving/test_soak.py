"""Twenty thousand requests, good and bad: no memory, file or descriptor stays, none is lost."""

from __future__ import annotations

import os
import random
import socket
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pytest

from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from tests.published import write_tiny_model
from tests.serving.pictures import png
from tests.serving.real_server import PATIENCE_S, Running, running, wait_for
from tests.serving.test_overload import accounted

REQUESTS = int(os.environ.get("SOAK_REQUESTS", "20000"))
CLIENTS = 4
MAX_BYTES = 2_000_000
# Kind → how often of 100, and the status that the server notes.
KINDS = {
    "good": (64, 200),
    "corrupt": (15, 422),
    "foreign": (5, 415),
    "oversized": (5, 413),
    "aborted": (10, 400),
    "slow-loris": (1, 408),
}
WARM = 0.25
SAMPLE_EVERY = 250
SLOPE_BYTES_A_REQUEST = 1000.0  # 1 MB a thousand
HEAD = (
    b"POST /api/predictions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n"
    b"Content-Type: multipart/form-data; boundary=e\r\n\r\n"
    b'--e\r\nContent-Disposition: form-data; name="file"\r\n\r\n'
)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")
def test_a_soak_of_mixed_requests_leaves_nothing_and_loses_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoo, temp, work = (tmp_path / name for name in ("zoo", "temp", "work"))
    temp.mkdir()
    work.mkdir()
    monkeypatch.setenv("TMPDIR", str(temp))
    monkeypatch.chdir(work)
    write_tiny_model(zoo, "alpha", seed=1)
    view = make_phantom(1, laterality="L", view="CC", config=PhantomConfig(rows=320, columns=256))
    image = png(view.pixels)
    limits = {"max_upload_bytes": MAX_BYTES, "upload_timeout_s": 0.5}
    with running(zoo, **limits) as server:
        soak = Soak(server, image)
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(soak.client, range(CLIENTS)))
        told = wait_for(lambda: accounted(server.client, REQUESTS))
        descriptors = soak.descriptors()
    slope = np.polyfit(soak.sampled_at, soak.sampled_bytes, 1)[0]
    print(  # noqa: T201 - shown by -s
        f"{REQUESTS} requests {dict(soak.tally)}: memory {soak.sampled_bytes[0] / 1e6:.0f} → "
        f"{soak.sampled_bytes[-1] / 1e6:.0f} MB, slope {slope / 1e3:.2f} MB a thousand requests, "
        f"descriptors {soak.first_descriptors} → {descriptors}"
    )
    assert not soak.unexpected
    assert told == {str(KINDS[kind][1]): count for kind, count in soak.tally.items()}
    assert slope <= SLOPE_BYTES_A_REQUEST
    assert descriptors <= soak.first_descriptors + CLIENTS
    assert not [*temp.iterdir(), *work.iterdir()]


class Soak:
    """The clients, what they were answered, and what the server took meanwhile.

    Of memory, what it has alone: its share of the libraries' pages grows when another program that
    maps them ends.
    """

    def __init__(self, server: Running, image: bytes) -> None:
        self.tally: Counter[str] = Counter()
        self.unexpected: list[tuple[str, int]] = []
        self.sampled_at: list[int] = []
        self.sampled_bytes: list[int] = []
        self.first_descriptors = 0
        self._server, self._image = server, image
        self._lock = threading.Lock()

    def client(self, number: int) -> None:
        draw = random.Random(number)
        kinds, weights = list(KINDS), [share for share, _ in KINDS.values()]
        with httpx.Client(base_url=self._server.client.base_url, timeout=PATIENCE_S) as own:
            for _ in range(REQUESTS // CLIENTS):
                kind = draw.choices(kinds, weights)[0]
                status = self._send(own, kind, draw)
                self._note(kind, status)

    def descriptors(self) -> int:
        """Open ones of the server and its decode processes."""
        pids = [self._server.process.pid, *self._server.workers()]
        return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids)

    def _send(self, own: httpx.Client, kind: str, draw: random.Random) -> int:
        if kind in ("aborted", "slow-loris"):
            return self._send_in_part(stays=kind == "slow-loris")
        data = {
            "good": self._image,
            "corrupt": self._image[: draw.randrange(100, len(self._image) - 100)],
            "foreign": draw.randbytes(1000),
            "oversized": bytes(MAX_BYTES + 1),
        }[kind]
        try:
            return own.post("/api/predictions", files={"file": ("x", data)}).status_code
        except httpx.TransportError:  # refused, and closed, before the whole of it was sent
            return 413 if kind == "oversized" else 0

    def _send_in_part(self, *, stays: bool) -> int:
        address = ("127.0.0.1", self._server.port)
        with socket.create_connection(address, timeout=PATIENCE_S) as connection:
            connection.sendall(HEAD + self._image[:5000])
            if not stays:
                return 400  # what the server will note; nobody is there to be told
            return int(connection.recv(4096).split()[1])

    def _note(self, kind: str, status: int) -> None:
        with self._lock:
            self.tally[kind] += 1
            count = sum(self.tally.values())
            if status != KINDS[kind][1]:
                self.unexpected.append((kind, status))
            if count == 200:
                self.first_descriptors = self.descriptors()
            if count >= WARM * REQUESTS and count % SAMPLE_EVERY == 0:
                self.sampled_at.append(count)
                self.sampled_bytes.append(self._server.memory_bytes("Pss_Anon", "Pss_Shmem"))
