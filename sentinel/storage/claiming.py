"""Who may work on which delivery now: claims, and for how long each holds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, select, tuple_, update

from sentinel.domain.delivery import Delivery
from sentinel.storage.columns import Moment
from sentinel.storage.deliveries import MINE, THIS, WANTED, Claim, DeliveryReader
from sentinel.storage.hot import Hot
from sentinel.storage.tables import DELIVERIES
from sentinel.storage.unit import Writer, read

_D = DELIVERIES.c
_ORDER = (_D.gravity, _D.due_at, _D.id)
_FREE: dict[str, Any] = {"lease_until": None, "lease_generation": None}
_RELEASE = Hot(update(DELIVERIES).where(MINE))
_LEASE = Hot(update(DELIVERIES).where(THIS).values(lease_token=_D.lease_token + 1))
_LEASED = Hot(select(DELIVERIES).where(THIS))

# SQLite's own lapse of a lease (`Reader._lapsed`), with what varies bound by name.
_FREE_NOW = (
    _D.lease_until.is_(None)
    | (_D.lease_until <= bindparam("now"))
    | (_D.lease_generation != bindparam("generation"))
)
NEXT_CHANNEL = {
    looks: Hot(
        select(func.min(_D.channel).label("channel")).where(
            wanted, _D.channel > bindparam("after", type_=_D.channel.type)
        )
    )
    for looks, wanted in WANTED.items()
}
# `coalesce` only tells SQLite which way to go: along the order that is wanted until there is
# enough, and not through all that is due, to sort it.
DUE_ON = {
    looks: Hot(
        select(*_ORDER)
        .where(wanted, _D.channel == bindparam("its_channel"))
        .where(func.coalesce(_D.due_at, _D.planned_at) <= bindparam("at", type_=Moment()))
        .where(_FREE_NOW)
        .order_by(*_ORDER)
        .limit(bindparam("many"))
    )
    for looks, wanted in WANTED.items()
}


class Claiming(DeliveryReader, Writer):
    """What may be done about claims."""

    async def claim_due(
        self,
        at: datetime,
        *,
        lease: timedelta,
        limit: int,
        exclude_channels: Collection[str] = frozenset(),
        looks: bool | None = None,
        each: int | None = None,
    ) -> list[Claim]:
        """Claim what is due at `at`, the gravest first, then the longest due.

        Nobody else can have these until the lease ends; it ends by itself if
        we crash (on SQLite, as soon as the next process starts).

        `looks` chooses between posts (False) and look-ups after an unclear one
        (True). No channel gets more than `each`, however much is due on it.
        """
        if self._frame.engine == "sqlite":
            many = min(each or limit, limit)
            ids = await self._due_by_channel(at, exclude_channels, looks=looks, many=many)
            return await self._lease(ids[:limit], lease)
        due = WANTED[looks] & (_D.due_at <= at)
        if exclude_channels:
            due &= _D.channel.not_in(exclude_channels)
        return await self._lease(await self._free(due, limit, each), lease)

    async def reclaim(
        self, *, lease: timedelta, limit: int = 100, only: Collection[str] | None = None
    ) -> list[Claim]:
        """Take over deliveries in mid-attempt whose worker is gone, shutting that worker out."""
        which = self._orphaned()
        if only is not None:
            which &= _D.id.in_(only)
        return await self._lease(await self._free(which, limit), lease)

    async def renew_leases(
        self, claims: Collection[tuple[str, int]], lease: timedelta
    ) -> frozenset[str]:
        """Hold claims (delivery id, token) for `lease` from now on; return the ids renewed.

        What somebody else has locked is left out and not waited for: they may be
        waiting for us. `ours` tells it from what has been taken over.
        """
        if not claims:
            return frozenset()
        query = select(_D.id).where(_mine(claims)).order_by(_D.id)
        ids = [row.id for row in await self._all(self._locked(query, skip=True))]
        await self._do(update(DELIVERIES).where(_D.id.in_(ids)).values(self._leased(lease)))
        return frozenset(ids)

    async def ours(self, claims: Collection[tuple[str, int]]) -> frozenset[str]:
        """Return the ids of the claims that still hold.

        Whoever is not among them has been taken over: stop working on it.
        """
        if not claims:
            return frozenset()
        return frozenset(row.id for row in await self._all(select(_D.id).where(_mine(claims))))

    async def release(self, delivery_id: str, token: int) -> bool:
        """End a claim without a change, which is no news to anybody; False if it is stale."""
        return bool(await self._do(_RELEASE, {"which": delivery_id, "token": token} | _FREE))

    async def _due_by_channel(
        self, at: datetime, excluded: Collection[str], *, looks: bool | None, many: int
    ) -> list[str]:
        """Return what is due and free on SQLite, from channel to channel along the index.

        So a claim costs the same however much is due.
        """
        now = {"now": self._frame.steady(), "generation": self._frame.generation}
        found: list[tuple[int, datetime, str]] = []
        name = ""
        while (name := await self._one(NEXT_CHANNEL[looks], after=name)) is not None:
            if name not in excluded:
                rows = await self._all(DUE_ON[looks], its_channel=name, at=at, many=many, **now)
                found += [(row.gravity, row.due_at, row.id) for row in rows]
        return [one for _, _, one in sorted(found)]

    async def _free(
        self, which: ColumnElement[bool], limit: int, each: int | None = None
    ) -> list[str]:
        free = which & self._lapsed(_D.lease_until, _D.lease_generation)
        query = select(_D.id).where(free).order_by(*_ORDER).limit(limit)
        if each is not None:
            nth = func.row_number().over(partition_by=_D.channel, order_by=_ORDER).label("nth")
            ranked = select(_D.id, nth).where(free).subquery()
            query = query.where(_D.id.in_(select(ranked.c.id).where(ranked.c.nth <= each)))
        return [row.id for row in await self._all(self._locked(query, skip=True))]

    async def _lease(self, ids: Sequence[str], lease: timedelta) -> list[Claim]:
        if not ids:
            return []
        if self._frame.engine == "sqlite":
            until = self._frame.steady() + lease
            held = {"lease_until": until, "lease_generation": self._frame.generation}
            await self._many(_LEASE, [{"which": one} | held for one in ids])
            rows = [await self._first(_LEASED, which=one) for one in ids]
        else:
            values = {"lease_token": _D.lease_token + 1, **self._leased(lease)}
            await self._do(update(DELIVERIES).where(_D.id.in_(ids)).values(values))
            query = select(DELIVERIES).where(_D.id.in_(ids)).order_by(*_ORDER)
            rows = [*await self._all(query)]
        return [
            Claim(delivery=read(Delivery, row), token=row.lease_token, gravity=row.gravity)
            for row in rows
            if row is not None
        ]

    def _leased(self, lease: timedelta) -> dict[str, Any]:
        return {
            "lease_until": self._from_now(lease),
            "lease_generation": self._frame.generation,
        }


def _mine(claims: Collection[tuple[str, int]]) -> ColumnElement[bool]:
    return tuple_(_D.id, _D.lease_token).in_(claims) & _D.lease_until.is_not(None)
