"""Time that passes only when nobody has anything to do, and SQLite without its thread.

So an hour takes no time at all, whatever can happen at once has happened before
the clock moves on, and the same draws always give the same story.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import aiosqlite.core
import pytest

RESTLESS = 5_000
"""Rounds of the loop without any time passing; whoever needs more will never rest."""


class StillLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock stands still while there is work."""

    def __init__(self) -> None:
        self._elapsed = 0.0
        self._rounds = 0  # since time last passed
        super().__init__()

    def time(self) -> float:
        """Return the seconds that have passed in this loop's own time."""
        return self._elapsed

    def _run_once(self) -> None:
        inside: Any = vars(self)  # asyncio keeps what is ready, and what is to come, to itself
        if not inside["_ready"] and inside["_scheduled"]:
            self._elapsed = max(self._elapsed, inside["_scheduled"][0].when())
            self._rounds = 0
        self._rounds += 1
        assert self._rounds < RESTLESS, "somebody works without end, and gets nothing done"
        super()._run_once()  # type: ignore[misc] # likewise


class _Here:
    """Stands in for the queue to the driver's thread: what is put in is done at once."""

    def put_nowait(self, job: tuple[asyncio.Future[Any] | None, Callable[[], Any]]) -> None:
        done, work = job
        try:
            result = work()
        except Exception as error:
            if done is None:
                raise
            done.set_exception(error)
        else:
            if done is not None:
                done.set_result(result)


class _NoThread:
    """Stands in for the driver's thread, which has nothing left to do."""

    daemon = True

    def __init__(self, **_: object) -> None:
        pass

    def start(self) -> None:
        """Do nothing."""


@contextmanager
def sqlite_without_a_thread() -> Iterator[None]:
    """Have the same statements executed by the same SQLite, but here and now."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aiosqlite.core, "SimpleQueue", _Here)
        patch.setattr(aiosqlite.core, "Thread", _NoThread)
        yield
