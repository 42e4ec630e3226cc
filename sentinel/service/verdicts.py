"""Turns observations into verdicts, and a changed verdict into a journal entry and an outage.

A change is written at once, in one transaction with what it means; what changes
nothing is written in batches.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

import structlog

from sentinel.domain.cause import Ability, State
from sentinel.domain.family import calm
from sentinel.domain.health import ChannelHealth, Verdict, at_time, explain, observe
from sentinel.domain.observation import Observation
from sentinel.domain.outage import OutageKind, Turn, turn
from sentinel.domain.rules import Probing
from sentinel.failpoints import reach
from sentinel.service.board import Board
from sentinel.storage.actor import Actor
from sentinel.storage.outages import Outage
from sentinel.storage.storage import Storage
from sentinel.storage.view import Unit

log = structlog.get_logger()

DAEMON = Actor(kind="daemon", id="sentinel")

Changed = Callable[[frozenset[str]], Awaitable[None]]
"""Hears of the channels whose verdicts changed."""


class Verdicts:
    """Keeps the board's healths, and everything that follows from them, on disk."""

    def __init__(self, storage: Storage, board: Board, changed: Changed) -> None:
        self._storage = storage
        self._board = board
        self._changed = changed
        self._waiting: list[Observation] = []
        self._dirty: set[str] = set()

    async def load(self) -> None:
        """Read back the healths of before; they hold until they grow stale."""
        async with self._storage.read() as view:
            known = await view.all_health()
        for name, health in known.items():
            if name in self._board.rules.channels:
                self._board.healths[name] = health

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
        before: dict[str, ChannelHealth] = {}
        touched: set[str] = set()
        for seen in observations:
            name = seen.channel
            if name not in self._board.rules.channels:
                continue
            before.setdefault(name, self._board.health(name))
            rule = probing or self._board.rules.channels[name].probing
            self._board.healths[name] = observe(
                self._board.health(name),
                seen,
                rule,
                family_calm=self._calm(name, suspects),
                at=self._board.now(),
            )
            self._waiting.append(seen)
            touched.add(name)
        self._dirty |= touched
        return await self._write(before)

    async def tick(self) -> frozenset[str]:
        """Let time pass: resets come, observations grow stale. Writes what was batched."""
        before: dict[str, ChannelHealth] = {}
        for channel in self._board.watched():
            health = self._board.health(channel.name)
            after = at_time(health, channel.probing, self._board.now())
            if after != health:
                before[channel.name] = health
                self._board.healths[channel.name] = after
        changed = await self._write(before)
        await self._flush()
        return changed

    async def put(self, name: str, health: ChannelHealth) -> frozenset[str]:
        """Put a channel's health in place (a missing credential, a release by a person)."""
        before = {name: self._board.health(name)}
        self._board.healths[name] = health
        self._dirty.add(name)
        return await self._write(before)

    def _calm(self, name: str, suspects: frozenset[str]) -> bool:
        operators = {n: c.operator for n, c in self._board.rules.channels.items()}
        return calm(name, self._board.healths, operators, self._board.now(), suspects=suspects)

    async def _write(self, before: dict[str, ChannelHealth]) -> frozenset[str]:
        changed = {
            name: abilities
            for name, health in before.items()
            if (abilities := _differing(health, self._board.health(name)))
        }
        if not changed:
            return frozenset()
        async with self._storage.write() as unit:
            for name, abilities in changed.items():
                await unit.save_health(self._board.health(name))
                self._dirty.discard(name)
                for ability in abilities:
                    await self._tell(unit, name, ability, before[name].verdicts.get(ability))
            reach("watch.verdict_before_commit")
        reach("watch.verdict_written")
        await self._changed(frozenset(changed))
        return frozenset(changed)

    async def _tell(self, unit: Unit, name: str, ability: Ability, was: Verdict | None) -> None:
        verdict = self._board.health(name).verdicts[ability]
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
        log.info(
            "verdict.changed",
            channel=name,
            ability=ability,
            state=verdict.state,
            cause=verdict.cause,
            evidence=verdict.evidence,
        )
        await self._outage(unit, name, ability, verdict)

    async def _outage(self, unit: Unit, name: str, ability: Ability, verdict: Verdict) -> None:
        known = [o for o in await unit.open_outages() if o.channel == name and o.ability == ability]
        sentence, at = explain(name, ability, verdict), self._board.now()
        payload = {
            "channel": name,
            "ability": ability,
            "cause": verdict.cause,
            "sentence_de": sentence.de,
            "sentence_en": sentence.en,
        }
        match turn(verdict, is_open=bool(known)):
            case Turn.OPENS:
                outage = Outage(
                    id=self._board.new_id(),
                    kind=OutageKind.CHANNEL,
                    channel=name,
                    ability=ability,
                    operator=self._board.rules.channels[name].operator,
                    cause=verdict.cause,
                    opened_at=at,
                )
                await unit.open_outage(outage)
                unit.note("outage.opened", actor=DAEMON, subject=outage.id, payload=payload)
            case Turn.CHANGES if known[0].cause != verdict.cause:
                await unit.save_outage(replace(known[0], cause=verdict.cause))
                unit.note("outage.changed", actor=DAEMON, subject=known[0].id, payload=payload)
            case Turn.CLOSES:
                for outage in known:
                    await unit.save_outage(replace(outage, closed_at=at))
                    unit.note("outage.closed", actor=DAEMON, subject=outage.id, payload=payload)
            case _:
                pass

    async def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        dirty, self._dirty = self._dirty, set()
        if not waiting and not dirty:
            return
        async with self._storage.write() as unit:
            await unit.add_observations(waiting)
            for name in dirty:
                await unit.save_health(self._board.health(name))


def _differing(before: ChannelHealth, after: ChannelHealth) -> list[Ability]:
    """Return the abilities whose state, cause or trial changed; evidence alone is no change."""

    def core(verdict: Verdict | None) -> tuple[object, ...]:
        return (verdict.state, verdict.cause, verdict.half_open) if verdict else ()

    return [
        ability
        for ability, verdict in after.verdicts.items()
        if core(verdict) != core(before.verdicts.get(ability))
    ]
