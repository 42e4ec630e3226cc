"""One try of a delivery, and one look after an unclear one.

The order is the promise: the attempt is on disk before the network is touched,
and its outcome, with everything that follows from it, is one transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

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
from sentinel.service.outages import DAEMON
from sentinel.service.planner import Planner
from sentinel.service.posting import Posting
from sentinel.service.tally import Tally
from sentinel.storage.deliveries import Claim
from sentinel.storage.storage import Storage
from sentinel.storage.view import Unit

log = structlog.get_logger()

WITHHELD = "withheld"  # an attempt that a hold or its end stopped before anything was public

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt that is on disk: what to send, and where the attempt is written down."""

    delivery: Delivery
    attempt: str
    message: Message


@dataclass(frozen=True, slots=True)
class Attempts:
    """Makes single attempts and look-ups; the dispatcher says which."""

    storage: Storage
    board: Board
    planner: Planner
    posting: Posting
    node: str
    tally: Tally

    async def make(self, claim: Claim) -> Outcome | None:
        """Try a claimed delivery once; None if it must not be tried now."""
        tried = await self._write_down(claim)
        if tried is None:
            return None
        self.tally.starts(tried.message.id, tried.delivery.channel)
        reach("dispatch.attempt_written")
        outcome = await self.posting.publish(tried.delivery, tried.message.expires_at)
        if outcome is None:
            await self._keep(claim, tried, None)
            return None
        if not isinstance(outcome, Accepted):
            self.tally.fails(tried.message.id, tried.delivery.channel)
        reach("dispatch.outcome_known")
        await self._keep(claim, tried, outcome)
        reach("dispatch.outcome_written")
        self.tally.attempted(self.board.platform(tried.delivery.channel).name, name_of(outcome))
        log.info(
            "delivery.attempted",
            delivery=tried.delivery.id,
            message=tried.delivery.message_id,
            channel=tried.delivery.channel,
            attempt=tried.delivery.attempts,
            outcome=name_of(outcome),
            cause=cause_of(outcome),
        )
        return outcome

    async def look_up(self, claim: Claim) -> None:
        """Look whether an unclear delivery is there after all."""
        async with self.storage.read() as view:
            attempts = await view.attempts_of(claim.delivery.id)
        began = attempts[-1].started_at if attempts else claim.delivery.since
        result = await self.posting.find(claim.delivery, began)
        at = self.board.now()
        async with self.storage.write() as unit:
            await unit.lock_message(claim.delivery.message_id)
            current = await unit.delivery(claim.delivery.id)
            message = await unit.message(claim.delivery.message_id)
            if current is None or message is None or current.state is not DeliveryState.UNKNOWN:
                return
            settled = settle_find(current, result, at)
            if not await unit.settle(settled, claim.token):
                return
            if settled.state is not current.state:
                unit.note(
                    "delivery.found" if settled.live else "delivery.absent",
                    actor=DAEMON,
                    subject=settled.id,
                    payload={"message": settled.message_id, "channel": settled.channel},
                )
            await self._free_waiting(unit, settled, at)
            await self.planner.replan(unit, message, at)
        log.info(
            "delivery.looked_up",
            delivery=settled.id,
            channel=settled.channel,
            result=type(result).__name__.lower(),
            look=current.finds + 1,
        )

    async def _write_down(self, claim: Claim) -> Tried | None:
        """Put the attempt on disk, or give the claim back if it must not be made now."""
        at = self.board.now()
        async with self.storage.write() as unit:
            await unit.lock_message(claim.delivery.message_id)
            message = await unit.message(claim.delivery.message_id)
            delivery = await unit.delivery(claim.delivery.id)
            if message is None or delivery is None or delivery.state is not DeliveryState.PLANNED:
                await unit.release(claim.delivery.id, claim.token)
                return None
            over = at >= message.expires_at or message.withdrawn_at is not None
            if over or self.board.hold is not None or not self.posting.ours(delivery):
                await unit.release(delivery.id, claim.token)
                await self.planner.replan(unit, message, at)
                return None
            delivery = await self._choose_text(unit, delivery)
            delivery = step(delivery, DeliveryState.PUBLISHING, at, attempts=delivery.attempts + 1)
            if not await unit.save_delivery(delivery, claim.token):
                return None  # somebody else took it over
            attempt = await unit.begin_attempt(delivery.id, at=at, node=self.node)
            reach("dispatch.attempt_before_commit")
        return Tried(delivery, attempt, message)

    async def _choose_text(self, unit: Unit, delivery: Delivery) -> Delivery:
        """Settle once and for all whether the text links to the page: is the page up?"""
        if delivery.without_link is None:
            return delivery
        notice = self.board.rules.notice_link
        siblings = await unit.deliveries_of(delivery.message_id)
        up = any(sibling.channel == notice and sibling.live for sibling in siblings)
        rendered = delivery.rendered if up else delivery.without_link
        await unit.choose_text(delivery.id, rendered)
        return replace(delivery, rendered=rendered, without_link=None)

    async def _keep(self, claim: Claim, tried: Tried, outcome: Outcome | None) -> None:
        """Write the outcome down; one in hand is kept until the storage takes it."""
        pause, decide = FIRST_PAUSE_S, True
        while True:
            try:
                await self._settle(claim, tried, outcome, decide=decide)
            except StorageError as error:
                if pause == FIRST_PAUSE_S:
                    log.warning("outcome.kept", delivery=tried.delivery.id, error=error.phrase.en)
                await asyncio.sleep(pause)
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
            await self._free_waiting(unit, settled, at)
            moved = settled if settled.state is DeliveryState.MOVED else None
            if decide:
                await self.planner.replan(unit, tried.message, at, moved=moved)
            reach("dispatch.settle_before_commit")

    async def _settled(
        self, unit: Unit, claim: Claim, current: Delivery, outcome: Outcome | None, at: datetime
    ) -> Delivery | None:
        """Write what came of the attempt; None if it is no longer ours to say."""
        if current.state is DeliveryState.UNKNOWN and isinstance(outcome, Accepted):
            found = settle_find(current, Found(outcome.receipt, outcome.note), at)
            await unit.save_delivery(found)  # somebody thought us dead; the receipt is proof
            self.journal(unit, found, outcome)
            return found
        if current.state is not DeliveryState.PUBLISHING:
            return None
        if outcome is None:
            settled = step(current, DeliveryState.PLANNED, at, due_at=at, cause=None)
        else:
            settled = settle(current, outcome, at)
        if not await unit.settle(settled, claim.token):
            return None
        if outcome is not None:
            self.journal(unit, settled, outcome)
        return settled

    def journal(self, unit: Unit, delivery: Delivery, outcome: Outcome) -> None:
        """Write down how an attempt ended."""
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
                **_receipt(outcome),
            },
        )

    async def _free_waiting(self, unit: Unit, settled: Delivery, at: datetime) -> None:
        """The page is up, or will not be soon: posts that link to it need not wait longer."""
        if settled.channel != self.board.rules.notice_link:
            return
        for sibling in await unit.deliveries_of(settled.message_id):
            if sibling.without_link is not None and sibling.due_at > at:
                await unit.save_delivery(replace(sibling, due_at=at))


def _receipt(outcome: Outcome) -> Mapping[str, str | None]:
    if not isinstance(outcome, Accepted):
        return {}
    return {"post_id": outcome.receipt.post_id, "permalink": outcome.receipt.permalink}
