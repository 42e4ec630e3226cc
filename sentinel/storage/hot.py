"""Statements that every message needs many times: compiled once, and on SQLite run where we stand.

A statement that finds its rows by key takes SQLite a few microseconds; putting
it together anew, and a trip to the thread and back, take fifty times as long.
So these run in the loop's own thread, between a BEGIN and a COMMIT that do
not: those two wait for locks and for the disk. Whatever looks at many rows
keeps to the thread. On PostgreSQL a hot statement is one like any other.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Delete, Insert, Select, Update
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

Statement: TypeAlias = Select[Any] | Insert | Update | Delete
Values: TypeAlias = Mapping[str, Any]
_Change: TypeAlias = Callable[[Any], Any] | None

_ROW: Any = namedtuple  # noqa: PYI024 - the names are known only when it runs
_DIALECT = sqlite.dialect()


class Hot:
    """One statement. What varies in it is bound by name, and it never changes."""

    def __init__(self, statement: Statement, *, returns: Sequence[ColumnElement[Any]] = ()) -> None:
        self.statement = statement
        columns = statement.selected_columns if isinstance(statement, Select) else returns
        names = [column.key or "" for column in columns]
        self._row: Callable[[Sequence[Any]], Any] = _ROW("Row", names)._make
        self._changes = [_reading(column.type) for column in columns]
        self._compiled: dict[tuple[str, ...], _Sql] = {}

    def run(self, raw: sqlite3.Connection, values: Values | Sequence[Values]) -> Ran:
        """Execute it here and now, for several values if they are several.

        Raises:
            sqlite3.Error: As the driver raises it.
        """
        if not isinstance(values, Mapping):
            return self._run_many(raw, values)
        sql = self._sql(values)
        cursor = raw.execute(sql.text, sql.bind(values))
        rows = [self._read(row) for row in cursor.fetchall()] if self._changes else []
        ran = Ran(rows, cursor.rowcount)
        cursor.close()
        return ran

    def _run_many(self, raw: sqlite3.Connection, rows: Sequence[Values]) -> Ran:
        sql = self._sql(rows[0])
        cursor = raw.executemany(sql.text, [sql.bind(values) for values in rows])
        ran = Ran([], cursor.rowcount)
        cursor.close()
        return ran

    def _sql(self, values: Values) -> _Sql:
        names = tuple(values)
        sql = self._compiled.get(names)
        if sql is None:
            sql = self._compiled[names] = _Sql.of(self.statement, names)
        return sql

    def _read(self, row: Sequence[Any]) -> Any:
        changed = [
            value if change is None else change(value)
            for change, value in zip(self._changes, row, strict=True)
        ]
        return self._row(changed)


class Ran:
    """What came of a hot statement, in the words of SQLAlchemy's results."""

    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def all(self) -> list[Any]:
        """Return the rows; their columns are attributes."""
        return self._rows

    def first(self) -> Any:
        """Return the first row, or None."""
        return self._rows[0] if self._rows else None

    def scalar(self) -> Any:
        """Return the first column of the first row, or None."""
        return self._rows[0][0] if self._rows else None


@dataclass(frozen=True, slots=True)
class _Sql:
    """A statement as the driver takes it: text, and what is bound to each question mark."""

    text: str
    binds: tuple[tuple[str, _Change, Any], ...]  # name, what changes it, what stands in for it

    @classmethod
    def of(cls, statement: Statement, names: Sequence[str]) -> _Sql:
        keys = list(names) if isinstance(statement, Insert | Update) else None
        compiled = statement.compile(dialect=_DIALECT, column_keys=keys)
        if not isinstance(compiled, SQLCompiler):
            raise TypeError(type(compiled))
        binds = []
        for name in compiled.positiontup or ():
            bind = compiled.binds[name]
            change = _writing(bind.type)
            if bind.required and name not in names:
                raise ValueError(name)
            fixed = change(bind.value) if change and not bind.required else bind.value
            binds.append((name, change, fixed))
        return cls(compiled.string, tuple(binds))

    def bind(self, values: Values) -> list[Any]:
        return [
            fixed
            if name not in values
            else (values[name] if change is None else change(values[name]))
            for name, change, fixed in self.binds
        ]


def _reading(kind: TypeEngine[Any]) -> _Change:
    return kind.dialect_impl(_DIALECT).result_processor(_DIALECT, None)


def _writing(kind: TypeEngine[Any]) -> _Change:
    return kind.dialect_impl(_DIALECT).bind_processor(_DIALECT)
