"""What people switched (hold, posture, freezes), and leases by name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update

from sentinel.domain.rules import Freeze
from sentinel.storage import codec
from sentinel.storage.tables import FLAGS, FREEZES, LEASES
from sentinel.storage.unit import Reader, Writer, read, written


class FlagReader(Reader):
    """What may be asked about switches."""

    async def flag(self, name: str) -> Any:
        """Return the plain data kept under a name; None if there is none."""
        text = await self._one(select(FLAGS.c.value).where(FLAGS.c.name == name))
        return None if text is None else codec.load(text)

    async def freezes(self) -> dict[str, Freeze]:
        """Return the channels taken out of service by a person, by channel."""
        return {row.channel: read(Freeze, row) for row in await self._all(select(FREEZES))}


class FlagWriter(FlagReader, Writer):
    """What may be switched."""

    async def set_flag(self, name: str, value: Any) -> None:
        """Keep plain data under a name; None removes it."""
        self.stirred = True
        if value is None:
            await self._do(delete(FLAGS).where(FLAGS.c.name == name))
        else:
            await self._upsert(FLAGS, [{"name": name, "value": codec.canonical(value)}])

    async def add_freeze(self, freeze: Freeze) -> None:
        """Take a channel out of service; a second freeze replaces the first."""
        self.stirred = True
        await self._upsert(FREEZES, [written(freeze)])

    async def remove_freeze(self, channel: str) -> bool:
        """Put a channel back into service; False if it was not frozen."""
        self.stirred = True
        return bool(await self._do(delete(FREEZES).where(FREEZES.c.channel == channel)))

    async def hold_lease(self, name: str, holder: str, for_: timedelta) -> bool:
        """Take or keep the lease `name`; False while somebody else holds it."""
        until = self._from_now(for_)
        insert = self._insert(LEASES).values(name=name, holder=holder, until=until)
        free = (LEASES.c.holder == holder) | (LEASES.c.until <= self._clock())
        taken = insert.on_conflict_do_update(
            index_elements=["name"], set_={"holder": holder, "until": until}, where=free
        )
        return await self._one(taken.returning(LEASES.c.name)) is not None

    async def drop_lease(self, name: str, holder: str) -> None:
        """Give a lease back before its end."""
        mine = (LEASES.c.name == name) & (LEASES.c.holder == holder)
        await self._do(update(LEASES).where(mine).values(until=self._clock()))
