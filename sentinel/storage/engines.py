"""How each engine is opened: what makes it durable, and which of its settings endanger that."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Connection, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from sentinel.errors import Phrase
from sentinel.storage import onehop, trouble

_SQLITE = "sqlite:///"
_POSTGRESQL = ("postgresql://", "postgres://")
READERS = 4
_NODES_WRITERS = 8
_ANSWER_WITHIN_S = 5
BEGUN = "begun"
"""The execution option of a connection whose transactions somebody else begins and ends."""

_LET_GO = "SET idle_in_transaction_session_timeout = '4s'"
"""A node that was stopped in mid-transaction must not keep the others from their work."""


def sqlite_file(url: str) -> Path | None:
    """Return the file that a URL names; None if it is PostgreSQL's.

    Raises:
        StorageError: It is neither.
    """
    if url.startswith(_POSTGRESQL):
        return None
    path = url.removeprefix(_SQLITE)
    if path in {url, "", ":memory:"}:
        raise trouble.unknown_url()
    return Path(path).absolute()


def sqlite_writer(file: Path, patience: timedelta) -> AsyncEngine:
    """Return an engine of exactly one connection, whose transactions take the write lock first.

    Every commit is on disk when it returns: WAL with `synchronous=FULL`.
    """
    engine = _sqlite(file, "rwc", connections=1)
    _prepare(engine, patience, "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
    _begin(engine, "BEGIN IMMEDIATE")
    return engine


def sqlite_readers(file: Path, patience: timedelta) -> AsyncEngine:
    """Return an engine whose connections cannot write, whatever is asked of them."""
    engine = _sqlite(file, "ro", connections=READERS)
    _prepare(engine, patience, "query_only=ON")
    _begin(engine, "BEGIN")
    return engine


def postgresql(url: str, *, read_only: bool, standby: bool = False) -> AsyncEngine:
    """Return an engine for a URL as libpq reads it, which may name several hosts.

    It looks for the one among them that takes writes, also to read: a standby
    lags behind, and what was read there would be decided on. A view sees one
    moment (`REPEATABLE READ`).

    Args:
        url: As it stands in the rules.
        read_only: For views.
        standby: If none takes writes, read from any.
    """
    conninfos = [_conninfo(url, "read-write")]
    if standby:
        conninfos.append(_conninfo(url, "any"))
    options: dict[str, Any] = {"pool_size": READERS if read_only else _NODES_WRITERS}
    if read_only:
        options["execution_options"] = {
            "isolation_level": "REPEATABLE READ",
            "postgresql_readonly": True,
        }
    else:  # stated, whatever the server's default is: what a unit relies on, it locks
        options["isolation_level"] = "READ COMMITTED"
    return create_async_engine(
        "postgresql+psycopg://",
        async_creator=_connector(conninfos),
        pool_pre_ping=True,  # a server that was restarted costs one look, not one failed unit
        hide_parameters=True,
        **options,
    )


async def dangers(connection: AsyncConnection) -> tuple[Phrase, ...]:
    """Return what of PostgreSQL's settings breaks the promise that accepted means kept."""
    found = []
    for name in ("fsync", "synchronous_commit"):
        value = (await connection.execute(text(f"SHOW {name}"))).scalar()
        if value == "off":
            found.append(
                Phrase(
                    de=f"PostgreSQL läuft mit {name}=off: Ein Stromausfall kann angenommene "
                    f"Meldungen kosten. Bitte {name} einschalten.",
                    en=f"PostgreSQL runs with {name}=off: a power cut may lose accepted messages. "
                    f"Turn {name} on.",
                )
            )
    return tuple(found)


def protect(file: Path) -> None:
    """Make a new database file readable by its owner only, before anything is in it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def _sqlite(file: Path, mode: str, *, connections: int) -> AsyncEngine:
    return create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(file)),
        async_creator=onehop.connector(file, mode),
        pool_size=connections,
        max_overflow=0,
        pool_reset_on_return=None,  # closing already rolls back what is open
        hide_parameters=True,
    )


def _conninfo(url: str, which: str) -> str:
    """Return what libpq is told; what the URL says itself counts."""
    settings: dict[str, str | int] = {
        "target_session_attrs": which,
        "connect_timeout": _ANSWER_WITHIN_S,
        "application_name": "sentinel",
    }
    given = psycopg.conninfo.conninfo_to_dict(url)
    return make_conninfo(url, **{k: v for k, v in settings.items() if k not in given})


def _connector(
    conninfos: Sequence[str],
) -> Callable[[], Awaitable[psycopg.AsyncConnection[Any]]]:
    """Return what connects by the first that leads anywhere."""

    async def connect() -> psycopg.AsyncConnection[Any]:
        for conninfo in conninfos[:-1]:
            with suppress(psycopg.OperationalError):
                return await prepared(conninfo)
        return await prepared(conninfos[-1])

    async def prepared(conninfo: str) -> psycopg.AsyncConnection[Any]:
        connection = await psycopg.AsyncConnection.connect(conninfo, autocommit=True)
        await connection.execute(_LET_GO)
        await connection.set_autocommit(False)
        return connection

    return connect


def _prepare(engine: AsyncEngine, patience: timedelta, *pragmas: str) -> None:
    """Set each new connection up; the driver must not begin transactions by itself."""

    def on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={patience // timedelta(milliseconds=1)}")
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine.sync_engine, "connect", on_connect)


def _begin(engine: AsyncEngine, statement: str) -> None:
    def on_begin(connection: Connection) -> None:
        if BEGUN not in connection.get_execution_options():
            connection.exec_driver_sql(statement)

    event.listen(engine.sync_engine, "begin", on_begin)
