"""The outbox: deliveries, and who may work on them now.

Whoever claims a delivery gets a token, one higher at every claim. What is
written with an older token is refused: its holder was thought dead, and
somebody else has gone on. What is sent (`rendered`) is written once and never
again; what the conversation remembered has its own writer and is not touched
by a save.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    case,
    func,
    insert,
    null,
    select,
    update,
)

from sentinel.domain.cause import Severity
from sentinel.domain.delivery import Delivery, DeliveryState, Rendered
from sentinel.domain.pauses import FIND_PAUSES_S
from sentinel.storage.hot import Hot
from sentinel.storage.tables import DELIVERIES, MESSAGES
from sentinel.storage.unit import Reader, Writer, read, written

_D = DELIVERIES.c
_PENDING = (DeliveryState.PLANNED, DeliveryState.PUBLISHING, DeliveryState.AWAITING_PERSON)
_FROZEN = frozenset({"id", "message_id", "account", "rendered", "without_link", "memory"})
_FREE = {"lease_until": None, "lease_generation": None}

# Built once: making such a statement costs more than executing it.
_GRAVITY = case({word: word.rank for word in Severity}, value=MESSAGES.c.effective_severity)
_ITS_MESSAGE = MESSAGES.c.id == bindparam("of_message")
_ADD = Hot(
    insert(DELIVERIES).values(gravity=select(_GRAVITY).where(_ITS_MESSAGE).scalar_subquery())
)
THIS = _D.id == bindparam("which")
MINE = THIS & (_D.lease_token == bindparam("token"))
_DELIVERY = Hot(select(DELIVERIES).where(THIS).with_for_update(key_share=True))
_OF_MESSAGE = Hot(
    select(DELIVERIES).where(_D.message_id == bindparam("of_message")).order_by(_D.id)
)
_STANDS = (_D.state == DeliveryState.PUBLISHED) & _D.take_down_at.is_(None)
_LAST_OF_ACCOUNT = Hot(
    select(DELIVERIES)
    .where((_D.account == bindparam("of_account")) & _D.posted_at.is_not(None) & _STANDS)
    .order_by(_D.posted_at.desc())
    .limit(1)
)
_SAVE = Hot(update(DELIVERIES).where(THIS))
_SAVE_MINE = Hot(update(DELIVERIES).where(MINE))
_PLANNED = _D.state == DeliveryState.PLANNED
_SEARCHED = (_D.state == DeliveryState.UNKNOWN) & (_D.finds < len(FIND_PAUSES_S))
WANTED = {None: _PLANNED | _SEARCHED, False: _PLANNED, True: _SEARCHED}
"""What is worked on (posts, looks, or both); after the last look only a person decides."""

_MOVED_ON = _D.state != bindparam("new_state")
_OVERRULE = Hot(
    update(DELIVERIES)
    .where(THIS)
    .values(
        lease_token=_D.lease_token + case((_MOVED_ON, 1), else_=0),
        lease_until=case((_MOVED_ON, null()), else_=_D.lease_until),
        lease_generation=case((_MOVED_ON, null()), else_=_D.lease_generation),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to work on a delivery until the lease ends; `token` proves it."""

    delivery: Delivery
    token: int
    gravity: int = 0  # its message's severity: 0 is the gravest

    @property
    def grave(self) -> bool:
        """True for a severe or extreme message."""
        return any(one.grave and one.rank == self.gravity for one in Severity)


class DeliveryReader(Reader):
    """What may be asked about deliveries."""

    async def delivery(self, delivery_id: str) -> Delivery | None:
        """Return the delivery with this id."""
        row = await self._first(select(DELIVERIES).where(_D.id == delivery_id))
        return read(Delivery, row) if row else None

    async def deliveries_of(self, message_id: str) -> list[Delivery]:
        """Return the deliveries of one message, in the order of their ids."""
        return [read(Delivery, row) for row in await self._all(_OF_MESSAGE, of_message=message_id)]

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
        """Return the latest post that stands on an account and is to stay there."""
        row = await self._first(_LAST_OF_ACCOUNT, of_account=account)
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

    async def posted_by_account(
        self, accounts: Iterable[str], since: datetime
    ) -> dict[str, list[datetime]]:
        """Return when each post went out on some accounts from `since` on, oldest first."""
        mine = _D.account.in_(list(accounts))
        query = select(_D.account, _D.posted_at).where(mine, _D.posted_at >= since)
        found: dict[str, list[datetime]] = {}
        for row in await self._all(query.order_by(_D.posted_at)):
            found.setdefault(row.account, []).append(row.posted_at)
        return found

    async def pending_by_channel(self) -> dict[str, int]:
        """Return how many deliveries are still to be brought out, by channel."""
        query = (
            select(_D.channel, func.count().label("pending"))
            .where(_D.state.in_(_PENDING))
            .group_by(_D.channel)
        )
        return {row.channel: row.pending for row in await self._all(query)}

    async def deliveries_on(self, account: str, since: datetime) -> list[Delivery]:
        """Return what was planned on an account since then, oldest first."""
        planned = (_D.account == account) & (_D.planned_at >= since)
        return await self._deliveries(select(DELIVERIES).where(planned).order_by(_D.planned_at))

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
        row = await self._first(_DELIVERY, which=delivery_id)
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

    async def choose_text(self, delivery_id: str, rendered: Rendered) -> None:
        """Settle once which of the two frozen texts is sent; `rendered` must be one of them."""
        undecided = (_D.id == delivery_id) & _D.without_link.is_not(None)
        values = {"rendered": rendered, "without_link": None}
        await self._do(update(DELIVERIES).where(undecided).values(values))

    async def remember(
        self, delivery_id: str, name: str, value: str, token: int | None = None
    ) -> bool:
        """Keep something that a conversation must not forget, with its delivery.

        Returns False, and keeps nothing, if `token` is stale. Without one the
        caller speaks for no conversation.
        """
        delivery = await self.delivery(delivery_id)
        if delivery is None:
            return False
        mine = _D.id == delivery_id
        if token is not None:
            mine &= _D.lease_token == token
        kept = {**delivery.memory, name: value}
        return bool(await self._do(update(DELIVERIES).where(mine).values(memory=kept)))

    async def forget(self, delivery_id: str) -> None:
        """Drop all that a delivery's conversations remembered."""
        await self._do(update(DELIVERIES).where(_D.id == delivery_id).values(memory={}))

    async def _write(self, statement: Hot, delivery: Delivery, **also: Any) -> bool:
        values = {name: value for name, value in written(delivery).items() if name not in _FROZEN}
        self.stirred = True
        return bool(await self._do(statement, values | {"which": delivery.id} | also))


def _first_due() -> Select[tuple[datetime | None]]:
    return select(func.min(_D.due_at)).where(WANTED[None])
