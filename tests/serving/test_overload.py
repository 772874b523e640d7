"""Ten times what a real server can hold: told so at once, bounded memory, and well again after."""

from __future__ import annotations

import select
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from mammoscope.datasets.phantom import make_phantom
from tests.published import write_tiny_model
from tests.serving.pictures import png
from tests.serving.real_server import PATIENCE_S, running, wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")
CONCURRENCY, QUEUE = 2, 4
CLIENTS = 10 * (CONCURRENCY + QUEUE)
ROUNDS = 2
ROWS, COLUMNS = 5000, 4000
PART = b'--e\r\nContent-Disposition: form-data; name="file"\r\n\r\n'


@pytest.mark.slow
def test_ten_times_saturation_is_turned_away_at_once_and_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    write_tiny_model(tmp_path, "alpha", seed=1)
    pixels = make_phantom(1, laterality="L", view="CC").pixels
    small, large = png(pixels), png(pixels, rows=ROWS, columns=COLUMNS)
    body = PART + large + b"\r\n--e--\r\n"
    limits = {"concurrency": CONCURRENCY, "queue": QUEUE, "max_upload_bytes": 2 * len(large)}
    with running(tmp_path, **limits) as server:
        for _ in range(20):
            assert server.ask(small).status_code == 200
        before = server.memory_bytes()
        with ThreadPoolExecutor(CLIENTS) as pool, watched(server.memory_bytes) as memory:
            clients = [pool.submit(send_rounds, server.port, body) for _ in range(CLIENTS)]
            answers = [answer for client in clients for answer in client.result()]
        ended = time.monotonic()
        assert server.ask(small).status_code == 200
        recovered_s = time.monotonic() - ended

        assert len(answers) == CLIENTS * ROUNDS
        assert {answer.status for answer in answers} == {200, 503}
        refused = [answer for answer in answers if answer.status == 503]
        assert all(b"\r\nretry-after: 1\r\n" in answer.head.lower() for answer in refused)
        # At once: long before their bodies were sent, and while those let in wait for each other.
        read = [answer.seconds for answer in answers if answer.status == 200]
        told = [answer.seconds for answer in refused]
        print(  # noqa: T201 - shown by -s
            f"503 after {statistics.median(told):.2f} s, at most {max(told):.2f}, of {len(body)} "
            f"bytes {max(answer.sent for answer in refused)} sent; 200 after "
            f"{statistics.median(read):.2f} s; the next after {recovered_s:.2f} s; PSS "
            f"{before / 1e6:.0f}, at most {max(memory) / 1e6:.0f}, "
            f"then {server.memory_bytes() / 1e6:.0f} MB"
        )
        assert statistics.median(told) < statistics.median(read) / 3
        assert statistics.median(answer.sent for answer in refused) < len(body) / 2
        assert recovered_s < 1
        # What waits is held as it came, twice while it is put together; what is read is decoded
        # besides. A server without a line would hold the bodies of all the clients.
        line = 2 * (CONCURRENCY + QUEUE) * len(body) + 3 * CONCURRENCY * 4 * ROWS * COLUMNS
        assert max(memory) - before < line < CLIENTS * len(body)
        assert server.memory_bytes() - before < 100e6
        counted = wait_for(lambda: accounted(server.client, CLIENTS * ROUNDS + 21))
        assert counted["503"] == len(refused)


@dataclass(frozen=True)
class Answer:
    """What a client was told, when, and how much of its body it had sent by then."""

    head: bytes
    seconds: float
    sent: int

    @property
    def status(self) -> int:
        return int(self.head.split()[1])


def send_rounds(port: int, body: bytes) -> list[Answer]:
    return [send_and_listen(port, body) for _ in range(ROUNDS)]


def send_and_listen(port: int, body: bytes) -> Answer:
    """As browsers and curl do it: the answer is taken as soon as it comes, the rest not sent.

    httpx looks for an answer only when it has sent all.
    """
    head = (
        "POST /api/predictions HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Length: {len(body)}\r\nContent-Type: multipart/form-data; boundary=e\r\n\r\n"
    )
    left = memoryview(body)
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
        connection.sendall(head.encode())
        begun = time.monotonic()
        while True:
            sends = [connection] if left else []
            answered, free, _ = select.select([connection], sends, [], PATIENCE_S)
            if answered:
                answer = connection.recv(65536)
                return Answer(answer, time.monotonic() - begun, len(body) - len(left))
            assert free, "waited in vain"
            left = left[connection.send(left[:65536]) :]


@contextmanager
def watched(look: Callable[[], int]) -> Iterator[list[int]]:
    """What `look` gives, again and again while the block runs."""
    seen = [look()]
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            seen.append(look())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        ended.set()
        watcher.join()


def accounted(client: httpx.Client, expected: int) -> dict[str, int]:
    """Status → predictions that the server has counted, once they are as many as expected."""
    counted = predictions_by_status(client)
    return counted if sum(counted.values()) == expected else {}


def predictions_by_status(client: httpx.Client) -> dict[str, int]:
    """From the server's metrics."""
    lines = client.get("/metrics").text.splitlines()
    counted: dict[str, int] = {}
    for line in lines:
        if line.startswith("mammoscope_requests_total{") and '"/api/predictions"' in line:
            status = line.partition('status="')[2].partition('"')[0]
            counted[status] = counted.get(status, 0) + int(float(line.rpartition(" ")[2]))
    return counted


@pytest.mark.slow
def test_who_goes_away_while_waiting_in_line_is_not_worked_for(tmp_path: Path) -> None:
    write_tiny_model(tmp_path, "alpha", seed=1)
    slow = png(make_phantom(1, laterality="L", view="CC").pixels, rows=ROWS, columns=COLUMNS)
    with running(tmp_path, concurrency=1, queue=9) as server, ThreadPoolExecutor(9) as pool:

        def leave(_: int) -> None:
            with (
                httpx.Client(base_url=server.client.base_url, timeout=0.8) as own,
                pytest.raises(httpx.TimeoutException),
            ):
                own.post("/api/predictions", files={"file": ("x", slow)})

        # One of them is being worked for while the others leave.
        list(pool.map(leave, range(9)))
        told = wait_for(lambda: accounted(server.client, 9))
        assert told.get("200", 0) < 9 and told["400"] >= 5
        assert server.ask(slow).status_code == 200
