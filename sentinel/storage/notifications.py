"""Notifications to staff: a durable queue, sent at least once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from sqlalchemy import ColumnElement, case, func, select, update

from sentinel.storage.staff_tables import NOTIFICATIONS
from sentinel.storage.unit import Reader, Writer, read, written

_N = NOTIFICATIONS.c
_CLAIM = timedelta(seconds=60)


NotificationState: TypeAlias = Literal["queued", "sent", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One text for one contact. `repeat`: it may have reached them before a crash."""

    id: str
    outage_id: str | None = None
    escalation_id: str | None = None
    journal_number: int
    contact: str
    level: int = 0
    address: int = 0  # index of the address to try next
    state: NotificationState = "queued"
    due_at: datetime
    attempts: int = 0
    subject: str
    text: str
    html: str | None = None
    short: str | None = None  # for text messages
    grave: bool = False  # goes first, and whatever the hour
    exercise: bool = False
    waits_for_line: bool = False  # no address that works without the uplink
    repeat: bool = False
    created_at: datetime
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDue:
    """Somebody for whom something is due."""

    contact: str
    grave: bool  # something grave is among it
    waiting: bool  # all of it was seen to wait for our line


class NotificationReader(Reader):
    """What may be asked about notifications."""

    async def undelivered(self) -> list[Notification]:
        """Return what has not reached anybody yet, given up or not, oldest first."""
        query = select(NOTIFICATIONS).where(_N.state != "sent")
        return [read(Notification, row) for row in await self._all(query.order_by(_N.created_at))]

    async def count_undelivered(self) -> int:
        """Return how many notifications have not reached anybody yet, given up or not."""
        query = select(func.count()).select_from(NOTIFICATIONS).where(_N.state != "sent")
        many: int = await self._one(query)
        return many

    async def notifications_of(self, outage_id: str) -> list[Notification]:
        """Return what was to be told about an outage, oldest first."""
        query = select(NOTIFICATIONS).where(_N.outage_id == outage_id)
        return [read(Notification, row) for row in await self._all(query.order_by(_N.created_at))]

    async def contacts_due(self, at: datetime) -> list[ContactDue]:
        """Return for whom something is due and not claimed, those with something grave first."""
        query = (
            select(
                _N.contact,
                func.max(case((_N.grave, 1), else_=0)).label("grave"),
                func.min(case((_N.waits_for_line, 1), else_=0)).label("waiting"),
            )
            .where(self._due(at))
            .group_by(_N.contact)
        )
        found = [
            ContactDue(
                contact=row.contact,
                grave=bool(row.grave),
                waiting=bool(row.waiting),
            )
            for row in await self._all(query)
        ]
        return sorted(found, key=lambda one: (not one.grave, one.contact))

    def _due(self, at: datetime) -> ColumnElement[bool]:
        free = self._lapsed(_N.claim_until, _N.claim_generation)
        return (_N.state == "queued") & (_N.due_at <= at) & free

    async def next_notification_due(self) -> datetime | None:
        """Return when the next queued notification falls due."""
        query = select(func.min(_N.due_at)).where(_N.state == "queued")
        due: datetime | None = await self._one(query)
        return due


class NotificationWriter(NotificationReader, Writer):
    """What may be done about notifications."""

    async def add_notification(self, notification: Notification) -> None:
        """Queue a notification."""
        self.stirred = True
        await self._add(NOTIFICATIONS, written(notification))

    async def claim_notifications(
        self,
        at: datetime,
        limit: int,
        *,
        contact: str | None = None,
        grave: bool = False,
        lease: timedelta = _CLAIM,
    ) -> list[Notification]:
        """Claim what is due at `at`, grave ones first, each until it is saved or `lease` ends.

        Of one `contact`, or of all; `grave`: nothing else. Among equals the one
        that was tried least comes first. One that was claimed before and never
        reported on comes back as a repeat: it may have gone out before the crash.
        """
        due = self._due(at)
        if contact is not None:
            due &= _N.contact == contact
        if grave:
            due &= _N.grave
        order = (_N.grave.desc(), _N.attempts, _N.due_at, _N.created_at, _N.id)
        query = select(_N.id).where(due).order_by(*order).limit(limit)
        ids = [row.id for row in await self._all(self._locked(query, skip=True))]
        return await self._take(ids, lease) if ids else []

    async def save_notification(self, notification: Notification) -> bool:
        """Report on a claimed notification: sent, failed, or queued for another try.

        False, and nothing is written, once the claim is ours no more: another
        node has taken it since, or reported on it. What it says holds.
        """
        self.stirred = True
        values = written(notification) | {"claim_until": None, "claim_generation": None}
        ours = (
            (_N.id == notification.id)
            & (_N.state == "queued")
            & (_N.claim_generation == self._frame.generation)
        )
        return bool(await self._do(update(NOTIFICATIONS).where(ours).values(values)))

    async def hold_for_line(self, contact: str, at: datetime) -> int:
        """Note that what is due to a contact waits for our line; return how much was new in it."""
        due = self._due(at) & (_N.contact == contact) & _N.waits_for_line.is_(False)
        return await self._do(update(NOTIFICATIONS).where(due).values(waits_for_line=True))

    async def readdress(self, gone: str, contact: str) -> int:
        """Give what is queued for somebody whom the rules no longer have to another; how much."""
        queued = (_N.contact == gone) & (_N.state == "queued")
        return await self._do(update(NOTIFICATIONS).where(queued).values(contact=contact))

    async def _take(self, ids: Sequence[str], lease: timedelta) -> list[Notification]:
        values = {
            "repeat": _N.repeat | _N.claim_until.is_not(None),
            "claim_until": self._from_now(lease),
            "claim_generation": self._frame.generation,
        }
        await self._do(update(NOTIFICATIONS).where(_N.id.in_(ids)).values(values))
        query = select(NOTIFICATIONS).where(_N.id.in_(ids))
        rows = await self._all(query.order_by(_N.due_at, _N.created_at, _N.id))
        return [read(Notification, row) for row in rows]
