"""Work is put in once, done once, outlives its holder, and is gone when it is done."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mammoscope.ledger import queue as module
from mammoscope.ledger.cipher import Cipher, passing_cipher
from mammoscope.ledger.queue import IN_MEMORY, Queue
from mammoscope.ledger.queue_table import Work
from mammoscope.types import MammoscopeError
from tests.ledger.postgres import Postgres

SECRET = bytes(range(32))
IMAGE = b"Zephyrine's image" * 1000
TAKER = """
import sys
from mammoscope.ledger.cipher import Cipher
from mammoscope.ledger.queue import Queue
url, owner = sys.argv[1:]
queue = Queue(url, Cipher(bytes(range(32))), owner=owner, create=False)
while (work := queue.take("read", seconds=60)) is not None:
    print(work.name, flush=True)
    assert queue.finish(work)
queue.close()
"""


class Clock:
    """A time that passes when it is told to."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> int:
        return round(self.seconds * 1000)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "_now", clock)
    return clock


@pytest.fixture(params=["sqlite", "postgresql", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of an empty database of each kind."""
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        return server.new_database()
    return IN_MEMORY if request.param == "memory" else f"sqlite:///{tmp_path / 'queue.db'}"


@pytest.fixture
def queue(url: str, clock: Clock) -> Iterator[Queue]:
    with closing(Queue(url, Cipher(SECRET), owner="one")) as queue:
        yield queue


def took(queue: Queue, stage: str = "read") -> Work:
    work = queue.take("read" if stage == "read" else "send", seconds=30)
    assert work is not None
    return work


def test_what_is_put_in_comes_out_the_oldest_first(queue: Queue, clock: Clock) -> None:
    for number in range(3):
        assert queue.put(f"image {number}", IMAGE + bytes([number]))
        clock.seconds += 1
    works = [took(queue) for _ in range(3)]
    assert [work.name for work in works] == ["image 0", "image 1", "image 2"]
    assert [work.content for work in works] == [IMAGE + bytes([number]) for number in range(3)]
    assert works[0].attempts == 1 and works[0].stage == "read"
    assert works[1].arrived_ms - works[0].arrived_ms == 1000
    assert queue.take("read", seconds=30) is None


def test_the_same_name_is_the_same_work_also_when_it_is_done(queue: Queue) -> None:
    assert not queue.has("image")
    assert queue.put("image", IMAGE) and not queue.put("image", IMAGE)
    work = took(queue)
    assert not queue.put("image", IMAGE)
    assert queue.finish(work)
    assert queue.has("image") and not queue.put("image", IMAGE)
    assert queue.counts() == {"to read": 0, "to send": 0, "parked": 0, "done": 1}


def test_a_report_takes_the_images_place_and_is_then_taken_away(queue: Queue) -> None:
    queue.put("image", IMAGE)
    assert queue.advance(took(queue), b"report")
    assert queue.counts()["to send"] == 1 and queue.take("read", seconds=30) is None
    work = took(queue, "send")
    assert (work.content, work.attempts, work.name) == (b"report", 1, "image")
    assert queue.finish(work) and queue.take("send", seconds=30) is None


def test_who_says_nothing_until_the_lease_ends_has_lost_the_work(
    queue: Queue, clock: Clock
) -> None:
    queue.put("image", IMAGE)
    late = took(queue)
    clock.seconds += 29
    assert queue.take("read", seconds=30) is None
    clock.seconds += 2
    work = took(queue)
    assert work.attempts == 2 and work.lease != late.lease
    assert not queue.finish(late) and not queue.advance(late, b"report")
    assert not queue.park(late, reason="late") and not queue.put_back(late, seconds=0, reason="")
    assert queue.finish(work)


def test_a_lease_that_is_prolonged_lasts(queue: Queue, clock: Clock) -> None:
    queue.put("held", IMAGE)
    queue.put("left", IMAGE)
    held, left = took(queue), took(queue)
    clock.seconds += 20
    queue.prolong([held.lease], seconds=30)
    queue.prolong([], seconds=30)
    clock.seconds += 20
    assert took(queue).name == left.name
    assert queue.take("read", seconds=30) is None and queue.finish(held)


def test_a_start_ends_the_leases_of_the_run_before_and_of_nobody_else(
    url: str, queue: Queue
) -> None:
    if url == IN_MEMORY:
        pytest.skip("nobody else sees it")
    queue.put("mine", IMAGE)
    mine = took(queue)
    with closing(Queue(url, Cipher(SECRET), owner="two")) as other:
        other.put("hers", IMAGE)
        hers = took(other)
        assert queue.release() == 1 and queue.release() == 0
        again = took(queue)
        assert again.name == mine.name == "mine" and again.attempts == 2
        assert queue.take("read", seconds=30) is None and other.finish(hers)


def test_what_is_put_back_is_due_later_and_may_cost_no_attempt(queue: Queue, clock: Clock) -> None:
    queue.put("image", IMAGE)
    assert queue.put_back(took(queue), seconds=10, reason="busy")
    assert queue.take("read", seconds=30) is None
    clock.seconds += 10
    work = took(queue)
    assert work.attempts == 2
    assert queue.put_back(work, seconds=0, reason="no archive", counts=False)
    assert took(queue).attempts == 2


def test_what_is_parked_waits_for_a_person_with_its_reason(queue: Queue) -> None:
    for name in ("broken", "odd"):
        queue.put(name, IMAGE)
        assert queue.park(took(queue), reason=f"{name}: " + "x" * 2000)
    assert queue.take("read", seconds=30) is None
    broken, odd = queue.parked()
    assert (broken.name, broken.stage, broken.attempts) == ("broken", "read", 1)
    assert broken.reason.startswith("broken: x") and len(broken.reason) == 1000
    assert queue.retry(broken.id) and not queue.retry(broken.id)
    work = took(queue)
    assert (work.name, work.content, work.attempts) == ("broken", IMAGE, 1)
    assert queue.discard(odd.id) and not queue.discard(odd.id) and queue.parked() == []
    assert queue.counts() == {"to read": 1, "to send": 0, "parked": 0, "done": 0}
    # As if it had never come: it may come again.
    assert not queue.has("odd") and queue.put("odd", IMAGE)


def test_what_could_not_be_read_is_taken_anew_when_it_comes_again(queue: Queue) -> None:
    queue.put("cut", IMAGE[:100])
    assert queue.park(took(queue), reason="truncated")
    assert queue.put("cut", IMAGE) and not queue.put("cut", IMAGE)
    work = took(queue)
    assert (work.content, work.attempts) == (IMAGE, 1)
    # A report that was parked is no image, and waits for a person.
    queue.advance(work, b"report")
    queue.park(took(queue, "send"), reason="refused")
    assert not queue.put("cut", IMAGE) and queue.counts()["parked"] == 1


def test_what_was_done_long_ago_is_forgotten(queue: Queue, clock: Clock) -> None:
    for name in ("old", "new", "parked"):
        queue.put(name, IMAGE)
        work = took(queue)
        if name == "parked":
            queue.park(work, reason="broken")
        else:
            queue.finish(work)
        clock.seconds += 86_400
    assert queue.forget(days=2.5) == 1
    assert not queue.has("old") and queue.has("new") and queue.has("parked")


def test_another_key_is_refused_before_anything_is_put_in(url: str, queue: Queue) -> None:
    if url == IN_MEMORY:
        pytest.skip("its key is the process's")
    queue.put("image", IMAGE)
    with pytest.raises(MammoscopeError, match="sealed with another key"):
        Queue(url, passing_cipher(), owner="two")
    queue.finish(took(queue))
    with closing(Queue(url, passing_cipher(), owner="two")) as anew:
        assert anew.put("image", IMAGE)  # an empty queue may have another key


def test_sealed_work_that_was_moved_to_another_row_does_not_open(
    tmp_path: Path, clock: Clock
) -> None:
    path = tmp_path / "queue.db"
    with closing(Queue(f"sqlite:///{path}", Cipher(SECRET), owner="one")) as queue:
        queue.put("hers", b"her image")
        queue.put("his", b"his image")
        with closing(sqlite3.connect(path)) as connection, connection:
            contents = "SELECT content FROM mammoscope_queue ORDER BY arrived, id"
            (one,), (two,) = connection.execute(contents).fetchall()
            assert one != two
            connection.execute("UPDATE mammoscope_queue SET content = ?", (one,))
        opened = []
        for _ in range(2):
            try:
                opened.append(took(queue).content)
            except MammoscopeError as error:
                assert "does not open" in str(error)
        assert len(opened) == 1
        # It is not tried for ever, and hides nobody else's work.
        clock.seconds += 3600
        assert queue.counts()["parked"] == 1
        (damaged,) = queue.parked()
        assert damaged.name in ("hers", "his") and "does not open" in damaged.reason
        # What comes again by its name takes its place.
        assert queue.put(damaged.name, b"anew")


@pytest.mark.parametrize("is_name", [True, False])
def test_work_that_was_damaged_is_parked_and_can_be_settled(tmp_path: Path, is_name: bool) -> None:
    path = tmp_path / "queue.db"
    url = f"sqlite:///{path}"
    with closing(Queue(url, Cipher(SECRET), owner="one")) as queue:
        for name in ("damaged", "whole"):
            queue.put(name, IMAGE)
    column = "name" if is_name else "content"
    with closing(sqlite3.connect(path)) as connection, connection:
        first = "SELECT id FROM mammoscope_queue ORDER BY arrived LIMIT 1"
        connection.execute(
            f"UPDATE mammoscope_queue SET {column} = zeroblob(99) WHERE id = ({first})"
        )
    # The damage is not taken for another key.
    with closing(Queue(url, Cipher(SECRET), owner="two")) as queue:
        with pytest.raises(MammoscopeError, match="does not open"):
            queue.take("read", seconds=30)
        assert took(queue).name == "whole"
        (damaged,) = queue.parked()
        assert damaged.name == (None if is_name else "damaged")
        assert queue.retry(damaged.id)
        with pytest.raises(MammoscopeError, match="does not open"):
            queue.take("read", seconds=30)
        assert queue.discard(damaged.id) and queue.parked() == []


def test_the_files_hold_nothing_that_can_be_read_and_nothing_at_all_when_it_is_done(
    tmp_path: Path,
) -> None:
    path = tmp_path / "queue.db"

    def stored() -> bytes:
        return b"".join(each.read_bytes() for each in sorted(tmp_path.glob("queue.db*")))

    with closing(Queue(f"sqlite:///{path}", Cipher(SECRET), owner="one")) as queue:
        empty = len(stored())
        queue.put("Zephyrine's UID", IMAGE)
        queue.tidy()
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute("SELECT name, content FROM mammoscope_queue").fetchall()
        ((name, content),) = rows
        assert b"Zephyrine" not in stored()
        # The sealed bytes are what would be found, so that not finding them later means something.
        # A blob runs over pages, each of which begins with four bytes of SQLite's own.
        pieces = [name[:60], content[2000:2200], content[-200:]]
        assert all(piece in stored() for piece in pieces)
        assert queue.finish(took(queue))
        queue.tidy()
        assert not any(piece in stored() for piece in pieces)
        assert len(stored()) <= empty + 4096
        # All that is left: a digest, two times, and that it was done.
        with closing(sqlite3.connect(path)) as connection:
            ((left),) = connection.execute("SELECT * FROM mammoscope_queue").fetchall()
        assert [value for value in left if isinstance(value, bytes)] == []


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    with closing(Queue(f"sqlite:///{path}", Cipher(SECRET), owner="one")):
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_queue_that_is_not_there_is_not_made_to_look_into(tmp_path: Path) -> None:
    with pytest.raises(MammoscopeError, match="there is no queue at"):
        Queue(f"sqlite:///{tmp_path / 'none.db'}", Cipher(SECRET), owner="one", create=False)
    with pytest.raises(MammoscopeError, match="the queue's URL is of no kind"):
        Queue("mysql://host/db", Cipher(SECRET), owner="one")


@pytest.mark.parametrize("url", ["sqlite", "postgresql"], indirect=True)
def test_two_processes_share_the_work_and_do_none_of_it_twice(url: str) -> None:
    names = [f"image-{number}" for number in range(60)]
    with closing(Queue(url, Cipher(SECRET), owner="one")) as queue:
        for name in names:
            queue.put(name, b"image")
        takers = [
            subprocess.Popen(
                [sys.executable, "-c", TAKER, url, owner], stdout=subprocess.PIPE, text=True
            )
            for owner in ("two", "three")
        ]
        printed = [taker.communicate(timeout=120)[0].split() for taker in takers]
        assert [taker.returncode for taker in takers] == [0, 0]
        assert sorted(name for names_ in printed for name in names_) == sorted(names)
        assert queue.counts()["done"] == 60
