"""Watches every channel: one jittered job per channel and probe, more looks where it is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from sentinel.domain.cause import CREDENTIAL, NETWORK, Ability, Cause, State
from sentinel.domain.family import siblings
from sentinel.domain.health import DELIVERY, configured, misconfigured
from sentinel.domain.observation import Finding, Observation
from sentinel.domain.quota import Reading, judge_quota, room
from sentinel.domain.rules import Channel, Probing, QuotaRule
from sentinel.errors import SecretError
from sentinel.service.board import Board
from sentinel.service.ledger import Ledger
from sentinel.service.look import Checked, Looks
from sentinel.service.schedule import Schedule
from sentinel.service.tally import Tally
from sentinel.service.uplinks import Uplinks
from sentinel.service.verdicts import Verdicts
from sentinel.service.verify import verify
from sentinel.storage.storage import Storage

REACHABILITY = "reachability"
QUOTA = "quota"
POSTS = "posts"
STALE_AFTER = 3  # intervals without a fresh observation
COSTLY = timedelta(minutes=2)  # probes with longer intervals keep their last run over a restart
AT_ONCE = timedelta(milliseconds=50)
LONGEST_WINDOW = timedelta(hours=24)


class Watcher:
    """Watches every channel that is not switched off."""

    def __init__(
        self,
        *,
        storage: Storage,
        board: Board,
        looks: Looks,
        verdicts: Verdicts,
        uplinks: Uplinks,
        ledger: Ledger,
        schedule: Schedule,
        node: str,
    ) -> None:
        self._storage = storage
        self._board = board
        self._looks = looks
        self._verdicts = verdicts
        self._uplinks = uplinks
        self._ledger = ledger
        self._schedule = schedule
        self._node = node
        uplinks.turned = self._line_turned

    @property
    def tally(self) -> Tally:
        """What was counted."""
        return self._looks.tally

    async def start(self) -> None:
        """Plan every check anew; costly ones keep the rhythm of before."""
        async with self._storage.read() as view:
            last = await view.last_checks()
        now, wanted = self._board.now(), set()
        for channel in self._board.watched():
            for probe, every in self._looks.intervals(channel).items():
                job = f"check {channel.name} {probe}"
                wanted.add(job)
                before = last.get((channel.name, probe)) if every >= COSTLY else None
                first = max(now, before + every) if before else now
                self._schedule.every(
                    job, every, partial(self.check, channel.name, probe), first=first
                )
        for uplink in self._board.rules.uplinks:
            job = f"uplink {uplink}"
            wanted.add(job)
            every = self._board.rules.probing.every
            self._schedule.every(job, every, partial(self._uplinks.lost, uplink), first=now)
        for job in self._schedule.names() - wanted:
            if job.startswith(("check ", "uplink ")):
                self._schedule.drop(job)

    async def check(self, channel: str, probe: str) -> Checked | None:
        """Run one probe on one channel and judge; None if it does not apply."""
        checked = await self._run(channel, probe)
        if checked is not None:
            await self._judge(checked, self._board.rules.channels[channel].probing)
        return checked

    async def check_now(self, channels: Sequence[str]) -> list[Checked]:
        """Run every probe of some channels once and judge at once: a person is waiting.

        One failed check counts as `fall` of them, one good one as `rise`.
        """
        results: list[Checked] = []

        async def one(channel: str, probe: str) -> None:
            checked = await self._run(channel, probe)
            if checked is not None:
                rule = self._board.rules.channels[channel].probing
                await self._judge(checked, replace(rule, fall=1, rise=1))
                results.append(checked)

        async with asyncio.TaskGroup() as group:
            for name in channels:
                for probe in self._looks.intervals(self._board.rules.channels[name]):
                    group.create_task(one(name, probe))
        return sorted(results, key=lambda checked: (checked.channel, checked.probe))

    async def heard(self, channel: str, finding: Finding) -> None:
        """Take the outcome of a real post: it is an observation too."""
        seen = await self._blame(channel, finding)
        await self._verdicts.judge([self._observation(channel, DELIVERY, seen)])
        again = ("read_back", "visibility")
        if finding.cause is not None:
            again = (REACHABILITY, "write_path")
        if finding.cause in CREDENTIAL:
            again = (REACHABILITY, "credentials")
        for probe in again:
            self._soon(channel, probe)

    async def tick(self) -> None:
        """Let time pass, and judge the quotas that changed."""
        await self._verdicts.tick()
        changed = await self._ledger.keep(self._storage)
        for channel in self._board.watched():
            if channel.account in changed or POSTS in channel.quota:
                await self._judge_quota(channel)

    async def _run(self, channel: str, probe: str) -> Checked | None:
        chosen = self._board.rules.channels.get(channel)
        if chosen is None:
            return None
        health = self._board.health(channel)
        try:
            checked = await self._looks.run(chosen, probe)
        except SecretError as missing:
            after = misconfigured(health, missing.phrase.en, self._board.now())
            await self._verdicts.put(channel, after)
            return None
        health = self._board.health(channel)
        well = configured(health, self._board.now())
        if well != health:
            await self._verdicts.put(channel, well)
        return checked

    async def _judge(self, checked: Checked, rule: Probing) -> None:
        channel = self._board.rules.channels.get(checked.channel)
        if channel is None:
            return
        await self._note(channel, checked)
        every = self._looks.intervals(channel).get(checked.probe, rule.every)
        fresh = self._board.now() + STALE_AFTER * every
        slow = checked.duration_ms > rule.slow_above.total_seconds() * 1000
        observations = []
        for found in checked.report.findings:
            finding = _slow(found, checked.duration_ms) if slow else found
            finding = await self._blame(checked.channel, finding)
            observations.append(
                self._observation(
                    checked.channel, checked.probe, finding, checked.duration_ms, fresh
                )
            )
        if any(seen.finding.cause in CREDENTIAL for seen in observations):
            await self._ask_family(checked.channel)
        changed = await self._verdicts.judge(observations, rule)
        await verify(self._storage, channel.account, checked, self._board.now())
        self._look_again(checked, changed)

    async def _note(self, channel: Channel, checked: Checked) -> None:
        if checked.report.windows:
            self._ledger.take(channel.account, checked.report.windows)
        if checked.report.expires_at is not None:
            async with self._storage.write() as unit:
                await unit.save_credential_expiry(channel.account, checked.report.expires_at)

    def _observation(
        self,
        channel: str,
        probe: str,
        finding: Finding,
        duration_ms: float = 0.0,
        fresh_until: datetime | None = None,
    ) -> Observation:
        return Observation(
            channel=channel,
            probe=probe,
            finding=finding,
            at=self._board.now(),
            vantage=self._node,
            duration_ms=duration_ms,
            fresh_until=fresh_until,
        )

    async def _blame(self, channel: str, finding: Finding) -> Finding:
        """Before a network-level failure counts, ask whether it is our own line."""
        uplink = self._board.rules.channels[channel].uplink
        if finding.cause in NETWORK and uplink is not None and await self._uplinks.lost(uplink):
            return replace(finding, cause=Cause.UPLINK_LOST, until=None)
        return finding

    async def _line_turned(self, uplink: str, lost: bool) -> None:  # noqa: FBT001 - a callback
        """Our own line went or came back: everything on it is in doubt, or looked at again."""
        on_it = [c for c in self._board.watched() if c.uplink == uplink]
        if not lost:
            for channel in on_it:
                self._soon(channel.name, REACHABILITY)
            return
        await self._verdicts.judge(
            [
                self._observation(
                    channel.name,
                    REACHABILITY,
                    Finding(ability=ability, cause=Cause.UPLINK_LOST, proves=False),
                )
                for channel in on_it
                for ability in self._board.abilities(channel.name)
            ]
        )

    async def _ask_family(self, channel: str) -> None:
        """A credential error may be the operator's fault: look at the siblings before judging."""
        async with asyncio.TaskGroup() as group:
            for sibling in siblings(channel, self._board.rules.channels):
                group.create_task(self._check_sibling(sibling, asked_by=channel))

    async def _check_sibling(self, name: str, *, asked_by: str) -> None:
        checked = await self._run(name, "credentials")
        if checked is None:
            return
        every = self._looks.intervals(self._board.rules.channels[name]).get("credentials")
        fresh = self._board.now() + STALE_AFTER * every if every else None
        seen = [
            self._observation(name, "credentials", finding, checked.duration_ms, fresh)
            for finding in checked.report.findings
        ]
        await self._verdicts.judge(seen, suspects=frozenset({asked_by}))

    def _look_again(self, checked: Checked, changed: frozenset[str]) -> None:
        """After a first failure look again soon; when a channel fell, look at its siblings."""
        rule = self._board.rules.channels[checked.channel].probing
        health = self._board.health(checked.channel)
        for finding in checked.report.findings:
            strand = health.strands.get(f"{finding.ability}/{checked.probe}")
            if strand is not None and (0 < strand.bad < rule.fall or 0 < strand.good < rule.rise):
                self._soon(checked.channel, checked.probe, rule.recheck_after)
        for name in changed:
            verdicts = self._board.health(name).verdicts.values()
            if any(verdict.state is State.DOWN for verdict in verdicts):
                for sibling in siblings(name, self._board.rules.channels):
                    self._soon(sibling, REACHABILITY)

    def _soon(self, channel: str, probe: str, after: timedelta = AT_ONCE) -> None:
        chosen = self._board.rules.channels.get(channel)
        if chosen is not None and probe in self._looks.intervals(chosen):
            self._schedule.once(
                f"soon {channel} {probe}", after, partial(self.check, channel, probe)
            )

    async def _judge_quota(self, channel: Channel) -> None:
        """Judge the posts that are left, by headers, rules and documentation."""
        at = self._board.now()
        readings = self._ledger.readings(channel.account).values()
        async with self._storage.read() as view:
            posts = await view.posted_times(channel.account, at - LONGEST_WINDOW)
        left = room(
            POSTS,
            readings=[Reading(window=window, at=read) for window, read in readings],
            posts=posts,
            rule=channel.quota.get(POSTS),
            documented=[
                QuotaRule(limit=quota.limit, per=quota.per)
                for quota in self._board.platform(channel.name).facts.quotas
                if quota.name == POSTS
            ],
            at=at,
        )
        if left is None:
            return
        finding = judge_quota(left, at)
        strand = self._board.health(channel.name).strands.get(f"{Ability.PUBLISH}/{QUOTA}")
        if finding.cause is None and (strand is None or strand.cause is None):
            return
        if strand is not None and strand.cause is finding.cause:
            return
        await self._verdicts.judge([self._observation(channel.name, QUOTA, finding)])


def _slow(finding: Finding, duration_ms: float) -> Finding:
    if finding.cause is not None:
        return finding
    return replace(finding, cause=Cause.SLOW, evidence=f"took {duration_ms / 1000:.1f} s")
