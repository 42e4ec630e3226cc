"""Works the outbox: claims what is due, and decides again whenever something changed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import DeliveryState, Unclear, settle
from sentinel.domain.observation import Finding
from sentinel.domain.outcome import finding_of, name_of
from sentinel.failpoints import reach
from sentinel.service.attempt import Attempts
from sentinel.service.board import Board
from sentinel.service.planner import Planner
from sentinel.storage.deliveries import Claim
from sentinel.storage.storage import Storage

IDLE_S = 0.5
CLAIMS = 200
LANES = 8  # deliveries under way on one channel at once
MARGIN = timedelta(seconds=30)  # a lease outlives the longest honest publish by this

Observe = Callable[[str, Finding], Awaitable[None]]
"""What hears of a real post's outcome: the watcher."""


class Dispatcher:
    """Works the outbox. Any number may run at once: leases keep them apart."""

    def __init__(
        self,
        storage: Storage,
        board: Board,
        planner: Planner,
        attempts: Attempts,
        observe: Observe,
    ) -> None:
        self._storage = storage
        self._board = board
        self._planner = planner
        self._attempts = attempts
        self._observe = observe
        self._busy: Counter[str] = Counter()
        self._wake = asyncio.Event()
        self.beat: datetime | None = None  # when the loop last came round

    def wake(self) -> None:
        """Come round now: something is due, or changed."""
        self._wake.set()

    async def run_until(self, stop: asyncio.Event) -> None:
        """Work the outbox until `stop` is set; attempts under way are finished first."""
        await self.recover()
        async with asyncio.TaskGroup() as group:
            while not stop.is_set():
                self.beat = self._board.now()
                self._wake.clear()
                await self._replan_due()
                claims = await self._claims()
                for claim in claims:
                    self._busy[claim.delivery.channel] += 1
                    group.create_task(self._work(claim))
                if not claims:
                    await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(IDLE_S):
                await self._wake.wait()
        except TimeoutError:
            return

    async def recover(self) -> None:
        """Take over what a crash left in mid-attempt, and decide about every open message."""
        at = self._board.now()
        async with self._storage.write() as unit:
            for claim in await unit.reclaim(lease=MARGIN, limit=10_000):
                delivery = claim.delivery
                lost = Unclear(Cause.UNREACHABLE, evidence="the attempt never reported back")
                await unit.end_open_attempts(
                    delivery.id,
                    at=at,
                    outcome=name_of(lost),
                    cause=lost.cause,
                    evidence=lost.evidence,
                )
                unknown = replace(settle(delivery, lost, at), due_at=at)
                await unit.settle(unknown, claim.token)
                self._attempts.journal(unit, unknown, lost)
        reach("dispatch.recovered")
        await self.replan_open()

    async def replan(self, message_id: str) -> None:
        """Decide about one message again."""
        async with self._storage.write() as unit:
            message = await unit.message(message_id)
            if message is not None:
                await self._planner.replan(unit, message, self._board.now())
        self.wake()

    async def replan_open(self) -> None:
        """Decide about every open message again: a verdict, a freeze or the rules changed."""
        async with self._storage.read() as view:
            messages = await view.open_messages()
        for message in messages:
            await self.replan(message.id)

    async def _replan_due(self) -> None:
        for message_id in self._planner.due(self._board.now()):
            await self.replan(message_id)

    async def _claims(self) -> list[Claim]:
        if self._board.hold is not None:
            return []
        channels = self._board.rules.channels
        room = {name: self._lanes(name) - self._busy[name] for name in channels}
        full = frozenset(name for name, left in room.items() if left <= 0)
        longest = max((c.publish_within for c in channels.values()), default=MARGIN)
        kept = []
        async with self._storage.write() as unit:
            for claim in await unit.claim_due(
                self._board.now(), lease=longest + MARGIN, limit=CLAIMS, exclude_channels=full
            ):
                name = claim.delivery.channel
                if room.get(name, 0) > 0:
                    room[name] -= 1
                    kept.append(claim)
                else:
                    await unit.release(claim.delivery.id, claim.token)
        return kept

    def _lanes(self, channel: str) -> int:
        """After publish failures the first message goes alone; the rest wait for its receipt."""
        verdict = self._board.health(channel).verdicts.get(Ability.PUBLISH)
        return 1 if verdict is not None and verdict.half_open else LANES

    async def _work(self, claim: Claim) -> None:
        channel = claim.delivery.channel
        try:
            if claim.delivery.state is DeliveryState.UNKNOWN:
                await self._attempts.look_up(claim)
                return
            outcome = await self._attempts.make(claim)
        finally:
            self._busy[channel] -= 1
            self.wake()
        if outcome is not None and (finding := finding_of(outcome)) is not None:
            await self._observe(channel, finding)
