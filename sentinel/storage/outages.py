"""Outages: open periods in which something is not up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, tuple_, update

from sentinel.domain.cause import Ability, Cause
from sentinel.storage.hot import Hot
from sentinel.storage.tables import OUTAGES
from sentinel.storage.unit import Page, Reader, Writer, read, written

_U = OUTAGES.c
_SAVE = Hot(update(OUTAGES).where(_U.id == bindparam("which")))
STRANDING = Hot(
    select(OUTAGES).where(
        _U.closed_at.is_(None),
        _U.kind == bindparam("its_kind"),
        _U.messages == bindparam("its_messages"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """One outage, in the contract's shape. `acknowledged_by` is an actor's id, not a name."""

    id: str  # UUIDv7, so ids sort by age
    kind: str
    channel: str | None = None
    ability: Ability | None = None
    operator: str | None = None
    cause: Cause | None = None
    opened_at: datetime
    closed_at: datetime | None = None
    acknowledged_by: str | None = None
    waves: int = 1
    messages: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()  # all that an edge takes with it


class OutageReader(Reader):
    """What may be asked about outages."""

    async def outage(self, outage_id: str) -> Outage | None:
        """Return the outage with this id."""
        row = await self._first(select(OUTAGES).where(_U.id == outage_id))
        return read(Outage, row) if row else None

    async def open_outages(self, channel: str | None = None) -> list[Outage]:
        """Return the outages that are not over, of one channel or of all, oldest first."""
        query = select(OUTAGES).where(_U.closed_at.is_(None)).order_by(_U.opened_at, _U.id)
        if channel is not None:
            query = query.where(_U.channel == channel)
        return [read(Outage, row) for row in await self._all(query)]

    async def stranding(self, message_id: str) -> Outage | None:
        """Return the outage that is open because this message is stranded."""
        row = await self._first(STRANDING, its_kind="stranded", its_messages=(message_id,))
        return read(Outage, row) if row else None

    async def outages(self, limit: int = 50, cursor: str | None = None) -> Page[Outage]:
        """Return outages, latest first."""
        query = select(OUTAGES).order_by(_U.opened_at.desc(), _U.id.desc()).limit(limit + 1)
        if cursor is not None:
            last = select(_U.opened_at, _U.id).where(_U.id == cursor).scalar_subquery()
            query = query.where(tuple_(_U.opened_at, _U.id) < last)
        found = [read(Outage, row) for row in await self._all(query)]
        more = len(found) > limit
        return Page(items=tuple(found[:limit]), next=found[limit - 1].id if more else None)


class OutageWriter(OutageReader, Writer):
    """What may be done about outages."""

    async def open_outage(self, outage: Outage) -> None:
        """Keep a new outage."""
        self.stirred = True
        await self._add(OUTAGES, written(outage))

    async def save_outage(self, outage: Outage) -> None:
        """Write a changed outage."""
        self.stirred = True
        await self._do(_SAVE, {"which": outage.id} | written(outage))
