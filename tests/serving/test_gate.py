"""The line before the readings is bounded, and so are the readings."""

from __future__ import annotations

import threading
import time

import anyio
import anyio.lowlevel
import pytest
from starlette.requests import ClientDisconnect

from mammoscope.serving.gate import Gate
from mammoscope.serving.problems import ProblemError


def test_no_more_work_runs_at_once_than_allowed() -> None:
    running = 0
    most = 0
    lock = threading.Lock()

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with lock:
            running -= 1

    async def main() -> None:
        gate = Gate(concurrency=2, queue=8)

        async def one() -> None:
            async with gate.admission():
                await gate.run(work, gone=anyio.sleep_forever)

        async with anyio.create_task_group() as group:
            for _ in range(8):
                group.start_soon(one)

    anyio.run(main)
    assert most == 2


def test_a_place_in_line_is_given_back_also_after_an_error() -> None:
    async def main() -> None:
        gate = Gate(concurrency=1, queue=1)
        async with gate.admission(), gate.admission():
            with pytest.raises(ProblemError) as caught:
                async with gate.admission():
                    pass
            assert caught.value.kind.status == 503
        for _ in range(3):
            with pytest.raises(ValueError):
                async with gate.admission():
                    raise ValueError
        async with gate.admission(), gate.admission():
            pass

    anyio.run(main)


def test_the_gate_tells_who_works_and_who_waits() -> None:
    seen: list[tuple[int, int]] = []

    async def main() -> None:
        gate = Gate(concurrency=1, queue=8)
        go_on = threading.Event()

        async def one() -> None:
            async with gate.admission():
                await gate.run(go_on.wait, gone=anyio.sleep_forever)

        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(one)
            while gate.working + gate.waiting < 3 or not gate.working:
                await anyio.sleep(0.01)
            seen.append((gate.working, gate.waiting))
            go_on.set()
        seen.append((gate.working, gate.waiting))

    anyio.run(main)
    assert seen == [(1, 2), (0, 0)]


def test_who_leaves_the_line_is_not_worked_for_and_the_others_keep_their_order() -> None:
    done: list[str] = []
    begin = threading.Event()

    async def main() -> None:
        gate = Gate(concurrency=1, queue=3)
        leaving = anyio.Event()
        left: list[str] = []

        async def one(name: str) -> None:
            gone = leaving.wait if name == "second" else anyio.sleep_forever
            try:
                async with gate.admission():
                    await gate.run(lambda: (begin.wait(5), done.append(name)), gone=gone)
            except ClientDisconnect:
                left.append(name)

        async with anyio.create_task_group() as group:
            for name in ("first", "second", "third", "fourth"):
                group.start_soon(one, name)
                await anyio.wait_all_tasks_blocked()
            assert (gate.working, gate.waiting) == (1, 3)
            leaving.set()
            await anyio.wait_all_tasks_blocked()
            assert left == ["second"]
            assert (gate.working, gate.waiting) == (1, 2)
            begin.set()
        assert (gate.working, gate.waiting) == (0, 0)

    anyio.run(main)
    assert done == ["first", "third", "fourth"]


def test_who_leaves_as_the_turn_comes_gives_it_on() -> None:
    async def main() -> None:
        gate = Gate(concurrency=1, queue=3)

        async def at_once() -> None:
            return

        for _ in range(3):
            with pytest.raises(ClientDisconnect):
                await gate.run(lambda: None, gone=at_once)
        assert await gate.run(lambda: 7, gone=anyio.sleep_forever) == 7
        assert gate.working == 0

    anyio.run(main)


def test_who_is_cancelled_at_any_moment_keeps_no_turn() -> None:
    async def cancelled_after(rounds: int) -> int:
        gate = Gate(concurrency=1, queue=1)
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as group:
                group.start_soon(lambda: gate.run(lambda: None, gone=anyio.sleep_forever))
                for _ in range(rounds):
                    await anyio.lowlevel.checkpoint()
                scope.cancel()
        return gate.working

    for rounds in range(12):
        assert anyio.run(cancelled_after, rounds) == 0
