"""Connections for looking: on SQLite a few that stay open, on PostgreSQL the pool's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from sentinel.storage import engines, onehop


class Looks(Protocol):
    """Gives out a connection on which everything is of the same moment."""

    def look(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Return the context of one look."""

    async def close(self) -> None:
        """Give up what is kept open."""


class FromPool:
    """The pool's connections, each looked at before it is given out: a server may restart."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def look(self) -> AsyncIterator[AsyncConnection]:
        """Return the context of one look."""
        async with self._engine.connect() as connection:
            await connection.begin()
            yield connection

    async def close(self) -> None:
        """Nothing is kept open."""


class Kept:
    """A few connections to a file. To begin and end a look on one takes no trip to a thread."""

    def __init__(self, engine: AsyncEngine, many: int) -> None:
        self._engine = engine
        self._free = asyncio.Semaphore(many)
        self._idle: list[AsyncConnection] = []

    @asynccontextmanager
    async def look(self) -> AsyncIterator[AsyncConnection]:
        """Return the context of one look."""
        async with self._free:
            connection = self._idle.pop() if self._idle else await self._another()
            raw = onehop.raw(connection)
            try:
                raw.execute("BEGIN")  # which only promises to look: nothing is touched yet
                yield connection
            finally:
                raw.rollback()
                self._idle.append(connection)

    async def close(self) -> None:
        """Close the connections."""
        while self._idle:
            await self._idle.pop().close()

    async def _another(self) -> AsyncConnection:
        connection = await self._engine.connect()
        return await connection.execution_options(**{engines.BEGUN: True})
