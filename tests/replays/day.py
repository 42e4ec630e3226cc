"""A daemon through a whole day in seconds: its own parts, wired as in service, in virtual time."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pytest
import yaml

from sentinel.app.clock import Clock
from sentinel.app.outside import Outside
from sentinel.app.wiring import wire
from sentinel.domain.medium import Medium
from sentinel.domain.message import Content, Message
from sentinel.domain.parcel import Parcel
from sentinel.platforms import platforms
from sentinel.rules import load
from sentinel.service import dispatch, leases, notify, sending
from sentinel.service.accounts import Accounts
from sentinel.service.board import Board
from sentinel.service.hand_over import Handed
from sentinel.service.ledger import Ledger
from sentinel.service.parts import Parts
from sentinel.service.schedule import Run, Schedule
from sentinel.storage.actor import Actor
from sentinel.storage.journal import Entry
from sentinel.storage.storage import Storage
from sentinel.transport.driver import Transport
from sentinel.transport.way import Way
from tests.model.stillness import StillLoop, sqlite_without_a_thread
from tests.replays.street import HOST, DailyCap, Street
from tests.support import city

T = TypeVar("T")

TICK = timedelta(seconds=15)
CITY = Actor(kind="person", id="lage")
_RARE = 60.0  # seconds after which loops come round that nobody wakes; in service half of one
_PROBES = ("quota", "write_path", "read_back", "visibility", "listening", "reachability")


class Pulse(Schedule):
    """Runs jobs by the loop's own time; the library that does it in service reads the wall's."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.began = None
        self._waiting: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[object]] = set()

    def every(
        self, name: str, interval: timedelta, run: Run, *, first: datetime, scatter: bool = False
    ) -> None:
        """Call `run` every `interval`, for the first time at `first`."""
        del scatter

        def again() -> None:
            self._at(name, interval, again)
            self._begin(run)

        self._at(name, first - self._now(), again)

    def once(self, name: str, after: timedelta, run: Run) -> None:
        """Call `run` once."""

        def now() -> None:
            del self._waiting[name]
            self._begin(run)

        if name not in self._waiting:
            self._at(name, after, now)

    def drop(self, name: str) -> None:
        """Forget a job."""
        if (waiting := self._waiting.pop(name, None)) is not None:
            waiting.cancel()

    def names(self) -> frozenset[str]:
        """Return the jobs that are planned."""
        return frozenset(self._waiting)

    @property
    def running(self) -> bool:
        """True for ever."""
        return True

    def stop(self) -> None:
        """Begin nothing more."""
        for name in self.names():
            self.drop(name)

    def _at(self, name: str, after: timedelta, run: Callable[[], object]) -> None:
        self.drop(name)
        loop = asyncio.get_running_loop()
        self._waiting[name] = loop.call_later(max(after.total_seconds(), 0.0), run)

    def _begin(self, run: Run) -> None:
        task = asyncio.get_running_loop().create_task(_object(run()))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.result()


async def _object(work: Awaitable[object]) -> object:
    return await work


@dataclass(slots=True, kw_only=True)
class Day:
    """A running daemon, the platforms it posts to, and what staff were told."""

    parts: Parts
    street: Street
    cap: DailyCap
    told: list[tuple[datetime, str, str]]
    began: datetime

    @property
    def now(self) -> datetime:
        """The time of this day."""
        return self.parts.board.now()

    async def until(self, hours: float) -> None:
        """Let time pass until so many hours after the beginning."""
        left = self.began + timedelta(hours=hours) - self.now
        await asyncio.sleep(max(left.total_seconds(), 0.0))

    async def send(self, headline: str, severity: Any, *, hours: float = 6) -> Message:
        """Have a message accepted."""
        content = Content(
            headline=headline,
            text="Bitte beachten.",
            severity=severity,
            expires_at=self.now + timedelta(hours=hours),
        )
        taken = await self.parts.intake.accept(content, actor=CITY)
        self.parts.dispatcher.wake()
        return taken.message

    async def journal(self, *kinds: str) -> list[Entry]:
        """Return the journal's entries of these kinds."""
        found, after = [], 0
        while True:
            async with self.parts.storage.read() as view:
                entries = await view.entries(after=after, limit=5_000)
            found += [entry for entry in entries if entry.kind in kinds]
            if not entries:
                return found
            after = entries[-1].number


def rules_file(folder: Path, *, quota: dict[str, Any]) -> Path:
    """Write the rules of a city that posts on X first, and has two more channels."""
    found = city.channels(HOST, "smtp://127.0.0.1:9")
    names = ("x-stadt", "mastodon-stadt", "bluesky-stadt")
    channels = {name: {**found[name], "uplink": "none"} for name in names}
    for channel in channels.values():
        off = dict.fromkeys((*_PROBES, "status_page"), "off")
        channel["probes"] = {**off, "credentials": {"every": "5m"}}
    channels["x-stadt"]["quota"] = {"posts": quota}
    document = {
        "version": 1,
        "organisation": {"name": "Stadt Musterstadt", "language": "de"},
        "channels": channels,
        "routes": [{"name": "alles", "match": {}, "priority": list(names)}],
        "staff": {"contacts": {"presse": {"addresses": [{"url": "json://127.0.0.1:9"}]}}},
    }
    file = folder / "failover_rules.yaml"
    file.write_text(yaml.safe_dump(document))
    return file


@asynccontextmanager
async def day(
    folder: Path, began: datetime, cap: int, quota: dict[str, Any], patch: pytest.MonkeyPatch
) -> AsyncIterator[Day]:
    """Run a daemon from `began` on, on a platform whose plan allows `cap` posts in 24 hours."""
    loop, told = asyncio.get_running_loop(), list[tuple[datetime, str, str]]()
    ticks, ids = itertools.count(), itertools.count(1)

    def now() -> datetime:  # no two looks at it say the same, and no later one says less
        return began + timedelta(seconds=loop.time(), microseconds=next(ticks))

    def taken(_: str, parcel: Parcel, __: Medium | None) -> Handed:
        told.append((now(), parcel.subject, parcel.text))
        return Handed.TAKEN

    async def here(work: Callable[[], T]) -> T:
        return work()

    for module in (dispatch, notify):
        patch.setattr(module, "IDLE_S", _RARE)
    patch.setattr(dispatch, "RECOVER_EVERY", timedelta(minutes=10))
    patch.setattr(leases, "LOOK_EVERY_S", _RARE)
    for module in (notify, sending):
        patch.setattr(module, "aside", here)
    patch.setattr(notify, "warm_up", lambda: None)
    loaded = load(rules_file(folder, quota=quota), env=city.TOKENS)
    rules = replace(loaded.rules, uplinks={})
    daily = DailyCap(cap, now)
    street, clock = Street(now, daily), Clock(now=now, elapsed=loop.time)
    storage = await Storage.open(
        f"sqlite:///{folder}/day.db", data=folder, node="rathaus", now=now, steady=now
    )
    board = Board(
        rules=rules,
        platforms=platforms(),
        env=city.TOKENS,
        now=now,
        new_id=lambda: f"00000000-0000-7000-8000-{next(ids):012}",
    )
    ledger, accounts = Ledger(board), Accounts(board, storage, lambda _: None)
    line = Transport(way=Way(), renewer=accounts.renew, ledger=ledger.note)
    line._http = street  # noqa: SLF001 - the last step, instead of into the network
    accounts.transport = line
    pulse = Pulse(now)
    outside = Outside(
        storage=storage,
        accounts=accounts,
        ledger=ledger,
        transport=line,
        schedule=pulse,
        hide=lambda _: None,
        clock=clock,
    )
    parts = wire(board, outside, "rathaus", lambda: loaded)
    parts.notifier.sending._send = taken  # noqa: SLF001 - likewise
    await parts.nodes.begin()
    await parts.desk.load()
    await parts.watcher.load()
    await parts.watcher.start()
    pulse.every("tick", TICK, parts.watcher.tick, first=now())
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as running:
        running.create_task(parts.dispatcher.run_until(stop))
        running.create_task(parts.notifier.run_until(stop))
        yield Day(parts=parts, street=street, cap=daily, told=told, began=began)
        pulse.stop()
        stop.set()
        parts.dispatcher.wake()
    await storage.close()


@contextmanager
def memory() -> Iterator[Path]:
    """A folder in memory where there is such a thing: what is lost with the power is not asked."""
    shared = Path("/dev/shm")  # noqa: S108 - removed at the end, and nobody else's
    with TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder:
        yield Path(folder)


def play(story: Callable[[pytest.MonkeyPatch], Awaitable[T]]) -> T:
    """Run a story in time that passes only when nobody has anything to do."""
    loop = StillLoop()
    with sqlite_without_a_thread(), pytest.MonkeyPatch.context() as patch:
        try:
            return loop.run_until_complete(_value(story(patch)))
        finally:
            loop.close()


async def _value(story: Awaitable[T]) -> T:
    return await story
