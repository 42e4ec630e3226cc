"""Works the outbox: claims what is due, and decides again whenever something changed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.delivery import DeliveryState, Outcome, Unclear, settle
from sentinel.domain.observation import Finding
from sentinel.domain.outcome import finding_of, name_of
from sentinel.errors import StorageError
from sentinel.failpoints import reach
from sentinel.service.attempt import Attempts
from sentinel.service.board import Board
from sentinel.service.planner import Planner
from sentinel.storage.deliveries import Claim
from sentinel.storage.storage import Storage
from sentinel.storage.view import Unit

log = structlog.get_logger()

IDLE_S = 0.5
CLAIMS = 200
TOGETHER = 50  # messages that are decided about in one transaction
AGAIN_AFTER = timedelta(seconds=60)
RECOVER_EVERY = timedelta(seconds=10)
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
        self._in_hand: set[str] = set()  # deliveries that this process works on
        self._unbegun: list[Claim] = []  # claimed, but the storage refused the attempt
        self._wake = asyncio.Event()
        self._recover_at: datetime | None = None
        self._in_trouble = False
        self._reconsider = False
        self.beat: datetime | None = None  # when the loop last came round

    def wake(self) -> None:
        """Come round now: something is due, or changed."""
        self._wake.set()

    async def run_until(self, stop: asyncio.Event) -> None:
        """Work the outbox until `stop` is set; attempts under way are finished first."""
        async with asyncio.TaskGroup() as group:
            while not stop.is_set():
                self.beat = self._board.now()
                self._wake.clear()
                try:
                    worked = await self._round(group)
                    self._trouble(None)
                except StorageError as error:
                    self._trouble(error)  # nothing may be sent that is not written down first
                    self._reconsider = True  # what was decided may not be on disk
                    worked = False
                if not worked:
                    await self._rest()

    async def _round(self, group: asyncio.TaskGroup) -> bool:
        """Take over, decide again and claim; return whether there was anything to do."""
        now = self._board.now()
        if self._recover_at is None or self._recover_at <= now:
            await self.recover()
            self._recover_at = now + RECOVER_EVERY
        await self._replan_due()
        await self._give_back()
        claims = await self._claims()
        for claim in claims:
            self._busy[claim.delivery.channel] += 1
            self._in_hand.add(claim.delivery.id)
            group.create_task(self._work(claim))
        return bool(claims)

    def _trouble(self, error: StorageError | None) -> None:
        """Say once that the storage refuses, and once that it works again."""
        if error is not None and not self._in_trouble:
            log.error("dispatch.stopped", error=error.phrase.en)
        if error is None and self._in_trouble:
            log.warning("dispatch.resumed")
        self._in_trouble = error is not None

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(IDLE_S):
                await self._wake.wait()
        except TimeoutError:
            return

    async def recover(self) -> None:
        """Take over what a crash left in mid-attempt; at the start, decide about all that is open.

        On several nodes the crash may have been another's, at any time.
        """
        at = self._board.now()
        async with self._storage.read() as view:
            abandoned = await view.abandoned(at)
        # What this very process has in hand is not abandoned, however long the storage refused.
        orphaned = [delivery for delivery in abandoned if delivery.id not in self._in_hand]
        for delivery in orphaned:
            async with self._storage.write() as unit:
                await unit.lock_message(delivery.message_id)
                for claim in await unit.reclaim(lease=MARGIN, only=[delivery.id]):
                    await self._take_over(unit, claim, at)
                    log.warning("delivery.recovered", delivery=claim.delivery.id)
        reach("dispatch.recovered")
        if self._recover_at is None or orphaned:
            await self.replan_open()

    async def _take_over(self, unit: Unit, claim: Claim, at: datetime) -> None:
        delivery = claim.delivery
        lost = Unclear(Cause.UNREACHABLE, evidence="the attempt never reported back")
        await unit.end_open_attempts(
            delivery.id, at=at, outcome=name_of(lost), cause=lost.cause, evidence=lost.evidence
        )
        unknown = replace(settle(delivery, lost, at), due_at=at)
        await unit.settle(unknown, claim.token)
        self._attempts.journal(unit, unknown, lost)

    def reconsider(self) -> None:
        """Decide about every open message again, soon: a verdict changed."""
        self._reconsider = True
        self.wake()

    async def replan_open(self) -> None:
        """Decide about every open message again: a person, or new rules, changed something."""
        self._reconsider = False
        try:
            async with self._storage.read() as view:
                messages = await view.open_messages()
            await self._replan([message.id for message in messages])
        except StorageError:
            self._reconsider = True
            raise
        self.wake()

    async def _replan_due(self) -> None:
        if self._reconsider:
            await self.replan_open()
        await self._replan(self._planner.due(self._board.now()))

    async def _replan(self, message_ids: Sequence[str]) -> None:
        for first in range(0, len(message_ids), TOGETHER):
            some = message_ids[first : first + TOGETHER]
            try:
                await self._decide(some)
            except StorageError:
                raise
            except Exception:
                # One message that cannot be decided about must not keep the others waiting.
                log.exception("messages.undecided", messages=len(some))
                await self._decide_alone(some)

    async def _decide_alone(self, message_ids: Sequence[str]) -> None:
        for message_id in message_ids:
            try:
                await self._decide([message_id])
            except StorageError:
                raise
            except Exception:
                self._planner.wakes[message_id] = self._board.now() + AGAIN_AFTER
                log.exception("message.undecided", message=message_id)

    async def _decide(self, message_ids: Sequence[str]) -> None:
        async with self._storage.write() as unit:
            for message_id in message_ids:
                message = await unit.message(message_id)
                if message is None:
                    self._planner.wakes.pop(message_id, None)  # retention was faster
                else:
                    await self._planner.replan(unit, message, self._board.now())

    async def _give_back(self) -> None:
        """Release what was claimed but could not be begun, so that it need not wait for its end."""
        if not self._unbegun:
            return
        async with self._storage.write() as unit:
            for claim in self._unbegun:
                await unit.release(claim.delivery.id, claim.token)
        self._unbegun.clear()

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
        """Work on one claim. Whatever goes wrong here must not stop the others."""
        channel = claim.delivery.channel
        try:
            if claim.delivery.state is DeliveryState.UNKNOWN:
                await self._attempts.look_up(claim)
                return
            outcome = await self._attempts.make(claim)
            self.wake()  # the next channel need not wait for what the watcher makes of it
            if outcome is not None:
                await self._tell_watcher(channel, outcome)
        except StorageError as error:
            self._unbegun.append(claim)
            self._trouble(error)
        except Exception:
            log.exception("delivery.crashed", delivery=claim.delivery.id, channel=channel)
        finally:
            self._in_hand.discard(claim.delivery.id)
            self._busy[channel] -= 1
            self.wake()

    async def _tell_watcher(self, channel: str, outcome: Outcome) -> None:
        """Let health hear of it. The post's own outcome is on disk already."""
        finding = finding_of(outcome)
        if finding is None:
            return
        try:
            await self._observe(channel, finding)
        except StorageError as error:
            log.warning("storage.failed", error=type(error).__name__)
