"""Nothing that was kept is lost, nothing is done twice, and what cannot be done is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from mammoscope.images.decode import decode
from mammoscope.interop.destination import RefusedError, UnreachableError
from mammoscope.interop.gateway import Gateway, GatewayConfig
from mammoscope.interop.package import Package
from mammoscope.interop.reader import Reader
from mammoscope.ledger.cipher import Cipher
from mammoscope.ledger.entry import LedgerError
from mammoscope.ledger.queue import IN_MEMORY, Queue
from mammoscope.types import MammoscopeError
from tests.interop.conftest import MakePredictor
from tests.interop.mammograms import header_of, mammogram

PATIENCE_S = 60.0
SECRET = bytes(range(32))
# As in life, but for the waiting.
QUICK = GatewayConfig(lease_s=5.0, idle_s=0.01, longest_s=0.05, attempts=3)


class Archive:
    """A destination that can fail."""

    def __init__(self) -> None:
        self.trouble: MammoscopeError | None = None
        self.delivered: list[Package] = []
        self.tries = 0

    def deliver(self, package: Package) -> None:
        self.tries += 1
        if self.trouble is not None:
            raise self.trouble
        self.delivered.append(package)

    def close(self) -> None:
        pass


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    url = f"sqlite:///{tmp_path / 'queue.db'}"
    with closing(Queue(url, Cipher(SECRET), owner="tests")) as queue:
        yield queue


@pytest.fixture(scope="module")
def reader(make_predictor: MakePredictor) -> Reader:
    return Reader(make_predictor(), decode)


@contextmanager
def running(queue: Queue, reader: Any, *archives: Archive) -> Iterator[Gateway]:
    with Gateway(queue, reader, archives, config=QUICK) as gateway:
        yield gateway
    assert gateway.failure is None


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


def uids(archive: Archive) -> list[str]:
    return [str(header_of(each.objects[0]).SOPInstanceUID) for each in archive.delivered]


def test_an_image_comes_back_as_one_report_and_nothing_of_it_stays(
    queue: Queue, reader: Reader
) -> None:
    archive = Archive()
    with running(queue, reader, archive) as gateway:
        assert gateway.keep("1.1", mammogram(1)) and gateway.keep("1.2", mammogram(2))
        assert not gateway.keep("1.1", mammogram(1))
        until(lambda: queue.counts()["done"] == 2)
        assert not gateway.keep("1.1", mammogram(1)) and gateway.has("1.2")
        rate, seconds = gateway.rate()
        assert rate == pytest.approx(2 / 60) and 0 < seconds < PATIENCE_S
    assert len(set(uids(archive))) == len(archive.delivered) == 2
    assert queue.counts() == {"to read": 0, "to send": 0, "parked": 0, "done": 2}


def test_work_that_a_dead_process_had_in_hand_is_taken_up(
    queue: Queue, reader: Reader, tmp_path: Path
) -> None:
    archive = Archive()
    idle = Gateway(queue, reader, [archive], config=QUICK)
    idle.keep("1.1", mammogram(1))
    idle.keep("1.2", mammogram(2))
    # One died while it read, the other once the report was made and had perhaps been sent.
    reading, sending = queue.take("read", seconds=600), queue.take("read", seconds=600)
    assert reading is not None and sending is not None
    queue.advance(sending, reader.read(sending.content).to_bytes())
    assert queue.take("send", seconds=600) is not None
    with running(queue, reader, archive):
        until(lambda: queue.counts()["done"] == 2)
    assert len(set(uids(archive))) == len(archive.delivered) == 2


def test_an_archive_that_is_away_is_waited_for_and_gets_everything_once(
    queue: Queue, reader: Reader
) -> None:
    archive = Archive()
    archive.trouble = UnreachableError("nobody answers")
    with running(queue, reader, archive) as gateway:
        for number in range(3):
            gateway.keep(f"1.{number}", mammogram(number))
        # More tries than a report that is refused would get, and images are read meanwhile.
        until(lambda: archive.tries > 2 * QUICK.attempts and queue.counts()["to send"] == 3)
        archive.trouble = None
        until(lambda: queue.counts()["done"] == 3)
    assert len(set(uids(archive))) == len(archive.delivered) == 3


def test_a_report_is_done_once_every_destination_has_it(queue: Queue, reader: Reader) -> None:
    one, other = Archive(), Archive()
    other.trouble = UnreachableError("nobody answers")
    with running(queue, reader, one, other) as gateway:
        gateway.keep("1.1", mammogram(1))
        until(lambda: other.tries > 2)
        assert queue.counts()["done"] == 0
        other.trouble = None
        until(lambda: queue.counts()["done"] == 1)
    # Sent again, it is the same report.
    assert len(set(uids(one))) == 1 and len(other.delivered) == 1


def test_a_report_that_is_refused_is_parked_with_the_reason_and_others_go_on(
    queue: Queue, reader: Reader
) -> None:
    archive = Archive()
    archive.trouble = RefusedError("no room for this kind")
    with running(queue, reader, archive) as gateway:
        gateway.keep("1.1", mammogram(1))
        until(lambda: queue.counts()["parked"] == 1)
        assert archive.tries == QUICK.attempts
        archive.trouble = None
        gateway.keep("1.2", mammogram(2))
        until(lambda: queue.counts()["done"] == 1)
        (parked,) = queue.parked()
        assert (parked.stage, parked.reason) == ("send", "no room for this kind")
        assert parked.name.split()[0] == "1.1"
        assert queue.retry(parked.id)
        until(lambda: queue.counts()["done"] == 2)


def test_a_report_that_does_not_go_while_others_do_is_parked_in_the_end(
    queue: Queue, reader: Reader
) -> None:
    class Choosy(Archive):
        def deliver(self, package: Package) -> None:
            refused = str(header_of(package.objects[0]).InstanceNumber) == number
            self.trouble = UnreachableError("it hangs up") if refused else None
            super().deliver(package)

    number = str(header_of(reader.read(mammogram(0)).objects[0]).InstanceNumber)
    archive = Choosy()
    with running(queue, reader, archive) as gateway:
        gateway.keep("1.0", mammogram(0))
        for other in range(1, 40):
            gateway.keep(f"1.{other}", mammogram(other))
            time.sleep(0.2)
            if queue.counts()["parked"]:
                break
        until(lambda: queue.counts()["parked"] == 1)
        until(lambda: queue.counts()["done"] == other)
    assert queue.parked()[0].name.split()[0] == "1.0"


def test_a_report_that_stopped_the_program_each_time_is_parked(
    queue: Queue, reader: Reader
) -> None:
    archive = Archive()
    idle = Gateway(queue, reader, [archive], config=QUICK)
    idle.keep("1.1", mammogram(1))
    work = queue.take("read", seconds=600)
    assert work is not None and queue.advance(work, b"no zip")
    for _ in range(QUICK.attempts):
        assert queue.take("send", seconds=600) is not None
        assert queue.release() == 1
    with running(queue, reader, archive):
        until(lambda: queue.counts()["parked"] == 1)
    assert "stopped while it sent this" in queue.parked()[0].reason


def test_a_log_that_fails_in_any_way_is_the_logs_failure(make_predictor: MakePredictor) -> None:
    def full(data: bytes, prediction: object) -> None:
        raise MammoscopeError("the new head could not be kept")

    reader = Reader(make_predictor(), decode, log=full)
    for data in (mammogram(), b"no DICOM"):
        with pytest.raises(LedgerError, match="head could not be kept"):
            reader.read(data)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: b"not a DICOM", "malformed; expected a Part 10 file"),
        (lambda: mammogram()[:5000], "broken or truncated; copy or export"),
        (lambda: mammogram(NumberOfFrames=60), "60 frames"),
    ],
    ids=["text", "cut", "frames"],
)
def test_what_cannot_be_read_is_parked_with_the_reason_at_once(
    make: Callable[[], bytes], reason: str, queue: Queue, reader: Reader
) -> None:
    archive = Archive()
    with running(queue, reader, archive) as gateway:
        gateway.keep("1.1", make())
        gateway.keep("1.2", mammogram(2))
        until(lambda: queue.counts() == {"to read": 0, "to send": 0, "parked": 1, "done": 1})
    (parked,) = queue.parked()
    assert parked.attempts == 1 and reason in parked.reason


class Failing:
    """A reader that fails so often."""

    def __init__(self, reader: Reader, error: BaseException, times: int) -> None:
        self._reader, self._error, self.left = reader, error, times
        self.predictor = reader.predictor

    def read(self, data: bytes) -> Package:
        if self.left > 0:
            self.left -= 1
            raise self._error
        return self._reader.read(data)


def test_a_failure_of_ours_is_tried_again_and_then_parked(queue: Queue, reader: Reader) -> None:
    archive = Archive()
    error = MammoscopeError("the graph failed")
    with running(queue, Failing(reader, error, QUICK.attempts - 1), archive) as gateway:
        gateway.keep("1.1", mammogram(1))
        until(lambda: queue.counts()["done"] == 1)
    with running(queue, Failing(reader, error, 100), archive) as gateway:
        gateway.keep("1.2", mammogram(2))
        until(lambda: queue.counts()["parked"] == 1)
    assert queue.parked()[0].reason == "the graph failed"


def test_an_answer_that_cannot_be_logged_waits_as_long_as_it_takes(
    queue: Queue, reader: Reader
) -> None:
    archive = Archive()
    failing = Failing(reader, LedgerError("the log cannot be written"), 3 * QUICK.attempts)
    with running(queue, failing, archive) as gateway:
        gateway.keep("1.1", mammogram(1))
        until(lambda: queue.counts()["done"] == 1)
    assert failing.left == 0


def test_an_image_that_stopped_the_program_each_time_is_parked(
    queue: Queue, reader: Reader
) -> None:
    archive = Archive()
    idle = Gateway(queue, reader, [archive], config=QUICK)
    idle.keep("1.1", mammogram(1))
    for _ in range(QUICK.attempts):
        assert queue.take("read", seconds=600) is not None
        assert queue.release() == 1
    with running(queue, reader, archive):
        until(lambda: queue.counts()["parked"] == 1)
    assert "stopped each time" in queue.parked()[0].reason


def test_a_reading_that_takes_longer_than_a_lease_is_not_begun_twice(
    queue: Queue, reader: Reader
) -> None:
    begun: list[float] = []

    class Slow:
        predictor = reader.predictor

        def read(self, data: bytes) -> Package:
            begun.append(time.monotonic())
            time.sleep(1.5)
            return reader.read(data)

    archive = Archive()
    config = GatewayConfig(lease_s=0.5, idle_s=0.01, readers=2)
    slow: Any = Slow()
    with Gateway(queue, slow, [archive], config=config) as gateway:
        gateway.keep("1.1", mammogram(1))
        until(lambda: queue.counts()["done"] == 1)
    assert len(begun) == 1 and len(archive.delivered) == 1


def test_a_defect_stops_the_gateway_and_says_so(
    queue: Queue, reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    gateway = Gateway(queue, Failing(reader, ZeroDivisionError("x"), 1), [Archive()], config=QUICK)  # type: ignore[arg-type]
    with gateway:
        gateway.keep("1.1", mammogram(1))
        assert gateway.wait(PATIENCE_S)
    assert gateway.failure is not None and "defect of ours" in str(gateway.failure)
    assert "a defect of ours" in caplog.text
    assert queue.counts()["to read"] == 1


def test_in_memory_it_is_the_same_queue(reader: Reader) -> None:
    archive = Archive()
    queue = Queue(IN_MEMORY, Cipher(SECRET), owner="tests")
    with closing(queue), running(queue, reader, archive) as gateway:
        senders = [
            threading.Thread(target=gateway.keep, args=(f"1.{n}", mammogram(n))) for n in range(4)
        ]
        for sender in senders:
            sender.start()
        until(lambda: queue.counts()["done"] == 4)
    assert len(set(uids(archive))) == len(archive.delivered) == 4


def test_waits_double_up_to_the_longest_and_are_not_all_alike() -> None:
    config = GatewayConfig(longest_s=60.0)
    for attempt, full in ((1, 1.0), (2, 2.0), (4, 8.0), (50, 60.0)):
        waits = {config.wait_s(attempt) for _ in range(50)}
        assert all(full / 2 <= wait <= full for wait in waits) and len(waits) > 10
