"""Looks at everything that went out until it was seen, and never at the expense of posting.

The schedule of looks is `sentinel.domain.verification`; here it meets the
channels as they stand. Nothing of it is on disk: after a restart, what went out
lately and was not seen is looked at once more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from sentinel.domain.cause import Ability, State
from sentinel.domain.delivery import Delivery
from sentinel.domain.quota import Room, room
from sentinel.domain.rules import Channel
from sentinel.domain.verification import (
    GIVEN_UP_AFTER,
    NOTES,
    SIGHTS,
    Glance,
    Unverified,
    given_up,
    glances,
    in_pace,
    next_look,
    spares,
    unseen,
)
from sentinel.errors import SecretError, StorageError
from sentinel.service.board import Board
from sentinel.service.ledger import Ledger
from sentinel.service.look import Looks
from sentinel.service.outages import DAEMON
from sentinel.service.rooms import documented
from sentinel.service.schedule import Schedule
from sentinel.service.verify import SHOWN_BY, verify
from sentinel.storage.storage import Storage

log = structlog.get_logger()

A_ROUND = 10
"""Looks that are begun in one round, while nothing waits to be posted."""

WHILE_POSTING = 1
"""Looks that are begun in one round while posts are waiting: posting comes first."""

REFRESH = timedelta(seconds=2)
REFRESH_AT_REST = timedelta(seconds=30)  # another node may have posted
AT_ONCE = timedelta()
A_LITTLE_LATER = timedelta(milliseconds=500)  # one look after many posts in a row
_READS = ("reads", "calls")  # the quotas that a look uses

Check = Callable[[str, str], Awaitable[object]]
"""Runs a probe on a channel's latest post, and judges the channel by it: the watcher."""


@dataclass(slots=True)
class Sightings:
    """Begins the looks that are due, a few in each round."""

    storage: Storage
    board: Board
    looks: Looks
    ledger: Ledger
    schedule: Schedule
    _open: tuple[Unverified, ...] = ()
    _looked: dict[tuple[str, Ability], datetime] = field(default_factory=dict)
    _looking: set[str] = field(default_factory=set)  # accounts
    _never: set[tuple[str, Ability]] = field(default_factory=set)  # cannot be shown
    _fresh_at: datetime | None = None
    _posted: bool = True

    def posted(self, channel: str, check: Check) -> None:
        """Take notice that something went out, and have its channel checked by it soon."""
        self._posted = True
        chosen = self.board.rules.channels.get(channel)
        for ability in self._shown(chosen) if chosen is not None else ():
            self.check_soon(channel, SHOWN_BY[ability], A_LITTLE_LATER, check)

    def check_soon(self, channel: str, probe: str, after: timedelta, check: Check) -> None:
        """Have a channel checked by its latest post, if then a limit allows it."""
        ability = next(shown for shown, by in SHOWN_BY.items() if by == probe)
        run = partial(self._check, channel, ability, check)
        self.schedule.once(f"soon {channel} {probe}", after, run)

    async def _check(self, channel: str, ability: Ability, check: Check) -> None:
        chosen = self.board.rules.channels.get(channel)
        if chosen is not None and self._allows(chosen, ability):
            await check(channel, SHOWN_BY[ability])

    def _allows(self, channel: Channel, ability: Ability) -> bool:
        """Return whether one more look keeps the pace of paid looks, and leaves room for others."""
        at, probe = self.board.now(), SHOWN_BY[ability]
        if probe in self.board.platform(channel.name).facts.probe_every:
            every = self.looks.intervals(channel)[probe]
            if not in_pace(self.looks.made_on(channel.account, probe), every, at):
                return False
        return all(spares(left) for left in self._rooms(channel, at))

    def forget(self) -> None:
        """Begin anew: the wall clock was set, and no look has an age any more."""
        self._fresh_at = None
        self._looked.clear()

    async def round(self) -> None:
        """Begin the looks that are due now."""
        at = self.board.now()
        try:
            await self._refresh(at)
            due = [post for post in self._open if post.unseen]
            if not due:
                return
            async with self.storage.read() as view:
                posting = await view.oldest_due(at) is not None
        except StorageError:
            return  # the dispatcher says so; what is due stays due
        limit = WHILE_POSTING if posting else A_ROUND
        for glance in glances(due, self._looked, at, may=self._may(), limit=limit):
            self._looking.add(glance.account)
            self._looked[glance.delivery, glance.ability] = at
            self.schedule.once(f"look {glance.account}", AT_ONCE, partial(self._look, glance))

    async def _refresh(self, at: datetime) -> None:
        pause = REFRESH if self._posted else REFRESH_AT_REST
        if self._fresh_at is not None and at < self._fresh_at + pause:
            return
        accounts = [c.account for c in self.board.watched() if self._shown(c)]
        async with self.storage.read() as view:
            self._open = tuple(await view.unverified(accounts, at - GIVEN_UP_AFTER))
        self._fresh_at, self._posted = at, False
        kept = {key: seen for key, seen in self._looked.items() if seen > at - 2 * GIVEN_UP_AFTER}
        self._looked = kept
        self._never &= kept.keys()

    def _may(self) -> Mapping[str, frozenset[Ability]]:
        """Return what may be looked at on each account just now."""
        return {
            channel.account: frozenset(self._open_to(channel))
            for channel in self.board.watched()
            if channel.account not in self._looking
        }

    def _open_to(self, channel: Channel) -> Iterator[Ability]:
        if channel.uplink in self.board.lost_uplinks:
            return
        verdicts = self.board.health(channel.name).verdicts
        for ability in self._shown(channel):
            verdict = verdicts.get(ability)
            dark = verdict is not None and verdict.state is State.DOWN
            if dark and verdict is not None and verdict.cause not in NOTES:
                continue  # nothing would be seen; what is due stays due
            if self._allows(channel, ability):
                yield ability

    def _shown(self, channel: Channel) -> list[Ability]:
        """Return what the channel can show, by its platform and the probes that are on."""
        on, can = self.looks.intervals(channel), self.board.abilities(channel.name)
        return [ability for ability in SIGHTS if ability in can and SHOWN_BY[ability] in on]

    def _rooms(self, channel: Channel, at: datetime) -> Iterator[Room | None]:
        """Yield what is left of the limits on reading, by the platform's word or by the rules."""
        readings = self.ledger.readings(channel)
        probes = SHOWN_BY.values()
        made = [when for probe in probes for when in self.looks.made_on(channel.account, probe)]
        for name in _READS:
            rule = channel.quota.get(name)
            kept_back = replace(rule, limit=None) if rule is not None else None
            for reading in readings:  # each by itself: the spent one may not be the smallest
                yield room(name, readings=[reading], rule=kept_back, at=at)
            said = documented(self.board, channel, name)
            yield room(name, posts=made, rule=rule, documented=said, at=at)

    async def _look(self, glance: Glance) -> None:
        """Make one look, and write down what it says."""
        try:
            async with self.storage.read() as view:
                delivery = await view.delivery(glance.delivery)
            channel = self._channel(glance.account)
            if delivery is None or not delivery.live or channel is None:
                return
            if not self._allows(channel, glance.ability):
                return  # somebody else looked meanwhile
            probe = SHOWN_BY[glance.ability]
            checked = await self.looks.run(channel, probe, about=delivery)
            if checked is None:
                self._never.add((glance.delivery, glance.ability))
            else:
                await verify(self.storage, checked, self.board.now())
            await self._give_up(delivery, channel)
        except SecretError:
            return  # the watcher says so
        except StorageError as error:
            log.warning("storage.failed", error=type(error).__name__)
        finally:
            self._looking.discard(glance.account)
            self._posted = True

    def _channel(self, account: str) -> Channel | None:
        return next((c for c in self.board.watched() if c.account == account), None)

    async def _give_up(self, delivery: Delivery, channel: Channel) -> None:
        """After the last look at a post, say what was never seen of it."""
        posted_at = delivery.posted_at
        able = {a for a in self._shown(channel) if (delivery.id, a) not in self._never}
        if posted_at is None or any(
            next_look(posted_at, self._looked.get((delivery.id, ability))) is not None
            for ability in able & unseen(delivery)
        ):
            return
        async with self.storage.write() as unit:
            await unit.lock_message(delivery.message_id)
            current = await unit.delivery(delivery.id)
            if current is None or not current.live:
                return
            after = given_up(current, able)
            if after == current:
                return
            await unit.save_delivery(after)
            unit.note(
                "delivery.unseen",
                actor=DAEMON,
                subject=after.id,
                payload={
                    "message": after.message_id,
                    "channel": after.channel,
                    "evidence": after.evidence,
                },
            )
