"""What stands, or once stood, on an account: for the folders that every node keeps of it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, select

from sentinel.domain.delivery import Delivery, DeliveryState
from sentinel.storage.tables import DELIVERIES
from sentinel.storage.unit import Reader, read

_D = DELIVERIES.c
_WAS_OUT = _D.posted_at.is_not(None) & _D.state.in_(
    (DeliveryState.PUBLISHED, DeliveryState.WITHDRAWN)
)


class BoardReader(Reader):
    """What may be asked about what was published, whatever became of it."""

    async def newest_out(self, account: str, limit: int) -> list[Delivery]:
        """Return an account's latest posts, also those that were taken down, newest first."""
        return await self._out(_D.account == account, limit)

    async def out_of(self, deliveries: Collection[str]) -> list[Delivery]:
        """Return those of these deliveries that went out, also if they were taken down."""
        return await self._out(_D.id.in_(deliveries), len(deliveries)) if deliveries else []

    async def _out(self, which: ColumnElement[bool], limit: int) -> list[Delivery]:
        query = select(DELIVERIES).where(which & _WAS_OUT).order_by(_D.posted_at.desc())
        return [read(Delivery, row) for row in await self._all(query.limit(limit))]
