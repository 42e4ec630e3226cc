"""Live posts that a person wants gone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, func, select

from sentinel.domain.delivery import Delivery, DeliveryState
from sentinel.storage.hot import Hot
from sentinel.storage.tables import DELIVERIES
from sentinel.storage.unit import Reader, read

_D = DELIVERIES.c

# `coalesce` only tells SQLite which way to go: along the few that leave, and not through all that
# is published.
_STANDS = func.coalesce(_D.state, "") == DeliveryState.PUBLISHED
DUE = Hot(
    select(DELIVERIES)
    .where(_D.take_down_at <= bindparam("at"), _STANDS)
    .order_by(_D.take_down_at, _D.id)
    .limit(bindparam("many"))
)


class TakeDownReader(Reader):
    """What may be asked about live posts that are to go."""

    async def take_downs(self, at: datetime, *, limit: int) -> list[Delivery]:
        """Return the live posts that are to be taken down and whose turn is at `at`, in turn."""
        rows = await self._all(DUE, at=at, many=limit)
        return [read(Delivery, row) for row in rows]
