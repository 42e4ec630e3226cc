"""Judges what is left of every channel's posts; asks the storage only where something changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sentinel.domain.budget import keys_of, sharers
from sentinel.domain.cause import EFFECTS, Ability
from sentinel.domain.defence import is_too_many, whose
from sentinel.domain.health import track_of
from sentinel.domain.observation import OUR_BOOKS, Finding, Observation, Owner
from sentinel.domain.quota import judge_rooms
from sentinel.domain.rules import Channel, Mode
from sentinel.domain.shortage import Budget
from sentinel.domain.track import Track
from sentinel.service.board import Board
from sentinel.service.ledger import Ledger
from sentinel.service.look import Checked
from sentinel.service.rooms import blamed_on, budgets_of, limited, used
from sentinel.service.shortages import Shortages
from sentinel.service.verdicts import Verdicts
from sentinel.storage.storage import Storage

QUOTA = "quota"
AT_LATEST = timedelta(minutes=1)  # another node may have posted
_SPEAKS = frozenset({Mode.ACTIVE, Mode.STANDBY})


class Quotas:
    """Knows when each channel's quota has to be judged again, and whose doing a refusal is."""

    def __init__(
        self, storage: Storage, board: Board, ledger: Ledger, verdicts: Verdicts, node: str
    ) -> None:
        self._storage = storage
        self._board = board
        self._ledger = ledger
        self._verdicts = verdicts
        self._node = node
        self._shortages = Shortages(storage, board, verdicts)
        self._due: dict[str, datetime] = {}  # channel -> judge again at the latest then

    def posted(self, channel: str) -> None:
        """Take notice of a post: there is less left now, of the account and of its app."""
        if channel in self._board.rules.channels:
            for name in sharers(channel, self._board.rules.channels, Owner.APP):
                self._due.pop(name, None)

    def forget(self) -> None:
        """Judge every channel anew: the wall clock was set."""
        self._due.clear()

    async def fair(self, channel: Channel, checked: Checked) -> Checked:
        """Return a check with each "too many requests" as our own doing, or the platform's."""
        findings = checked.report.findings
        if not any(is_too_many(finding) for finding in findings):
            return checked
        judged = tuple([await self._whose(channel, finding) for finding in findings])
        return replace(checked, report=replace(checked.report, findings=judged))

    async def _whose(self, channel: Channel, finding: Finding) -> Finding:
        if not is_too_many(finding):
            return finding
        async with self._storage.read() as view:
            known = await blamed_on(view, self._board, self._ledger, channel, finding.ability)
        return whose(finding, known, self._board.now())

    async def judge(self) -> None:
        """Judge every channel whose windows changed, that posted, or whose time has come."""
        changed, at = await self._ledger.keep(self._storage), self._board.now()
        due = [
            channel
            for channel in self._board.watched()
            if not changed.isdisjoint(keys_of(channel))
            or (
                self._due.get(channel.name, at) <= at
                and limited(self._board, self._ledger, channel)
            )
        ]
        if not due:
            return
        for channel in due:  # if the storage refuses, the next tick judges them
            self._due.pop(channel.name, None)
        async with self._storage.read() as view:
            posts = await used(view, self._board, due, at)
        known = [
            (channel, budgets_of(self._board, self._ledger, channel, posts[channel.name], at))
            for channel in due
        ]
        observations = [
            seen for channel, left in known if (seen := self._seen(channel, left, at)) is not None
        ]
        await self._verdicts.judge(observations)
        await self._shortages.tell((c, left) for c, left in known if c.mode in _SPEAKS)

    def _seen(self, channel: Channel, left: Sequence[Budget], at: datetime) -> Observation | None:
        """Return what there is to judge, unless it was judged so already."""
        later = at + AT_LATEST
        rooms = [one.room for one in left]
        resets = [room.resets_at for room in rooms if room.resets_at and room.resets_at > at]
        self._due[channel.name] = min([later, *resets])
        finding = judge_rooms(rooms, at)
        if finding is None:
            return None
        track = track_of(self._board.health(channel.name), Ability.PUBLISH, QUOTA, OUR_BOOKS)
        before = track.cause if track is not None else None
        if before is finding.cause and not _longer(finding, track):
            return None
        return Observation(
            channel=channel.name, probe=QUOTA, finding=finding, at=at, vantage=OUR_BOOKS
        )


def _longer(finding: Finding, track: Track | None) -> bool:
    """Return whether it holds the channel down for longer than what was judged already."""
    if track is None or finding.cause is None or finding.until is None:
        return False
    lasts = EFFECTS[finding.cause].lasts_until_reset
    return lasts and (track.until is None or finding.until > track.until)
