"""Small helpers for waiting: to the end of a statement, for breath, and for news."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from sentinel.storage.trouble import Deadlocked

T = TypeVar("T")

_GIVING_WAY = 3  # times; each took PostgreSQL a second to find out


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Await `work` even if we are cancelled meanwhile, and be cancelled only then.

    A statement that is cut off takes its connection with it, and with that the
    transaction of everybody in the same group commit.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # the cancellation is what the caller hears of
        raise


async def giving_way(unit: Callable[[], Awaitable[T]]) -> T:
    """Do `unit`, one whole piece of work, again if it gave way to another that held what it needed.

    Of two that wait for each other PostgreSQL ends one, and nothing of it was
    written. What a person asked for must not come back to them for that.

    Raises:
        Deadlocked: It gave way too often.
    """
    for _ in range(_GIVING_WAY):
        with suppress(Deadlocked):
            return await unit()
    return await unit()


class Breath:
    """Lets everybody else in the loop have a turn now and then.

    What runs where we stand never waits for anything, and a piece of work of a
    hundred messages would keep every page and every post waiting.
    """

    _EVERY_S = 0.002

    def __init__(self) -> None:
        self._last = 0.0

    async def take(self) -> None:
        """Step aside if the last time was long ago."""
        if time.monotonic() - self._last > self._EVERY_S:
            await asyncio.sleep(0)
            self._last = time.monotonic()


class Waker:
    """Lets many wait for the next change."""

    def __init__(self) -> None:
        self.count = 0  # changes so far
        self._next = asyncio.Event()

    def stir(self) -> None:
        """Wake everybody who waits."""
        self.count += 1
        self._next.set()
        self._next = asyncio.Event()

    async def wait(self, timeout_s: float, seen: int | None = None) -> bool:
        """Return True at the next change, False after `timeout_s` without one.

        With `seen`, a `count` read before looking, a change in between is not
        missed.
        """
        if seen is not None and seen != self.count:
            return True
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                return await self._next.wait()
        return False
