"""When things run. The one file that knows APScheduler (3.11 ships no types)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

import structlog
from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
    EVENT_JOB_SUBMITTED,
    JobSubmissionEvent,
)
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

log = structlog.get_logger()

JITTER = 0.05  # of the interval, earlier or later: a hundred checks must not leave together

GRACE_S = 2.0
"""How long runs under way may go on when the end has come."""

Run = Callable[[], Awaitable[object]]

Began = Callable[[str, datetime], None]
"""Hears of every run as it begins: its job, and the moment for which it was planned."""


class Schedule(AbstractAsyncContextManager["Schedule"]):
    """Runs async functions at a fixed pace while it is open."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.began: Began | None = None
        self._planned: dict[str, datetime] = {}  # of runs that are about to begin
        self._awaited: dict[str, tuple[datetime, timedelta]] = {}  # next begin, and interval
        self._closing = False
        self._runs: set[asyncio.Task[object]] = set()  # under way
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._scheduler.add_listener(self._handed_out, EVENT_JOB_SUBMITTED)
        self._scheduler.add_listener(_failed, EVENT_JOB_ERROR)
        self._scheduler.add_listener(_missed, EVENT_JOB_MISSED)
        self._scheduler.add_listener(_overran, EVENT_JOB_MAX_INSTANCES)

    def every(
        self, name: str, interval: timedelta, run: Run, *, first: datetime, scatter: bool = False
    ) -> None:
        """Call `run` every `interval` with some jitter, for the first time at `first`.

        With `scatter` the second time comes after a random part of the interval,
        so that jobs that began together do not go on together.

        A run that is late still happens (once), and a run that is still going
        is not joined by a second. An exception ends that run, not the schedule.
        A job of the same name is replaced.
        """
        self._scheduler.add_job(
            self._tracked(name, run),
            _Beat(interval, scatter=scatter),
            id=name,
            next_run_time=first,
            replace_existing=True,
            **_PATIENT,
        )
        self._awaited[name] = (first, interval)

    def once(self, name: str, after: timedelta, run: Run) -> None:
        """Call `run` once, `after` from now, or earlier if a job of this name waits already."""
        at = self._now() + after
        waiting = self._scheduler.get_job(name)
        if waiting is not None and waiting.next_run_time <= at:
            return
        self._scheduler.add_job(
            self._tracked(name, run),
            "date",
            run_date=at,
            id=name,
            replace_existing=True,
            **_PATIENT,
        )

    def drop(self, name: str) -> None:
        """Forget a job; one that is not there is fine."""
        self._awaited.pop(name, None)
        try:
            self._scheduler.remove_job(name)
        except JobLookupError:
            return

    def shift(self, by: timedelta) -> None:
        """Move every planned run along with the wall clock, which was set."""
        self._scheduler.pause()
        for job in self._scheduler.get_jobs():
            if job.next_run_time is not None:
                job.modify(next_run_time=job.next_run_time + by)
        self._awaited = {name: (at + by, every) for name, (at, every) in self._awaited.items()}
        self._scheduler.resume()

    def late(self, at: datetime, jobs: tuple[str, ...]) -> list[tuple[timedelta, timedelta]]:
        """Return by how much runs of jobs whose names begin so are late, with their interval.

        One that is still going when the next was due counts: its next one has not begun.
        """
        return [
            (at - due, every)
            for name, (due, every) in self._awaited.items()
            if due < at and name.startswith(jobs)
        ]

    def names(self) -> frozenset[str]:
        """Return the names of the jobs that are planned."""
        return frozenset(job.id for job in self._scheduler.get_jobs())

    @property
    def running(self) -> bool:
        """True while jobs are being run."""
        return bool(self._scheduler.running)

    async def __aenter__(self) -> Self:
        self._scheduler.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing = True
        self._scheduler.pause()
        if self._runs:  # most end by themselves, and leave what they hold in order
            await asyncio.wait(self._runs, timeout=GRACE_S)
        self._scheduler.shutdown(wait=False)
        for run in self._runs:
            run.cancel()
        if self._runs:
            await asyncio.wait(self._runs)

    def _handed_out(self, event: JobSubmissionEvent) -> None:
        self._planned[event.job_id] = event.scheduled_run_times[0]

    def _tracked(self, name: str, run: Run) -> Run:
        async def tracked() -> object:
            task, planned = asyncio.current_task(), self._planned.pop(name, None)
            if planned is not None and self.began is not None:
                self.began(name, planned)
            if name in self._awaited:
                every = self._awaited[name][1]
                self._awaited[name] = (self._now() + every * (1 + JITTER), every)
            if self._closing or task is None:
                return None  # it was handed out just before the end
            self._runs.add(task)
            task.add_done_callback(self._runs.discard)
            return await run()

        return tracked


class _Beat(BaseTrigger):  # type: ignore[misc]  # the library ships no types
    """A beat that never catches up: a run that is late is one run, and the next a beat later.

    So a run's planned moment is the one that it should have had, and how late it
    is can be told. On average the pace is kept.
    """

    def __init__(self, interval: timedelta, *, scatter: bool) -> None:
        self._interval = interval
        self._scatter = scatter
        self._first: datetime | None = None

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """Return when to run after the run that was planned for `previous`."""
        begin = previous or now
        self._first = self._first or begin
        share = random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - a pace, no secret
        if self._scatter and begin == self._first:
            share = random.random()  # noqa: S311
        pause = self._interval * share
        return begin + pause if begin + pause > now else now + pause


_PATIENT = {
    "coalesce": True,
    "max_instances": 1,
    "misfire_grace_time": None,  # the default drops a run that is one second late
}


def _failed(event: object) -> None:
    if isinstance(getattr(event, "exception", None), asyncio.CancelledError):
        return  # we are going down
    log.error("job.failed", job=_job(event), exc_info=getattr(event, "exception", None))


def _missed(event: object) -> None:
    log.warning("job.missed", job=_job(event))


def _overran(event: object) -> None:
    log.warning("job.overran", job=_job(event))


def _job(event: object) -> object:
    return getattr(event, "job_id", None)
