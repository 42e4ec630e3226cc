"""Notices that the wall clock was set, and moves along what waits.

Ten times longer than a pause was meant is a warning that comes too late, so
pauses go by what has really passed. What was promised in wall time (the end of
a message, the moment that somebody chose) stays where it is.

What is in memory moves on every node whose clock jumped; what is in the
database is moved once, by the leader. Until that is written down, two times are
at odds: what waits goes by the clock of before, and the clock shows another. An
hour forward would make every patience end and every pause be over at once. So
whoever decides by how much time has passed asks first whether the clock `holds`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from sentinel.domain.clocks import jump
from sentinel.domain.posture import moved_along
from sentinel.errors import StorageError
from sentinel.service.leader import Leader
from sentinel.service.outages import DAEMON
from sentinel.storage.storage import Storage
from sentinel.storage.view import Unit

log = structlog.get_logger()

EVERY_S = 0.5
BLURRED_S = 0.25
"""If reading the clocks took longer, we were stopped in between, and they say nothing together."""

Shift = Callable[[timedelta], None]


class ClockWatch:
    """Compares the wall clock with one that nobody sets."""

    def __init__(
        self,
        *,
        storage: Storage,
        leader: Leader,
        now: Callable[[], datetime],
        elapsed: Callable[[], float],
        shifts: Sequence[Shift],
        written: Callable[[], None],
        node: str,
    ) -> None:
        self._storage = storage
        self._leader = leader
        self._now = now
        self._elapsed = elapsed
        self._shifts = shifts
        self._written = written  # hears that the database has moved along as well
        self._node = node
        self._last: tuple[datetime, float] | None = None
        self._owed = timedelta()  # jumped, and not yet written down
        self._fresh: datetime | None = None  # from here on what was written bears the new clock

    async def run_until(self, stop: asyncio.Event) -> None:
        """Compare twice a second until `stop` is set."""
        while not stop.is_set():
            await self.look()
            try:
                async with asyncio.timeout(EVERY_S):
                    await stop.wait()
            except TimeoutError:
                continue

    async def look(self) -> None:
        """Compare once; move along what waits if the wall clock jumped."""
        self._compare()
        if self._owed:
            await self._write()

    def holds(self) -> bool:
        """Return whether what waits goes by the time that the clock shows at this moment.

        It does not from the moment when the clock is set until that is written down.
        Whatever waits in memory has moved along when this returns.
        """
        return self._compare() and not self._owed

    def _compare(self) -> bool:
        """Compare the clocks, and move along what is in memory; False if they say nothing."""
        began = self._elapsed()
        wall, steady = self._now(), self._elapsed()
        if steady - began > BLURRED_S:
            return False
        last, self._last = self._last, (wall, steady)
        by = jump(wall - last[0], steady - last[1]) if last is not None else None
        if by is not None and last is not None:
            log.warning("clock.jumped", seconds=round(by.total_seconds(), 1))
            self._fresh = last[0] + by - timedelta(seconds=BLURRED_S)
            self._owed += by
            for shift in self._shifts:
                shift(by)
        return True

    async def _write(self) -> None:
        """Write it down; if the storage refuses, the next look tries again."""
        by, fresh = self._owed, self._fresh
        try:
            async with self._storage.write() as unit:
                leads = await self._leader.confirm(unit)
                moved = await unit.shift_pauses(by, self._now(), fresh) if leads else 0
                if leads:
                    await _shift_stance(unit, by, self._now(), fresh)
                unit.note(
                    "clock.jumped",
                    actor=DAEMON,
                    subject="clock",
                    payload={
                        "seconds": round(by.total_seconds(), 1),
                        "node": self._node,
                        "moved": moved,
                    },
                )
        except StorageError as error:
            log.warning("storage.failed", error=type(error).__name__)
            return
        self._owed -= by
        self._written()


async def _shift_stance(unit: Unit, by: timedelta, at: datetime, fresh: datetime | None) -> None:
    """Move the time from which a crisis counts how long there was no news."""
    stance = await unit.lock_stance()
    if stance is None or not stance.crisis:
        return
    if fresh is None or stance.renewed_at < fresh or stance.renewed_at > at:
        await unit.set_stance(moved_along(stance, await unit.scene(at - by), by))
