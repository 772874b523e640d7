"""`mammoscope serve` when something is killed, broken or stopped under it: real processes."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from mammoscope.datasets.phantom import make_phantom
from mammoscope.inference.card import sha256
from tests.published import write_tiny_model
from tests.serving.pictures import png
from tests.serving.real_server import PATIENCE_S, Running, is_open, running, wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")


def cpu_ticks(pid: int) -> int:
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0
    return int(after_name[11]) + int(after_name[12])


@contextmanager
def in_the_middle_of(server: Running, image: bytes) -> Iterator[tuple[int, Future[httpx.Response]]]:
    """The process that decodes the image now, and the answer to come."""
    before = {pid: cpu_ticks(pid) for pid in server.workers()}
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(server.ask, image)
        # A tick is 10 ms: to take the file over costs a few, to decode it 80 and more.
        busy = wait_for(
            lambda: [pid for pid, ticks in before.items() if cpu_ticks(pid) >= ticks + 30]
        )
        yield busy[0], answer


@pytest.fixture
def zoo(tmp_path: Path) -> Path:
    write_tiny_model(tmp_path, "alpha", seed=1)
    return tmp_path


@pytest.fixture(scope="module")
def small() -> bytes:
    return png(make_phantom(1, laterality="L", view="CC").pixels)


@pytest.fixture(scope="module")
def slow() -> bytes:
    """A whole view of 30 million pixels, whose noise takes about a second to decode."""
    return png(make_phantom(1, laterality="L", view="CC").pixels, rows=6000, columns=5000)


def test_a_decoder_killed_in_mid_request_costs_that_request_one_clear_error(
    zoo: Path, small: bytes, slow: bytes
) -> None:
    with running(zoo) as server:
        for _ in range(3):
            with in_the_middle_of(server, slow) as (worker, answer):
                os.kill(worker, signal.SIGKILL)
                failed = answer.result(PATIENCE_S)
            # On a busy machine it may have been killed before it took the file over, or after it
            # gave the image back: that costs no request anything.
            if failed.status_code != 200:
                break
        assert failed.status_code == 422
        assert failed.headers["Content-Type"] == "application/problem+json"
        assert "SIGKILL" in failed.json()["detail"]
        assert [server.ask(small).status_code for _ in range(3)] == [200, 200, 200]
        assert "Traceback" not in server.said()


def test_a_model_corrupted_on_disk_is_told_with_both_hashes_and_the_others_serve(
    zoo: Path, small: bytes
) -> None:
    write_tiny_model(zoo, "beta", seed=2)
    graph = zoo / "beta@1" / "model.onnx"
    expected = sha256(graph)
    data = bytearray(graph.read_bytes())
    data[len(data) // 2] ^= 1
    graph.write_bytes(data)
    with running(zoo) as server:
        assert server.client.get("/api/health").json()["models"] == ["alpha@1"]
        assert server.ask(small).status_code == 200
        (line,) = [line for line in server.lines if "not served" in line]
        assert "beta" in line and expected in line and sha256(graph) in line


def test_a_server_that_is_stopped_answers_what_it_has_begun_and_takes_no_more(
    zoo: Path, slow: bytes
) -> None:
    with running(zoo) as server:
        workers = server.workers()
        with in_the_middle_of(server, slow) as (_, answer):
            server.process.send_signal(signal.SIGTERM)
            wait_for(lambda: not is_open(server.port))
            assert not answer.done()
            whole = answer.result(PATIENCE_S)
        assert whole.status_code == 200
        assert json.loads(whole.content)["predictions"][0]["model"] == "alpha@1"
        assert server.process.wait(PATIENCE_S) == 0
        assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]


def test_neither_the_server_nor_its_decoders_leave_a_core_dump(zoo: Path, small: bytes) -> None:
    with running(zoo) as server:
        assert server.ask(small).status_code == 200
        for pid in (server.process.pid, *server.workers()):
            limits = Path(f"/proc/{pid}/limits").read_text()
            assert re.search(r"Max core file size +0 +0 ", limits)
        assert server.stop() == 0
