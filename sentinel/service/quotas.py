"""Judges what is left of every channel's posts; asks the storage only where something changed."""

from __future__ import annotations

from datetime import datetime, timedelta

from sentinel.domain.cause import Ability
from sentinel.domain.health import track_of
from sentinel.domain.observation import OUR_BOOKS, Observation
from sentinel.domain.quota import Room, judge_quota
from sentinel.domain.rules import Channel
from sentinel.service.board import Board
from sentinel.service.ledger import Ledger
from sentinel.service.rooms import documented, look_back, room_of
from sentinel.service.verdicts import Verdicts
from sentinel.storage.storage import Storage
from sentinel.storage.view import View

QUOTA = "quota"
POSTS = "posts"
AT_LATEST = timedelta(minutes=1)  # another node may have posted


class Quotas:
    """Knows when each channel's quota has to be judged again."""

    def __init__(
        self, storage: Storage, board: Board, ledger: Ledger, verdicts: Verdicts, node: str
    ) -> None:
        self._storage = storage
        self._board = board
        self._ledger = ledger
        self._verdicts = verdicts
        self._node = node
        self._due: dict[str, datetime] = {}  # channel -> judge again at the latest then

    def posted(self, channel: str) -> None:
        """Take notice of a post: there is less left now."""
        self._due.pop(channel, None)

    def forget(self) -> None:
        """Judge every channel anew: the wall clock was set."""
        self._due.clear()

    async def judge(self) -> None:
        """Judge every channel whose windows changed, that posted, or whose time has come."""
        changed, at = await self._ledger.keep(self._storage), self._board.now()
        due = [
            channel
            for channel in self._board.watched()
            if channel.account in changed
            or (self._due.get(channel.name, at) <= at and self._limited(channel))
        ]
        if not due:
            return
        async with self._storage.read() as view:
            rooms = [(channel, await self._room(view, channel, at)) for channel in due]
        observations = [
            seen for channel, left in rooms if (seen := self._seen(channel, left, at)) is not None
        ]
        await self._verdicts.judge(observations)

    def _limited(self, channel: Channel) -> bool:
        return bool(
            POSTS in channel.quota
            or documented(self._board, channel, POSTS)
            or self._ledger.readings(channel.account)
        )

    async def _room(self, view: View, channel: Channel, at: datetime) -> Room | None:
        since = at - look_back(self._board, channel, POSTS)
        posts = await view.posted_times(channel.account, since)
        return room_of(self._board, self._ledger, channel, name=POSTS, posts=posts, at=at)

    def _seen(self, channel: Channel, left: Room | None, at: datetime) -> Observation | None:
        """Return what there is to judge, unless it was judged so already."""
        later = at + AT_LATEST
        resets = left.resets_at if left is not None else None
        self._due[channel.name] = min(resets, later) if resets and resets > at else later
        if left is None:
            return None
        finding = judge_quota(left, at)
        track = track_of(self._board.health(channel.name), Ability.PUBLISH, QUOTA, OUR_BOOKS)
        before = track.cause if track is not None else None
        if before is finding.cause:
            return None
        return Observation(
            channel=channel.name, probe=QUOTA, finding=finding, at=at, vantage=OUR_BOOKS
        )
