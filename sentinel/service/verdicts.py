"""Turns observations into verdicts, and a changed verdict into a journal entry and an outage.

A change is written at once, in one transaction with what it means; what changes
nothing is written in batches.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta

import structlog

from sentinel.domain.cause import CREDENTIAL, EFFECTS, Ability, Cause, State
from sentinel.domain.clocks import not_ahead, shifted
from sentinel.domain.family import at_peace, shaken
from sentinel.domain.health import ChannelHealth, Verdict, disbelieved, explain, observe
from sentinel.domain.observation import Observation
from sentinel.domain.rules import Channel, Probing
from sentinel.errors import StorageError
from sentinel.failpoints import reach
from sentinel.service.board import Board
from sentinel.service.leader import Leader
from sentinel.service.outages import DAEMON, close_outages, turn_outage, with_word
from sentinel.service.passing import Passing
from sentinel.service.tally import Tally
from sentinel.storage.storage import Storage
from sentinel.storage.view import Unit

log = structlog.get_logger()

KEPT_WAITING = 10_000
"""Observations that are kept in memory while the storage cannot be written."""

Changed = Callable[[frozenset[str]], Awaitable[None]]
"""Hears of the channels whose verdicts changed."""


class Verdicts:
    """Keeps the board's healths, and everything that follows from them, on disk.

    Only the leader judges. What another node sees is kept as an observation;
    its own healths are those that the leader wrote.
    """

    def __init__(
        self, storage: Storage, board: Board, leader: Leader, changed: Changed, tally: Tally
    ) -> None:
        self._storage = storage
        self._board = board
        self._leader = leader
        self._changed = changed
        self._tally = tally
        self._told: dict[str, ChannelHealth] = {}  # as last written down: what changed since?
        self._lock = asyncio.Lock()
        self._waiting: list[Observation] = []
        self._dirty: set[str] = set()
        self._not_understood: set[str] = set()  # channels, at the last reading
        self._passing = Passing()
        self._failing: dict[tuple[str, Ability], dict[str, datetime]] = {}  # by probe: since when

    async def load(self) -> None:
        """Read back what was judged before, or by another node; it holds until it grows stale."""
        async with self._storage.read() as view:
            known = await view.all_health()
        unknown = {name for name, health in known.items() if health is None}  # a newer version's
        for name in unknown - self._not_understood:
            log.warning("storage.not_understood", what="health", channel=name)
        self._not_understood = unknown
        for name, health in known.items():
            if health is not None and name in self._board.rules.channels:
                self._board.healths[name] = self._told[name] = not_ahead(health, self._board.now())
                self._dirty.discard(name)

    async def leads(self, unit: Unit) -> bool:
        """Return whether this node still judges; nobody else begins to before the unit ends."""
        return await self._leader.confirm(unit)

    async def judge(
        self,
        observations: Iterable[Observation],
        probing: Probing | None = None,
        *,
        suspects: frozenset[str] = frozenset(),
        stored: bool = False,
    ) -> frozenset[str]:
        """Judge by new observations; return the channels whose verdicts changed.

        `suspects` are channels whose failure is known but not judged yet: their
        family is not calm. `stored`: another node has written them down already.
        """
        touched: set[str] = set()
        if not self._leader.leads:
            await self._hand_over([] if stored else list(observations))
            return frozenset()
        for seen in observations:
            name = seen.channel
            if name not in self._board.rules.channels:
                continue
            self._remember(name)
            rule = probing or self._board.rules.channels[name].probing
            self._board.healths[name] = observe(
                self._board.health(name),
                seen,
                rule,
                family_calm=self._calm(seen, suspects),
                at=self._board.now(),
            )
            self._time(seen)
            self._waiting += [] if stored else [seen]
            touched |= {name, *self._disbelieve(seen)}
        self._dirty |= touched
        return await self._write(touched)

    async def _hand_over(self, observations: list[Observation]) -> None:
        """Let the leader know what we saw: what failed at once, the rest with the next tick."""
        self._waiting += observations
        if any(seen.finding.cause is not None for seen in observations):
            await self._flush()

    async def tick(self) -> frozenset[str]:
        """Let time pass: resets come, observations grow stale. Writes what was batched."""
        if not self._board.clock_holds():
            return frozenset()  # that somebody sets the clock makes nothing stale
        for channel in self._board.watched() if self._leader.leads else ():
            health = self._board.health(channel.name)
            self._remember(channel.name)
            after = self._passing.passed(health, channel.probing, self._board.now())
            if after is not health:
                self._board.healths[channel.name] = after
                self._dirty.add(channel.name)
        changed = await self._write(frozenset(self._dirty))
        await self._flush()
        return changed

    async def put(self, name: str, health: ChannelHealth) -> frozenset[str]:
        """Put a channel's health in place (a missing credential, a release by a person)."""
        self._remember(name)
        self._board.healths[name] = health
        if not self._leader.leads:
            return frozenset()
        self._dirty.add(name)
        return await self._write({name})

    async def adopt(self, before: Mapping[str, Channel]) -> None:
        """Go on with new rules: forget channels that are gone, or are another account now."""
        now = self._board.rules.channels
        gone = {
            name
            for name in {*before, *self._told}
            if name not in now or (name in before and before[name].account != now[name].account)
        }
        async with self._storage.write() as unit:
            if await self._leader.confirm(unit):
                await unit.drop_health(gone)
                await close_outages(unit, gone, self._board.now())
        for name in gone:
            self._told.pop(name, None)
            self._board.healths.pop(name, None)
            self._dirty.discard(name)

    def shift(self, by: timedelta) -> None:
        """Move all that is remembered along with the wall clock, which was set."""
        for kept in (self._board.healths, self._told):
            for name, health in kept.items():
                kept[name] = shifted(health, by)
        self._dirty |= self._board.healths.keys()
        for clocks in self._failing.values():
            for probe, since in clocks.items():
                clocks[probe] = since + by

    def _remember(self, name: str) -> None:
        """Keep what was last written down, so that what changed since can be told from it."""
        self._told.setdefault(name, self._board.health(name))

    def _calm(self, seen: Observation, suspects: frozenset[str]) -> bool:
        """Return whether a token error can be believed; of anything else nobody asks."""
        if seen.finding.cause not in CREDENTIAL:
            return True
        channels, now = self._board.rules.channels, self._board.now()
        return at_peace(seen.channel, channels, self._board.healths, now, suspects=suspects)

    def _disbelieve(self, seen: Observation) -> Collection[str]:
        """Withdraw what was believed too soon of siblings, now that this channel fails too."""
        if seen.finding.cause in {None, Cause.UPLINK_LOST}:
            return ()  # our own line is nobody's fall, and it is lost for all at once
        channels, now = self._board.rules.channels, self._board.now()
        hasty = shaken(seen.channel, channels, self._board.healths, now)
        for name in hasty:
            self._remember(name)
            self._board.healths[name] = disbelieved(self._board.health(name), now)
        return hasty

    def _time(self, seen: Observation) -> None:
        """Start or stop the clock that says how long it took to see an outage."""
        cause = seen.finding.cause
        clocks = self._failing.setdefault((seen.channel, seen.finding.ability), {})
        if cause is None:
            clocks.pop(seen.probe, None)
        elif EFFECTS[cause].state is State.DOWN:
            clocks.setdefault(seen.probe, seen.at)

    async def _write(self, names: Collection[str]) -> frozenset[str]:
        """Write down, one after the other, what differs from what was told last.

        If the storage refuses, nothing is lost: the next tick finds the same difference.
        """
        if not any(self._differs(name) for name in names):
            return frozenset()
        async with self._lock:
            now = {name: self._board.health(name) for name in names if self._differs(name)}
            if not now:
                return frozenset()
            async with self._storage.write() as unit:
                if not await self._leader.confirm(unit):
                    return frozenset()  # another node judges now, and we shall adopt it
                for name, health in now.items():
                    await unit.save_health(health)
                    for ability in _differing(self._told[name], health):
                        await self._tell(unit, name, ability, health.verdicts[ability])
                reach("watch.verdict_before_commit")
            for name, health in now.items():
                self._log(name, self._told[name], health)
                self._told[name] = health
        reach("watch.verdict_written")
        await self._changed(frozenset(now))
        return frozenset(now)

    def _differs(self, name: str) -> bool:
        told, health = self._told.get(name), self._board.healths.get(name)
        return told is not None and health is not None and bool(_differing(told, health))

    async def _tell(self, unit: Unit, name: str, ability: Ability, verdict: Verdict) -> None:
        was = self._told[name].verdicts.get(ability)
        why = explain(name, ability, verdict, self._board.zone)
        sentence = await with_word(unit, name, verdict, why, self._board.now())
        unit.note(
            "verdict.changed",
            actor=DAEMON,
            subject=name,
            payload={
                "ability": ability,
                "from": was.state if was else State.UNKNOWN,
                "to": verdict.state,
                "cause": verdict.cause,
                "evidence": verdict.evidence,
                "sentence_de": sentence.de,
                "sentence_en": sentence.en,
            },
        )
        await turn_outage(unit, self._board, name, ability, verdict)

    def _log(self, name: str, was: ChannelHealth, health: ChannelHealth) -> None:
        for ability in _differing(was, health):
            verdict = health.verdicts[ability]
            since = min(self._failing.pop((name, ability), {}).values(), default=None)
            if verdict.state is State.DOWN and since is not None:
                self._tally.detected((self._board.now() - since).total_seconds())
            log.info(
                "verdict.changed",
                channel=name,
                ability=ability,
                state=verdict.state,
                cause=verdict.cause,
                evidence=verdict.evidence,
            )

    async def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        dirty, self._dirty = self._dirty, set()
        if not waiting and not dirty:
            return
        try:
            async with self._storage.write() as unit:
                await unit.add_observations(waiting)
                await unit.add_checks(waiting)
                for name in dirty if dirty and await self._leader.confirm(unit) else ():
                    await unit.save_health(self._board.health(name))
                reach("watch.flush_before_commit")
        except StorageError:
            self._waiting = (waiting + self._waiting)[-KEPT_WAITING:]
            self._dirty |= dirty
            raise


def _differing(before: ChannelHealth, after: ChannelHealth) -> list[Ability]:
    """Return the abilities whose state, cause or trial changed; evidence alone is no change."""

    def core(verdict: Verdict | None) -> tuple[object, ...]:
        return (verdict.state, verdict.cause, verdict.half_open) if verdict else ()

    return [
        ability
        for ability, verdict in after.verdicts.items()
        if core(verdict) != core(before.verdicts.get(ability))
    ]
