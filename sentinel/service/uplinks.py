"""Our own lines: before a platform is blamed, the controls are asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from probes import Tools
from probes.clock import offset
from probes.uplink import Answers, ask
from sentinel.domain.outage import OutageKind
from sentinel.domain.uplink import judge_uplink
from sentinel.errors import StorageError
from sentinel.service.board import Board
from sentinel.service.leader import Leader
from sentinel.service.outages import DAEMON, begin
from sentinel.storage.outages import Outage
from sentinel.storage.storage import Storage

log = structlog.get_logger()

FRESH_LOST = timedelta(seconds=2)
CLOCK_TOLERANCE = timedelta(seconds=10)  # OAuth 1.0a refuses at minutes, pages lag from seconds
NONE = timedelta()


class Uplinks:
    """Knows which of our lines are down; asks no oftener than it must."""

    def __init__(self, storage: Storage, board: Board, leader: Leader, tools: Tools) -> None:
        self._storage = storage
        self._board = board
        self._leader = leader
        self._tools = tools
        self._asked: dict[str, tuple[datetime, bool]] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._recorded: set[str] = set()  # lines with an open outage on disk
        self.turned: Callable[[str, bool], Awaitable[None]] | None = None
        self.clock_ahead: timedelta | None = None  # by the controls' clocks; None: not known
        self._noted_wrong = False  # what the journal says of our clock

    async def load(self) -> None:
        """Take up the lines that were lost before a restart; the next look says more.

        Beside other nodes they may be another's lines: each node keeps its own word.
        """
        async with self._storage.read() as view:
            for outage in await view.open_outages():
                if outage.kind == OutageKind.UPLINK and outage.operator is not None:
                    self._recorded.add(outage.operator)
                    if self._leader.alone and outage.operator in self._board.rules.uplinks:
                        self._board.lost_uplinks.add(outage.operator)

    def forget(self) -> None:
        """Ask anew at the next doubt: the wall clock was set, and no answer has an age any more."""
        self._asked.clear()

    async def led(self) -> None:
        """Take up the outages of the last leader; its lines are not ours."""
        async with self._storage.read() as view:
            outages = await view.open_outages()
        kept = {o.operator for o in outages if o.kind == OutageKind.UPLINK}
        self._recorded = {name for name in kept if name is not None}

    async def adopt(self) -> None:
        """Go on with new rules: a line that they no longer have cannot be lost."""
        for name in (self._board.lost_uplinks | self._recorded) - set(self._board.rules.uplinks):
            self._board.lost_uplinks.discard(name)
            await self._record(name, "no longer in the rules", lost=False)

    async def lost(self, name: str, failed_at: datetime | None = None) -> bool:
        """Return whether the line is down right now, by the word of its controls.

        `failed_at` is the failure that asks: what the controls said before it says nothing of it.
        """
        now = self._board.now()
        since = failed_at or now
        async with self._locks.setdefault(name, asyncio.Lock()):
            asked = self._asked.get(name)
            if asked is not None:
                at, lost = asked
                if at >= (now - FRESH_LOST if lost else since):
                    return lost
            return await self._ask(name)

    async def _ask(self, name: str) -> bool:
        uplink = self._board.rules.uplinks.get(name)
        if uplink is None or not uplink.controls:
            return False
        began = self._board.now()
        answers = await ask(uplink.controls, self._tools)
        await self._compare_clocks(answers)
        lost = judge_uplink(answers.answered, min(uplink.lost_below, len(uplink.controls)))
        self._asked[name] = (began, lost)
        unrecorded = self._leader.leads and lost != (name in self._recorded)
        if unrecorded or lost != (name in self._board.lost_uplinks):
            await self._turn(name, answers.evidence, lost=lost)
        return lost

    async def _compare_clocks(self, answers: Answers) -> None:
        """Our own clock is a risk: it breaks signatures and makes pages appear too late."""
        before, ahead = self.clock_ahead, offset(answers.dates, answers.seen_at)
        if ahead is None:
            return
        self.clock_ahead = self._board.clock_ahead = ahead
        wrong, was_wrong = abs(ahead) > CLOCK_TOLERANCE, abs(before or NONE) > CLOCK_TOLERANCE
        seconds = round(ahead.total_seconds(), 1)
        if wrong != was_wrong:
            log.warning("clock.wrong" if wrong else "clock.right", ahead_s=seconds)
        if wrong == self._noted_wrong:
            return
        with suppress(StorageError):  # others say so; it is noted with the next answers
            async with self._storage.write() as unit:
                unit.note(
                    "clock.wrong" if wrong else "clock.right",
                    actor=DAEMON,
                    subject="clock",
                    payload={"ahead_s": seconds},
                )
            self._noted_wrong = wrong

    async def _turn(self, name: str, evidence: str, *, lost: bool) -> None:
        before = name in self._board.lost_uplinks
        (self._board.lost_uplinks.add if lost else self._board.lost_uplinks.discard)(name)
        if lost != before:
            log.warning(
                "uplink.lost" if lost else "uplink.restored", uplink=name, evidence=evidence
            )
        await self._record(name, evidence, lost=lost)
        if self.turned is not None:
            await self.turned(name, lost)

    async def _record(self, name: str, evidence: str, *, lost: bool) -> None:
        """Open or close the line's outage; if the storage refuses, the next look tries again."""
        if not self._leader.leads:
            return
        at = self._board.now()
        payload = {"uplink": name, "evidence": evidence, **_sentences(name)}
        async with self._storage.write() as unit:
            known = [
                o
                for o in await unit.open_outages()
                if o.kind == OutageKind.UPLINK and o.operator == name
            ]
            if lost and not known:
                outage = Outage(
                    id=self._board.new_id(), kind=OutageKind.UPLINK, operator=name, opened_at=at
                )
                outage = await begin(unit, outage, self._board.rules.probing.flapping.within)
                unit.note("outage.opened", actor=DAEMON, subject=outage.id, payload=payload)
            for outage in [] if lost else known:
                await unit.save_outage(replace(outage, closed_at=at))
                unit.note("outage.closed", actor=DAEMON, subject=outage.id, payload=payload)
        (self._recorded.add if lost else self._recorded.discard)(name)


def _sentences(name: str) -> dict[str, str]:
    return {
        "sentence_de": f"Unsere eigene Leitung ({name}) ist unterbrochen; "
        "keiner Plattform wird das angelastet.",
        "sentence_en": f"Our own line ({name}) is down; no platform is blamed for it.",
    }
