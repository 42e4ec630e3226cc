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

from sentinel.domain.cause import CREDENTIAL, Cause
from sentinel.domain.delivery import (
    Accepted,
    Delivery,
    DeliveryState,
    Failed,
    FindResult,
    NotSeen,
    Outcome,
    Refused,
    Unclear,
    settle,
    settle_find,
    step,
)
from sentinel.domain.message import Message
from sentinel.domain.outcome import cause_of, name_of
from sentinel.errors import SecretError, StorageError
from sentinel.failpoints import reach
from sentinel.platforms import Account
from sentinel.service.accounts import Accounts
from sentinel.service.board import Board
from sentinel.service.outages import DAEMON
from sentinel.service.planner import Planner
from sentinel.service.tally import Tally
from sentinel.storage.deliveries import Claim
from sentinel.storage.storage import Storage
from sentinel.storage.view import Unit
from sentinel.transport.driver import Transport
from sentinel.wire import Lost, RenewalFailed, outcome_of_loss

log = structlog.get_logger()

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
    transport: Transport
    accounts: Accounts
    node: str
    tally: Tally

    async def make(self, claim: Claim) -> Outcome | None:
        """Try a claimed delivery once; None if it must not be tried now."""
        tried = await self._write_down(claim)
        if tried is None:
            return None
        self.tally.starts(tried.message.id, tried.delivery.channel)
        reach("dispatch.attempt_written")
        outcome = await self._publish(tried.delivery)
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
        result = await self._find(claim.delivery)
        at = self.board.now()
        async with self.storage.write() as unit:
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
            message = await unit.message(claim.delivery.message_id)
            delivery = await unit.delivery(claim.delivery.id)
            if message is None or delivery is None or delivery.state is not DeliveryState.PLANNED:
                await unit.release(claim.delivery.id, claim.token)
                return None
            if at >= message.expires_at or message.withdrawn_at or self.board.hold is not None:
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

    async def _publish(self, delivery: Delivery) -> Outcome:
        try:
            account = await self.accounts.account(delivery.channel)
            return await self._drive(account, delivery)
        except SecretError as missing:
            return Refused(Cause.BAD_CONFIGURATION, evidence=missing.phrase.en)
        except Lost as lost:
            return outcome_of_loss(lost)
        except RenewalFailed as failed:
            if failed.cause in CREDENTIAL:
                return Refused(failed.cause, evidence=failed.evidence)
            return Failed(failed.cause, evidence=failed.evidence)
        except Exception as error:
            # A broken platform file must not take its siblings down with it; whether it had
            # already posted, nobody knows.
            log.exception("platform.crashed", channel=delivery.channel)
            return Unclear(Cause.PLATFORM_FAULT, evidence=f"our own code: {type(error).__name__}")

    async def _drive(self, account: Account, delivery: Delivery) -> Outcome:
        async def keep(name: str, value: str) -> None:
            async with self.storage.write() as unit:
                await unit.remember(delivery.id, name, value)
            reach("dispatch.remembered")

        platform = self.board.platform(delivery.channel)
        within = self.board.rules.channels[delivery.channel].publish_within
        steps = platform.publish(account, delivery.rendered, delivery.memory)
        return await self.transport.drive(
            steps, account, timeout_s=within.total_seconds(), platform=platform, keep=keep
        )

    async def _keep(self, claim: Claim, tried: Tried, outcome: Outcome) -> None:
        """Write the outcome down; one in hand is kept until the storage takes it."""
        pause = FIRST_PAUSE_S
        while True:
            try:
                await self._settle(claim, tried, outcome)
            except StorageError as error:
                if pause == FIRST_PAUSE_S:
                    log.warning("outcome.kept", delivery=tried.delivery.id, error=error.phrase.en)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_S)
            else:
                return

    async def _settle(self, claim: Claim, tried: Tried, outcome: Outcome) -> None:
        at = self.board.now()
        async with self.storage.write() as unit:
            await unit.end_attempt(
                tried.attempt,
                at=at,
                outcome=name_of(outcome),
                cause=cause_of(outcome),
                evidence=outcome.evidence,
            )
            current = await unit.delivery(tried.delivery.id)
            if current is None or current.state is not DeliveryState.PUBLISHING:
                return  # another node took it over and has already looked
            settled = settle(current, outcome, at)
            if not await unit.settle(settled, claim.token):
                return
            self.journal(unit, settled, outcome)
            await self._free_waiting(unit, settled, at)
            moved = settled if settled.state is DeliveryState.MOVED else None
            await self.planner.replan(unit, tried.message, at, moved=moved)
            reach("dispatch.settle_before_commit")

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

    async def _find(self, delivery: Delivery) -> FindResult:
        try:
            account = await self.accounts.account(delivery.channel)
            platform = self.board.platform(delivery.channel)
            timeout = self.board.rules.channels[delivery.channel].probing.timeout
            steps = platform.find(account, delivery.rendered, delivery.memory, delivery.since)
            return await self.transport.drive(
                steps, account, timeout_s=2 * timeout.total_seconds(), platform=platform
            )
        except (Lost, RenewalFailed) as error:
            return NotSeen(evidence=error.evidence)
        except SecretError as missing:
            return NotSeen(evidence=missing.phrase.en)
        except Exception as error:
            log.exception("platform.crashed", channel=delivery.channel)
            return NotSeen(evidence=f"our own code: {type(error).__name__}")


def _receipt(outcome: Outcome) -> Mapping[str, str | None]:
    if not isinstance(outcome, Accepted):
        return {}
    return {"post_id": outcome.receipt.post_id, "permalink": outcome.receipt.permalink}
