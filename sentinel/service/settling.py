"""What came of an attempt, written down with everything that follows from it, in one transaction.

An outcome in hand is kept until the storage takes it. When the daemon is told
to end meanwhile it is not kept for ever: the attempt stays open on disk, and
the next start finds it unclear and looks for the post.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from sentinel.domain.delivery import (
    Accepted,
    Delivery,
    DeliveryState,
    Found,
    Outcome,
    settle,
    settle_find,
    step,
)
from sentinel.domain.message import Message
from sentinel.domain.outcome import cause_of, name_of
from sentinel.errors import StorageError
from sentinel.failpoints import reach
from sentinel.service.board import Board
from sentinel.service.discovery import tell_doubted
from sentinel.service.outages import DAEMON
from sentinel.service.planner import Planner
from sentinel.storage.deliveries import Claim
from sentinel.storage.storage import Storage
from sentinel.storage.view import Unit

log = structlog.get_logger()

WITHHELD = "withheld"  # an attempt that was stopped before anything was public

AFTER_WITHHOLDING = timedelta(milliseconds=500)  # by then the reason is over, or known

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0
LAST_PATIENCE_S = 5.0
"""How long an outcome in hand is still kept when the daemon is to end."""

_MAY_BE_OUT = frozenset(
    {DeliveryState.PUBLISHING, DeliveryState.PLANNED, DeliveryState.MOVED, DeliveryState.REFUSED}
)
"""States of a delivery that was taken over from us, in which our receipt still is the proof."""


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt that is on disk: what to send, and where the attempt is written down."""

    delivery: Delivery
    attempt: str
    message: Message


@dataclass(frozen=True, slots=True)
class Settling:
    """Writes outcomes down."""

    storage: Storage
    board: Board
    planner: Planner
    node: str
    ending: asyncio.Event = field(default_factory=asyncio.Event)  # the daemon is to end

    async def keep(self, claim: Claim, tried: Tried, outcome: Outcome | None) -> None:
        """Write the outcome down; one in hand is kept until the storage takes it."""
        pause, decide, ends_at = FIRST_PAUSE_S, True, None
        loop = asyncio.get_running_loop()
        while True:
            try:
                await self._settle(claim, tried, outcome, decide=decide)
            except StorageError as error:
                if pause == FIRST_PAUSE_S:
                    log.warning("outcome.kept", delivery=tried.delivery.id, error=error.phrase.en)
                if self.ending.is_set():
                    ends_at = ends_at or loop.time() + LAST_PATIENCE_S
                    if loop.time() >= ends_at:
                        _give_up(tried, outcome)
                        return
                await self._pause(pause)
                pause = min(2 * pause, LONGEST_PAUSE_S)
            except Exception:
                if not decide:
                    raise
                # What follows can be decided later; what came of the attempt must not be lost.
                log.exception("message.undecided", message=tried.message.id)
                decide = False
                self.planner.wakes[tried.message.id] = self.board.now()
            else:
                return

    async def _pause(self, seconds: float) -> None:
        """Wait before the next try, but no longer than until the end comes."""
        if self.ending.is_set():
            await asyncio.sleep(FIRST_PAUSE_S)
            return
        try:
            async with asyncio.timeout(seconds):
                await self.ending.wait()
        except TimeoutError:
            return

    async def _settle(
        self, claim: Claim, tried: Tried, outcome: Outcome | None, *, decide: bool
    ) -> None:
        at = self.board.now()
        async with self.storage.write() as unit:
            await unit.lock_message(tried.message.id)
            await unit.end_attempt(
                tried.attempt,
                at=at,
                outcome=name_of(outcome) if outcome else WITHHELD,
                cause=cause_of(outcome) if outcome else None,
                evidence=outcome.evidence if outcome else "",
            )
            current = await unit.delivery(tried.delivery.id)
            if current is None:
                return
            settled = await self._settled(unit, claim, current, outcome, at)
            if settled is None:
                return  # another node took it over and has already looked
            await self.free_waiting(unit, settled, at)
            moved = settled if settled.state is DeliveryState.MOVED else None
            if decide:
                await self.planner.replan(unit, tried.message, at, moved=moved)
            reach("dispatch.settle_before_commit")

    async def _settled(
        self, unit: Unit, claim: Claim, current: Delivery, outcome: Outcome | None, at: datetime
    ) -> Delivery | None:
        """Write what came of the attempt; None if it is no longer ours to say."""
        if current.state is DeliveryState.PUBLISHING:
            if outcome is None:
                due = at + AFTER_WITHHOLDING
                settled = step(current, DeliveryState.PLANNED, at, due_at=due, cause=None)
            else:
                settled = settle(current, outcome, at)
            if await unit.settle(settled, claim.token):
                if outcome is not None:
                    self.journal(unit, settled, outcome, node=self.node)
                return settled
        return await self._proved(unit, current, outcome, at)

    async def _proved(
        self, unit: Unit, current: Delivery, outcome: Outcome | None, at: datetime
    ) -> Delivery | None:
        """Somebody thought us dead and went on; but a receipt is proof, whoever holds it."""
        if not isinstance(outcome, Accepted):
            return None
        if current.state is DeliveryState.UNKNOWN:
            found = settle_find(current, Found(outcome.receipt, outcome.note), at)
        elif current.state in _MAY_BE_OUT:
            found = _published(current, outcome, at)
        else:
            found = current  # the journal says of a second post what the delivery cannot
            if current.receipt is not None and current.receipt.post_id == outcome.receipt.post_id:
                return None
        if found is not current:
            await unit.save_delivery(found)
        self.journal(unit, found, outcome, node=self.node)
        return found

    def journal(
        self, unit: Unit, delivery: Delivery, outcome: Outcome, *, node: str | None = None
    ) -> None:
        """Write down how an attempt ended; `node` made it (None: it never reported back)."""
        until = getattr(outcome, "until", None)
        unit.note(
            f"delivery.{name_of(outcome)}",
            actor=DAEMON,
            subject=delivery.id,
            payload={
                "message": delivery.message_id,
                "channel": delivery.channel,
                "state": delivery.state,
                "cause": cause_of(outcome),
                "evidence": outcome.evidence,
                **({"node": node} if node is not None else {}),
                **({"until": until} if until is not None else {}),
                **_receipt(outcome),
            },
        )
        if isinstance(outcome, Accepted):
            tell_doubted(unit, delivery, by="answer")

    async def free_waiting(self, unit: Unit, settled: Delivery, at: datetime) -> None:
        """The page is up, or will not be soon: posts that link to it need not wait longer."""
        if settled.channel != self.board.rules.notice_link:
            return
        for sibling in await unit.deliveries_of(settled.message_id):
            if sibling.without_link is not None and sibling.due_at > at:
                await unit.save_delivery(replace(sibling, due_at=at))


def _published(current: Delivery, outcome: Accepted, at: datetime) -> Delivery:
    posted = step(
        current, DeliveryState.PUBLISHED, at, receipt=outcome.receipt, posted_at=at, cause=None
    )
    return replace(posted, evidence=outcome.evidence, note=outcome.note)


def _give_up(tried: Tried, outcome: Outcome | None) -> None:
    """Say what is known before it is lost: a person can compare it with what stands there."""
    log.error(
        "outcome.lost",
        delivery=tried.delivery.id,
        channel=tried.delivery.channel,
        outcome=name_of(outcome) if outcome else WITHHELD,
        **(_receipt(outcome) if outcome else {}),
    )


def _receipt(outcome: Outcome) -> Mapping[str, str | None]:
    if not isinstance(outcome, Accepted):
        return {}
    return {"post_id": outcome.receipt.post_id, "permalink": outcome.receipt.permalink}
