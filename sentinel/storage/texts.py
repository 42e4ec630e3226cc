"""The one exception to "rendered once": a text that never left, made anew for posting it late."""

from __future__ import annotations

from sqlalchemy import bindparam, update

from sentinel.domain.delivery import Delivery, DeliveryState
from sentinel.storage.hot import Hot
from sentinel.storage.tables import DELIVERIES
from sentinel.storage.unit import Writer

_D = DELIVERIES.c
_UNSENT = (_D.id == bindparam("which")) & (_D.state == DeliveryState.MOVED)
_REWRITE = Hot(update(DELIVERIES).where(_UNSENT))


class TextWriter(Writer):
    """What may be done to the texts of deliveries."""

    async def rewrite(self, delivery: Delivery) -> None:
        """Write new texts for a delivery that the route left, and forget what was remembered.

        Nothing happens to one in any other state: its text may be out.
        """
        values = {
            "which": delivery.id,
            "rendered": delivery.rendered,
            "without_link": delivery.without_link,
            "memory": {},
        }
        await self._do(_REWRITE, values)
