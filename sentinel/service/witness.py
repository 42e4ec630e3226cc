"""What this node itself sees: findings become observations, and our own line is asked first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from sentinel.domain.cause import NETWORK, Ability, Cause
from sentinel.domain.health import ChannelHealth, blank, observe, track_of
from sentinel.domain.observation import Finding, Observation
from sentinel.domain.rules import Channel
from sentinel.domain.track import Track
from sentinel.service.board import Board
from sentinel.service.leader import Leader
from sentinel.service.look import Checked, Looks, slowed
from sentinel.service.uplinks import Uplinks

STALE_AFTER = 3  # intervals without a fresh observation


class Witness:
    """Says what this node saw, and how often in a row.

    Verdicts come from the leader. A node that does not lead must all the same
    look again soon after a failure of its own, so it counts for itself.
    """

    def __init__(
        self, board: Board, looks: Looks, uplinks: Uplinks, leader: Leader, node: str
    ) -> None:
        self._board = board
        self._looks = looks
        self._uplinks = uplinks
        self._leader = leader
        self.node = node
        self._own: dict[str, ChannelHealth] = {}  # by channel; empty while we lead

    async def observed(self, channel: Channel, checked: Checked) -> list[Observation]:
        """Return what a check saw, as observations of this node."""
        now = self._board.now()
        fresh = self.fresh_until(channel, checked.probe, now)
        took, seen = checked.duration_ms, []
        for found in checked.report.findings:
            finding = slowed(found, took, channel.probing.slow_above)
            finding = await self.blamed(channel.name, finding, now)
            seen.append(self.observation(channel.name, checked.probe, finding, took, fresh))
        self._count(channel, seen, now)
        return seen

    def observation(
        self,
        channel: str,
        probe: str,
        finding: Finding,
        duration_ms: float = 0.0,
        fresh_until: datetime | None = None,
    ) -> Observation:
        """Return a finding with who saw it, where and when."""
        return Observation(
            channel=channel,
            probe=probe,
            finding=finding,
            at=self._board.now(),
            vantage=self.node,
            duration_ms=duration_ms,
            fresh_until=fresh_until,
        )

    async def blamed(self, channel: str, finding: Finding, at: datetime) -> Finding:
        """Before a network-level failure counts, ask whether it is our own line."""
        chosen = self._board.rules.channels.get(channel)
        uplink = chosen.uplink if chosen is not None else None
        if finding.cause not in NETWORK or uplink is None:
            return finding
        if await self._uplinks.lost(uplink, at):
            return replace(finding, cause=Cause.UPLINK_LOST, until=None)
        return finding

    def every(self, channel: Channel, probe: str) -> timedelta:
        """Return how often a probe looks at a channel."""
        return self._looks.intervals(channel).get(probe, channel.probing.every)

    def fresh_until(self, channel: Channel, probe: str, at: datetime) -> datetime:
        """Return until when what a probe saw at `at` holds good."""
        return at + STALE_AFTER * self.every(channel, probe)

    def track(self, channel: str, ability: Ability, probe: str) -> Track | None:
        """Return how this node's own findings count by now."""
        health = self._own.get(channel) or self._board.health(channel)
        return track_of(health, ability, probe, self.node)

    def in_doubt(self, channel: str) -> Iterable[Ability]:
        """Return what the loss of our line puts in doubt; beside other nodes only what we look at.

        What nobody has ever looked at is no more in doubt because one node is blind.
        """
        every = self._board.abilities(channel)
        if self._leader.alone:
            return every
        health = self._own.get(channel) or self._board.health(channel)
        seen = {track.ability for track in health.tracks.values() if track.vantage == self.node}
        return every & seen

    def _count(self, channel: Channel, seen: list[Observation], at: datetime) -> None:
        if self._leader.leads:
            self._own.clear()
            return
        name = channel.name
        health = self._own.get(name) or blank(name, self._board.abilities(name), at)
        for one in seen:
            health = observe(health, one, channel.probing, family_calm=True, at=at)
        self._own[name] = health
