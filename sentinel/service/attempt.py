"""One try of a delivery, and one look after an unclear one.

The order is the promise: the attempt is on disk before the network is touched,
and its outcome, with everything that follows from it, is one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from sentinel.domain.chain import OUT_TO
from sentinel.domain.delivery import (
    Accepted,
    Delivery,
    DeliveryState,
    FindResult,
    NotSeen,
    Outcome,
    settle_find,
    step,
)
from sentinel.domain.message import Message
from sentinel.domain.outcome import cause_of, name_of
from sentinel.failpoints import reach
from sentinel.service.board import Board
from sentinel.service.discovery import tell_found
from sentinel.service.leases import Leases
from sentinel.service.outages import DAEMON
from sentinel.service.planner import Planner
from sentinel.service.posting import Posting
from sentinel.service.settling import Settling, Tried
from sentinel.service.tally import Tally
from sentinel.storage.deliveries import Claim
from sentinel.storage.storage import Storage
from sentinel.storage.view import Unit

log = structlog.get_logger()

_DOUBT = f"{OUT_TO}repeated"


@dataclass(frozen=True, slots=True)
class Attempts:
    """Makes single attempts and look-ups; the dispatcher says which."""

    storage: Storage
    board: Board
    planner: Planner
    posting: Posting
    settling: Settling
    leases: Leases
    node: str
    tally: Tally

    async def make(self, claim: Claim) -> Outcome | None:
        """Try a claimed delivery once; None if it must not be tried now."""
        with self.board.ends.watching(claim.delivery.message_id):
            return await self._make(claim)

    async def _make(self, claim: Claim) -> Outcome | None:
        channel = self.board.rules.channels.get(claim.delivery.channel)  # new rules may rename it
        tried = await self._write_down(claim)
        if tried is None:
            return None
        self.tally.starts(tried.message.id, tried.delivery.channel)
        reach("dispatch.attempt_written")
        outcome = await self.posting.publish(
            claim, tried.delivery, tried.message.expires_at, lambda: self.leases.fresh(claim)
        )
        if outcome is None:
            await self.settling.keep(claim, tried, None)
            return None
        if not isinstance(outcome, Accepted):
            self.tally.fails(tried.message.id, tried.delivery.channel)
        reach("dispatch.outcome_known")
        await self.settling.keep(claim, tried, outcome)
        reach("dispatch.outcome_written")
        if channel is not None:
            self.tally.attempted(channel.platform, name_of(outcome))
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
        # The clock may have been set since: the earlier of the two moments finds no less.
        began = min([claim.delivery.since, *(attempt.started_at for attempt in attempts[-1:])])
        result = await self.posting.find(claim.delivery, began)
        reach("dispatch.looked")
        async with self.storage.write() as unit:
            await unit.lock_message(claim.delivery.message_id)
            at = self.board.now()  # who waited for the lock decides for now, not for then
            current = await unit.delivery(claim.delivery.id)
            message = await unit.message(claim.delivery.message_id)
            if current is None or message is None or current.state is not DeliveryState.UNKNOWN:
                return
            if not self.board.clock_holds():  # how long it has been unclear cannot be told
                await unit.release(current.id, claim.token)
                return
            settled = settle_find(current, _heeded(result, message, at), at)
            if not await unit.settle(settled, claim.token):
                return
            await _keep_doubt(unit, current, settled, result)
            if settled.live:
                await tell_found(unit, settled)
            elif settled.state is not current.state:
                unit.note(
                    "delivery.absent",
                    actor=DAEMON,
                    subject=settled.id,
                    payload={"message": settled.message_id, "channel": settled.channel},
                )
            await self.settling.free_waiting(unit, settled, at)
            await self.planner.replan(unit, message, at)
            reach("dispatch.look_before_commit")
        reach("dispatch.look_written")
        log.info(
            "delivery.looked_up",
            delivery=settled.id,
            channel=settled.channel,
            result=type(result).__name__.lower(),
            look=current.finds + 1,
        )

    async def _write_down(self, claim: Claim) -> Tried | None:
        """Put the attempt on disk, or give the claim back if it must not be made now."""
        async with self.storage.write() as unit:
            await unit.lock_message(claim.delivery.message_id)
            at = self.board.now()  # who waited for the lock decides for now, not for then
            message = await unit.message(claim.delivery.message_id)
            if message is not None and self._in_question(message, claim.delivery, at):
                await self.planner.replan(unit, message, at)
            delivery = await unit.delivery(claim.delivery.id)
            if message is None or delivery is None or not self._may_begin(message, delivery, at):
                await unit.release(claim.delivery.id, claim.token)
                return None
            self.board.ends.goes(message.id)
            delivery = await self._choose_text(unit, delivery)
            if self.planner.asking.by_hand(delivery):
                if await self.planner.asking.ask(unit, message, delivery, claim.token, at):
                    await self.planner.replan(unit, message, at)
                reach("dispatch.ask_before_commit")
                return None
            delivery = step(delivery, DeliveryState.PUBLISHING, at, attempts=delivery.attempts + 1)
            if not await unit.save_delivery(delivery, claim.token):
                return None  # somebody else took it over
            attempt = await unit.begin_attempt(delivery.id, at=at, node=self.node)
            reach("dispatch.attempt_before_commit")
        return Tried(delivery, attempt, message)

    def _in_question(self, message: Message, delivery: Delivery, at: datetime) -> bool:
        """Return whether to decide once more under the lock: order binds within a chain."""
        gone = not self.posting.ours(delivery)
        return self.planner.behind or message.follows or gone or self._stopped(message, at)

    def _stopped(self, message: Message, at: datetime) -> bool:
        """Return whether nothing of a message may be begun now."""
        over = at >= message.expires_at or message.withdrawn_at is not None
        return over or message.superseded_at is not None or self.board.hold is not None

    def _may_begin(self, message: Message, delivery: Delivery, at: datetime) -> bool:
        """Return whether a delivery is still to go out now, as it stands under the chain's lock."""
        planned = delivery.state is DeliveryState.PLANNED and delivery.due_at <= at
        return planned and not self._stopped(message, at) and self.posting.ours(delivery)

    async def _choose_text(self, unit: Unit, delivery: Delivery) -> Delivery:
        """Settle once and for all whether the text links to the page: can it be read?"""
        if delivery.without_link is None:
            return delivery
        notice = self.board.rules.notice_link
        siblings = await unit.deliveries_of(delivery.message_id)
        up = any(sibling.channel == notice and sibling.live for sibling in siblings)
        up = up and self.board.page_stands()
        rendered = delivery.rendered if up else delivery.without_link
        await unit.choose_text(delivery.id, rendered)
        reach("dispatch.text_chosen")
        return replace(delivery, rendered=rendered, without_link=None)


def _heeded(result: FindResult, message: Message, at: datetime) -> FindResult:
    """Return the result as it counts: what will not be sent again stays in doubt."""
    over = message.withdrawn_at is not None or message.superseded_at is not None
    if isinstance(result, NotSeen) and (over or at >= message.expires_at):
        return replace(result, repeatable=False)
    return result


async def _keep_doubt(unit: Unit, before: Delivery, settled: Delivery, result: FindResult) -> None:
    """Keep in mind, until the platform says more, that what is sent again may be out already.

    Should the repetition not come about after all, what follows must still go there.
    """
    if settled.state is not DeliveryState.PLANNED:
        return
    if isinstance(result, NotSeen):
        await unit.remember(settled.id, _DOUBT, "perhaps")
    elif _DOUBT in before.memory:
        await unit.remember(settled.id, _DOUBT, "")
