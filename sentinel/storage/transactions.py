"""How units reach the disk: on SQLite one after the other and together, on PostgreSQL apart.

SQLite has one writer, and a commit costs a wait for the disk. So units that
queue up for the writer share a transaction, each in a savepoint of its own,
and one commit takes them all to disk (group commit). None of them hears
"done" before that commit, and one that fails takes back only its own work.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncTransaction

from sentinel import failpoints
from sentinel.errors import StorageError
from sentinel.storage import trouble
from sentinel.storage.patient import to_the_end

_GROUP = 64  # more would keep the first of a group waiting too long


class Transactions(Protocol):
    """Gives out a connection whose work is on disk when the context ends without an error."""

    def turn(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Return the context of one unit."""


class Apart:
    """Each unit in a transaction of its own."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[AsyncConnection]:
        """Return the context of one unit."""
        opened: list[_Group] = []
        try:
            await to_the_end(_open(self._engine, opened.append))
        except BaseException:
            for group in opened:  # we were cancelled meanwhile
                await to_the_end(group.finish())
            raise
        group = opened[0]
        try:
            async with group.place() as connection:
                yield connection
        finally:
            await to_the_end(group.finish())
        group.raise_error()


class Together:
    """Group commit on the one writing connection."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._lock = asyncio.Lock()
        self._waiting = 0
        self._group: _Group | None = None
        self._come = 0  # how many have come for a turn so far
        self._turned_away = 0  # whoever came up to this number hears `_refusal`
        self._refusal: StorageError | None = None

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[AsyncConnection]:
        """Return the context of one unit."""
        self._come += 1
        number = self._come
        await self._enter()
        try:
            try:
                group = self._group
                if group is None:
                    group = await self._opened(number)
                async with group.place() as connection:
                    yield connection
            finally:
                if self._group is not None:
                    await self._leave(self._group)
        finally:
            self._lock.release()
        await group.over.wait()
        group.raise_error()

    async def _opened(self, number: int) -> _Group:
        """Begin a group. A database that refuses refuses everybody who waited meanwhile.

        Otherwise each of them would wait for the locked file in turn, and the
        last would hear of it minutes later.
        """
        if number <= self._turned_away and self._refusal is not None:
            raise type(self._refusal)(self._refusal.phrase) from self._refusal
        try:
            return await to_the_end(_open(self._engine, self._begin))
        except StorageError as error:
            self._turned_away, self._refusal = self._come, error
            raise

    async def _enter(self) -> None:
        self._waiting += 1
        try:
            await self._lock.acquire()
        except BaseException:
            self._waiting -= 1
            await to_the_end(self._do_for_us())
            raise
        self._waiting -= 1

    async def _do_for_us(self) -> None:
        """Commit what others left to us, who were waiting and now are not."""
        async with self._lock:
            if self._group is not None and not self._waiting:
                await self._leave(self._group)

    def _begin(self, group: _Group) -> None:
        self._group = group

    async def _leave(self, group: _Group) -> None:
        """Commit, unless somebody waits who can do it for us."""
        if self._waiting and 0 < group.size < _GROUP and not group.broken:
            return
        self._group = None
        await to_the_end(group.finish())


class _Group:
    """Units that share one transaction."""

    def __init__(self, connection: AsyncConnection, transaction: AsyncTransaction) -> None:
        self._connection = connection
        self._transaction = transaction
        self.size = 0  # units whose work is in it
        self.broken = False
        self.error: StorageError | None = None
        self.over = asyncio.Event()

    @asynccontextmanager
    async def place(self) -> AsyncIterator[AsyncConnection]:
        """Return the context of one unit's work; on an error only this work is taken back.

        The first needs no savepoint: if it fails, the transaction holds nothing else.
        """
        if self.size == 0:
            yield self._connection
        else:
            savepoint = await to_the_end(_nested(self._connection))
            try:
                yield self._connection
            except BaseException:
                await to_the_end(self._take_back(savepoint))
                raise
            with trouble.translated():
                await to_the_end(savepoint.commit())
        self.size += 1

    async def finish(self) -> None:
        """Commit what is in it; never raises: what went wrong stands in `error`."""
        try:
            with trouble.translated():
                await self._end()
        except StorageError as error:
            self.error = error
        finally:
            self.over.set()

    def raise_error(self) -> None:
        """Raise what kept the group from the disk, if anything did."""
        if self.error is not None:
            raise type(self.error)(self.error.phrase) from self.error

    async def _take_back(self, savepoint: AsyncTransaction) -> None:
        try:
            with trouble.translated():
                await savepoint.rollback()
        except StorageError:
            # A full disk makes SQLite roll back everything by itself, the savepoint included:
            # the work of the others is gone as well, and they must hear of it.
            self.broken = True

    async def _end(self) -> None:
        try:
            if self.broken or (self.size and await self._lost()):
                raise trouble.taken_back()
            if self.size:
                failpoints.reach("storage.before_commit")
                await self._transaction.commit()
                failpoints.reach("storage.after_commit")
        finally:
            await self._connection.close()  # rolls back what is not committed

    async def _lost(self) -> bool:
        """Return whether SQLite ended the transaction by itself, as a full disk makes it do.

        The driver would take a commit without a transaction for a success.
        """
        driver = (await self._connection.get_raw_connection()).driver_connection
        return getattr(driver, "in_transaction", True) is False


async def _open(engine: AsyncEngine, take: Callable[[_Group], None]) -> _Group:
    """Open a group and hand it over at once, so that it is not lost if nobody waits any more."""
    group = await _opened(engine)
    take(group)
    return group


async def _opened(engine: AsyncEngine) -> _Group:
    with trouble.translated():
        connection = await engine.connect()
        try:
            return _Group(connection, await connection.begin())
        except BaseException:
            await connection.close()
            raise


async def _nested(connection: AsyncConnection) -> AsyncTransaction:
    with trouble.translated():
        return await connection.begin_nested()
