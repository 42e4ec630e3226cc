"""Watches every channel: what its checks see is judged, and looked at again where it is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

from sentinel.domain.cause import CREDENTIAL, Ability, Cause, State
from sentinel.domain.family import siblings
from sentinel.domain.health import DELIVERY, configured, forget, misconfigured
from sentinel.domain.observation import Finding
from sentinel.domain.rules import Channel
from sentinel.domain.track import REACHABILITY, again_after
from sentinel.errors import SecretError, StorageError
from sentinel.service.board import Board
from sentinel.service.certificates import Certificates
from sentinel.service.edges import Edges
from sentinel.service.ledger import Ledger
from sentinel.service.look import Checked, Looks
from sentinel.service.noting import note
from sentinel.service.quotas import Quotas
from sentinel.service.rhythm import Rhythm
from sentinel.service.schedule import Schedule
from sentinel.service.sighting import Sightings
from sentinel.service.tally import Tally
from sentinel.service.uplinks import Uplinks
from sentinel.service.verdicts import Verdicts
from sentinel.service.verify import verify
from sentinel.service.witness import Witness
from sentinel.storage.storage import Storage

CREDENTIALS = "credentials"
AT_ONCE = timedelta(milliseconds=50)


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
        witness: Witness,
        edges: Edges,
        certificates: Certificates,
    ) -> None:
        self._storage = storage
        self._board = board
        self.looks = looks
        self._verdicts = verdicts
        self._uplinks = uplinks
        self._ledger = ledger
        self._quotas = Quotas(storage, board, ledger, verdicts, witness.node)
        self._certificates = certificates
        self._schedule = schedule
        self.sightings = Sightings(storage, board, looks, ledger, schedule)
        self._witness = witness
        self._edges = edges
        self._rhythm = Rhythm(
            storage=storage,
            board=board,
            looks=looks,
            uplinks=uplinks,
            schedule=schedule,
            check=self.check,
        )
        uplinks.turned = self._line_turned

    @property
    def tally(self) -> Tally:
        """What was counted."""
        return self.looks.tally

    async def load(self) -> None:
        """Take up what was known before a restart."""
        await self._verdicts.load()
        await self._uplinks.load()
        await self._ledger.load(self._storage)

    async def adopt(self, before: Mapping[str, Channel]) -> None:
        """Go on with new rules, `before` being the channels of the old ones."""
        await self._verdicts.adopt(before)
        await self._uplinks.adopt()
        for channel in self._board.watched():
            health = self._board.health(channel.name)
            for probe in {track.probe for track in health.tracks.values()}:
                if self.looks.off(channel, probe):
                    health = forget(health, probe, self._board.now())
            await self._verdicts.put(channel.name, health)
        await self.start()

    async def start(self) -> None:
        """Plan every check anew at the posture's pace; costly ones keep the rhythm of before."""
        await self._rhythm.start()

    async def check(self, channel: str, probe: str) -> Checked | None:
        """Run one probe on one channel and judge; None if it does not apply."""
        if (checked := await self._run(channel, probe)) is not None:
            await self._judge(checked)
        return checked

    async def check_now(self, channels: Sequence[str]) -> list[Checked]:
        """Run every probe of some channels once and judge at once: a person is waiting.

        One failed check counts as `fall` of them, one good one as `rise`.

        Raises:
            StorageError: Not all of it could be kept.
        """
        results: list[Checked] = []
        refused: list[StorageError] = []  # not as a group, which no caller looks for

        async def one(channel: str, probe: str) -> None:
            try:
                if (checked := await self._run(channel, probe)) is not None:
                    await self._judge(checked, at_once=True)
                    results.append(checked)
            except StorageError as error:
                refused.append(error)

        async with asyncio.TaskGroup() as group:
            for name in channels:
                for probe in self.looks.intervals(self._board.rules.channels[name]):
                    group.create_task(one(name, probe))
        for error in refused:
            raise error
        return sorted(results, key=lambda checked: (checked.channel, checked.probe))

    async def heard(self, channel: str, finding: Finding, node: str | None = None) -> None:
        """Take the outcome of a real post, of another node's if it is named: an observation too."""
        if channel not in self._board.rules.channels:
            return  # new rules came meanwhile
        self._quotas.posted(channel)
        seen = await self._witness.blamed(channel, finding, self._board.now())
        observed = replace(
            self._witness.observation(channel, DELIVERY, seen), vantage=node or self._witness.node
        )
        await self._verdicts.judge([observed])
        if finding.cause is None:
            self.sightings.posted(channel, self.check)
            return
        for probe in (REACHABILITY, CREDENTIALS if finding.cause in CREDENTIAL else "write_path"):
            self.soon(channel, probe, AT_ONCE)

    def forget(self) -> None:
        """Ask and judge anew what was left for later: the wall clock was set."""
        self._uplinks.forget()
        self._quotas.forget()
        self.sightings.forget()

    async def tick(self) -> None:
        """Let time pass; judge the quotas that changed, and the edges in front of channels."""
        await self._rhythm.tick()
        await self._verdicts.tick()
        await self._quotas.judge()
        await self._edges.look()

    async def _run(self, channel: str, probe: str) -> Checked | None:
        if (chosen := self._board.rules.channels.get(channel)) is None:
            return None
        try:
            checked = await self.looks.run(chosen, probe)
        except SecretError as missing:
            after = misconfigured(self._board.health(channel), missing.phrase.en, self._board.now())
            await self._verdicts.put(channel, after)
            return None
        health = self._board.health(channel)
        well = configured(health, self._board.now())
        if well != health:
            await self._verdicts.put(channel, well)
        return await self._quotas.fair(chosen, checked) if checked is not None else None

    async def _judge(self, checked: Checked, *, at_once: bool = False) -> None:
        channel = self._board.rules.channels.get(checked.channel)
        if channel is None:
            return  # new rules came meanwhile
        rule = replace(channel.probing, fall=1, rise=1) if at_once else channel.probing
        at = self._board.now()
        fresh = self._witness.fresh_until(channel, checked.probe, at)
        await note(self._storage, self._ledger, channel, checked, at=at, fresh_until=fresh)
        await self._certificates.keep(channel, checked.report.tls_days_left, at)
        observations = await self._witness.observed(channel, checked)
        refused = {o.finding.ability for o in observations if o.finding.cause in CREDENTIAL}
        if refused:
            await self.ask_family(checked.channel)
        if refused - {Ability.PUBLISH} and CREDENTIALS in self.looks.intervals(channel):
            # Reading alone condemns no credential: ask the check that does, before judging.
            await self._check_sibling(channel, asked_by=checked.channel)
        changed = await self._verdicts.judge(observations, rule)
        await verify(self._storage, checked, self._board.now())
        self._look_again(channel, checked, changed)

    async def _line_turned(self, uplink: str, lost: bool) -> None:  # noqa: FBT001 - a callback
        """Our own line went or came back: everything on it is in doubt, or looked at again."""
        on_it = [c for c in self._board.watched() if c.uplink == uplink]
        if not lost:
            for channel in on_it:
                self.soon(channel.name, REACHABILITY)
            return
        await self._verdicts.judge(
            [
                self._witness.observation(
                    channel.name,
                    REACHABILITY,
                    Finding(ability=ability, cause=Cause.UPLINK_LOST, proves=False),
                )
                for channel in on_it
                for ability in self._witness.in_doubt(channel.name)
            ]
        )

    async def ask_family(self, channel: str) -> None:
        """A credential error may be the operator's fault: look at the siblings before judging."""
        related = siblings(channel, self._board.rules.channels)
        async with asyncio.TaskGroup() as group:
            for sibling in self._board.watched():
                if sibling.name in related and CREDENTIALS in self.looks.intervals(sibling):
                    group.create_task(self._check_sibling(sibling, asked_by=channel))

    async def _check_sibling(self, sibling: Channel, *, asked_by: str) -> None:
        with suppress(StorageError):  # others say so; what is not written comes with the next tick
            if (checked := await self._run(sibling.name, CREDENTIALS)) is not None:
                seen = await self._witness.observed(sibling, checked)
                await self._verdicts.judge(seen, suspects=frozenset({asked_by}))

    def _look_again(self, channel: Channel, checked: Checked, changed: frozenset[str]) -> None:
        """Look again soon where that is due; when a channel fell, look at its siblings."""
        if checked.look_again_at is not None:
            left = max(checked.look_again_at - self._board.now(), AT_ONCE)
            self.sightings.check_soon(channel.name, checked.probe, left, self.check)
        every = self._witness.every(channel, checked.probe)
        for finding in checked.report.findings:
            track = self._witness.track(checked.channel, finding.ability, checked.probe)
            pause = again_after(track, channel.probing, every) if track is not None else None
            if pause is not None:
                self.soon(checked.channel, checked.probe, pause)
        for name in changed:
            verdicts = self._board.health(name).verdicts.values()
            if any(verdict.state is State.DOWN for verdict in verdicts):
                for sibling in siblings(name, self._board.rules.channels):
                    self.soon(sibling, REACHABILITY)

    def soon(self, channel: str, probe: str, after: timedelta = AT_ONCE) -> None:
        """Run a probe on a channel out of turn, if it is on there."""
        chosen = self._board.rules.channels.get(channel)
        if chosen is not None and probe in self.looks.intervals(chosen):
            self._schedule.once(
                f"soon {channel} {probe}", after, partial(self.check, channel, probe)
            )
