"""Tells staff, once for each window, that a limit may soon be used up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

import structlog

from sentinel.domain.budget import budget_key, sharers
from sentinel.domain.rules import Channel
from sentinel.domain.shortage import Budget, explain_shortage, stage, told_until
from sentinel.failpoints import reach
from sentinel.service.board import Board
from sentinel.service.outages import DAEMON
from sentinel.service.shapes import Shape, stamp
from sentinel.service.verdicts import Verdicts
from sentinel.storage.storage import Storage

log = structlog.get_logger()

_Near: TypeAlias = tuple[Channel, Budget, str]

TOLD = "quota.told"
"""The flag under which it is kept until when nobody need hear of a window again."""


class Shortages:
    """Compares what may run out with what was told already. Only the leader tells."""

    def __init__(self, storage: Storage, board: Board, verdicts: Verdicts) -> None:
        self._storage = storage
        self._board = board
        self._verdicts = verdicts

    async def tell(self, known: Iterable[tuple[Channel, Sequence[Budget]]]) -> None:
        """Journal every window of which staff have to hear now and have not heard yet."""
        at = self._board.now()
        near = [(c, one, what) for c, some in known for one in some if (what := stage(one, at))]
        if not near:
            return
        async with self._storage.write() as unit:
            told = {key: until for key, until in _told(await unit.flag(TOLD)) if until > at}
            fresh = [one for one in near if _key(*one) not in told]
            if not fresh or not await self._verdicts.leads(unit):
                return
            told |= {_key(c, one, what): told_until(one.room, at) for c, one, what in fresh}
            new = _longest(fresh, at)
            for channel, one, what in new:
                payload = self._payload(channel, one) | {"stage": what}
                unit.note("quota.endangered", actor=DAEMON, subject=channel.name, payload=payload)
            await unit.set_flag(TOLD, {key: until.isoformat() for key, until in told.items()})
            reach("shortages.told_before_commit")
        for channel, one, what in new:
            log.warning(
                "quota.endangered",
                channel=channel.name,
                window=one.room.name,
                stage=what,
                remaining=one.room.remaining,
                earliest=stamp(one.forecast.exhausted.earliest),
            )

    def _payload(self, channel: Channel, one: Budget) -> Shape:
        rules, ends = self._board.rules, one.forecast.exhausted
        sentence = explain_shortage(channel.name, one, ZoneInfo(rules.timezone))
        return {
            "channels": list(sharers(channel.name, rules.channels, one.room.scope)),
            "window": one.room.name,
            "limit": one.room.limit,
            "remaining": one.room.remaining,
            "reserve": one.room.reserve,
            "resets_at": stamp(one.room.resets_at),
            "earliest": stamp(ends.earliest),
            "likely": stamp(ends.likely),
            "latest": stamp(ends.latest),
            "sentence_de": sentence.de if sentence else "",
            "sentence_en": sentence.en if sentence else "",
        }


def _longest(near: Iterable[_Near], at: datetime) -> list[_Near]:
    """Return one window of each channel: of several that end together the one that lasts."""
    found: dict[tuple[str, str], _Near] = {}
    for channel, one, what in sorted(near, key=lambda some: told_until(some[1].room, at)):
        found[channel.name, what] = (channel, one, what)
    return list(found.values())


def _key(channel: Channel, one: Budget, what: str) -> str:
    return f"{budget_key(channel, one.room.scope)} {one.room.name} {what}"


def _told(kept: object) -> Iterable[tuple[str, datetime]]:
    known = kept if isinstance(kept, Mapping) else {}
    return [(str(key), datetime.fromisoformat(str(until))) for key, until in known.items()]
