"""Ten times what a real server can hold: told so at once, bounded memory, and well again after."""

from __future__ import annotations

import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
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
ROUNDS = 5


def test_ten_times_saturation_is_turned_away_at_once_and_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    write_tiny_model(tmp_path, "alpha", seed=1)
    image = png(make_phantom(1, laterality="L", view="CC").pixels)
    with running(tmp_path, concurrency=CONCURRENCY, queue=QUEUE) as server:
        for _ in range(20):
            assert server.ask(image).status_code == 200
        before = server.memory_bytes()

        def client(_: int) -> list[httpx.Response]:
            with httpx.Client(base_url=server.client.base_url, timeout=PATIENCE_S) as own:
                files = {"file": ("x", image)}
                return [own.post("/api/predictions", files=files) for _ in range(ROUNDS)]

        with ThreadPoolExecutor(CLIENTS) as pool:
            answers = [answer for found in pool.map(client, range(CLIENTS)) for answer in found]
        ended = time.monotonic()
        assert server.ask(image).status_code == 200
        recovered_s = time.monotonic() - ended

        assert len(answers) == CLIENTS * ROUNDS
        assert {answer.status_code for answer in answers} == {200, 503}
        refused = [answer for answer in answers if answer.status_code == 503]
        assert all(answer.headers["Retry-After"] == "1" for answer in refused)
        # At once, while those that were let in wait for each other.
        waited = [answer.elapsed.total_seconds() for answer in answers if answer.status_code == 200]
        told = [answer.elapsed.total_seconds() for answer in refused]
        assert statistics.median(told) < statistics.median(waited)
        # A second on a machine of its own; tests run side by side.
        assert recovered_s < 10
        # Each image in the line takes a few megabytes; a server without a line held them all.
        assert server.memory_bytes() - before < 100e6
        told = wait_for(lambda: accounted(server.client, CLIENTS * ROUNDS + 21))
        assert told["503"] == len(refused)


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


def test_who_goes_away_while_waiting_in_line_is_not_worked_for(tmp_path: Path) -> None:
    write_tiny_model(tmp_path, "alpha", seed=1)
    slow = png(make_phantom(1, laterality="L", view="CC").pixels, rows=5000, columns=4000)
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
