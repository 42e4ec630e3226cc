"""What people switched (hold, posture, freezes), and leases by name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from sentinel.domain.rules import Freeze
from sentinel.storage import codec
from sentinel.storage.hot import Hot
from sentinel.storage.tables import FLAGS, FREEZES, LEASES
from sentinel.storage.unit import Reader, Writer, read, written

_THIS = FLAGS.c.name == bindparam("which")
_FLAG = Hot(select(FLAGS.c.value).where(_THIS))
_REMOVE = Hot(delete(FLAGS).where(_THIS))


class FlagReader(Reader):
    """What may be asked about switches."""

    async def flag(self, name: str) -> Any:
        """Return the plain data kept under a name; None if there is none."""
        text = await self._one(_FLAG, which=name)
        return None if text is None else codec.load(text)

    async def flags(self, prefix: str) -> dict[str, Any]:
        """Return the plain data kept under every name that begins with `prefix`, by name."""
        mine = FLAGS.c.name.startswith(prefix, autoescape=True)
        rows = await self._all(select(FLAGS).where(mine))
        return {row.name: codec.load(row.value) for row in rows}

    async def freezes(self) -> dict[str, Freeze]:
        """Return the channels taken out of service by a person, by channel."""
        return {row.channel: read(Freeze, row) for row in await self._all(select(FREEZES))}

    async def holders(self, prefix: str) -> dict[str, str]:
        """Return who holds each lease whose name begins with `prefix` right now, by name."""
        held = LEASES.c.name.startswith(prefix, autoescape=True) & (LEASES.c.until > self._clock())
        return {row.name: row.holder for row in await self._all(select(LEASES).where(held))}


class FlagWriter(FlagReader, Writer):
    """What may be switched."""

    async def set_flag(self, name: str, value: Any) -> None:
        """Keep plain data under a name; None removes it."""
        self.stirred = True
        if value is None:
            await self._do(_REMOVE, {"which": name})
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

    async def still_holds(self, name: str, holder: str) -> bool:
        """Return whether a lease is still the holder's; nobody else gets it before this unit ends.

        So what is written in this unit is written by the holder, however long
        the process had been stopped before.
        """
        mine = (LEASES.c.name == name) & (LEASES.c.holder == holder)
        query = select(LEASES.c.name).where(mine & (LEASES.c.until > self._clock()))
        return await self._one(self._locked(query)) is not None

    async def drop_lease(self, name: str, holder: str) -> None:
        """Give a lease back before its end."""
        mine = (LEASES.c.name == name) & (LEASES.c.holder == holder)
        await self._do(update(LEASES).where(mine).values(until=self._clock()))

    async def forget_leases(self, prefix: str) -> None:
        """Drop the rows of leases that have ended, whose names begin with `prefix`."""
        over = LEASES.c.name.startswith(prefix, autoescape=True) & (LEASES.c.until <= self._clock())
        await self._do(delete(LEASES).where(over))
