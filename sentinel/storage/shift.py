"""Moves what waits when the wall clock was set: a pause of ten seconds stays ten seconds."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, select, update

from sentinel.domain.delivery import DeliveryState
from sentinel.storage.messages import MessageWriter
from sentinel.storage.staff_tables import ESCALATIONS, NOTIFICATIONS
from sentinel.storage.tables import DELIVERIES

_D = DELIVERIES.c
_N = NOTIFICATIONS.c
_E = ESCALATIONS.c
_WAITS = ("due_at", "planned_at", "since")
_AT_WORK = (
    DeliveryState.PLANNED,
    DeliveryState.PUBLISHING,
    DeliveryState.UNKNOWN,
    DeliveryState.AWAITING_PERSON,
    DeliveryState.MOVED,
)


FRESH = timedelta(seconds=2)
"""So long ago a jump may have been, if nobody knows better."""


class Shifter(MessageWriter):
    """What happens to pauses when the wall clock jumps.

    Ends of messages and times that a person chose stay: they were promised in
    wall time. So does what has happened: history is not rewritten.
    """

    async def shift_pauses(self, by: timedelta, at: datetime, fresh: datetime | None = None) -> int:
        """Move the times that waiting counts from, and to; return how many rows that were.

        `at` is what the clock shows now; what was written from `fresh` on bears its time
        already (None: in the last two seconds). Leases stay: on neither engine do they go
        by the wall clock.
        """
        fresh = at - FRESH if fresh is None else fresh
        at_work = _D.state.in_(_AT_WORK)
        leaving = _D.take_down_at.is_not(None)
        untold = _N.state == "queued"
        # Whoever decides about a chain meanwhile would write back the times of before.
        chains = await self._all(select(_D.message_id).where(at_work | leaving).distinct())
        await self.lock_messages([row.message_id for row in chains])
        self.stirred = True
        return (
            await self._shift(DELIVERIES, at_work & _old(_D.since, fresh, at), by, *_WAITS)
            + await self._shift(
                DELIVERIES, leaving & _old(_D.take_down_at, fresh, at), by, "take_down_at"
            )
            + await self._shift(
                NOTIFICATIONS, untold & _old(_N.created_at, fresh, at), by, "due_at"
            )
            + await self._shift_climbs(by, at, fresh)
        )

    async def _shift_climbs(self, by: timedelta, at: datetime, fresh: datetime) -> int:
        """Move from when levels are counted, and what is due; it may be none."""
        climbing = _E.closed_at.is_(None) & _old(_E.opened_at, fresh, at)
        moved = await self._shift(ESCALATIONS, climbing, by, "climbs_from")
        for due in (_E.due_at, _E.news_at):
            await self._shift(ESCALATIONS, climbing & due.is_not(None), by, due.name)
        return moved

    async def _shift(
        self, table: Table, which: ColumnElement[bool], by: timedelta, *names: str
    ) -> int:
        """Move the named times of some rows; the engines have no sum in common."""
        query = select(table.c.id, *(table.c[name] for name in names)).where(which)
        query = query.order_by(table.c.id)  # two who lock never wait for each other
        found = [row._asdict() for row in await self._all(self._locked(query))]
        rows: list[dict[str, Any]] = [
            {"which": kept["id"], **{f"to_{name}": kept[name] + by for name in names}}
            for kept in found
        ]
        moved = update(table).where(table.c.id == bindparam("which"))
        await self._many(moved.values({n: bindparam(f"to_{n}") for n in names}), rows)
        return len(rows)


def _old(written: ColumnElement[Any], fresh: datetime, at: datetime) -> ColumnElement[bool]:
    """True for what was written on the clock of before, to which a later time is no stranger."""
    return (written < fresh) | (written > at)
