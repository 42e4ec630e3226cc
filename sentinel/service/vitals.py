"""Feels the daemon's own pulse: which of its loops come round, and whether all of it stood still.

A loop says that it came round by a value that is another one each time. What is
measured is how long that value has been the same, by a clock that nobody sets:
a wall clock set back must not make a dead loop look alive.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from datetime import timedelta

from sentinel.domain.beat import HANGS_AFTER, Ail, Late, Signs, ails, patience
from sentinel.failpoints import block
from sentinel.service.board import Board
from sentinel.service.schedule import Schedule

EVERY_S = 0.5
CHECKS = ("check ", "uplink ", "tick")
"""Jobs that must not be late: what looks, and what lets time pass over what was seen."""

KEPT = 2 * HANGS_AFTER
"""How long a standstill is remembered, at most."""

Token = Callable[[], object]
"""Returns another value whenever its loop has come round."""


class Vitals:
    """Looks twice a second; anybody may ask what ails the daemon."""

    def __init__(
        self,
        *,
        loops: Mapping[Ail, tuple[Token, ...]],
        schedule: Schedule,
        board: Board,
        elapsed: Callable[[], float],
    ) -> None:
        self._loops = loops
        self._schedule = schedule
        self._board = board
        self._elapsed = elapsed
        self._seen: dict[tuple[Ail, int], tuple[object, float]] = {}  # the value, and since when
        self._looked: float | None = None
        self._stood: deque[tuple[float, float]] = deque()  # until when, and for how long

    async def run_until(self, stop: asyncio.Event) -> None:
        """Look twice a second until `stop` is set."""
        while not stop.is_set():
            block("vitals.look")
            self.look()
            try:
                async with asyncio.timeout(EVERY_S):
                    await stop.wait()
            except TimeoutError:
                continue

    def look(self) -> None:
        """Look once."""
        now = self._elapsed()
        for ail, tokens in self._loops.items():
            for place, token in enumerate(tokens):
                value, seen = token(), self._seen.get((ail, place))
                if seen is None or seen[0] != value:
                    self._seen[ail, place] = (value, now)
        if self._looked is not None and now - self._looked > 2 * EVERY_S:
            self._stood.append((now, now - self._looked - EVERY_S))
        self._looked = now
        while self._stood and now - self._stood[0][0] > KEPT.total_seconds():
            self._stood.popleft()

    def ails(self, every: timedelta, *, writes: bool = True) -> tuple[Ail, ...]:
        """Return what ails the daemon, for somebody who wants to know it `every` so often."""
        return ails(self._signs(every, writes=writes), patience(every))

    def _signs(self, every: timedelta, *, writes: bool) -> Signs:
        now = self._elapsed()
        lately = [stood for until, stood in self._stood if now - until < every.total_seconds()]
        if self._looked is not None:
            lately.append(now - self._looked)
        return Signs(
            still=timedelta(seconds=max(lately, default=0.0)),
            rounds={ail: self._oldest(ail, len(its), now) for ail, its in self._loops.items()},
            late=self._late(),
            writes=writes,
        )

    def _late(self) -> tuple[Late, ...]:
        if not self._board.clock_holds():
            return ()  # the wall clock was set: nobody can say what is late by it
        late = self._schedule.late(self._board.now(), CHECKS)
        return tuple(Late(by=by, every=every) for by, every in late)

    def _oldest(self, ail: Ail, many: int, now: float) -> timedelta:
        """Return how long the one of some loops has not come round that is the latest."""
        seen = (self._seen.get((ail, place)) for place in range(many))
        return timedelta(seconds=now - min((one[1] for one in seen if one), default=now))
