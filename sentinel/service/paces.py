"""How many posts may be begun on each channel now, by the rate-limit ledger.

What is left is worked out anew once a second where posts are due. In between
our own posts are subtracted, and what the platform said meanwhile is heeded at
once. That can only be too careful: windows get room again by time alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sentinel.domain.pacing import WINDOWS, Pace, pace
from sentinel.domain.quota import Room, Source
from sentinel.domain.rules import Channel
from sentinel.service.board import Board
from sentinel.service.ledger import Ledger, Readings
from sentinel.service.rooms import documented, look_back, room_of
from sentinel.storage.view import View

GOOD_FOR = timedelta(seconds=1)


@dataclass(slots=True)
class _Known:
    rooms: tuple[Room, ...]
    at: datetime
    begun: int = 0  # posts that ended since


class Paces:
    """Knows how tight the windows of every account are."""

    def __init__(self, board: Board, ledger: Ledger) -> None:
        self._board = board
        self._ledger = ledger
        self._known: dict[str, _Known] = {}  # by account

    def posted(self, account: str) -> None:
        """Take notice that an attempt ended which may have used something up."""
        if account in self._known:
            self._known[account].begun += 1

    async def pace(self, view: View, name: str, under_way: Counter[str], lanes: int) -> Pace:
        """Return how many posts may be begun on a channel; `under_way` counts them by channel."""
        channel = self._board.rules.channels[name]
        busy = under_way[name]
        if not self._limited(channel):
            return pace([], under_way=busy, lanes=lanes)
        known = await self._rooms(view, channel)
        used = [_less(room, known.begun) for room in known.rooms]
        said = _said(self._ledger.readings(channel.account), channel, known.at)
        return pace([*used, *said], under_way=busy, lanes=lanes)

    def _limited(self, channel: Channel) -> bool:
        return bool(
            self._ledger.readings(channel.account)
            or any(name in channel.quota for name in WINDOWS)
            or any(documented(self._board, channel, name) for name in WINDOWS)
        )

    async def _rooms(self, view: View, channel: Channel) -> _Known:
        at, known = self._board.now(), self._known.get(channel.account)
        if known is not None and abs(at - known.at) < GOOD_FOR:
            return known
        since = at - max(look_back(self._board, channel, name) for name in WINDOWS)
        posts = await view.posted_times(channel.account, since)
        found = [
            room_of(self._board, self._ledger, channel, name=name, posts=posts, at=at)
            for name in WINDOWS
        ]
        known = _Known(tuple(room for room in found if room is not None), at)
        self._known[channel.account] = known
        return known


def _said(readings: Readings, channel: Channel, since: datetime) -> Iterator[Room]:
    """Yield what the platform itself said after `since`."""
    for window, read in readings.values():
        name = window.name.partition("/")[0]
        if read > since and name in WINDOWS and window.remaining is not None:
            rule = channel.quota.get(name)
            yield Room(
                limit=window.limit,
                remaining=window.remaining,
                reserve=rule.reserve if rule else 0,
                resets_at=window.resets_at,
                source=Source.HEADERS,
            )


def _less(room: Room, used: int) -> Room:
    """Return what is left after `used` more posts."""
    return replace(room, remaining=max(room.remaining - used, 0))
