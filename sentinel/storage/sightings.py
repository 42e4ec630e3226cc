"""What went out and was not seen whole yet: the outbox's other end."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select

from sentinel.domain.delivery import DeliveryState
from sentinel.domain.verification import SIGHTS, Unverified
from sentinel.storage.tables import DELIVERIES
from sentinel.storage.unit import Reader

_D = DELIVERIES.c


class SightingReader(Reader):
    """What may be asked about live posts that are to be looked at."""

    async def unverified(
        self, accounts: Collection[str], since: datetime, *, each: int = 200
    ) -> list[Unverified]:
        """Return what went out from `since` on and was not seen whole: an account's newest `each`.

        What a person confirmed without an address, or wants taken down, is not looked for.
        """
        sought = (
            (_D.state == DeliveryState.PUBLISHED)
            & _D.account.in_(accounts)
            & (_D.posted_at >= since)
            & _D.receipt.is_not(None)
            & _D.take_down_at.is_(None)
            & (_D.read_back_at.is_(None) | _D.public_at.is_(None))
        )
        place = func.row_number().over(partition_by=_D.account, order_by=_D.posted_at.desc())
        columns = (_D.id, _D.account, _D.posted_at, _D.read_back_at, _D.public_at)
        ranked = select(*columns, place.label("place")).where(sought).subquery()
        rows = await self._all(select(ranked).where(ranked.c.place <= each))
        return [
            Unverified(
                delivery=row.id,
                account=row.account,
                posted_at=row.posted_at,
                unseen=frozenset(
                    ability
                    for ability, seen in zip(SIGHTS, (row.read_back_at, row.public_at), strict=True)
                    if seen is None
                ),
            )
            for row in rows
        ]
