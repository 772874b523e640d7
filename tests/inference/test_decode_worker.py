"""A hostile file costs one request: whatever it does to its decoder, the next file is read."""

from __future__ import annotations

import errno
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from mammoscope.images.decode import decode, out_of_memory
from mammoscope.inference import decode_process, decode_worker, shared_bytes
from mammoscope.inference.decode_worker import DecodeWorkers
from mammoscope.types import BreastImage, DecodeError, MammoscopeError, UnsupportedFormatError
from tests.broken_files import BROKEN_FILES
from tests.tiff_files import tiff

HOSTILE = "tests.inference.hostile:behave"
RAMP = np.linspace(0, 65535, 64 * 48).astype(np.uint16).reshape(64, 48)
LINUX = sys.platform == "linux"


@pytest.fixture(scope="module")
def hostile() -> Iterator[DecodeWorkers]:
    with DecodeWorkers(function=HOSTILE, seconds=1, memory_bytes=2 * 2**30) as workers:
        yield workers


@pytest.fixture(scope="module")
def workers() -> Iterator[DecodeWorkers]:
    with DecodeWorkers(max_pixels=10**6) as workers:
        yield workers


def pid_of(workers: DecodeWorkers) -> int:
    process = workers._slots[0].process
    assert process is not None
    return process._popen.pid


@pytest.mark.parametrize("kind", ["png", "tiff", "pgm"])
def test_an_image_comes_back_as_it_is_decoded_here(workers: DecodeWorkers, kind: str) -> None:
    data = tiff(RAMP, dtype="u2") if kind == "tiff" else cv2.imencode(f".{kind}", RAMP)[1].tobytes()
    there, here = workers.decode(data, aspect=1.5), decode(data, aspect=1.5)
    assert there.pixels.dtype == np.float32 and np.array_equal(there.pixels, here.pixels)
    for field in ("modality", "laterality", "view", "spacing_mm", "pixel_aspect", "source"):
        assert getattr(there, field) == getattr(here, field)


@pytest.mark.parametrize("name", [name for name in BROKEN_FILES if "DICOM" not in name])
def test_our_errors_come_back_in_their_own_words(workers: DecodeWorkers, name: str) -> None:
    data, error = BROKEN_FILES[name]
    with pytest.raises(error) as there:
        workers.decode(data)
    with pytest.raises(error) as here:
        decode(data)
    assert type(there.value) is type(here.value)
    if "huge" not in name:  # the limit differs
        assert str(there.value) == str(here.value)


def test_the_size_guard_is_the_workers_own(workers: DecodeWorkers) -> None:
    with pytest.raises(DecodeError, match="at most 1000000"):
        workers.decode(BROKEN_FILES["huge PGM"][0])


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("overrun", r"made the decoder crash \(SIGSEGV\)"),
        ("abort", r"made the decoder crash \(SIGABRT\)"),
        ("exit 0", r"made the decoder end \(status 0\)"),
        ("exit 7", r"made the decoder end \(status 7\)"),
        ("kill", "stopped from outside"),
        ("sleep 60", "took more than the 1 s"),
        ("spin", "took more than the 1 s"),
        ("fail", r"a defect of ours"),
        ("hog 8", "does not fit into memory"),
    ],
)
def test_a_file_that_ends_its_decoder_costs_one_request(
    hostile: DecodeWorkers, file: str, message: str
) -> None:
    with pytest.raises(DecodeError, match=message) as refusal:
        hostile.decode(file.encode())
    assert "expected a" in str(refusal.value)
    assert "Zephyrine" not in str(refusal.value)
    assert hostile.decode(b"next").rows == 3


def test_memory_is_refused_in_the_decoders_words(hostile: DecodeWorkers) -> None:
    with pytest.raises(DecodeError) as refusal:
        hostile.decode(b"hog 8")
    assert str(refusal.value) == str(out_of_memory(b"hog 8"))


def test_a_refusal_keeps_the_process_and_its_kind(hostile: DecodeWorkers) -> None:
    hostile.decode(b"first")
    before = pid_of(hostile)
    with pytest.raises(UnsupportedFormatError, match="told why"):
        hostile.decode(b"refuse unsupported")
    with pytest.raises(DecodeError, match="told why") as refusal:
        hostile.decode(b"refuse broken")
    assert type(refusal.value) is DecodeError
    assert pid_of(hostile) == before


def test_a_defect_is_logged_with_its_place_and_without_its_words(
    hostile: DecodeWorkers, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(DecodeError):
        hostile.decode(b"fail")
    assert "ValueError" in caplog.text and "_fail:" in caplog.text
    assert "Zephyrine" not in caplog.text


def test_what_a_library_prints_is_in_no_reply(hostile: DecodeWorkers) -> None:
    assert hostile.decode(b"print").rows == 3


def test_nothing_of_the_environment_is_handed_on(
    hostile: DecodeWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DecodeError) as told:
        hostile.decode(b"report environment")
    assert "OMP_NUM_THREADS" in str(told.value)
    for name in ("HOME", "PATH", "PYTEST_CURRENT_TEST"):
        assert f"'{name}'" not in str(told.value)


@pytest.mark.skipif(not LINUX, reason="what is given up elsewhere is for the system to say")
def test_a_decoder_can_neither_write_a_file_nor_reach_the_network(
    hostile: DecodeWorkers, tmp_path: Path
) -> None:
    hostile.decode(b"first")
    assert {"memory", "cpu", "files", "privileges"} <= hostile.isolation
    with pytest.raises(DecodeError, match="defect"):
        hostile.decode(f"write {tmp_path / 'leak'}".encode())
    leak = tmp_path / "leak"
    assert not leak.exists() or leak.read_bytes() == b""
    if "network" not in hostile.isolation:
        pytest.skip("this system lets no process give up the network")
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        pytest.raises(DecodeError, match="OSError"),
    ):
        hostile.decode(f"connect {listener.getsockname()[1]}".encode())


@pytest.mark.skipif(not LINUX, reason="asks the Linux kernel")
def test_a_decoder_can_neither_be_dumped_nor_looked_into(hostile: DecodeWorkers) -> None:
    with pytest.raises(DecodeError) as told:
        hostile.decode(b"report dumps")
    assert str(told.value) == "0 (0, 0)"


@pytest.mark.skipif(not LINUX, reason="name spaces are Linux's")
def test_a_decoder_cannot_go_back_into_the_network_it_has_given_up(hostile: DecodeWorkers) -> None:
    hostile.decode(b"first")
    if "network" not in hostile.isolation:
        pytest.skip("this system lets no process give up the network")
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        pytest.raises(DecodeError, match="PermissionError"),
    ):
        hostile.decode(f"rejoin {listener.getsockname()[1]}".encode())


ISOLATED = """
import sys
from mammoscope.inference import sandbox
from tests.inference.hostile import behave
sandbox._NETWORK_FLAGS = (sandbox._CLONE_NEWNET,)
print(*sandbox.isolate(), flush=True)
try:
    behave(f"rejoin {sys.argv[1]}".encode())
    print("reached")
except PermissionError:
    print("refused")
"""


@pytest.mark.skipif(not LINUX or os.geteuid() != 0, reason="a name space alone needs root")
def test_roots_own_way_out_of_the_network_has_no_way_back_either() -> None:
    root = Path(__file__).parents[2]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        told = subprocess.run(
            [sys.executable, "-c", ISOLATED, str(listener.getsockname()[1])],
            capture_output=True,
            check=True,
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root)},
            text=True,
        ).stdout.split()
    if "network" not in told:
        pytest.skip("this system lets not even root give up the network")
    assert told[-1] == "refused"


@pytest.mark.parametrize("unwritten", [True, False])
def test_compiled_code_is_written_only_where_the_server_writes_its_own(
    unwritten: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "freshly_written.py").write_text("def decode(data, **options): ...\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", unwritten)
    with DecodeWorkers(function="freshly_written:decode") as workers:
        workers.warm_up()
    assert (tmp_path / "__pycache__").exists() != unwritten


def test_a_process_killed_between_two_files_is_replaced_unseen(hostile: DecodeWorkers) -> None:
    for _ in range(3):
        hostile.decode(b"first")
        os.kill(pid_of(hostile), signal.SIGKILL)
        assert hostile.decode(b"next").rows == 3


def test_two_processes_decode_at_the_same_time_for_many_threads() -> None:
    with DecodeWorkers(2, function=HOSTILE, seconds=20) as workers:
        workers.warm_up()
        files = [f"sleep {0.02 * (index % 3)}".encode() for index in range(24)]
        with ThreadPoolExecutor(6) as pool:
            images = list(pool.map(workers.decode, files))
        assert len({float(image.pixels[0, 0]) for image in images}) == 2


def test_a_crash_of_one_leaves_the_other_at_its_work() -> None:
    def outcome(file: bytes) -> str | BreastImage:
        try:
            return workers.decode(file)
        except DecodeError as error:
            return str(error)

    with DecodeWorkers(2, function=HOSTILE, seconds=20) as workers, ThreadPoolExecutor(4) as pool:
        told = list(pool.map(outcome, [b"sleep 0.3", b"abort", b"next", b"overrun", b"next"]))
    assert [isinstance(one, BreastImage) for one in told] == [True, False, True, False, True]


def test_restarts_are_counted_and_first_starts_are_not() -> None:
    with DecodeWorkers(2, function=HOSTILE, seconds=20) as workers:
        assert workers.restarts == 0
        workers.warm_up()
        workers.decode(b"first")
        assert workers.restarts == 0
        with pytest.raises(DecodeError):
            workers.decode(b"abort")
        assert workers.restarts == 1
        workers.decode(b"next")
        os.kill(pid_of(workers), signal.SIGKILL)
        workers.decode(b"next")
        assert workers.restarts == 2


def test_a_process_is_renewed_after_so_many_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_worker, "REQUESTS_A_PROCESS", 2)
    with DecodeWorkers(function=HOSTILE) as workers:
        seen = []
        for _ in range(5):
            workers.decode(b"next")
            seen.append(pid_of(workers))
    assert [seen.index(pid) for pid in seen] == [0, 0, 2, 2, 4]


def test_nothing_starts_before_it_is_needed_and_nothing_is_left_when_closed() -> None:
    workers = DecodeWorkers(2, function=HOSTILE)
    assert [slot.process for slot in workers._slots] == [None, None]
    assert workers.isolation == frozenset()
    workers.warm_up()
    processes = [slot.process for slot in workers._slots]
    workers.close()
    assert all(process is not None and process.has_ended for process in processes)
    with pytest.raises(MammoscopeError, match="were closed"):
        workers.decode(b"next")


def test_closing_is_said_to_the_file_being_decoded_and_to_those_that_wait() -> None:
    with ThreadPoolExecutor(3) as pool:
        with DecodeWorkers(function=HOSTILE, seconds=60) as workers:
            workers.warm_up()
            waiting = [pool.submit(workers.decode, b"sleep 60") for _ in range(3)]
            while workers._idle.qsize():
                time.sleep(0.01)
            time.sleep(0.1)
        for error in [one.exception(10) for one in waiting]:
            assert type(error) is MammoscopeError and "were closed" in str(error)


def test_a_process_that_cannot_be_replaced_hides_no_error_of_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with DecodeWorkers(function=HOSTILE) as workers:
        workers.warm_up()
        with monkeypatch.context() as patch:
            patch.setattr(decode_process.sys, "executable", "/nowhere/python")
            with pytest.raises(DecodeError, match="SIGABRT"):
                workers.decode(b"abort")
        assert workers.decode(b"next").rows == 3


@pytest.mark.parametrize("function", ["nothing.there:decode", "os:getpid"])
def test_a_process_that_does_not_work_is_told_apart_from_a_broken_file(function: str) -> None:
    with DecodeWorkers(function=function) as workers, pytest.raises(MammoscopeError) as refusal:
        workers.decode(b"a file")
    # The second starts, and fails as a defect of the decoder.
    assert isinstance(refusal.value, DecodeError) == (function == "os:getpid")


def test_a_program_that_cannot_be_started_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_process.sys, "executable", "/nowhere/python")
    with DecodeWorkers() as workers, pytest.raises(MammoscopeError, match="No such file"):
        workers.decode(b"a file")


@pytest.mark.skipif(not LINUX, reason="open descriptors are counted in /proc")
@pytest.mark.parametrize("fault", ["no program", "no descriptor", "no room"])
def test_a_start_that_fails_holds_no_descriptor(
    monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    if fault == "no program":
        monkeypatch.setattr(decode_process.sys, "executable", "/nowhere/python")
    else:
        name = "memfd_create" if fault == "no descriptor" else "ftruncate"
        monkeypatch.setattr(shared_bytes.os, name, refuse)
    with DecodeWorkers() as workers:
        before = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(3):
            with pytest.raises(MammoscopeError, match=r"does not work: (No such|Cannot allocate)"):
                workers.decode(b"a file")
        assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["gray", "color"])
def test_the_largest_image_that_is_permitted_fits_into_the_default_memory(kind: str) -> None:
    ramp = np.add.outer(np.arange(10_000), np.arange(10_000)).astype(np.uint16)
    if kind == "gray":
        data = b"P5 10000 10000 65535\n" + ramp.astype(">u2").tobytes()
    else:
        fast = [cv2.IMWRITE_PNG_COMPRESSION, 1]
        data = cv2.imencode(".png", np.dstack([ramp, ramp >> 1, ramp >> 2]), fast)[1].tobytes()
    with DecodeWorkers() as workers:
        assert workers.decode(data, modality="histology").rows == 10_000


PARENT = """
import os, sys, threading
from mammoscope.inference.decode_worker import DecodeWorkers
workers = DecodeWorkers(function="tests.inference.hostile:behave")
workers.warm_up()
threading.Thread(target=workers.decode, args=(b"sleep 60",), daemon=True).start()
print(workers._slots[0].process._popen.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="Windows cannot watch a pipe")
def test_a_decoder_ends_with_the_process_it_works_for() -> None:
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        time.sleep(0.2)  # into the middle of the file
        os.kill(pid, 0)
        parent.kill()
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        if LINUX and Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
            return  # nobody has fetched its status yet
        time.sleep(0.05)
    pytest.fail("the decoder outlived its parent")
