"""Which node judges, tells staff and tidies up: the holder of one lease.

On SQLite there is one process, and it leads. On PostgreSQL the lease goes by
the database's clock, and beside it by a clock of our own that nobody sets: a
node that stood still knows that it may not lead any more before it has asked.
What must not be written twice is also checked in the transaction that writes it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import structlog

from sentinel.storage.storage import Storage
from sentinel.storage.view import Unit

log = structlog.get_logger()

LEADER = "leader"
NODE = "node/"
KNOWN = "known/"
"""Under this and its name stands every node that is missed if it goes without a goodbye."""

LEASE = timedelta(seconds=6)
"""Together with `SEEK_EVERY_S` less than the ten seconds in which another must lead."""

SEEK_EVERY_S = 1.5
_EARLY_S = 1.0  # we stop leading so much before others may begin


class Leader:
    """Whether this node leads, and which others there are."""

    def __init__(self, storage: Storage, node: str, elapsed: Callable[[], float]) -> None:
        self._storage = storage
        self._node = node
        self._elapsed = elapsed
        self._until: float | None = None  # by our own clock
        self._sought: float | None = None
        self._sound: frozenset[str] = frozenset()  # other nodes whose line out works

    @property
    def alone(self) -> bool:
        """True where there can be no other node."""
        return self._storage.engine != "postgresql"

    @property
    def leads(self) -> bool:
        """True while verdicts, notifications and housekeeping are ours."""
        return self.alone or (self._until is not None and self._elapsed() < self._until)

    @property
    def others_are_sound(self) -> bool:
        """True if another node is alive whose own line works."""
        return bool(self._sound)

    async def seek(self, *, cut_off: bool = False) -> None:
        """Take or keep the lease, and say that we are alive; not oftener than needed.

        A node that is `cut_off` from the network leaves the lead to one that is not.

        Raises:
            StorageError: Nothing is known; by and by we do not lead any more.
        """
        now, me = self._elapsed(), self._storage.generation
        if self.alone or (self._sought is not None and now - self._sought < SEEK_EVERY_S):
            return
        async with self._storage.write() as unit:
            await unit.hold_lease(f"{NODE}{'cut' if cut_off else 'sound'}/{me}", me, LEASE)
            await unit.drop_lease(f"{NODE}{'sound' if cut_off else 'cut'}/{me}", me)
            alive = await unit.holders(NODE)
            self._sound = frozenset(
                who for name, who in alive.items() if who != me and name.startswith(f"{NODE}sound/")
            )
            gives_way = cut_off and bool(self._sound)
            if gives_way:
                await unit.drop_lease(LEADER, me)
            mine = not gives_way and await unit.hold_lease(LEADER, me, LEASE)
            if mine and not self.leads:
                await unit.forget_leases(NODE)
        self._sought = now
        before, self._until = self.leads, (now + LEASE.total_seconds() - _EARLY_S) if mine else None
        if self.leads != before:
            log.warning("leader.changed", leads=self.leads, node=self._node)

    async def confirm(self, unit: Unit) -> bool:
        """Return whether we lead and will until `unit` is on disk, whatever our own clock says."""
        if self.alone:
            return True
        return self.leads and await unit.still_holds(LEADER, self._storage.generation)

    async def resign(self) -> None:
        """Let another lead at once: we are going down.

        Raises:
            StorageError: It could not be said; the lease ends by itself.
        """
        me, self._until = self._storage.generation, None
        if self.alone:
            return
        async with self._storage.write() as unit:
            await unit.set_flag(KNOWN + self._node, None)
            for name in (LEADER, f"{NODE}sound/{me}", f"{NODE}cut/{me}"):
                await unit.drop_lease(name, me)
