"""The last good copy of each rota's calendar: with the address gone, it still says who is on call.

A calendar holds names; the copy goes with the rota it belongs to.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select

from sentinel.storage.staff_tables import CALENDARS
from sentinel.storage.unit import Reader, Writer, read, written


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A calendar as it was last read; `text` is None before it was read at all."""

    name: str  # of the rota
    fetched_at: datetime | None = None
    text: str | None = field(default=None, repr=False)
    error: str | None = None  # what was wrong at the last try


class CalendarReader(Reader):
    """What may be asked about calendars."""

    async def calendars(self) -> dict[str, Copy]:
        """Return the copies, by rota."""
        return {row.name: read(Copy, row) for row in await self._all(select(CALENDARS))}


class CalendarWriter(CalendarReader, Writer):
    """What may be done about calendars."""

    async def save_calendar(self, copy: Copy) -> None:
        """Keep a calendar's copy in place of the one before."""
        await self._upsert(CALENDARS, [written(copy)])

    async def drop_calendars(self, kept: Collection[str]) -> None:
        """Drop the copies of rotas that are no longer in the rules."""
        await self._do(delete(CALENDARS).where(CALENDARS.c.name.not_in(kept)))
