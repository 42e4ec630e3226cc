"""SQLite in a thread, with one trip to the thread for each statement.

The driver makes four (cursor, execute, fetch, close), and on a busy machine
the trips, not SQLite, are what a unit spends its time on. A statement's rows
are fetched whole: ours are few.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import quote

import aiosqlite
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")
_UNUSED = 64  # rows a trip when iterating, which nobody does here


def connector(file: Path, mode: str) -> Callable[[], Awaitable[aiosqlite.Connection]]:
    """Return what opens a connection; `mode` is SQLite's own: rwc or ro."""

    def open_file() -> sqlite3.Connection:
        name = f"file:{quote(str(file))}?mode={mode}"
        return sqlite3.connect(name, uri=True, check_same_thread=False)

    def connect() -> Awaitable[aiosqlite.Connection]:
        connection = OneHop(open_file, _UNUSED)
        # A daemon that dies must not wait for a connection that nobody closed.
        connection._thread.daemon = True  # noqa: SLF001 - the driver has no other way
        return connection

    return connect


class OneHop(aiosqlite.Connection):
    """A connection that hands out our cursors."""

    def cursor(self) -> Cursor:  # type: ignore[override]
        """Return a cursor that has not been to the thread yet."""
        return Cursor(self)

    @property
    def here(self) -> sqlite3.Connection:
        """The connection itself, for what need not go to the thread; nobody else uses it then."""
        raw: sqlite3.Connection = self._conn
        return raw

    async def hop(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return what `work` returns in the connection's thread."""
        result: T = await self._execute(lambda: work(self._conn))  # type: ignore[no-untyped-call]
        return result


def raw(connection: AsyncConnection) -> sqlite3.Connection:
    """Return SQLite's own connection."""
    return driver(connection).here


def driver(connection: AsyncConnection) -> OneHop:
    """Return the driver's connection.

    Raises:
        TypeError: It is no connection of ours.
    """
    pooled = connection.sync_connection
    found = pooled.connection.driver_connection if pooled is not None else None
    if not isinstance(found, OneHop):
        raise TypeError(type(found))
    return found


class Cursor:
    """What SQLAlchemy needs of a cursor, with what a statement left behind."""

    arraysize = 1

    def __init__(self, connection: OneHop) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, values: Sequence[Any] = ()) -> Self:
        """Execute a statement and fetch its rows."""
        return await self._connection.hop(lambda raw: self._keep(raw.execute(statement, values)))

    async def executemany(self, statement: str, rows: Sequence[Sequence[Any]]) -> Self:
        """Execute a statement for each of `rows`."""
        return await self._connection.hop(lambda raw: self._keep(raw.executemany(statement, rows)))

    async def fetchall(self) -> list[Any]:
        """Return the rows, once."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Forget the rows; the statement itself was closed in the thread."""
        self._rows = []

    def _keep(self, cursor: sqlite3.Cursor) -> Self:
        self._rows = cursor.fetchall()
        self.description, self.lastrowid = cursor.description, cursor.lastrowid
        self.rowcount = cursor.rowcount
        cursor.close()
        return self
