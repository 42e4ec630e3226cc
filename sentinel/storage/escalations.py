"""Escalations: how far up a group of outages has climbed, and who owns it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import bindparam, func, select, update

from sentinel.domain.cause import Severity
from sentinel.domain.delivery import DeliveryState
from sentinel.domain.escalation import Escalation
from sentinel.storage.hot import Hot
from sentinel.storage.staff_tables import ESCALATIONS
from sentinel.storage.tables import DELIVERIES, MESSAGES
from sentinel.storage.unit import Reader, Writer, read, written

_WAITING = (DeliveryState.PLANNED, DeliveryState.PUBLISHING, DeliveryState.UNKNOWN)
_E = ESCALATIONS.c
_SAVE = Hot(update(ESCALATIONS).where(_E.id == bindparam("which")))


class EscalationReader(Reader):
    """What may be asked about escalations."""

    async def escalation(self, escalation_id: str) -> Escalation | None:
        """Return the escalation with this id."""
        row = await self._first(select(ESCALATIONS).where(_E.id == escalation_id))
        return read(Escalation, row) if row else None

    async def open_escalations(self) -> list[Escalation]:
        """Return the escalations that are not over, oldest first."""
        query = select(ESCALATIONS).where(_E.closed_at.is_(None)).order_by(_E.opened_at, _E.id)
        return [read(Escalation, row) for row in await self._all(query)]

    async def escalations_with(self, ids: Collection[str]) -> dict[str, Escalation]:
        """Return the escalations with these ids."""
        if not ids:
            return {}
        rows = await self._all(select(ESCALATIONS).where(_E.id.in_(ids)))
        return {row.id: read(Escalation, row) for row in rows}

    async def told_with(self, escalation: Escalation) -> list[Escalation]:
        """Return the open escalations that were last told in the same letters, itself among them.

        Nobody can tell from a letter which of them its link is about: it is about all.
        """
        same = _E.id == escalation.id
        if escalation.letter is not None:
            same |= _E.letter == escalation.letter
        query = select(ESCALATIONS).where(_E.closed_at.is_(None), same).order_by(_E.id)
        return [read(Escalation, row) for row in await self._all(query)]

    async def escalations_due(self, at: datetime, limit: int) -> list[Escalation]:
        """Return escalations with something to do at `at`, the gravest and oldest first."""
        query = select(ESCALATIONS).where(_E.closed_at.is_(None), _E.due_at <= at)
        query = query.order_by(_E.grave.desc(), _E.due_at, _E.id).limit(limit)
        return [read(Escalation, row) for row in await self._all(query)]

    async def channels_awaited(self, severities: Collection[Severity]) -> frozenset[str]:
        """Return the channels on which messages of these severities wait to be posted."""
        query = (
            select(DELIVERIES.c.channel)
            .join(MESSAGES, MESSAGES.c.id == DELIVERIES.c.message_id)
            .where(MESSAGES.c.open, MESSAGES.c.effective_severity.in_(severities))
            .where(DELIVERIES.c.state.in_(_WAITING))
            .distinct()
        )
        return frozenset(row.channel for row in await self._all(query))

    async def waiting_by_channel(self, channels: Collection[str]) -> dict[str, tuple[int, ...]]:
        """Return the numbers of the messages that are still to be posted on these channels."""
        query = (
            select(DELIVERIES.c.channel, MESSAGES.c.number)
            .join(MESSAGES, MESSAGES.c.id == DELIVERIES.c.message_id)
            .where(MESSAGES.c.open, DELIVERIES.c.state == DeliveryState.PLANNED)
            .where(DELIVERIES.c.channel.in_(channels))
            .order_by(MESSAGES.c.number)
        )
        found: dict[str, tuple[int, ...]] = {}
        for row in await self._all(query):
            found[row.channel] = (*found.get(row.channel, ()), row.number)
        return found

    async def next_escalation_due(self) -> datetime | None:
        """Return when an escalation has something to do next."""
        query = select(func.min(_E.due_at)).where(_E.closed_at.is_(None))
        due: datetime | None = await self._one(query)
        return due


class EscalationWriter(EscalationReader, Writer):
    """What may be done about escalations."""

    async def open_escalation(self, escalation: Escalation) -> None:
        """Keep a new escalation."""
        self.stirred = True
        await self._add(ESCALATIONS, written(escalation))

    async def save_escalations(self, escalations: Iterable[Escalation]) -> None:
        """Write where escalations stand now."""
        self.stirred = True
        rows = [{"which": one.id} | written(one) for one in escalations]
        await self._many(_SAVE, rows)

    async def wake_escalations(self, at: datetime, ids: Collection[str] | None = None) -> None:
        """Have open escalations looked at anew, all or some: what they depend on has changed."""
        if ids is not None and not ids:
            return
        self.stirred = True
        later = _E.due_at.is_(None) | (_E.due_at > at)
        query = update(ESCALATIONS).where(_E.closed_at.is_(None), later)
        if ids is not None:
            query = query.where(_E.id.in_(ids))
        await self._do(query.values(due_at=at))

    async def lock_open_escalations(self) -> list[Escalation]:
        """Return the escalations that are not over, which nobody else changes until we end."""
        query = select(ESCALATIONS).where(_E.closed_at.is_(None)).order_by(_E.id)
        return [read(Escalation, row) for row in await self._all(self._locked(query))]

    async def lock_escalations(self, ids: Collection[str]) -> dict[str, Escalation]:
        """Return escalations by id that nobody else changes until this unit ends."""
        query = select(ESCALATIONS).where(_E.id.in_(ids)).order_by(_E.id)
        rows = await self._all(self._locked(query))
        return {row.id: read(Escalation, row) for row in rows}

    async def lock_escalation(self, escalation_id: str) -> Escalation | None:
        """Return an escalation that nobody else changes until this unit ends."""
        query = select(ESCALATIONS).where(_E.id == escalation_id)
        row = await self._first(self._locked(query))
        return read(Escalation, row) if row else None
