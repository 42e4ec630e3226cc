"""What is no longer kept; and the cheapest write there is."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from sentinel.storage.staff_tables import NOTIFICATIONS
from sentinel.storage.tables import COUNTERS, MESSAGES, OBSERVATIONS, WINDOWS
from sentinel.storage.unit import Writer


class Retention(Writer):
    """What housekeeping may drop (`empty_payloads` is the journal's own)."""

    async def beat(self) -> None:
        """Write something, to find out whether writing works."""
        insert = self._insert(COUNTERS).values(name="pulse", value=1)
        again = insert.on_conflict_do_update(
            index_elements=["name"], set_={"value": COUNTERS.c.value + 1}
        )
        await self._do(again)

    async def drop_observations(self, before: datetime) -> int:
        """Drop what was seen before `before`; return how many rows went."""
        return await self._do(delete(OBSERVATIONS).where(OBSERVATIONS.c.at < before))

    async def drop_notifications(self, before: datetime) -> int:
        """Drop what was told before `before`: an alarm holds the texts of its message.

        What nobody has taken yet stays.
        """
        told = (NOTIFICATIONS.c.created_at < before) & (NOTIFICATIONS.c.state != "queued")
        return await self._do(delete(NOTIFICATIONS).where(told))

    async def drop_windows(self, before: datetime) -> int:
        """Drop what was read of limits before `before`, if it was over by then too."""
        mine = WINDOWS.c
        gone = 0
        for row in await self._all(select(WINDOWS).where(mine.at < before)):
            if row.window.resets_at is None or row.window.resets_at < before:
                this = (mine.account == row.account) & (mine.name == row.name) & (mine.at < before)
                gone += await self._do(delete(WINDOWS).where(this))
        return gone

    async def drop_messages(self, before: datetime) -> int:
        """Drop chains accepted wholly before `before` and without work, with all they led to."""
        kept = MESSAGES.c.open | (MESSAGES.c.accepted_at >= before)
        living = select(MESSAGES.c.chain).where(kept)
        return await self._do(delete(MESSAGES).where(MESSAGES.c.chain.not_in(living)))
