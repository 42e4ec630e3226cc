"""Works the outbox: claims what is due, and decides again whenever something changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from sentinel.domain.delivery import DeliveryState, Outcome
from sentinel.domain.observation import Finding
from sentinel.domain.outcome import finding_of
from sentinel.errors import StorageError
from sentinel.failpoints import hang, reach
from sentinel.service.attempt import Attempts
from sentinel.service.board import Board
from sentinel.service.claims import Claims
from sentinel.service.leases import Leases
from sentinel.service.redecide import Redecider
from sentinel.service.settling import Settling
from sentinel.service.takeover import TakeOver
from sentinel.storage.deliveries import Claim

log = structlog.get_logger()

IDLE_S = 0.5
RECOVER_EVERY = timedelta(seconds=2)

Observe = Callable[[str, Finding], Awaitable[None]]
"""What hears of a real post's outcome: the watcher."""


class Dispatcher:
    """Works the outbox. Any number may run at once: leases keep them apart."""

    def __init__(
        self,
        *,
        board: Board,
        decisions: Redecider,
        leases: Leases,
        claims: Claims,
        attempts: Attempts,
        take_over: TakeOver,
        observe: Observe,
    ) -> None:
        self._board = board
        self._decisions = decisions
        self._leases = leases
        self._claims = claims
        self._attempts = attempts
        self._take_over = take_over
        self._observe = observe
        self._wake = asyncio.Event()
        self._decide = asyncio.Event()
        self._recover_at: datetime | None = None
        self._in_trouble = False
        self._turns = 0
        self.beat: datetime | None = None  # when the loop last came round

    @property
    def decided(self) -> tuple[int, int]:
        """Other numbers whenever what decides beside the posting came on."""
        return self._turns, self._decisions.turns

    @property
    def settling(self) -> Settling:
        """What writes outcomes down."""
        return self._attempts.settling

    def wake(self) -> None:
        """Come round now: something is due, or changed."""
        self._wake.set()
        self._decide.set()

    async def run_until(self, stop: asyncio.Event) -> None:
        """Work the outbox until `stop` is set; attempts under way are finished first."""
        done = asyncio.Event()
        async with asyncio.TaskGroup() as renewing:
            renewing.create_task(self._leases.run_until(done))
            renewing.create_task(self._deciding(stop))
            try:
                async with asyncio.TaskGroup() as group:
                    await self._rounds(group, stop)
                    self.settling.ending.set()
            finally:
                done.set()

    async def _rounds(self, group: asyncio.TaskGroup, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self.beat = self._board.now()
            self._wake.clear()
            try:
                worked = await self._round(group)
                self._trouble(None)
            except StorageError as error:
                self._trouble(error)  # nothing may be sent that is not written down first
                self._decisions.all_again()  # what was decided may not be on disk
                worked = False
            if not worked:
                await _rest(self._wake)

    async def _deciding(self, stop: asyncio.Event) -> None:
        """Decide again beside the posting: a thousand waiting messages must not delay one."""
        while not stop.is_set():
            self._turns += 1
            self._decide.clear()
            try:
                if self._board.clock_holds() and await self._decisions.due():
                    self._wake.set()
            except StorageError:
                self._decisions.all_again()  # the posting says aloud that nothing can be written
            await _rest(self._decide)

    async def _round(self, group: asyncio.TaskGroup) -> bool:
        """Take over and claim; return whether there was anything to do."""
        await hang("dispatch.round")
        now = self._board.now()
        if self._recover_at is None or abs(self._recover_at - now) >= RECOVER_EVERY:
            await self.recover()
            self._recover_at = now
        if not self._board.clock_holds():
            return False  # what is due by it may have been begun a moment ago
        claims = await self._claims.next()
        for claim in claims:
            reach("dispatch.claimed")
            group.create_task(self._work(claim))
        return bool(claims)

    def _trouble(self, error: StorageError | None) -> None:
        """Say once that the storage refuses, and once that it works again."""
        if error is not None and not self._in_trouble:
            log.error("dispatch.stopped", error=error.phrase.en)
        if error is None and self._in_trouble:
            log.warning("dispatch.resumed")
        self._in_trouble = error is not None

    async def recover(self) -> None:
        """Take over what a crash left in mid-attempt; at the start, decide about all that is open.

        On several nodes the crash may have been another's, at any time.
        """
        orphaned = await self._take_over.abandoned(self._leases.in_hand)
        reach("dispatch.recovered")
        if self._recover_at is None:
            await self.replan_open()
        elif orphaned:
            self.reconsider()

    def reconsider(self) -> None:
        """Decide about every open message again, soon: a verdict changed."""
        self._decisions.all_again()
        self.wake()

    async def replan_open(self) -> None:
        """Decide about every open message again: a person, or new rules, changed something."""
        await self._decisions.every_open()
        self.wake()

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
            self._claims.unbegun(claim)
            self._trouble(error)
        except Exception:
            log.exception("delivery.crashed", delivery=claim.delivery.id, channel=channel)
        finally:
            self._claims.over(claim)
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


async def _rest(woken: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(IDLE_S):
            await woken.wait()
    except TimeoutError:
        return
