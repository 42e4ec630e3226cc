"""Turns observations into verdicts, and a changed verdict into a journal entry and an outage.

A change is written at once, in one transaction with what it means; what changes
nothing is written in batches.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from datetime import datetime

import structlog

from sentinel.domain.cause import EFFECTS, Ability, State
from sentinel.domain.family import calm
from sentinel.domain.health import ChannelHealth, Verdict, at_time, explain, observe
from sentinel.domain.observation import Observation
from sentinel.domain.rules import Channel, Probing
from sentinel.errors import StorageError
from sentinel.failpoints import reach
from sentinel.service.board import Board
from sentinel.service.outages import DAEMON, close_outages, turn_outage
from sentinel.service.tally import Tally
from sentinel.storage.storage import Storage
from sentinel.storage.view import Unit

log = structlog.get_logger()

KEPT_WAITING = 10_000
"""Observations that are kept in memory while the storage cannot be written."""

Changed = Callable[[frozenset[str]], Awaitable[None]]
"""Hears of the channels whose verdicts changed."""


class Verdicts:
    """Keeps the board's healths, and everything that follows from them, on disk."""

    def __init__(self, storage: Storage, board: Board, changed: Changed, tally: Tally) -> None:
        self._storage = storage
        self._board = board
        self._changed = changed
        self._tally = tally
        self._told: dict[str, ChannelHealth] = {}  # as last written down: what changed since?
        self._lock = asyncio.Lock()
        self._waiting: list[Observation] = []
        self._dirty: set[str] = set()
        self._failing: dict[tuple[str, Ability], dict[str, datetime]] = {}  # by probe: since when

    async def load(self) -> None:
        """Read back the healths of before; they hold until they grow stale."""
        async with self._storage.read() as view:
            known = await view.all_health()
        for name, health in known.items():
            if name in self._board.rules.channels:
                self._board.healths[name] = self._told[name] = health

    async def judge(
        self,
        observations: Iterable[Observation],
        probing: Probing | None = None,
        *,
        suspects: frozenset[str] = frozenset(),
    ) -> frozenset[str]:
        """Judge by new observations; return the channels whose verdicts changed.

        `suspects` are channels whose failure is known but not judged yet: their
        family is not calm.
        """
        touched: set[str] = set()
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
                family_calm=self._calm(name, suspects),
                at=self._board.now(),
            )
            self._time(seen)
            self._waiting.append(seen)
            touched.add(name)
        self._dirty |= touched
        return await self._write(touched)

    async def tick(self) -> frozenset[str]:
        """Let time pass: resets come, observations grow stale. Writes what was batched."""
        for channel in self._board.watched():
            health = self._board.health(channel.name)
            self._remember(channel.name)
            after = at_time(health, channel.probing, self._board.now())
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
            await unit.drop_health(gone)
            await close_outages(unit, gone, self._board.now())
        for name in gone:
            self._told.pop(name, None)
            self._board.healths.pop(name, None)
            self._dirty.discard(name)

    def _remember(self, name: str) -> None:
        """Keep what was last written down, so that what changed since can be told from it."""
        self._told.setdefault(name, self._board.health(name))

    def _calm(self, name: str, suspects: frozenset[str]) -> bool:
        operator = self._board.rules.channels[name].operator
        family = {
            other: channel.operator
            for other, channel in self._board.rules.channels.items()
            if channel.operator == operator
        }
        return calm(name, self._board.healths, family, self._board.now(), suspects=suspects)

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
        sentence = explain(name, ability, verdict)
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
                for name in dirty:
                    await unit.save_health(self._board.health(name))
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
