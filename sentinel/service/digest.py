"""Sends the daily digest: once a day, at the city's hour, whatever is restarted meanwhile.

The day that was done is written together with the notifications, by the
leader alone: so each day has one digest, or none if nothing ran on it.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Final

import structlog

from sentinel.domain.digest import Digest, day_due, due_at
from sentinel.domain.digest_words import WAITING, Brief, Open, Waiting, digest_news
from sentinel.domain.health import explain
from sentinel.domain.outage import OutageKind
from sentinel.domain.roster import called, first_called
from sentinel.errors import Phrase, StorageError
from sentinel.service.board import Board
from sentinel.service.leader import Leader
from sentinel.service.ledger import Ledger
from sentinel.service.outages import DAEMON
from sentinel.service.risks import risks_of
from sentinel.service.telling import Teller
from sentinel.storage.outages import Outage
from sentinel.storage.storage import Storage
from sentinel.storage.view import Unit, View

log = structlog.get_logger()

EVERY: Final = timedelta(seconds=15)
"""How often is asked whether it is time."""

DAY: Final = "digest/day"
"""The last day that was done: a flag."""

_AT_MOST: Final = 200  # messages of one state


class DailyDigest:
    """Tells some of the staff each day how things stand."""

    def __init__(self, storage: Storage, board: Board, ledger: Ledger, leader: Leader) -> None:
        self._storage = storage
        self._board = board
        self._ledger = ledger
        self._leader = leader
        self._done: date | None = None

    async def tick(self) -> None:
        """Send the digest if it is time. While the storage refuses, a later tick does."""
        digest = self._board.rules.staff.digest
        if digest is None or not self._leader.leads:
            return
        at = self._board.now()
        if self._done is not None and day_due(digest, at, self._board.zone, self._done) is None:
            return
        with suppress(StorageError):
            await self._send(digest, at)

    async def _send(self, digest: Digest, at: datetime) -> None:
        async with self._storage.read() as view:
            kept = await view.flag(DAY)
            last = date.fromisoformat(kept) if kept else _begin(digest, at, self._board)
            day = day_due(digest, at, self._board.zone, last)
            brief = await brief_of(view, self._board, self._ledger) if day else Brief()
        async with self._storage.write() as unit:
            if await unit.flag(DAY) != kept or not await self._leader.confirm(unit):
                return  # another node was first
            if day is not None:
                await self._tell(unit, digest, brief, day, at)
            if day is not None or kept is None:
                await unit.set_flag(DAY, (day or last).isoformat())
        self._done = day or last
        if day is not None:
            log.info("digest.queued", day=day.isoformat())

    async def _tell(
        self, unit: Unit, digest: Digest, brief: Brief, day: date, at: datetime
    ) -> None:
        staff, rosters = self._board.rules.staff, self._board.rosters
        names = called(staff, rosters, digest.notify, at) or first_called(staff, rosters, at)
        news = digest_news(brief, self._board.zone)
        for name in names:
            letter = Teller(self._board).letter(staff.contacts[name], [(0, news)])
            await unit.add_notification(letter)
        unit.note(
            "digest.sent", actor=DAEMON, subject="digest", payload=_payload(day, brief, names)
        )


def _payload(day: date, brief: Brief, names: Collection[str]) -> dict[str, object]:
    return {
        "day": day.isoformat(),
        "contacts": list(names),
        "outages": len(brief.outages),
        "waiting": len(brief.waiting),
        "ending": len(brief.ending),
        "risks": len(brief.endangered),
    }


def _begin(digest: Digest, at: datetime, board: Board) -> date:
    """Return the day to count from where there was no digest yet: the next hour is the first."""
    today = at.astimezone(board.zone).date()
    return today if due_at(digest, today, board.zone) <= at else today - timedelta(days=1)


async def brief_of(view: View, board: Board, ledger: Ledger) -> Brief:
    """Return how things stand."""
    outages = [one for one in await view.open_outages() if one.kind != OutageKind.STRANDED]
    waiting = [
        Waiting(
            number=message.number,
            headline=message.content.headline,
            state=state,
            expires_at=message.expires_at,
            exercise=message.content.exercise,
        )
        for state in WAITING
        for message in (await view.messages(state=state, limit=_AT_MOST)).items
    ]
    return Brief(
        outages=[
            Open(
                sentence=_sentence(one, board), since=one.opened_at, taken=bool(one.acknowledged_by)
            )
            for one in outages
        ],
        waiting=waiting,
        risks=await risks_of(view, board, ledger),
        on_hold=board.hold is not None,
        crisis=board.crisis,
    )


def _sentence(one: Outage, board: Board) -> Phrase:
    """Return what is out: as it is judged now, or else by name."""
    if one.channel in board.rules.channels and one.channel is not None and one.ability is not None:
        verdict = board.health(one.channel).verdicts.get(one.ability)
        if verdict is not None:
            return explain(one.channel, one.ability, verdict, board.zone)
    names = ", ".join(one.channels or ([one.channel] if one.channel else []))
    match one.kind:
        case OutageKind.UPLINK:
            return Phrase(de="Die eigene Leitung ist gestört.", en="Our own line is out.")
        case OutageKind.NODE:
            return Phrase(de="Ein Knoten meldet sich nicht.", en="A node is missing.")
        case _:
            by = one.operator or "?"
            return Phrase(de=f"Gestört: {names or by}.", en=f"Out: {names or by}.")
