"""Platforms that call back: checked by their own file, applied to the recipients it speaks of.

A receipt only ever says more about a recipient than was known; the same call
again, or an older one, changes nothing. What is not signed counts for nothing,
and is journalled at most once an hour and channel.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from sentinel.domain.delivery import Delivery
from sentinel.domain.observation import Finding
from sentinel.domain.receipts import HEARD, PartState, handed, ids_in, newer, states_in
from sentinel.errors import SecretError
from sentinel.service.accounts import Accounts
from sentinel.service.board import Board
from sentinel.service.outages import DAEMON
from sentinel.storage.storage import Storage
from sentinel.wire.hooks import Hook, PartHeard, Received

log = structlog.get_logger()

KNOWN_FOR = timedelta(days=7)
"""How long after a delivery was planned its recipients are still heard of."""

_TELL_AGAIN = timedelta(hours=1)

Hear = Callable[[str, Finding], Awaitable[object]]


@dataclass(slots=True, kw_only=True)
class Receipts:
    """Takes platforms' calls."""

    storage: Storage
    board: Board
    accounts: Accounts
    hear: Hear
    _told: dict[str, datetime] = field(default_factory=dict)  # refused calls, by channel

    async def take(self, channel: str, call: Hook) -> Received | None:
        """Take one call to a channel; return what it is answered.

        None: there is no such channel, or its platform never calls.
        """
        if channel not in self.board.rules.channels:
            return None
        try:
            account = await self.accounts.account(channel)
        except SecretError:
            return Received(status=503)  # it may come again when the secret is there
        at = self.board.now()
        received = self.board.platform(channel).receive(account, call, at)
        if received is None:
            return None
        if not received.trusted:
            await self._refused(channel, received.evidence, at)
            return received
        if received.heard:
            await self._apply(channel, received.heard, at)
        for finding in received.findings:
            await self.hear(channel, finding)
        return received

    async def _apply(self, channel: str, heard: Iterable[PartHeard], at: datetime) -> None:
        account = self.board.rules.channels[channel].account
        async with self.storage.read() as view:
            deliveries = await view.deliveries_on(account, since=at - KNOWN_FOR)
        words = _by_delivery(deliveries, heard)
        if not words:
            return
        async with self.storage.write() as unit:
            for delivery_id, told in words.items():
                current = await unit.delivery(delivery_id)
                if current is None:
                    continue
                states = states_in(current.memory)
                for fingerprint, word in told:
                    if not newer(states.get(fingerprint), word.state):
                        continue
                    states[fingerprint] = word.state
                    value = f"{word.state.value} {word.evidence}".strip()
                    await unit.remember(delivery_id, f"{HEARD}{fingerprint}", value)
                    if word.state is PartState.FAILED:
                        unit.note(
                            "recipient.failed",
                            actor=DAEMON,
                            subject=delivery_id,
                            payload={
                                "message": current.message_id,
                                "channel": channel,
                                "recipient": fingerprint,
                                "cause": word.cause,
                                "evidence": word.evidence,
                            },
                        )
        counts: Mapping[str, int] = {name: len(told) for name, told in words.items()}
        log.info("receipts.taken", channel=channel, receipts=sum(counts.values()))

    async def _refused(self, channel: str, why: str, at: datetime) -> None:
        last = self._told.get(channel)
        if last is not None and last <= at < last + _TELL_AGAIN:
            return
        self._told[channel] = at
        log.warning("hook.refused", channel=channel)
        async with self.storage.write() as unit:
            payload = {"channel": channel, "evidence": why}
            unit.note("hook.refused", actor=DAEMON, subject=channel, payload=payload)


def _by_delivery(
    deliveries: Iterable[Delivery], heard: Iterable[PartHeard]
) -> Mapping[str, list[tuple[str, PartHeard]]]:
    """Return what is said of whom, by delivery; names that we never sent are left out."""
    said: dict[str, list[PartHeard]] = defaultdict(list)
    keyed: dict[str, list[PartHeard]] = defaultdict(list)
    for word in heard:
        said[word.id].append(word)
        if word.key:
            keyed[word.key].append(word)
    found: dict[str, list[tuple[str, PartHeard]]] = {}
    for delivery in deliveries:
        names = ids_in(delivery.memory)
        for fingerprint, name in names.items():
            if name in said:
                found.setdefault(delivery.id, []).extend((fingerprint, w) for w in said[name])
        for fingerprint in keyed.keys() - names.keys():  # in doubt: its answer was lost
            if handed(delivery.memory, fingerprint):
                words = keyed[fingerprint]
                found.setdefault(delivery.id, []).extend((fingerprint, w) for w in words)
    return found
