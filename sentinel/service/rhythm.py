"""When each probe looks at each channel: one jittered job for both, at the posture's pace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

from sentinel.domain.track import REACHABILITY, may_be_over
from sentinel.service.board import Board
from sentinel.service.look import Looks
from sentinel.service.schedule import Schedule
from sentinel.service.uplinks import Uplinks
from sentinel.storage.storage import Storage

COSTLY = timedelta(minutes=2)  # probes with longer intervals keep their last run over a restart
SPREAD = timedelta(milliseconds=10)  # between first checks: a thousand must not leave at once


class Rhythm:
    """Plans the checks of every channel that is not switched off, and of every line."""

    def __init__(
        self,
        *,
        storage: Storage,
        board: Board,
        looks: Looks,
        uplinks: Uplinks,
        schedule: Schedule,
        check: Callable[[str, str], Awaitable[object]],
    ) -> None:
        self._storage = storage
        self._board = board
        self._looks = looks
        self._uplinks = uplinks
        self._schedule = schedule
        self._check = check
        self._in_crisis = False  # at which pace the checks are planned
        self._paces: dict[str, timedelta] = {}  # of the checks that are planned
        schedule.began = self._began

    async def start(self) -> None:
        """Plan every check anew at the posture's pace; costly ones keep the rhythm of before.

        Raises:
            StorageError: It cannot be read when the last checks were; nothing is planned.
        """
        self._paces.clear()
        await self._plan()

    async def tick(self) -> None:
        """Plan the checks whose pace is new, if the posture turned; the others go on as they are.

        Raises:
            StorageError: As for `start`; the next tick tries again.
        """
        if self._in_crisis != self._board.crisis:
            await self._plan()

    async def _plan(self) -> None:
        async with self._storage.read() as view:
            last = await view.last_checks()
        self._in_crisis = self._board.crisis  # not before: a read that fails plans nothing
        now, wanted = self._board.now(), set()
        for channel in self._board.watched():
            for probe, every in self._looks.intervals(channel).items():
                job = f"check {channel.name} {probe}"
                wanted.add(job)
                if self._paces.get(job) == every:
                    continue
                self._paces[job] = every
                keeps = every >= COSTLY and not self._may_be_over(channel.name, probe)
                before = last.get((channel.name, probe)) if keeps else None
                soonest = now if probe == REACHABILITY else now + min(every, len(wanted) * SPREAD)
                first = max(soonest, before + every) if before else soonest
                self._schedule.every(
                    job,
                    every,
                    partial(self._check, channel.name, probe),
                    first=first,
                    scatter=every < COSTLY,
                )
        for uplink in self._board.rules.uplinks:
            job = f"uplink {uplink}"
            wanted.add(job)
            every = self._looks.pace(self._board.rules.probing)
            self._schedule.every(job, every, partial(self._uplinks.lost, uplink), first=now)
        for job in self._schedule.names() - wanted:
            if job.startswith(("check ", "uplink ")):
                self._schedule.drop(job)

    def _may_be_over(self, channel: str, probe: str) -> bool:
        tracks = self._board.health(channel).tracks.values()
        return any(track.probe == probe and may_be_over(track) for track in tracks)

    def _began(self, job: str, planned: datetime) -> None:
        if job.startswith(("check ", "soon ")):
            late = self._board.now() - planned
            self._looks.tally.began(job.rpartition(" ")[2], max(late.total_seconds(), 0.0))
