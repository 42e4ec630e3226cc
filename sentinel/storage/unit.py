"""The ground that every view and unit stands on: one connection in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Executable,
    Insert,
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

from sentinel.storage import trouble
from sentinel.storage.columns import Moment
from sentinel.storage.key import Key
from sentinel.storage.patient import to_the_end

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Who is at work: the same for every unit of one opened storage."""

    engine: str  # sqlite or postgresql
    generation: str  # this run of the process
    now: Callable[[], datetime]
    key: Key


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

    async def _all(self, query: Executable) -> Sequence[Row[Any]]:
        return (await self._execute(query)).all()

    async def _first(self, query: Executable) -> Row[Any] | None:
        return (await self._execute(query)).first()

    async def _one(self, query: Executable) -> Any:
        """Return the first column of the first row, or None."""
        return (await self._execute(query)).scalar()

    async def _execute(
        self,
        statement: Executable,
        values: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    ) -> CursorResult[Any]:
        with trouble.translated():
            return await to_the_end(self._connection.execute(statement, values))

    def _clock(self) -> ColumnElement[datetime]:
        """The clock that leases go by: PostgreSQL's own, so that nodes need not agree on one."""
        if self._frame.engine == "postgresql":
            return func.clock_timestamp(type_=Moment())
        return literal(self._frame.now(), Moment())

    def _from_now(self, time: timedelta) -> ColumnElement[datetime]:
        if self._frame.engine == "postgresql":
            return func.clock_timestamp(type_=Moment()) + literal(time, Interval())
        return literal(self._frame.now() + time, Moment())

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

    async def _do(self, statement: Executable, values: Mapping[str, Any] | None = None) -> int:
        """Execute a statement and return how many rows it touched."""
        return (await self._execute(statement, values)).rowcount

    async def _add(self, table: Table, values: Mapping[str, Any]) -> None:
        """Write a new row."""
        await self._execute(_insertion(table), values)

    async def _many(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            await self._execute(statement, rows)

    async def _upsert(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows; one whose primary key is there already replaces it."""
        if not rows:
            return
        adding = self._insert(table)
        keys = [column.key for column in table.primary_key]
        changes = {name: adding.excluded[name] for name in rows[0] if name not in keys}
        await self._many(adding.on_conflict_do_update(index_elements=keys, set_=changes), rows)

    def _insert(self, table: Table) -> postgresql.Insert | sqlite.Insert:
        if self._frame.engine == "postgresql":
            return postgresql.insert(table)
        return sqlite.insert(table)

    def _locked(self, query: Select[Any], *, skip: bool = False) -> Select[Any]:
        """Return `query` holding its rows until the end, which SQLite's one writer does anyway."""
        return query.with_for_update(skip_locked=skip)


@cache
def _insertion(table: Table) -> Insert:
    """Return the one statement for new rows: building it costs more than executing it."""
    return insert(table)


def read(kind: type[T], row: Row[Any]) -> T:
    """Return the value of `kind` that `row` keeps."""
    kept = row._mapping  # noqa: SLF001 - the library's documented way to columns by name
    return kind(**{field.name: kept[field.name] for field in fields(kind)})  # type: ignore[arg-type]


def written(value: object) -> dict[str, Any]:
    """Return the columns that keep `value`, a dataclass, by name."""
    return {field.name: getattr(value, field.name) for field in fields(value)}  # type: ignore[arg-type]
