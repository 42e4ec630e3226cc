"""The daemons of the model over one database: their clocks, their life, and how they die."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import sqlite3
from collections.abc import Coroutine, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest

from sentinel import failpoints
from sentinel.domain.cause import Ability, State
from sentinel.domain.health import Verdict, blank
from sentinel.domain.rules import Rules
from sentinel.errors import InputError, StorageError
from sentinel.service import clockwatch, dispatch, leases, takedown
from sentinel.storage.actor import Actor
from sentinel.storage.storage import Storage
from tests.model.counts import count
from tests.model.kept import Kept, Reader
from tests.model.node import Clocks, Node
from tests.model.rules import KINDS
from tests.model.truth import Event, Truth
from tests.model.wall import Wall
from tests.model.world import World, number_of

T = TypeVar("T")

PATIENCE_S = 300.0  # nobody waits longer for an answer
GRACE_S = 6.0  # so long after trouble with the storage an outcome in hand is written at the latest
PEOPLE = (Actor(kind="person", id="u1"), Actor(kind="person", id="u2"))
ABILITIES = (Ability.PUBLISH, Ability.PUBLIC)
PACED: tuple[tuple[object, str, Any, Any], ...] = (  # how often loops come round, at the least
    (dispatch, "IDLE_S", 0.5, 600.0),
    (dispatch, "RECOVER_EVERY", timedelta(seconds=2), timedelta(seconds=600)),
    (takedown, "IDLE_S", 1.0, 600.0),
    (clockwatch, "EVERY_S", 0.5, 60.0),
    (leases, "LOOK_EVERY_S", 0.5, 20.0),
)


_ARMED = failpoints._armed  # noqa: SLF001 - but for a test nobody ever disarms one


class Killed(BaseException):
    """The process is dead: nothing after this line is done by it."""


class House:
    """The daemons, and everything around them; it lives, dies and is started anew."""

    def __init__(
        self,
        folder: Path,
        rules: Rules,
        patch: pytest.MonkeyPatch,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._loop = loop
        self._wall = Wall(self.elapsed)
        self.truth = Truth(rules)
        kinds = {f"{name}-konto": kind for name, kind in KINDS.items()}
        self.world = World(kinds, self.now, self.elapsed)
        self.before = Kept()  # as of the last moment of quiet
        self.settled = self.truth.copy()  # likewise
        self.events: list[Event] = []  # since then
        self.nodes: list[Node] = []
        self._folder = folder
        self._files = itertools.count(1)
        self._ids = itertools.count(1)
        self._patch = patch
        self._refusals = 0
        self._death = asyncio.Event()
        self._trouble_at = -GRACE_S - 1
        self._patch.setattr(failpoints, "os", SimpleNamespace(getpid=os.getpid, kill=self._reached))

    # Clocks

    def elapsed(self) -> float:
        """Return the time that nobody sets."""
        return self._loop.time()

    def now(self) -> datetime:
        """Return the wall clock's time; no two looks at it say the same."""
        return self._wall.now()

    # Life

    async def open(self, nodes: int) -> None:
        """Start the daemons."""
        self._file = self._folder / f"{next(self._files)}.db"
        await self._start(nodes)

    async def _start(self, nodes: int) -> None:
        self.storage = await Storage.open(
            f"sqlite:///{self._file}",
            data=self._folder,
            node="rathaus",
            now=self.now,
            steady=self._wall.steady(),
        )
        self.reader = Reader(self._file)
        self.nodes = [self._node(f"n{number}") for number in range(nodes)]
        for node in self.nodes:
            await node.start()
        for name in self.truth.rules.channels:
            if name not in self.truth.verdicts:
                await self.judge(name, {})

    def _node(self, name: str) -> Node:
        return Node(
            name,
            self.storage,
            leads=name == "n0",
            rules=self.truth.rules,
            world=self.world,
            clocks=Clocks(now=self.now, elapsed=self.elapsed),
            new_id=lambda: f"{next(self._ids):08}",
            begins=self.begins,
            hands_over=self.hands_over,
        )

    async def close(self) -> None:
        """End it all."""
        _ARMED.clear()
        for node in self.nodes:
            await node.stop()
        await asyncio.sleep(0)
        self.reader.close()
        await self.storage.close()

    async def quiet(self) -> None:
        """Let everything happen that can happen now; start anew whoever died of it."""
        for _ in range(2):
            for node in self.nodes:
                if len(self.nodes) > 1 and not node.still:
                    await node.look()
                node.dispatcher.wake()
            await asyncio.sleep(0.001)
        if self._death.is_set():
            await self.revive()
            await self.quiet()

    async def wait(self, seconds: float) -> None:
        """Let time pass; over long times the loops come round less often."""
        factor = max(1.0, seconds / 4)
        for module, name, usual, most in PACED:
            self._patch.setattr(module, name, min(usual * factor, most))
        for node in self.nodes:
            node.set_pace(factor)
        await asyncio.sleep(seconds)
        for module, name, usual, _ in PACED:
            self._patch.setattr(module, name, usual)
        for node in self.nodes:
            node.set_pace(1.0)
        await self.quiet()

    async def step_clock(self, by: timedelta, after_s: float) -> None:
        """Somebody sets the wall clock; the daemons, which all run, notice `after_s` later.

        What is set while nobody runs is not noticed yet: pauses are then as much
        longer or shorter as the clock was wrong.
        """
        self.disarm()
        if any(node.still for node in self.nodes):
            return
        count("clock steps")
        await self._compare_clocks()
        self._wall.step(by)
        await asyncio.sleep(after_s)
        await self._compare_clocks()

    async def _compare_clocks(self) -> None:
        for node in self.nodes:
            if not node.still:
                await self.call(node.clocks.look())

    # Crashes

    def arm(self, name: str, nth: int, refusals: int = 0) -> None:
        """Have the process die at a failpoint; or, with `refusals`, the storage refuse there."""
        _ARMED.clear()
        self._refusals = refusals
        failpoints.arm(f"{name}:{nth}")

    def disarm(self) -> None:
        """Let nothing befall anybody at any failpoint."""
        _ARMED.clear()
        self._refusals = 0

    def _reached(self, *_: int) -> None:
        if self._refusals:
            self._refusals -= 1
            count("refused commits")
            self._trouble_at = self.elapsed()
            if not self._refusals:
                _ARMED.clear()
            raise sqlite3.OperationalError("disk I/O error")
        _ARMED.clear()
        self._lose_power()
        raise Killed

    def _lose_power(self) -> None:
        """Keep what is on disk at this instant, and cut every line."""
        count("crashes")
        old, self._file = self._file, self._folder / f"{next(self._files)}.db"
        for suffix in ("", "-wal"):
            if (found := Path(f"{old}{suffix}")).exists():
                shutil.copy(found, f"{self._file}{suffix}")
        for node in self.nodes:
            node.wire.cut = True
        self._death.set()

    async def lose_power(self) -> None:
        """Die here and now."""
        _ARMED.clear()
        self._lose_power()
        await self.quiet()

    async def revive(self) -> None:
        """Start anew over what was on disk."""
        self._death = asyncio.Event()
        many = len(self.nodes)
        await self.close()
        await self._start(many)
        held = self.nodes[0].board.hold
        if (held is None) != (self.truth.held_since is None):
            self.truth.held_since = None if held is None else self.elapsed()
        self.truth.frozen = {n: f.until for n, f in self.nodes[0].board.freezes.items()}
        self.truth.verdicts = {
            name: dict(health.verdicts) for name, health in self.nodes[0].board.healths.items()
        }

    async def call(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Return what a daemon answers; None if it refuses, or dies of it.

        Raises:
            TimeoutError: It never answers.
        """
        calling = self._loop.create_task(work)
        dying = self._loop.create_task(self._death.wait())
        try:
            await asyncio.wait(
                {calling, dying}, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED
            )
            if self._death.is_set():
                return None
            if not calling.done():
                raise TimeoutError
            return await calling
        except (InputError, StorageError):
            return None
        finally:
            for task in (calling, dying):
                task.cancel()
            await asyncio.wait({calling, dying})
            if not calling.cancelled():
                calling.exception()  # a dead process tells nobody

    @property
    def works(self) -> bool:
        """True if nothing keeps the daemons from deciding now."""
        if self._refusals or any(node.still for node in self.nodes):
            self._trouble_at = self.elapsed()
        return self.elapsed() - self._trouble_at > GRACE_S

    @property
    def awake(self) -> Node | None:
        """A node that is not standing still."""
        return next((node for node in self.nodes if not node.still), None)

    async def judge(self, name: str, causes: Mapping[Ability, Verdict]) -> None:
        """A channel's verdicts change."""
        node = self.awake
        if node is None or name not in node.board.rules.channels:
            return
        up = {ability: _up(self.now()) for ability in ABILITIES}
        verdicts = {**up, **self.truth.verdicts.get(name, {}), **causes}
        health = blank(name, ABILITIES, self.now())
        changed = type(health)(channel=name, verdicts=verdicts)
        self.truth.verdicts[name] = verdicts
        await self.call(node.verdicts.put(name, changed))

    # What the world hears while things happen

    def begins(self, node: str, account: str, text: str) -> None:
        """A conversation begins."""
        self._event(node, account, text, begins=True)

    def hands_over(self, node: str, account: str, text: str) -> None:
        """Something may become public."""
        self._event(node, account, text, begins=False)

    def _event(self, node: str, account: str, text: str, *, begins: bool) -> None:
        at, number = self.now(), number_of(text)
        whose = next(one for one in self.nodes if one.name == node)
        knows, dazed = whose.informed(), begins and whose.dazed()
        closed = self.settled.closed(account, at) and self.truth.closed(account, at)
        since = self.truth.held_since
        known_by = 0.0 if len(self.nodes) == 1 else 2 * max(one.pace for one in self.nodes)
        if begins:
            count("attempts")
        held = since is not None and self.elapsed() - since > known_by
        self.events.append(
            Event(
                begins=begins,
                account=account,
                number=number,
                at=at,
                furthest=self._wall.furthest,
                closed=closed if knows else None,
                overtakes=begins and self.reader.under_way(account, number),
                held=held and not dazed,
            )
        )


def _up(at: datetime) -> Verdict:
    return Verdict(state=State.UP, cause=None, evidence="", since=at)
