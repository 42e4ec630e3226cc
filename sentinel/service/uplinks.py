"""Our own lines: before a platform is blamed, the controls are asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from probes import Tools
from probes.uplink import ask
from sentinel.domain.outage import OutageKind
from sentinel.domain.uplink import judge_uplink
from sentinel.service.board import Board
from sentinel.service.verdicts import DAEMON
from sentinel.storage.outages import Outage
from sentinel.storage.storage import Storage

log = structlog.get_logger()

FRESH = timedelta(seconds=2)


class Uplinks:
    """Knows which of our lines are down; asks at most every two seconds."""

    def __init__(self, storage: Storage, board: Board, tools: Tools) -> None:
        self._storage = storage
        self._board = board
        self._tools = tools
        self._asked: dict[str, tuple[datetime, bool]] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self.turned: Callable[[str, bool], Awaitable[None]] | None = None
        self.dates: tuple[datetime, ...] = ()  # what the controls' clocks said last

    async def lost(self, name: str) -> bool:
        """Return whether the line is down right now, by the word of its controls."""
        lock = self._locks.setdefault(name, asyncio.Lock())
        async with lock:
            asked = self._asked.get(name)
            if asked is not None and self._board.now() - asked[0] < FRESH:
                return asked[1]
            return await self._ask(name)

    async def look(self, name: str) -> None:
        """Ask the controls of one line: the regular check."""
        await self.lost(name)

    async def _ask(self, name: str) -> bool:
        uplink = self._board.rules.uplinks.get(name)
        if uplink is None or not uplink.controls:
            return False
        answers = await ask(uplink.controls, self._tools)
        self.dates = answers.dates
        lost = judge_uplink(answers.answered, min(uplink.lost_below, len(uplink.controls)))
        self._asked[name] = (self._board.now(), lost)
        if lost != (name in self._board.lost_uplinks):
            await self._turn(name, answers.evidence, lost=lost)
        return lost

    async def _turn(self, name: str, evidence: str, *, lost: bool) -> None:
        (self._board.lost_uplinks.add if lost else self._board.lost_uplinks.discard)(name)
        log.warning("uplink.lost" if lost else "uplink.restored", uplink=name, evidence=evidence)
        at = self._board.now()
        payload = {
            "uplink": name,
            "evidence": evidence,
            "sentence_de": f"Unsere eigene Leitung ({name}) ist unterbrochen; "
            "keiner Plattform wird das angelastet.",
            "sentence_en": f"Our own line ({name}) is down; no platform is blamed for it.",
        }
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
                await unit.open_outage(outage)
                unit.note("outage.opened", actor=DAEMON, subject=outage.id, payload=payload)
            for outage in [] if lost else known:
                await unit.save_outage(replace(outage, closed_at=at))
                unit.note("outage.closed", actor=DAEMON, subject=outage.id, payload=payload)
        if self.turned is not None:
            await self.turned(name, lost)
