"""How many posts may be begun on each channel now, by the rate-limit ledger.

What is left is worked out anew once a second where posts are due. In between
our own posts are subtracted, and what the platform said meanwhile is heeded at
once. That can only be too careful: windows get room again by time alone, and a
post through an app that several accounts share is taken off each of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sentinel.domain.budget import sharers
from sentinel.domain.observation import Owner
from sentinel.domain.pacing import WINDOWS, Pace, pace
from sentinel.domain.quota import Room, Uses, rooms
from sentinel.domain.rules import Channel
from sentinel.service.board import Board
from sentinel.service.ledger import Ledger
from sentinel.service.rooms import limited, rooms_of, used
from sentinel.storage.view import View

GOOD_FOR = timedelta(seconds=1)


@dataclass(slots=True)
class _Known:
    rooms: tuple[Room, ...]
    at: datetime
    accounts: frozenset[str]  # whose posts use it up
    begun: int = 0  # posts that ended since


class Paces:
    """Knows how tight the windows of every account are."""

    def __init__(self, board: Board, ledger: Ledger) -> None:
        self._board = board
        self._ledger = ledger
        self._known: dict[str, _Known] = {}  # by account

    def posted(self, account: str) -> None:
        """Take notice that an attempt ended which may have used something up."""
        for known in self._known.values():
            if account in known.accounts:
                known.begun += 1

    async def pace(self, view: View, name: str, under_way: Counter[str], lanes: int) -> Pace:
        """Return how many posts may be begun on a channel; `under_way` counts them by channel."""
        channel = self._board.rules.channels[name]
        busy = under_way[name]
        if not limited(self._board, self._ledger, channel):
            return pace([], under_way=busy, lanes=lanes)
        fellows = sharers(name, self._board.rules.channels, Owner.APP)
        beside = sum(under_way[fellow] for fellow in fellows) - busy
        known = await self._rooms(view, channel, fellows)
        left = [_less(room, known.begun) for room in known.rooms]
        left += self._said(channel, known.at)
        shared = [_less(room, beside) if room.scope is Owner.APP else room for room in left]
        return pace(shared, under_way=busy, lanes=lanes)

    async def _rooms(self, view: View, channel: Channel, fellows: tuple[str, ...]) -> _Known:
        at, known = self._board.now(), self._known.get(channel.account)
        if known is not None and abs(at - known.at) < GOOD_FOR:
            return known
        posts = (await used(view, self._board, [channel], at))[channel.name]
        accounts = frozenset(self._board.rules.channels[name].account for name in fellows)
        found = rooms_of(self._board, self._ledger, channel, posts, at)
        known = _Known(found, at, accounts)
        self._known[channel.account] = known
        return known

    def _said(self, channel: Channel, since: datetime) -> Iterator[Room]:
        """Yield what the platform itself said after `since`."""
        fresh = [one for one in self._ledger.readings(channel) if one.at > since]
        for name in WINDOWS:
            rule = channel.quota.get(name)
            yield from rooms(
                name,
                readings=fresh,
                posts=Uses(),
                rule=replace(rule, limit=None) if rule is not None else None,
                at=self._board.now(),
            )


def _less(room: Room, used: int) -> Room:
    """Return what is left after `used` more posts."""
    return replace(room, remaining=max(room.remaining - used * room.cost, 0))
