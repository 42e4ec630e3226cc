"""Accounts for how long each ability was what: from the journal, once a minute, by the leader.

What was told since the last time, and how far it had been accounted for, are
read together; what comes of it is written together. So a crash, a second
leader or a round that comes twice adds nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeAlias, TypeVar

from sentinel.domain.availability import Change, Figures, Mark, account, whole
from sentinel.domain.cause import Ability, State
from sentinel.service.board import Board
from sentinel.service.leader import Leader
from sentinel.storage.journal import Entry
from sentinel.storage.rollups import Key
from sentinel.storage.storage import Storage
from sentinel.storage.view import Unit, View

EVERY = timedelta(minutes=1)
UNWATCHED_AFTER = 3 * EVERY
"""A longer pause than this nobody makes who runs."""

VERDICT = "verdict.changed"
_PAGE = 1000
_TOGETHER = 100  # channels in one unit: others want to write as well

T = TypeVar("T")
News: TypeAlias = Mapping[Key, Sequence[Change]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    """What one look brought home: all of it of the same moment."""

    marks: Mapping[Key, Mark]
    news: News
    head: int
    at: datetime


class Rollups:
    """Adds to the figures of each hour what has passed of it."""

    def __init__(self, storage: Storage, board: Board, leader: Leader) -> None:
        self._storage = storage
        self._board = board
        self._leader = leader

    async def roll(self) -> None:
        """Account for the time since the last round, if this node leads."""
        if not self._leader.leads:
            return
        now = self._board.now()
        async with self._storage.read() as view:
            marks = await view.marks()
            head = await view.journal_head()
            news = await _news(view, min((mark.number for mark in marks.values()), default=head))
        seen = _Round(marks=marks, news=news, head=head, at=now)
        watched = [channel.name for channel in self._board.watched()]
        for channels in _slices(watched, _TOGETHER):
            async with self._storage.write() as unit:
                if not await self._leader.confirm(unit):
                    return
                await self._account(unit, channels, seen)
        gone = {channel for channel, _ in marks} - set(watched)
        if gone:
            async with self._storage.write() as unit:
                await unit.drop_marks(gone)

    async def _account(self, unit: Unit, channels: Sequence[str], seen: _Round) -> None:
        """Account for some channels, unless somebody else did since we looked."""
        standing = await unit.marks(channels)
        hours: dict[tuple[str, Ability, datetime], Figures] = {}
        marks: dict[Key, Mark] = {}
        for channel in channels:
            for ability in self._board.abilities(channel):
                key = (channel, ability)
                mark = standing.get(key)
                if mark != seen.marks.get(key):
                    continue
                if mark is None:
                    marks[key] = self._begin(channel, ability, seen)
                    continue
                told = [change for change in seen.news.get(key, ()) if change.number > mark.number]
                after, added = account(mark, told, seen.at, unwatched_after=UNWATCHED_AFTER)
                marks[key] = replace(after, number=seen.head)
                hours |= {(channel, ability, hour): some for hour, some in added.items()}
        await unit.add_figures(hours)
        await unit.save_marks(marks)

    def _begin(self, channel: str, ability: Ability, seen: _Round) -> Mark:
        verdict = self._board.health(channel).verdicts.get(ability)
        state = verdict.state if verdict is not None else State.UNKNOWN
        return Mark(state=state, until=whole(seen.at), number=seen.head)


async def _news(view: View, after: int) -> News:
    """Return what was told of each ability since, in order."""
    found: dict[Key, list[Change]] = {}
    while entries := await view.entries(after=after, limit=_PAGE, kinds=(VERDICT,)):
        for entry in entries:
            if (change := _change(entry)) is not None:
                found.setdefault((entry.subject, change[0]), []).append(change[1])
        after = entries[-1].number
    return found


def _change(entry: Entry) -> tuple[Ability, Change] | None:
    if entry.payload is None:
        return None  # so old that retention emptied it
    ability, state = Ability(entry.payload["ability"]), State(entry.payload["to"])
    return ability, Change(at=entry.at, state=state, number=entry.number)


def _slices(items: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
