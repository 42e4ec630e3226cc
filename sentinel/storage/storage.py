"""The storage: opened once, then units to write in and views to look with."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import uuid_utils
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_exponential

from sentinel.errors import Phrase, StorageError
from sentinel.storage import engines, schema, trouble
from sentinel.storage.backup import back_up
from sentinel.storage.filelock import FileLock
from sentinel.storage.key import Key
from sentinel.storage.looks import FromPool, Kept
from sentinel.storage.patient import Waker, giving_way, to_the_end
from sentinel.storage.room import has_room
from sentinel.storage.transactions import Apart, Together, Transactions
from sentinel.storage.unit import Frame
from sentinel.storage.view import Unit, View

T = TypeVar("T")

_PATIENCE = timedelta(seconds=5)
_NOTED = 5000  # more than one process notes between two looks at what others noted


class Storage:
    """All that is kept. Make one with `Storage.open`, and close it."""

    def __init__(
        self,
        *,
        frame: Frame,
        file: Path | None,
        writers: AsyncEngine | None,
        readers: AsyncEngine,
        warnings: tuple[Phrase, ...],
        closing: AsyncExitStack,
    ) -> None:
        self.engine = frame.engine  # sqlite or postgresql
        self.generation = frame.generation  # this run of the process
        self.noted: deque[int] = deque(maxlen=_NOTED)  # numbers of our latest journal entries
        self.warnings = warnings  # for a person: settings that endanger what is kept
        self._frame = frame
        self._file = file
        self._looks = FromPool(readers) if file is None else Kept(readers, engines.READERS)
        closing.push_async_callback(self._looks.close)
        self._transactions = _transactions(writers, file)
        if self._transactions is not None:
            closing.push_async_callback(self._transactions.close)
        self._waker = Waker()
        self._closing = closing

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        data: Path,
        node: str,
        now: Callable[[], datetime],
        steady: Callable[[], datetime] | None = None,
        read_only: bool = False,
        patience: timedelta = _PATIENCE,
    ) -> Storage:
        """Open the storage; a writer makes and migrates the tables, and is alone on SQLite.

        Args:
            url: `sqlite:///PATH` or a PostgreSQL URL as libpq reads it.
            data: The folder of `storage.key`.
            node: This node's name, which begins its generation.
            now: The wall clock.
            steady: A clock that runs on when the wall clock is set; None: the wall clock.
            read_only: For looking only, also beside a running daemon; if no PostgreSQL host
                takes writes, on a standby.
            patience: How long to wait for a locked file or a silent server.

        Raises:
            StorageBusy: Another daemon works with this file.
            StorageNewer: The database was written by a newer version.
            StorageUnwritable: It is read-only, full or locked.
            StorageError: It is not there, does not answer, or the URL is wrong.
            SecretError: `storage.key` cannot be read or made, or others may read it.
        """
        file = engines.sqlite_file(url)
        frame = Frame(
            engine="postgresql" if file is None else "sqlite",
            generation=f"{node}/{uuid_utils.uuid7()}",
            now=now,
            steady=steady or now,
            key=Key(data),
        )
        async with AsyncExitStack() as opening:
            if not read_only:
                _make_folder(data)
                frame.key.make_sure()
            if file is not None:
                _hold(file, opening, read_only=read_only)
            readers = _readers(url, file, patience, standby=read_only)
            opening.push_async_callback(readers.dispose)
            writers = None if read_only else _writers(url, file, patience)
            if writers is not None:
                opening.push_async_callback(writers.dispose)
            warnings = await _prepare(writers or readers, frame, patience, read_only=read_only)
            return cls(
                frame=frame,
                file=file,
                writers=writers,
                readers=readers,
                warnings=warnings,
                closing=opening.pop_all(),
            )

    async def close(self) -> None:
        """Close every connection and let the next daemon in."""
        await self._closing.aclose()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Unit]:
        """Return the context of one piece of work: on disk when it ends, or undone by an error.

        What was noted is appended to the journal just before commit. Do not
        touch the network in it: everybody else waits meanwhile.

        Raises:
            StorageUnwritable: The database is read-only, full or locked.
            StorageError: It refused or is gone.
        """
        if self._transactions is None:
            raise trouble.only_reading()
        async with self._transactions.turn() as connection:
            unit = Unit(connection, self._frame)
            yield unit
            await unit.append_notes()
        self.noted.extend(unit.appended)
        if unit.stirred:
            self._waker.stir()

    async def carry_out(self, work: Callable[[Unit], Awaitable[T]]) -> T:
        """Do `work` in a unit; again if it gave way to another (PostgreSQL's deadlock).

        For what a person or another program asked for: a loop comes round by itself.
        `work` may run several times, so it changes nothing but the unit.

        Raises:
            StorageError: As for `write`.
        """

        async def once() -> T:
            async with self.write() as unit:
                return await work(unit)

        return await giving_way(once)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[View]:
        """Return the context of one look: everything in it is of the same moment.

        Raises:
            StorageError: The database refused or is gone.
        """
        with trouble.translated():
            async with self._looks.look() as connection:
                yield View(connection, self._frame)

    @property
    def changes(self) -> int:
        """How many local commits there were that a loop may wait for."""
        return self._waker.count

    async def wait_change(self, timeout_s: float, *, seen: int | None = None) -> bool:
        """Return True at the next local commit with news; False after `timeout_s` without one.

        Give as `seen` what `changes` said before you looked, and nothing that
        came in between is missed. Other nodes' commits do not wake us.
        """
        return await self._waker.wait(timeout_s, seen)

    async def writable(self) -> bool:
        """Return whether a small real write reaches the disk."""
        try:
            async with self.write() as unit:
                await unit.beat()
        except StorageError:
            return False
        return True

    async def has_room(self) -> bool:
        """Return whether more than a little fits on the disk; of PostgreSQL's nobody here knows."""
        if self._file is None:
            return True
        return await to_the_end(asyncio.to_thread(has_room, self._file.parent))

    async def backup(self, path: Path) -> None:
        """Write a whole, compact copy of an SQLite database to `path`, while work goes on.

        Raises:
            StorageError: `path` exists or cannot be written, or this is PostgreSQL.
        """
        if self._file is None:
            raise trouble.no_backup()
        await to_the_end(asyncio.to_thread(back_up, self._file, path))


def _transactions(writers: AsyncEngine | None, file: Path | None) -> Transactions | None:
    if writers is None:
        return None
    return Apart(writers) if file is None else Together(writers)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise trouble.unwritable(str(folder), error) from error


def _hold(file: Path, opening: AsyncExitStack, *, read_only: bool) -> None:
    """Make sure of the file, and that no other daemon has it."""
    if read_only:
        if not file.exists():
            raise trouble.missing(str(file))
        return
    try:
        engines.protect(file)
    except OSError as error:
        raise trouble.unwritable(str(file), error) from error
    opening.callback(FileLock(file).release)


def _readers(url: str, file: Path | None, patience: timedelta, *, standby: bool) -> AsyncEngine:
    if file is None:
        return engines.postgresql(url, read_only=True, standby=standby)
    return engines.sqlite_readers(file, patience)


def _writers(url: str, file: Path | None, patience: timedelta) -> AsyncEngine:
    if file is None:
        return engines.postgresql(url, read_only=False)
    return engines.sqlite_writer(file, patience)


async def _prepare(
    engine: AsyncEngine, frame: Frame, patience: timedelta, *, read_only: bool
) -> tuple[Phrase, ...]:
    """Connect, bring the tables up to date, and return what a person should hear."""
    bring: Callable[[Connection], None] = schema.check if read_only else schema.migrate
    retrying = AsyncRetrying(
        retry=retry_if_exception_type(OperationalError),
        wait=wait_exponential(multiplier=0.1, max=2),
        stop=stop_after_delay(patience),
        reraise=True,
    )
    with trouble.translated():
        async for attempt in retrying:
            with attempt:
                async with engine.connect() as connection:
                    await connection.execute(text("SELECT 1"))
        async with engine.begin() as connection:
            await connection.run_sync(bring)
            return await engines.dangers(connection) if frame.engine == "postgresql" else ()
