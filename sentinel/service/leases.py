"""What this process has in hand, and until when nobody else may touch it.

A claim is a lease in the database. It is renewed at a third of its length, all
in one statement. Beside that each is fenced by a clock of our own that nobody
sets and that runs on while we are stopped: when the last third of a lease has
begun without a renewal, nothing more may become public by it. So a process that
was frozen and thawed finds itself too late by its own clock, before the
database has told it who went on in its place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta

import structlog

from sentinel.errors import StorageError
from sentinel.service.board import Board
from sentinel.storage.deliveries import Claim
from sentinel.storage.storage import Storage

log = structlog.get_logger()

MARGIN = timedelta(seconds=10)
"""By this a lease outlives the longest honest publish."""

LOOK_EVERY_S = 0.25
"""How often it is looked whether a renewal is due."""

_THIRD = 3


@dataclass(slots=True)
class _Held:
    token: int
    length_s: float
    since: float  # by our own clock, before the database was asked
    lost: bool = False


class Leases:
    """The claims in hand of one process."""

    def __init__(self, storage: Storage, board: Board, elapsed: Callable[[], float]) -> None:
        self._storage = storage
        self._board = board
        self._elapsed = elapsed
        self._held: dict[str, _Held] = {}  # by delivery

    @property
    def in_hand(self) -> Collection[str]:
        """The ids of the deliveries that this process works on."""
        return self._held.keys()

    def length(self) -> timedelta:
        """Return for how long a claim is leased: longer than any honest publish takes."""
        channels = self._board.rules.channels.values()
        return max((c.publish_within for c in channels), default=timedelta()) + MARGIN

    def now(self) -> float:
        """Return the moment by our own clock; ask before you ask the database for a claim."""
        return self._elapsed()

    def hold(self, claim: Claim, *, length: timedelta, since: float) -> None:
        """Take a claim in hand that was asked for at `since`."""
        self._held[claim.delivery.id] = _Held(claim.token, length.total_seconds(), since)

    def drop(self, claim: Claim) -> None:
        """Let go of a claim; another's of the same delivery stays."""
        held = self._held.get(claim.delivery.id)
        if held is not None and held.token == claim.token:
            del self._held[claim.delivery.id]

    def fresh(self, claim: Claim) -> bool:
        """Return whether something may become public by this claim now.

        At least a third of the lease is left then, for what is handed to the
        network to arrive there.
        """
        held = self._held.get(claim.delivery.id)
        if held is None or held.token != claim.token or held.lost:
            return False
        return self._elapsed() - held.since < held.length_s * (_THIRD - 1) / _THIRD

    async def run_until(self, stop: asyncio.Event) -> None:
        """Renew what is due until `stop` is set and nothing is in hand any more."""
        while not stop.is_set() or self._held:
            try:
                await self.renew()
            except StorageError as error:
                # What is not renewed lapses, and then commits nothing: that is the point of it.
                log.warning("storage.failed", error=type(error).__name__)
            await asyncio.sleep(LOOK_EVERY_S)

    async def renew(self) -> None:
        """Renew everything in hand if any of it is a third of its length old.

        Raises:
            StorageError: Nothing was renewed.
        """
        now = self._elapsed()
        held = {name: one for name, one in self._held.items() if not one.lost}
        if not any(now - one.since >= one.length_s / _THIRD for one in held.values()):
            return
        length = self.length()
        async with self._storage.write() as unit:
            claims = [(name, one.token) for name, one in held.items()]
            renewed = await unit.renew_leases(claims, length)
            ours = renewed if len(renewed) == len(held) else await unit.ours(claims)
        for name, one in held.items():
            if name in renewed:
                one.since, one.length_s = now, length.total_seconds()
            elif name not in ours:  # otherwise it is locked just now, and the next look renews it
                one.lost = True
                log.warning("lease.lost", delivery=name)
