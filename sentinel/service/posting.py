"""Talks with a platform about one delivery; whatever happens becomes a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from sentinel.domain.cause import CREDENTIAL, Ability, Cause
from sentinel.domain.defence import whose_refusal
from sentinel.domain.delivery import (
    Delivery,
    Failed,
    FindResult,
    NotSeen,
    Outcome,
    Refused,
    Throttled,
    Unclear,
)
from sentinel.errors import SecretError, StorageError
from sentinel.failpoints import reach
from sentinel.platforms import Account, Published
from sentinel.service.accounts import Accounts
from sentinel.service.board import Board
from sentinel.service.ledger import Ledger
from sentinel.service.rooms import blamed_on
from sentinel.storage.deliveries import Claim
from sentinel.storage.storage import Storage
from sentinel.transport.driver import Transport
from sentinel.wire import Lost, RenewalFailed, Withheld, outcome_of_loss

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Posting:
    """Drives a platform's conversations for the dispatcher."""

    storage: Storage
    board: Board
    transport: Transport
    accounts: Accounts
    informed: Callable[[], bool] = lambda: True  # whether we would know of a hold by now
    ledger: Ledger | None = None  # None: "too many requests" is taken as the platform says it

    def ours(self, delivery: Delivery) -> bool:
        """Return whether the rules still have the delivery's channel, with the same account."""
        channel = self.board.rules.channels.get(delivery.channel)
        return channel is not None and channel.account == delivery.account

    async def publish(
        self, claim: Claim, delivery: Delivery, expires_at: datetime, ours: Callable[[], bool]
    ) -> Outcome | None:
        """Post it; None if it was stopped before anything could become public.

        What may stop it: a hold, its end, that it was withdrawn or superseded, or
        that the claim is not `ours` any more.
        """
        try:
            account = await self.accounts.account(delivery.channel)
            account = replace(account, grave=claim.grave)
            outcome = await self._drive(account, claim, delivery, expires_at, ours)
            return await self._whose(delivery.channel, outcome)
        except Withheld:
            return None
        except Lost as lost:
            return outcome_of_loss(lost)
        except (SecretError, RenewalFailed) as error:
            return _without_credential(error)
        except StorageError as error:
            # Our own disk refused in the middle of it: no platform is to blame for that.
            return _crashed(error) if getattr(error, "committed", False) else None
        except Exception as error:
            # A broken platform file must not take its siblings down with it.
            log.exception("platform.crashed", channel=delivery.channel)
            return _crashed(error)

    async def _drive(
        self,
        account: Account,
        claim: Claim,
        delivery: Delivery,
        expires_at: datetime,
        ours: Callable[[], bool],
    ) -> Outcome:
        async def keep(name: str, value: str) -> None:
            async with self.storage.write() as unit:
                if not await unit.remember(delivery.id, name, value, claim.token):
                    raise Withheld  # somebody went on in our place, with a memory of their own
                reach("dispatch.remember_before_commit")
            reach("dispatch.remembered")

        def may_commit() -> bool:
            on_time = self.board.now() < expires_at
            wanted = self.board.hold is None and not self.board.ends.stopped(delivery.message_id)
            return wanted and on_time and self.informed() and ours()

        platform = self.board.platform(delivery.channel)
        within = self.board.rules.channels[delivery.channel].publish_within
        left = min(within, expires_at - self.board.now()).total_seconds()
        return await self.transport.drive(
            platform.publish(account, delivery.rendered, delivery.memory),
            account,
            timeout_s=max(left, 0.0),
            platform=platform,
            keep=keep,
            may_commit=may_commit,
        )

    async def _whose(self, name: str, outcome: Outcome) -> Outcome:
        """Return a "not now" as our own doing or the platform's, by what the ledger knows now."""
        channel = self.board.rules.channels.get(name)
        if self.ledger is None or channel is None or not isinstance(outcome, Throttled):
            return outcome
        try:
            async with self.storage.read() as view:
                known = await blamed_on(view, self.board, self.ledger, channel, Ability.PUBLISH)
        except StorageError:
            return outcome  # an outcome in hand is kept, whoever is to blame
        return whose_refusal(outcome, known, self.board.now())

    async def find(self, delivery: Delivery, since: datetime) -> FindResult:
        """Look whether it is there, after an unclear attempt that began at `since`."""
        if not self.ours(delivery):
            return NotSeen(evidence="the rules no longer have this account")
        try:
            account = await self._with_last(delivery)
            platform = self.board.platform(delivery.channel)
            timeout = self.board.rules.channels[delivery.channel].probing.timeout
            return await self.transport.drive(
                platform.find(account, delivery.rendered, delivery.memory, since),
                account,
                timeout_s=2 * timeout.total_seconds(),
                platform=platform,
            )
        except (Lost, RenewalFailed) as error:
            return NotSeen(evidence=error.evidence)
        except SecretError as missing:
            return NotSeen(evidence=missing.phrase.en)
        except Exception as error:
            log.exception("platform.crashed", channel=delivery.channel)
            return NotSeen(evidence=f"our own code: {type(error).__name__}")

    async def _with_last(self, delivery: Delivery) -> Account:
        """Return the account with its latest live post: what a server does with that is known."""
        account = await self.accounts.account(delivery.channel)
        async with self.storage.read() as view:
            last = await view.last_published(delivery.account)
        if last is None or last.receipt is None:
            return account
        known = Published(
            receipt=last.receipt,
            rendered=last.rendered,
            delivery=last.id,
            posted_at=last.posted_at,
        )
        return replace(account, last=known)


def _without_credential(error: SecretError | RenewalFailed) -> Outcome:
    if isinstance(error, SecretError):
        return Refused(Cause.BAD_CONFIGURATION, evidence=error.phrase.en)
    if error.cause in CREDENTIAL:
        return Refused(error.cause, evidence=error.evidence)
    return Failed(error.cause, evidence=error.evidence)


def _crashed(error: Exception) -> Outcome:
    """Our own code failed: unclear only if something may already be public."""
    evidence = f"our own code: {type(error).__name__}"
    if getattr(error, "committed", False):
        return Unclear(Cause.PLATFORM_FAULT, evidence=evidence)
    return Failed(Cause.PLATFORM_FAULT, evidence=evidence)
