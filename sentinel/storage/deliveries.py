"""The outbox: deliveries, and who may work on them now.

Whoever claims a delivery gets a token, one higher at every claim. What is
written with an older token is refused: its holder was thought dead, and
somebody else has gone on. What is sent (`rendered`) is written once and never
again; what the conversation remembered has its own writer and is not touched
by a save.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Update,
    bindparam,
    case,
    func,
    insert,
    null,
    select,
    update,
)

from sentinel.domain.cause import Severity
from sentinel.domain.delivery import FIND_PAUSES_S, Delivery, DeliveryState, Rendered
from sentinel.storage.tables import DELIVERIES, MESSAGES
from sentinel.storage.unit import Reader, Writer, read, written

_D = DELIVERIES.c
_PENDING = (DeliveryState.PLANNED, DeliveryState.PUBLISHING, DeliveryState.AWAITING_PERSON)
_FROZEN = frozenset({"id", "message_id", "account", "rendered", "without_link", "memory"})
_FREE = {"lease_until": None, "lease_generation": None}

# Built once: making such a statement costs more than executing it.
_GRAVITY = case({word: word.rank for word in Severity}, value=MESSAGES.c.effective_severity)
_ITS_MESSAGE = MESSAGES.c.id == bindparam("of_message")
_ADD = insert(DELIVERIES).values(gravity=select(_GRAVITY).where(_ITS_MESSAGE).scalar_subquery())
_SAVE = update(DELIVERIES).where(_D.id == bindparam("which"))
_SAVE_MINE = _SAVE.where(_D.lease_token == bindparam("token"))
_MOVED_ON = _D.state != bindparam("new_state")
_OVERRULE = _SAVE.values(
    lease_token=_D.lease_token + case((_MOVED_ON, 1), else_=0),
    lease_until=case((_MOVED_ON, null()), else_=_D.lease_until),
    lease_generation=case((_MOVED_ON, null()), else_=_D.lease_generation),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to work on a delivery until the lease ends; `token` proves it."""

    delivery: Delivery
    token: int


class DeliveryReader(Reader):
    """What may be asked about deliveries."""

    async def delivery(self, delivery_id: str) -> Delivery | None:
        """Return the delivery with this id."""
        row = await self._first(select(DELIVERIES).where(_D.id == delivery_id))
        return read(Delivery, row) if row else None

    async def deliveries_of(self, message_id: str) -> list[Delivery]:
        """Return the deliveries of one message, in the order of their ids."""
        return (await self.deliveries_of_many([message_id]))[message_id]

    async def deliveries_of_many(self, message_ids: Iterable[str]) -> dict[str, list[Delivery]]:
        """Return the deliveries of some messages, by message; one without any has an empty list."""
        found: dict[str, list[Delivery]] = {message_id: [] for message_id in message_ids}
        query = select(DELIVERIES).where(_D.message_id.in_(found)).order_by(_D.id)
        for delivery in await self._deliveries(query):
            found[delivery.message_id].append(delivery)
        return found

    async def abandoned(self, at: datetime) -> list[Delivery]:  # noqa: ARG002 - leases go by their own clock
        """Return the deliveries in mid-attempt whose worker is gone.

        To take them over, call `reclaim`, which also shuts their old worker out.
        """
        return await self._deliveries(select(DELIVERIES).where(self._orphaned()))

    async def last_published(self, account: str) -> Delivery | None:
        """Return what went out on an account most recently."""
        live = (_D.account == account) & _D.posted_at.is_not(None)
        row = await self._first(
            select(DELIVERIES).where(live).order_by(_D.posted_at.desc()).limit(1)
        )
        return read(Delivery, row) if row else None

    async def count_published(self, account: str, since: datetime) -> int:
        """Return how many posts went out on an account from `since` on."""
        counted: int = await self._one(
            select(func.count())
            .select_from(DELIVERIES)
            .where(_D.account == account, _D.posted_at >= since)
        )
        return counted

    async def posted_times(self, account: str, since: datetime) -> list[datetime]:
        """Return when each post went out on an account from `since` on, oldest first."""
        query = select(_D.posted_at).where(_D.account == account, _D.posted_at >= since)
        return [row.posted_at for row in await self._all(query.order_by(_D.posted_at))]

    async def pending_by_channel(self) -> dict[str, int]:
        """Return how many deliveries are still to be brought out, by channel."""
        query = (
            select(_D.channel, func.count().label("pending"))
            .where(_D.state.in_(_PENDING))
            .group_by(_D.channel)
        )
        return {row.channel: row.pending for row in await self._all(query)}

    async def deliveries_by_state(self) -> dict[DeliveryState, int]:
        """Return how many deliveries stand in each state."""
        query = select(_D.state, func.count().label("many")).group_by(_D.state)
        return {row.state: row.many for row in await self._all(query)}

    async def next_due(self, after: datetime) -> datetime | None:
        """Return when the next waiting delivery falls due, later than `after`."""
        due: datetime | None = await self._one(_first_due().where(_D.due_at > after))
        return due

    async def oldest_due(self, at: datetime) -> datetime | None:
        """Return since when the longest overdue delivery has been due at `at`; None: none is."""
        due: datetime | None = await self._one(_first_due().where(_D.due_at <= at))
        return due

    async def _deliveries(self, query: Select[Any]) -> list[Delivery]:
        return [read(Delivery, row) for row in await self._all(query)]

    def _orphaned(self) -> ColumnElement[bool]:
        return (_D.state == DeliveryState.PUBLISHING) & self._lapsed(
            _D.lease_until, _D.lease_generation
        )


class DeliveryWriter(DeliveryReader, Writer):
    """What may be done to deliveries."""

    async def add_delivery(self, delivery: Delivery) -> None:
        """Keep a new delivery.

        Raises:
            AlreadyThere: This message has a delivery on this account.
        """
        await self.add_deliveries([delivery])

    async def add_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        """Keep several new deliveries, in one statement.

        Raises:
            AlreadyThere: One of their messages has a delivery on that account.
        """
        rows = [
            written(new) | {"of_message": new.message_id, "lease_token": 0} for new in deliveries
        ]
        await self._many(_ADD, rows)
        self.stirred = True

    async def delivery(self, delivery_id: str) -> Delivery | None:
        """Return a delivery, which nobody else can change before this unit ends."""
        row = await self._first(self._locked(select(DELIVERIES).where(_D.id == delivery_id)))
        return read(Delivery, row) if row else None

    async def save_delivery(self, delivery: Delivery, token: int | None = None) -> bool:
        """Write a changed delivery; return False, and write nothing, if `token` is stale.

        With a token, the claim goes on. Without one the caller overrules: a
        change of state (other than to publishing) shuts out whoever holds a
        claim, and their later `settle` answers False.
        """
        if token is not None:
            return await self._write(_SAVE_MINE, delivery, token=token)
        if delivery.state is DeliveryState.PUBLISHING:
            return await self._write(_SAVE, delivery)
        return await self._write(_OVERRULE, delivery, new_state=delivery.state)

    async def settle(self, delivery: Delivery, token: int) -> bool:
        """Write what came of a claim and end it; False, and nothing is written, if it is stale."""
        return await self._write(_SAVE_MINE, delivery, token=token, **_FREE)

    async def release(self, delivery_id: str, token: int) -> bool:
        """End a claim without a change; False if it is stale."""
        mine = (_D.id == delivery_id) & (_D.lease_token == token)
        self.stirred = True
        return bool(await self._do(update(DELIVERIES).where(mine).values(_FREE)))

    async def renew_lease(self, delivery_id: str, token: int, lease: timedelta) -> bool:
        """Hold a claim for `lease` from now on; False if it is stale: stop working on it."""
        mine = (_D.id == delivery_id) & (_D.lease_token == token) & _D.lease_until.is_not(None)
        return bool(await self._do(update(DELIVERIES).where(mine).values(self._leased(lease))))

    async def claim_due(
        self,
        at: datetime,
        *,
        lease: timedelta,
        limit: int,
        exclude_channels: Collection[str] = frozenset(),
    ) -> list[Claim]:
        """Claim what is due at `at`, the gravest first, then the longest due.

        Nobody else can have these until the lease ends; it ends by itself if
        we crash (on SQLite, as soon as the next process starts).
        """
        due = _wanted() & (_D.due_at <= at)
        if exclude_channels:
            due &= _D.channel.not_in(exclude_channels)
        return await self._claim(due, lease, limit)

    async def reclaim(
        self, *, lease: timedelta, limit: int = 100, only: Collection[str] | None = None
    ) -> list[Claim]:
        """Take over deliveries in mid-attempt whose worker is gone, shutting that worker out."""
        which = self._orphaned()
        if only is not None:
            which &= _D.id.in_(only)
        return await self._claim(which, lease, limit)

    async def choose_text(self, delivery_id: str, rendered: Rendered) -> None:
        """Settle once which of the two frozen texts is sent; `rendered` must be one of them."""
        undecided = (_D.id == delivery_id) & _D.without_link.is_not(None)
        values = {"rendered": rendered, "without_link": None}
        await self._do(update(DELIVERIES).where(undecided).values(values))

    async def remember(self, delivery_id: str, name: str, value: str) -> None:
        """Keep something that a conversation must not forget, with its delivery."""
        delivery = await self.delivery(delivery_id)
        if delivery is None:
            return
        kept = {**delivery.memory, name: value}
        await self._do(update(DELIVERIES).where(_D.id == delivery_id).values(memory=kept))

    async def forget(self, delivery_id: str) -> None:
        """Drop all that a delivery's conversations remembered."""
        await self._do(update(DELIVERIES).where(_D.id == delivery_id).values(memory={}))

    async def _claim(self, which: ColumnElement[bool], lease: timedelta, limit: int) -> list[Claim]:
        free = which & self._lapsed(_D.lease_until, _D.lease_generation)
        order = (_D.gravity, _D.due_at, _D.id)
        query = select(_D.id).where(free).order_by(*order).limit(limit)
        ids = [row.id for row in await self._all(self._locked(query, skip=True))]
        if not ids:
            return []
        values = {"lease_token": _D.lease_token + 1, **self._leased(lease)}
        await self._do(update(DELIVERIES).where(_D.id.in_(ids)).values(values))
        claimed = select(DELIVERIES).where(_D.id.in_(ids)).order_by(*order)
        return [
            Claim(delivery=read(Delivery, row), token=row.lease_token)
            for row in await self._all(claimed)
        ]

    def _leased(self, lease: timedelta) -> dict[str, Any]:
        return {
            "lease_until": self._from_now(lease),
            "lease_generation": self._frame.generation,
        }

    async def _write(self, statement: Update, delivery: Delivery, **also: Any) -> bool:
        values = {name: value for name, value in written(delivery).items() if name not in _FROZEN}
        self.stirred = True
        return bool(await self._do(statement, values | {"which": delivery.id} | also))


def _wanted() -> ColumnElement[bool]:
    """Planned, or unclear and still looked for: after the last look only a person decides."""
    searched = (_D.state == DeliveryState.UNKNOWN) & (_D.finds < len(FIND_PAUSES_S))
    return (_D.state == DeliveryState.PLANNED) | searched


def _first_due() -> Select[tuple[datetime | None]]:
    return select(func.min(_D.due_at)).where(_wanted())
