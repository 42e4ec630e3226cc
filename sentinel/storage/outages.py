"""Outages: open periods in which something is not up."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, select, tuple_, update

from sentinel.domain.cause import Ability, Cause
from sentinel.storage.hot import Hot
from sentinel.storage.staff_tables import OUTAGES
from sentinel.storage.unit import Page, Reader, Writer, read, written

_U = OUTAGES.c
_LIFE = (
    *("kind", "channel", "ability", "operator", "cause"),
    *("opened_at", "closed_at", "waves", "messages", "channels"),
)
_TELLING = ("escalation_id", "entry", "told_entry", "end_entry", "told_at", "end_told_at")
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
    waves: int = 1  # how often it broke out: one that comes back soon is the same
    messages: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()  # all that an edge takes with it
    acknowledged_at: datetime | None = None
    comment: str | None = None  # of whoever acknowledged it
    escalation_id: str | None = None
    entry: int | None = None  # number of the journal entry that last put it into words
    told_entry: int | None = None  # the one that staff last heard
    end_entry: int | None = None  # the one that put its end into words
    told_at: datetime | None = None  # when staff were told of this wave
    end_told_at: datetime | None = None  # and of its end


class OutageReader(Reader):
    """What may be asked about outages."""

    async def outage(self, outage_id: str) -> Outage | None:
        """Return the outage with this id."""
        row = await self._first(select(OUTAGES).where(_U.id == outage_id))
        return read(Outage, row) if row else None

    async def outages_with(self, ids: Collection[str]) -> dict[str, Outage]:
        """Return the outages with these ids."""
        return {found.id: found for found in await self._outages(_U.id.in_(ids))} if ids else {}

    async def open_outages(self, channel: str | None = None) -> list[Outage]:
        """Return the outages that are not over, of one channel or of all, oldest first."""
        its = () if channel is None else (_U.channel == channel,)
        return await self._outages(_U.closed_at.is_(None), *its)

    async def outages_ended_since(self, since: datetime) -> list[Outage]:
        """Return the outages that ended at `since` or later, oldest first."""
        return await self._outages(_U.closed_at >= since)

    async def count_open_outages(self) -> int:
        """Return how many outages are not over."""
        query = select(func.count()).select_from(OUTAGES).where(_U.closed_at.is_(None))
        many: int = await self._one(query)
        return many

    async def last_like(self, outage: Outage, since: datetime) -> Outage | None:
        """Return the last outage of the same thing, if it ended at `since` or later."""
        same = (
            *_is(_U.channel, outage.channel),
            *_is(_U.ability, outage.ability),
            _U.kind == outage.kind,
            _U.messages == outage.messages,
            *(() if outage.channel else _is(_U.operator, outage.operator)),
        )
        query = select(OUTAGES).where(*same, _U.closed_at >= since)
        row = await self._first(query.order_by(_U.closed_at.desc(), _U.id.desc()).limit(1))
        return read(Outage, row) if row else None

    async def stranding(self, message_id: str) -> Outage | None:
        """Return the outage that is open because this message is stranded."""
        row = await self._first(STRANDING, its_kind="stranded", its_messages=(message_id,))
        return read(Outage, row) if row else None

    async def strandings(self, message_ids: Collection[str]) -> dict[str, Outage]:
        """Return the latest outage of each of these messages because it was stranded."""
        if not message_ids:
            return {}
        of_them = _U.messages.in_([(message_id,) for message_id in message_ids])
        found = await self._outages(_U.kind == "stranded", of_them)
        return {message_id: outage for outage in found for message_id in outage.messages}

    async def unsettled(self, escalation_ids: Collection[str]) -> list[Outage]:
        """Return what these escalations still are about: open, or its end not told yet."""
        if not escalation_ids:
            return []
        waits = _U.told_at.is_not(None) & _U.end_told_at.is_(None)
        mine = _U.escalation_id.in_(escalation_ids)
        return await self._outages(mine, _U.closed_at.is_(None) | waits)

    async def outages_of(self, escalation_id: str) -> list[Outage]:
        """Return all that an escalation is or was about, oldest first."""
        return await self._outages(_U.escalation_id == escalation_id)

    async def outages(self, limit: int = 50, cursor: str | None = None) -> Page[Outage]:
        """Return outages, latest first."""
        query = select(OUTAGES).order_by(_U.opened_at.desc(), _U.id.desc()).limit(limit + 1)
        if cursor is not None:
            last = select(_U.opened_at, _U.id).where(_U.id == cursor).scalar_subquery()
            query = query.where(tuple_(_U.opened_at, _U.id) < last)
        found = [read(Outage, row) for row in await self._all(query)]
        more = len(found) > limit
        return Page(items=tuple(found[:limit]), next=found[limit - 1].id if more else None)

    async def _outages(self, *which: ColumnElement[bool]) -> list[Outage]:
        query = select(OUTAGES).where(*which).order_by(_U.opened_at, _U.id)
        return [read(Outage, row) for row in await self._all(query)]


class OutageWriter(OutageReader, Writer):
    """What may be done about outages."""

    async def open_outage(self, outage: Outage) -> None:
        """Keep a new outage."""
        self.stirred = True
        await self._add(OUTAGES, written(outage))

    async def save_outage(self, outage: Outage) -> None:
        """Write how an outage goes; who was told, and who owns it, stay as they are on disk."""
        self.stirred = True
        await self._do(_SAVE, {"which": outage.id} | _some(outage, _LIFE))

    async def save_told(self, outages: Iterable[Outage]) -> None:
        """Write to which escalation outages belong, and what staff know of them."""
        rows = [{"which": outage.id} | _some(outage, _TELLING) for outage in outages]
        await self._many(_SAVE, rows)

    async def own_outages(
        self, ids: Sequence[str], by: str | None, at: datetime | None, comment: str | None
    ) -> None:
        """Write who acknowledged outages; nobody any more, if `by` is None."""
        self.stirred = True
        values = {"acknowledged_by": by, "acknowledged_at": at, "comment": comment}
        await self._do(update(OUTAGES).where(_U.id.in_(ids)).values(values))


def _some(outage: Outage, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(outage, name) for name in names}


def _is(column: Any, value: object) -> tuple[ColumnElement[bool]]:
    return (column.is_(None) if value is None else column == value,)
