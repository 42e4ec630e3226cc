"""The ground that every view and unit stands on: one connection in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Executable,
    Row,
    Select,
    Table,
    func,
    insert,
    literal,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import Interval

from sentinel.storage import onehop, trouble
from sentinel.storage.columns import Moment
from sentinel.storage.hot import Hot, Ran
from sentinel.storage.key import Key
from sentinel.storage.patient import Breath, to_the_end

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Who is at work: the same for every unit of one opened storage."""

    engine: str  # sqlite or postgresql
    generation: str  # this run of the process
    now: Callable[[], datetime]
    steady: Callable[[], datetime]  # a clock that nobody sets; leases on SQLite go by it
    key: Key
    breath: Breath = field(default_factory=Breath)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Some of a list, and where to go on; `next` is None at its end."""

    items: tuple[T, ...]
    next: str | None = None


class Reader:
    """What may be asked of one transaction."""

    def __init__(self, connection: AsyncConnection, frame: Frame) -> None:
        self._connection = connection
        self._frame = frame

    async def _all(self, query: Executable | Hot, **values: Any) -> Sequence[Row[Any]]:
        return (await self._execute(query, values or None)).all()

    async def _first(self, query: Executable | Hot, **values: Any) -> Row[Any] | None:
        return (await self._execute(query, values or None)).first()

    async def _one(self, query: Executable | Hot, **values: Any) -> Any:
        """Return the first column of the first row, or None."""
        return (await self._execute(query, values or None)).scalar()

    async def _execute(
        self,
        statement: Executable | Hot,
        values: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    ) -> CursorResult[Any] | Ran:
        with trouble.translated():
            if isinstance(statement, Hot):
                raw = self._raw()
                if raw is not None:
                    ran = statement.run(raw, values or {})
                    await self._frame.breath.take()
                    return ran
                statement = statement.statement
            return await to_the_end(self._connection.execute(statement, values))

    def _raw(self) -> sqlite3.Connection | None:
        """Return the connection that a hot statement runs on at once; None: none does."""
        return onehop.raw(self._connection) if self._frame.engine == "sqlite" else None

    def _clock(self) -> ColumnElement[datetime]:
        """The clock that leases go by: PostgreSQL's own, so that nodes need not agree on one.

        On SQLite one that no step of the wall clock moves: a lease of this run
        of the process must not end because somebody set the clock.
        """
        if self._frame.engine == "postgresql":
            return func.clock_timestamp(type_=Moment())
        return literal(self._frame.steady(), Moment())

    def _from_now(self, time: timedelta) -> ColumnElement[datetime]:
        if self._frame.engine == "postgresql":
            return func.clock_timestamp(type_=Moment()) + literal(time, Interval())
        return literal(self._frame.steady() + time, Moment())

    def _lapsed(self, until: Any, generation: Any) -> ColumnElement[bool]:
        """True for rows whose lease has ended.

        On SQLite there is one process: a lease of another generation ended
        when that process did, whatever the clock says.
        """
        ended: ColumnElement[bool] = until.is_(None) | (until <= self._clock())
        if self._frame.engine == "postgresql":
            return ended
        ended |= generation != self._frame.generation
        return ended


class Writer(Reader):
    """What may be done in one transaction."""

    def __init__(self, connection: AsyncConnection, frame: Frame) -> None:
        super().__init__(connection, frame)
        self.stirred = False  # something was written that a waiting loop wants to know of

    async def _do(
        self, statement: Executable | Hot, values: Mapping[str, Any] | None = None
    ) -> int:
        """Execute a statement and return how many rows it touched."""
        return (await self._execute(statement, values)).rowcount

    async def _add(self, table: Table, values: Mapping[str, Any]) -> None:
        """Write a new row."""
        await self._execute(_insertion(table), values)

    async def _many(self, statement: Executable | Hot, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            await self._execute(statement, rows)

    async def _upsert(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows; one whose primary key is there already replaces it."""
        if not rows:
            return
        await self._many(_upsertion(self._frame.engine, table, tuple(rows[0])), rows)

    def _insert(self, table: Table) -> postgresql.Insert | sqlite.Insert:
        return inserting(self._frame.engine, table)

    def _locked(self, query: Select[Any], *, skip: bool = False) -> Select[Any]:
        """Return `query` holding its rows until the end, which SQLite's one writer does anyway."""
        # Rows that point here may be written meanwhile (FOR NO KEY UPDATE): a renewal, whose
        # check of its message would wait for us while we wait for its delivery, is no rival.
        return query.with_for_update(skip_locked=skip, key_share=True)


@cache
def _insertion(table: Table) -> Hot:
    """Return the one statement for new rows: building it costs more than executing it."""
    return Hot(insert(table))


def inserting(engine: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return a statement for new rows that can say what happens to those that are there."""
    return postgresql.insert(table) if engine == "postgresql" else sqlite.insert(table)


@cache
def _upsertion(engine: str, table: Table, names: tuple[str, ...]) -> Hot:
    adding = inserting(engine, table)
    keys = [column.key for column in table.primary_key]
    changes = {name: adding.excluded[name] for name in names if name not in keys}
    return Hot(adding.on_conflict_do_update(index_elements=keys, set_=changes))


def read(kind: type[T], row: Row[Any]) -> T:
    """Return the value of `kind` that `row` keeps."""
    return kind(**{name: getattr(row, name) for name in names(kind)})


def written(value: object) -> dict[str, Any]:
    """Return the columns that keep `value`, a dataclass, by name."""
    return {name: getattr(value, name) for name in names(type(value))}


def names(kind: Any) -> tuple[str, ...]:
    """Return the names of a dataclass's fields; looked up once."""
    found = _NAMES.get(kind)
    if found is None:
        found = _NAMES[kind] = tuple(field.name for field in fields(kind))
    return found


_NAMES: dict[Any, tuple[str, ...]] = {}
