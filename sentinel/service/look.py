"""Runs one probe on one channel, and says what came of it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from probes import Aim, Probe
from sentinel.domain.cause import Cause
from sentinel.domain.delivery import Delivery
from sentinel.domain.edge_page import with_edge
from sentinel.domain.observation import Finding, Report
from sentinel.domain.rules import Channel, Probing
from sentinel.domain.verification import on_its_way, open_yet, settles_at
from sentinel.errors import SecretError
from sentinel.platforms import Published
from sentinel.service.accounts import Accounts
from sentinel.service.board import Board
from sentinel.service.tally import Tally
from sentinel.storage.storage import Storage
from sentinel.transport.driver import Transport
from sentinel.transport.toolbox import Toolbox

log = structlog.get_logger()

KEPT = 500
"""Looks at the posts of an account that are remembered, to count them against a limit."""

FEW = 20
"""Other looks that are: nobody counts them, and there are many of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One run of a probe."""

    channel: str
    probe: str
    report: Report
    duration_ms: float
    about: str | None = None  # the delivery that was looked for, if any
    look_again_at: datetime | None = None  # from then on a new post that did not show has to


@dataclass(frozen=True, slots=True)
class Looks:
    """Everything that a look needs; judges nothing."""

    storage: Storage
    board: Board
    probes: Mapping[str, Probe]
    transport: Transport
    accounts: Accounts
    tally: Tally
    _made: dict[tuple[str, str], deque[datetime]] = field(default_factory=dict)

    def intervals(self, channel: Channel) -> Mapping[str, timedelta]:
        """Return the probes that are on for a channel, and how often each runs."""
        facts = self.board.platform(channel.name).facts
        found = {}
        for name, probe in self.probes.items():
            setting = channel.probes.get(name)
            if setting is not None and not setting.on:
                continue
            own = setting.every if setting is not None else None
            by_cost = facts.probe_every.get(name) or probe.every
            found[name] = own or by_cost or self.pace(channel.probing)
        return found

    def pace(self, probing: Probing) -> timedelta:
        """Return how often what costs nothing is looked at: in a crisis more often."""
        if not self.board.crisis:
            return probing.every
        return min(probing.every, probing.every_in_crisis)

    def off(self, channel: Channel, probe: str) -> bool:
        """Return whether a probe of this name exists and is switched off for the channel."""
        return probe in self.probes and probe not in self.intervals(channel)

    def made_on(self, account: str, probe: str) -> Sequence[datetime]:
        """Return when this process lately ran a probe on an account, oldest first."""
        return tuple(self._made.get((account, probe), ()))

    async def run(
        self, channel: Channel, name: str, about: Delivery | None = None
    ) -> Checked | None:
        """Run a probe once; None if it does not apply to the channel, or crashed.

        Where it looks at a post, that is `about`, or the account's latest.

        Raises:
            SecretError: A credential is missing, so nothing was tried.
        """
        probe, now = self.probes[name], self.board.now()
        kept = KEPT if probe.of_posts else FEW
        made = self._made.setdefault((channel.account, name), deque(maxlen=kept))
        made.append(now)  # before anything is waited for: whoever asks meanwhile counts it
        post = about or await self._latest(channel, probe)
        aim = await self._aim(channel, post)
        if not probe.applies(aim):
            made.remove(now)
            return None
        tools = Toolbox(
            transport=self.transport,
            platform=aim.platform,
            timeout=channel.probing.timeout,
            now=self.board.now,
        )
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            report = await probe.run(aim, tools)
        except SecretError:
            raise
        except Exception:
            # A broken probe is our fault, not the platform's: shout, but do not vote.
            log.exception("probe.crashed", channel=channel.name, probe=name)
            self.tally.checked(channel.name, name, "crashed", loop.time() - began)
            return None
        report, look_again_at = settled(with_edge(report, tools.edge), post, self.board.now())
        took = loop.time() - began
        bad = any(finding.cause is not None for finding in report.findings)
        self.tally.checked(channel.name, name, "bad" if bad else "good", took)
        return Checked(
            channel=channel.name,
            probe=name,
            report=report,
            duration_ms=took * 1000,
            about=aim.last.delivery if aim.last else None,
            look_again_at=look_again_at,
        )

    async def _latest(self, channel: Channel, probe: Probe) -> Delivery | None:
        if not probe.of_posts:
            return None
        async with self.storage.read() as view:
            return await view.last_published(channel.account)

    async def _aim(self, channel: Channel, last: Delivery | None) -> Aim:
        account, published = await self.accounts.account(channel.name), None
        if last is not None and last.receipt is not None:
            published = Published(
                receipt=last.receipt,
                rendered=last.rendered,
                delivery=last.id,
                posted_at=last.posted_at,
                memory=last.memory,
            )
        return Aim(
            platform=self.board.platform(channel.name),
            account=account,
            last=published,
            abilities=self.board.abilities(channel.name),
        )


def settled(report: Report, post: Delivery | None, at: datetime) -> tuple[Report, datetime | None]:
    """Return a report in which a new post's not showing yet is no finding, and until when it is so.

    Whatever platform it is on: neither the post nor its channel is judged by it.
    """
    waits = [each for each in report.findings if post is not None and on_its_way(post, each, at)]
    if post is None or not waits:
        return report, None
    told = tuple(open_yet(each) if each in waits else each for each in report.findings)
    return replace(report, findings=told), settles_at(post)


def slowed(finding: Finding, duration_ms: float, above: timedelta) -> Finding:
    """Return a good finding as `slow` if it took longer than `above`."""
    if finding.cause is not None or duration_ms <= above.total_seconds() * 1000:
        return finding
    return replace(finding, cause=Cause.SLOW, evidence=f"took {duration_ms / 1000:.1f} s")
