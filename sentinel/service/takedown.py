"""Takes live posts down because a person asked for it, and for no other reason.

One post at a time on each account. That a try begins is on disk before the
network is touched. A crash in the middle does no harm: what is gone already
counts as withdrawn. Taking down is not publishing, so a hold does not stop it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, assert_never

import structlog

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import (
    Delivery,
    DeliveryState,
    Receipt,
    StillThere,
    Withdrawn,
    WithdrawResult,
    step,
)
from sentinel.domain.message import Message
from sentinel.domain.takedown import (
    Effort,
    Obstacle,
    another,
    from_data,
    obstacle,
    refused,
    to_data,
)
from sentinel.errors import SecretError, StorageError
from sentinel.failpoints import reach
from sentinel.platforms import Account, Published
from sentinel.service.board import Board
from sentinel.service.chains import locked_chain
from sentinel.service.outages import DAEMON
from sentinel.service.planner import Planner
from sentinel.service.posting import Posting
from sentinel.storage.storage import Storage
from sentinel.storage.view import Unit
from sentinel.wire import Lost, RenewalFailed

log = structlog.get_logger()

IDLE_S = 1.0
AT_ONCE = 50
MARGIN = timedelta(seconds=30)  # how much longer than a try may take nobody else begins one


@dataclass(frozen=True, slots=True)
class _Begun:
    """A try that is on disk."""

    delivery: Delivery
    effort: Effort


class TakeDowns:
    """Works on the live posts that a person wants gone. Any number of nodes may run one."""

    def __init__(self, storage: Storage, board: Board, planner: Planner, posting: Posting) -> None:
        self._storage = storage
        self._board = board
        self._planner = planner
        self._posting = posting
        self._busy: set[str] = set()  # accounts
        self._in_trouble = False

    async def run_until(self, stop: asyncio.Event) -> None:
        """Take posts down until `stop` is set; what is under way is finished first."""
        async with asyncio.TaskGroup() as group:
            while not stop.is_set():
                seen = self._storage.changes
                try:
                    begun = await self.round(group)
                    self._trouble(None)
                except StorageError as error:
                    self._trouble(error)
                    await asyncio.sleep(IDLE_S)
                    continue
                if not begun:
                    await self._storage.wait_change(IDLE_S, seen=seen)

    async def round(self, group: asyncio.TaskGroup) -> int:
        """Begin on what is due; return how much."""
        async with self._storage.read() as view:
            due = await view.take_downs(self._board.now(), limit=AT_ONCE)
        begun = 0
        for delivery in due:
            if delivery.account in self._busy:
                continue
            self._busy.add(delivery.account)
            group.create_task(self._work(delivery))
            begun += 1
        return begun

    def _trouble(self, error: StorageError | None) -> None:
        """Say once that the storage refuses, and once that it works again."""
        if error is not None and not self._in_trouble:
            log.error("takedown.stopped", error=error.phrase.en)
        if error is None and self._in_trouble:
            log.warning("takedown.resumed")
        self._in_trouble = error is not None

    async def _work(self, delivery: Delivery) -> None:
        """Try once. Whatever goes wrong here must not stop the others."""
        try:
            begun = await self._begin(delivery)
            if begun is None:
                return
            reach("takedown.begun")
            result = await self._ask(begun.delivery)
            reach("takedown.answered")
            await self._settle(begun, result)
            log.info(
                "delivery.taken_down" if isinstance(result, Withdrawn) else "delivery.stood",
                delivery=delivery.id,
                channel=delivery.channel,
                tries=begun.effort.tries,
            )
        except StorageError as error:
            self._trouble(error)
        except Exception:
            log.exception("takedown.crashed", delivery=delivery.id, channel=delivery.channel)
        finally:
            self._busy.discard(delivery.account)

    async def _begin(self, delivery: Delivery) -> _Begun | None:
        """Write down that it is tried now; None if it must not or cannot be."""
        at = self._board.now()
        async with self._storage.write() as unit:
            message = await self._locked(unit, delivery)
            current = await unit.delivery(delivery.id)
            if message is None or current is None or not _wanted(current, at):
                return None
            why = self._obstacle(current)
            if why is not None:
                await self._leave(unit, message, current, why, None)
                return None
            effort = another(from_data(await unit.flag(_flag(current))))
            # Until then it is ours; if we die, whoever comes by after that goes on.
            later = at + self._patience(current) + MARGIN
            await unit.save_delivery(replace(current, take_down_at=later))
            await unit.set_flag(_flag(current), to_data(effort))
            if effort.tries == 1:
                payload = _payload(message, current)
                unit.note("delivery.taking_down", actor=DAEMON, subject=current.id, payload=payload)
        return _Begun(current, effort)

    async def _locked(self, unit: Unit, delivery: Delivery) -> Message | None:
        message = await unit.message(delivery.message_id)
        if message is None:
            return None
        await locked_chain(unit, message)
        return await unit.message(delivery.message_id)

    def _obstacle(self, delivery: Delivery) -> Obstacle | None:
        ours, able = self._posting.ours(delivery), False
        if ours:
            bare = self._board.faceless(delivery.channel)
            platform = self._board.platform(delivery.channel)
            able = platform.withdraw(bare, _published(delivery)) is not None
        return obstacle(delivery, ours=ours, able=able)

    def _patience(self, delivery: Delivery) -> timedelta:
        return 2 * self._board.rules.channels[delivery.channel].probing.timeout

    async def _ask(self, delivery: Delivery) -> WithdrawResult:
        """Have the platform take it down. Never raises for anything that it says."""
        try:
            account = await self._posting.accounts.account(delivery.channel)
            return await self._drive(account, delivery)
        except (Lost, RenewalFailed) as error:
            return StillThere(error.cause, error.evidence)
        except SecretError as missing:
            return StillThere(Cause.BAD_CONFIGURATION, missing.phrase.en)
        except StorageError:
            raise
        except Exception as error:
            log.exception("platform.crashed", channel=delivery.channel)
            return StillThere(Cause.PLATFORM_FAULT, f"our own code: {type(error).__name__}")

    async def _drive(self, account: Account, delivery: Delivery) -> WithdrawResult:
        platform = self._board.platform(delivery.channel)
        steps = platform.withdraw(account, _published(delivery))
        if steps is None:
            return StillThere(Cause.BAD_CONFIGURATION, "the platform takes nothing down")
        return await self._posting.transport.drive(
            steps,
            account,
            timeout_s=self._patience(delivery).total_seconds(),
            platform=platform,
        )

    async def _settle(self, begun: _Begun, result: WithdrawResult) -> None:
        """Write down what came of it, with all that follows, in one transaction."""
        at = self._board.now()
        async with self._storage.write() as unit:
            message = await self._locked(unit, begun.delivery)
            current = await unit.delivery(begun.delivery.id)
            if message is None or current is None or not current.live:
                return
            match result:
                case Withdrawn(evidence):
                    await self._gone(unit, message, current, begun.effort, evidence)
                case StillThere():
                    await self._stands(unit, message, current, begun.effort, result)
                case _:
                    assert_never(result)
            await self._decide(unit, message, at)
            reach("takedown.before_commit")

    async def _gone(
        self, unit: Unit, message: Message, current: Delivery, effort: Effort, evidence: str
    ) -> None:
        at = self._board.now()
        gone = step(
            current, DeliveryState.WITHDRAWN, at, take_down_at=None, evidence=evidence, cause=None
        )
        await unit.save_delivery(gone)
        await unit.set_flag(_flag(current), None)
        payload = _payload(message, current, evidence=evidence, told=bool(effort.told))
        unit.note("delivery.withdrawn", actor=DAEMON, subject=current.id, payload=payload)

    async def _stands(
        self,
        unit: Unit,
        message: Message,
        current: Delivery,
        effort: Effort,
        result: StillThere,
    ) -> None:
        after, pause, news = refused(effort, result.cause)
        if after.over:
            await self._leave(unit, message, current, Obstacle.GAVE_UP, result)
            return
        again = replace(current, take_down_at=self._board.now() + pause)
        await unit.save_delivery(again)
        await unit.set_flag(_flag(current), to_data(after))
        if news:
            payload = _payload(message, current, **_said(result))
            unit.note("delivery.still_there", actor=DAEMON, subject=current.id, payload=payload)

    async def _leave(
        self,
        unit: Unit,
        message: Message,
        current: Delivery,
        why: Obstacle,
        result: StillThere | None,
    ) -> None:
        """Leave it to a person."""
        await unit.save_delivery(replace(current, take_down_at=None))
        await unit.set_flag(_flag(current), None)
        payload = _payload(message, current, obstacle=why, **_said(result))
        unit.note("delivery.left_standing", actor=DAEMON, subject=current.id, payload=payload)

    async def _decide(self, unit: Unit, message: Message, at: datetime) -> None:
        """Decide again about the message, and about later links, which owe what it reached."""
        await self._planner.replan(unit, message, at)
        for link in await unit.chain(message.chain):
            if message.id in link.references:
                await self._planner.replan(unit, link, at)


def _wanted(delivery: Delivery, at: datetime) -> bool:
    return delivery.live and delivery.take_down_at is not None and delivery.take_down_at <= at


def _payload(message: Message, delivery: Delivery, **more: Any) -> Mapping[str, Any]:
    """Return what every journal entry about a taking down says."""
    return {
        "message": message.id,
        "number": message.number,
        "channel": delivery.channel,
        "permalink": delivery.receipt.permalink if delivery.receipt else None,
        **more,
    }


def _said(result: StillThere | None) -> Mapping[str, Any]:
    return {"cause": result.cause, "evidence": result.evidence} if result else {}


def _published(live: Delivery) -> Published:
    receipt = live.receipt or Receipt(post_id="")
    return Published(receipt=receipt, rendered=live.rendered, delivery=live.id, memory=live.memory)


def _flag(delivery: Delivery) -> str:
    """Return the name under which it is kept what was done so far."""
    return f"takedown/{delivery.id}"
