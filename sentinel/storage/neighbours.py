"""What one node has to know of the others at the moment when it claims."""

from __future__ import annotations

from sqlalchemy import func, select, text

from sentinel.domain.delivery import DeliveryState
from sentinel.storage.tables import DELIVERIES
from sentinel.storage.unit import Writer

_D = DELIVERIES.c
_TURN = text("SELECT pg_advisory_xact_lock(hashtext('sentinel'), hashtext(current_schema()))")


class Neighbours(Writer):
    """Nothing of it costs anything on SQLite, where there are no others."""

    async def take_turns(self) -> None:
        """Keep other nodes from claiming until this unit ends, so that together we count right."""
        if self._frame.engine == "postgresql":
            await self._execute(_TURN)

    async def leased_elsewhere(self) -> dict[str, int]:
        """Return how many posts other nodes have in hand, by channel."""
        if self._frame.engine != "postgresql":
            return {}
        posts = _D.state.in_((DeliveryState.PLANNED, DeliveryState.PUBLISHING))
        held = (_D.lease_until > self._clock()) & (_D.lease_generation != self._frame.generation)
        query = select(_D.channel, func.count().label("many")).where(posts & held)
        rows = await self._all(query.group_by(_D.channel))
        return {row.channel: row.many for row in rows}
