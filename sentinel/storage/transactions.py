"""How units reach the disk: on SQLite one after the other and together, on PostgreSQL apart.

SQLite has one writer, and a commit costs a wait for the disk. So units that
queue up for the writer share a transaction, each in a savepoint of its own,
and one commit takes them all to disk (group commit). None of them hears
"done" before that commit, and one that fails takes back only its own work.
"""

from __future__ import annotations

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncTransaction

from sentinel import failpoints
from sentinel.errors import StorageError
from sentinel.storage import engines, onehop, trouble
from sentinel.storage.patient import to_the_end

_GROUP = 64  # more would keep the first of a group waiting too long


class Transactions(Protocol):
    """Gives out a connection whose work is on disk when the context ends without an error."""

    def turn(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Return the context of one unit."""

    async def close(self) -> None:
        """Give up what is kept open."""


class Apart:
    """Each unit in a transaction of its own."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[AsyncConnection]:
        """Return the context of one unit."""
        opened: list[_Group] = []
        try:
            await to_the_end(self._open(opened.append))
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

    async def close(self) -> None:
        """Nothing is kept open."""

    async def _open(self, take: Callable[[_Group], None]) -> None:
        """Open a group and hand it over at once: nobody may be waiting for it any more."""
        with trouble.translated():
            connection = await self._engine.connect()
            try:
                take(_Own(connection, await connection.begin()))
            except BaseException:
                await connection.close()
                raise


class Together:
    """Group commit on the one writing connection, which stays open."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = None
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
            return await to_the_end(self._open())
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

    async def _open(self) -> _Group:
        """Open a group, and note it at once, so that it is not lost if nobody waits any more."""
        with trouble.translated():
            if self._connection is None:
                connection = await self._engine.connect()
                self._connection = await connection.execution_options(**{engines.BEGUN: True})
            driver = onehop.driver(self._connection)
            await driver.hop(_begin)
        self._group = _Shared(self._connection, driver)
        return self._group

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.close()

    async def _leave(self, group: _Group) -> None:
        """Commit, unless somebody waits who can do it for us."""
        if self._waiting and 0 < group.size < _GROUP and not group.broken:
            return
        self._group = None
        await to_the_end(group.finish())


class _Group(ABC):
    """Units that share one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.size = 0  # units whose work is in it
        self.broken = False
        self.error: StorageError | None = None
        self.over = asyncio.Event()

    @asynccontextmanager
    async def place(self) -> AsyncIterator[AsyncConnection]:
        """Return the context of one unit's work; on an error only this work is taken back.

        The first needs no savepoint: if it fails, the transaction holds nothing else.
        On PostgreSQL there is no other; SQLite makes one in memory, with no trip to the thread.
        """
        if self.size == 0:
            yield self._connection
        else:
            raw = onehop.raw(self._connection)
            with trouble.translated():
                raw.execute("SAVEPOINT unit")
            try:
                yield self._connection
            except BaseException:
                self._take_back(raw)
                raise
            with trouble.translated():
                raw.execute("RELEASE unit")
        self.size += 1

    async def finish(self) -> None:
        """Commit what is in it. What the database refused stands in `error` and is not raised.

        Anything else is raised here, and the others of the group hear that nothing was kept.
        """
        try:
            with trouble.translated():
                await self._end()
        except StorageError as error:
            self.error = error
        except BaseException:
            self.error = trouble.uncertain()
            raise
        finally:
            self.over.set()

    def raise_error(self) -> None:
        """Raise what kept the group from the disk, if anything did."""
        if self.error is not None:
            raise type(self.error)(self.error.phrase) from self.error

    def _take_back(self, raw: sqlite3.Connection) -> None:
        try:
            raw.execute("ROLLBACK TO unit")
            raw.execute("RELEASE unit")
        except sqlite3.Error:
            # A full disk makes SQLite roll back everything by itself, the savepoint included:
            # the work of the others is gone as well, and they must hear of it.
            self.broken = True

    async def _end(self) -> None:
        try:
            if self.broken or (self.size and self._lost()):
                raise trouble.taken_back()
            if self.size:
                failpoints.reach("storage.before_commit")
                await self._commit()
                failpoints.reach("storage.after_commit")
        finally:
            await self._let_go()

    def _lost(self) -> bool:
        """Return whether the database ended the transaction by itself."""
        return False

    @abstractmethod
    async def _commit(self) -> None: ...

    @abstractmethod
    async def _let_go(self) -> None:
        """Take back what is not committed."""


class _Own(_Group):
    """A transaction of the pool, for one unit."""

    def __init__(self, connection: AsyncConnection, transaction: AsyncTransaction) -> None:
        super().__init__(connection)
        self._transaction = transaction

    async def _commit(self) -> None:
        await self._transaction.commit()

    async def _let_go(self) -> None:
        await self._connection.close()


class _Shared(_Group):
    """A transaction on the connection that stays, begun and ended without any go-between."""

    def __init__(self, connection: AsyncConnection, driver: onehop.OneHop) -> None:
        super().__init__(connection)
        self._driver = driver

    async def _commit(self) -> None:
        await self._driver.hop(sqlite3.Connection.commit)

    async def _let_go(self) -> None:
        if self._driver.here.in_transaction:
            await self._driver.hop(sqlite3.Connection.rollback)

    def _lost(self) -> bool:
        """A full disk makes SQLite end it; a commit then would pass for a success."""
        return not self._driver.here.in_transaction


def _begin(raw: sqlite3.Connection) -> None:
    raw.execute("BEGIN IMMEDIATE")
