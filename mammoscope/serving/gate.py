"""How much is read at once: bounded work in threads, and a bounded line before it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import anyio
import anyio.to_thread
from starlette.requests import ClientDisconnect

from mammoscope.serving.problems import BUSY, ProblemError

RETRY_AFTER_S = 1
T = TypeVar("T")


class Gate:
    """Lets in a bounded number of uploads, works on fewer of them, turns the rest away."""

    def __init__(self, *, concurrency: int, queue: int) -> None:
        """Makes the gate; inside a running event loop.

        Args:
            concurrency: pieces of work at the same time.
            queue: uploads that may wait beyond these.
        """
        self._capacity = concurrency + queue
        self._admitted = 0
        # First come, first served; the threads are as many, so that none waits for one.
        self._limiter = anyio.CapacityLimiter(concurrency)
        self._threads = anyio.CapacityLimiter(concurrency)

    @property
    def working(self) -> int:
        """Pieces of work that are being done."""
        return self._limiter.borrowed_tokens

    @property
    def waiting(self) -> int:
        """Uploads that were let in and are not being worked on: sent still, or in line."""
        return self._admitted - self._limiter.borrowed_tokens

    @asynccontextmanager
    async def admission(self) -> AsyncIterator[None]:
        """A place in line, taken before the body is read: this is what bounds the memory.

        Raises:
            ProblemError: 503, the line is full.
        """
        if self._admitted >= self._capacity:
            raise ProblemError(
                BUSY,
                f"{self._admitted} images are being read or waiting; send it again in a moment",
                headers={"Retry-After": str(RETRY_AFTER_S)},
            )
        self._admitted += 1
        try:
            yield
        finally:
            self._admitted -= 1

    async def run(self, work: Callable[[], T], *, gone: Callable[[], Awaitable[None]]) -> T:
        """What `work` gives, done in a thread when its turn comes.

        Args:
            work: once begun it is finished, since a thread cannot be stopped.
            gone: returns when the one who asked is no longer there.

        Raises:
            ClientDisconnect: they left before their turn; nothing was done.
        """
        turn = object()
        await self._wait_for(turn, gone)
        try:
            return await anyio.to_thread.run_sync(work, limiter=self._threads)
        finally:
            self._limiter.release_on_behalf_of(turn)

    async def _wait_for(self, turn: object, gone: Callable[[], Awaitable[None]]) -> None:
        has_turn = has_left = False

        async def watch() -> None:
            nonlocal has_left
            await gone()
            has_left = True
            group.cancel_scope.cancel()

        try:
            async with anyio.create_task_group() as group:
                group.start_soon(watch)
                await self._limiter.acquire_on_behalf_of(turn)
                has_turn = True
                group.cancel_scope.cancel()
            if has_left:
                raise ClientDisconnect
        except BaseException:
            # The turn may have come in the round of the event loop that ended the wait.
            if has_turn:
                self._limiter.release_on_behalf_of(turn)
            raise
