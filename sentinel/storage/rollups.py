"""Availability figures: hours for a while, then days; each is added where its cause is kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Executable, Row, case, delete, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from sentinel.domain.availability import Figures, Grain, Mark, checked
from sentinel.domain.cause import Ability, Cause
from sentinel.domain.observation import Observation
from sentinel.storage.figure_tables import NUMBERS, ROLLUP_MARKS, ROLLUPS
from sentinel.storage.hot import Hot
from sentinel.storage.unit import Reader, Writer, inserting, written

_R = ROLLUPS.c

Key: TypeAlias = tuple[str, Ability]
"""A channel and one of its abilities."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollup:
    """The figures of one period."""

    channel: str
    ability: Ability
    grain: Grain
    start: datetime
    figures: Figures


class RollupReader(Reader):
    """What may be asked about availability."""

    async def rollups(
        self, since: datetime, until: datetime, channel: str | None = None
    ) -> list[Rollup]:
        """Return the periods that begin from `since` to before `until`, oldest first."""
        query = select(ROLLUPS).where((_R.start >= since) & (_R.start < until))
        if channel is not None:
            query = query.where(_R.channel == channel)
        ordered = query.order_by(_R.start, _R.channel, _R.ability)
        return [_rollup(row) for row in await self._all(ordered)]

    async def marks(self, channels: Collection[str] | None = None) -> dict[Key, Mark]:
        """Return how far each ability is accounted for."""
        query = select(ROLLUP_MARKS)
        if channels is not None:
            query = query.where(ROLLUP_MARKS.c.channel.in_(list(channels)))
        return {
            (row.channel, row.ability): Mark(state=row.state, until=row.until, number=row.number)
            for row in await self._all(query)
        }


class RollupWriter(RollupReader, Writer):
    """What may be done about availability."""

    async def add_figures(self, hours: Mapping[tuple[str, Ability, datetime], Figures]) -> None:
        """Add to the hours, beginning new ones; two nodes may add to the same hour."""
        await self._add_to(Grain.HOUR, hours)

    async def add_checks(self, observations: Iterable[Observation]) -> None:
        """Count what checks saw; in the unit that keeps the observations, so each counts once.

        A real post and the ledger's sums are no checks, and our own line is nobody's failure.
        """
        hours: dict[tuple[str, Ability, datetime], Figures] = {}
        for seen in observations:
            if seen.fresh_until is None:
                continue
            key = (seen.channel, seen.finding.ability, Grain.HOUR.start(seen.at))
            failed = seen.finding.cause not in {None, Cause.UPLINK_LOST}
            hours[key] = hours.get(key, Figures()) + checked(seen.duration_ms, failed=failed)
        await self.add_figures(hours)

    async def save_marks(self, marks: Mapping[Key, Mark]) -> None:
        """Keep how far each ability is accounted for."""
        rows = [
            {"channel": channel, "ability": ability, **written(mark)}
            for (channel, ability), mark in marks.items()
        ]
        await self._upsert(ROLLUP_MARKS, rows)

    async def drop_marks(self, channels: Collection[str]) -> None:
        """Account no further for channels that nobody watches any more; their figures stay."""
        await self._do(delete(ROLLUP_MARKS).where(ROLLUP_MARKS.c.channel.in_(list(channels))))

    async def days_of_hours(self, before: datetime) -> int:
        """Make days of all hours that began before `before`, a day's beginning; return how many."""
        old = (_R.grain == Grain.HOUR) & (_R.start < before)
        days = 0
        while (first := await self._one(select(func.min(_R.start)).where(old))) is not None:
            day = Grain.DAY.start(first)
            inside = old & (_R.start < day + Grain.DAY.length)
            await self._do(_day(self._frame.engine, day, inside))
            await self._do(delete(ROLLUPS).where(inside))
            days += 1
        return days

    async def drop_rollups(self, before: datetime) -> int:
        """Drop the periods that began before `before`; return how many."""
        return await self._do(delete(ROLLUPS).where(_R.start < before))

    async def _add_to(
        self, grain: Grain, periods: Mapping[tuple[str, Ability, datetime], Figures]
    ) -> None:
        rows = [
            {
                "channel": channel,
                "ability": ability,
                "grain": grain,
                "start": start,
                **written(figures),
            }
            # In one order on every node, or two that add to the same rows would block each other.
            for (channel, ability, start), figures in sorted(
                periods.items(), key=lambda item: item[0]
            )
        ]
        await self._many(_adding(self._frame.engine), rows)


@cache
def _adding(engine: str) -> Hot:
    """Return the statement that adds a period to the one that is there, or begins it."""
    return Hot(_onto(inserting(engine, ROLLUPS)))


def _onto(new: postgresql.Insert | sqlite.Insert) -> postgresql.Insert | sqlite.Insert:
    sums: dict[str, Any] = {name: _R[name] + new.excluded[name] for name in NUMBERS}
    slowest, other = _R.slowest_ms, new.excluded.slowest_ms
    sums["slowest_ms"] = case((slowest > other, slowest), else_=other)
    keys = [column.key for column in ROLLUPS.primary_key]
    return new.on_conflict_do_update(index_elements=keys, set_=sums)


def _day(engine: str, day: datetime, hours: ColumnElement[bool]) -> Executable:
    """Return the statement that adds some hours up to a day."""
    sums = [(func.max if name == "slowest_ms" else func.sum)(_R[name]) for name in NUMBERS]
    fixed = [literal(Grain.DAY, _R.grain.type), literal(day, _R.start.type)]
    made = select(_R.channel, _R.ability, *fixed, *sums).where(hours)
    grouped = made.group_by(_R.channel, _R.ability)
    names = ["channel", "ability", "grain", "start", *NUMBERS]
    return _onto(inserting(engine, ROLLUPS).from_select(names, grouped))


def _rollup(row: Row[Any]) -> Rollup:
    return Rollup(
        channel=row.channel,
        ability=row.ability,
        grain=row.grain,
        start=row.start,
        figures=Figures(**{name: getattr(row, name) for name in NUMBERS}),
    )
