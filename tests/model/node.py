"""One daemon of the model: the real services, put together as the application does it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from sentinel.domain.observation import Finding
from sentinel.domain.rules import Rules
from sentinel.service.accounts import Accounts
from sentinel.service.attempt import Attempts
from sentinel.service.board import Board
from sentinel.service.claims import Claims
from sentinel.service.clockwatch import ClockWatch
from sentinel.service.desk import Desk
from sentinel.service.dispatch import Dispatcher
from sentinel.service.followups import FollowUps
from sentinel.service.intake import Intake
from sentinel.service.leader import Leader
from sentinel.service.leases import Leases
from sentinel.service.ledger import Ledger
from sentinel.service.paces import Paces
from sentinel.service.planner import Planner
from sentinel.service.posting import Posting
from sentinel.service.redecide import Redecider
from sentinel.service.settling import Settling
from sentinel.service.switches import Switches
from sentinel.service.takedown import TakeDowns
from sentinel.service.takeover import TakeOver
from sentinel.service.tally import Tally
from sentinel.service.verdicts import Verdicts
from sentinel.storage.storage import Storage
from sentinel.storage.view import Unit, View
from tests.model.platform import Line, Posted, Square, Wire
from tests.model.world import World

LOOK_EVERY_S = 0.5
KNOWN_FOR_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """The clock on the wall, which somebody may set, and one that nobody sets."""

    now: Callable[[], datetime]
    elapsed: Callable[[], float]


class Gate(Storage):
    """One node's way to the storage, which is shut while the node stands still.

    At each unit others may come first, as they may where the disk takes its time.
    """

    def __init__(self, storage: Storage, awake: asyncio.Event) -> None:
        vars(self).update(vars(storage))
        self.noted = deque(maxlen=storage.noted.maxlen)
        self._storage = storage
        self._awake = awake

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Unit]:
        """Return the context of one piece of work."""
        await asyncio.sleep(0)
        await self._awake.wait()
        async with self._storage.write() as unit:
            yield unit
        self.noted.extend(unit.appended)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[View]:
        """Return the context of one look."""
        await self._awake.wait()
        async with self._storage.read() as view:
            yield view


class Follower(Leader):
    """The word of a node that another one leads."""

    async def confirm(self, unit: Unit) -> bool:
        """Return that what is written once is written by another."""
        del unit
        return False


class Node:
    """One daemon. `pace` 10 means that its loops come round ten times less often."""

    def __init__(
        self,
        name: str,
        storage: Storage,
        *,
        leads: bool,
        rules: Rules,
        world: World,
        clocks: Clocks,
        new_id: Callable[[], str],
        begins: Callable[[str, str, str], None],
        hands_over: Callable[[str, str, str], None],
    ) -> None:
        self.name = name
        self.wire = Wire(world, self._mine(begins), self._mine(hands_over))
        self.storage = Gate(storage, self.wire.awake)
        self.pace = 1.0
        self._poked = asyncio.Event()
        self._elapsed = clocks.elapsed
        self._looked = clocks.elapsed()
        self._thawed = -LOOK_EVERY_S
        self._read = 0
        self.board = Board(
            rules=rules, platforms={"square": Square()}, env={}, now=clocks.now, new_id=new_id
        )
        self.planner = Planner(self.board)
        self._leader = Leader(self.storage, name, clocks.elapsed)
        self._switches = Switches(self.board)
        tally = Tally()
        accounts = Accounts(self.board, self.storage, lambda _: None)
        line = accounts.transport = Line(self.wire, accounts.renew)
        posting = Posting(self.storage, self.board, line, accounts, self.informed)
        self.leases = Leases(self.storage, self.board, clocks.elapsed)
        paces = Paces(self.board, Ledger(self.board))
        settling = Settling(self.storage, self.board, self.planner, name)
        self.dispatcher = Dispatcher(
            board=self.board,
            decisions=Redecider(self.storage, self.board, self.planner),
            leases=self.leases,
            claims=Claims(self.storage, self.board, self.leases, paces),
            attempts=Attempts(
                self.storage,
                self.board,
                self.planner,
                posting,
                settling,
                self.leases,
                name,
                tally,
            ),
            take_over=TakeOver(self.storage, self.board, settling),
            observe=self._heard,
        )
        self.verdicts = Verdicts(self.storage, self.board, self._leader, self._changed, tally)
        self.take_downs = TakeDowns(self.storage, self.board, self.planner, posting)
        self.intake = Intake(self.storage, self.board, self.planner)
        self.follow_ups = FollowUps(self.storage, self.board, self.planner)
        self.desk = Desk(self.storage, self.board, self.verdicts, self.dispatcher.reconsider)
        self.clocks = ClockWatch(
            storage=self.storage,
            leader=self._leader if leads else Follower(self.storage, name, clocks.elapsed),
            now=clocks.now,
            elapsed=clocks.elapsed,
            shifts=(self.planner.shift, self.verdicts.shift),
            written=self.dispatcher.reconsider,
            node=name,
        )
        self.board.clock_holds = self.clocks.holds
        self._tasks: list[asyncio.Task[None]] = []

    def _mine(self, hear: Callable[[str, str, str], None]) -> Posted:
        return lambda account, text: hear(self.name, account, text)

    @property
    def still(self) -> bool:
        """True while the node stands still."""
        return not self.wire.awake.is_set()

    def thaw(self) -> None:
        """Go on as if nothing had been."""
        self._thawed = self._elapsed()
        self.wire.awake.set()

    def dazed(self) -> bool:
        """Return whether the node stood still until just now.

        What it had decided before goes on, up to the step that would make something public.
        """
        return self._elapsed() - self._thawed < LOOK_EVERY_S

    def informed(self) -> bool:
        """Return whether the node would know of a hold by now."""
        return self._elapsed() - self._looked < KNOWN_FOR_S * self.pace

    async def start(self) -> None:
        """Take up what is on disk, and run."""
        known = self._switches.known()
        async with self.storage.read() as view:
            self._read = await view.journal_head()
            await self._switches.read(view, known)
        await self.desk.load()
        await self.verdicts.load()
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for work in (
            self.dispatcher.run_until(stop),
            self.take_downs.run_until(stop),
            self.clocks.run_until(stop),
            self._look_until(stop),
        ):
            self._tasks.append(loop.create_task(work))

    async def _look_until(self, stop: asyncio.Event) -> None:
        """Follow what others did, as nodes of one database do."""
        while not stop.is_set():
            await self.wire.awake.wait()
            await self.look()
            self._poked.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S * self.pace):
                    await self._poked.wait()

    def set_pace(self, pace: float) -> None:
        """Come round at another pace from now on."""
        self.pace = pace
        self._poked.set()

    async def look(self) -> None:
        """Read once what was switched, judged and done elsewhere."""
        asked, known = self._elapsed(), self._switches.known()
        async with self.storage.read() as view:
            head = await view.journal_head()
            if head == self._read:
                self._looked = asked
                return
            found = await view.entries(after=self._read, limit=10_000)
            switched = await self._switches.read(view, known)
        self._looked, self._read = asked, head
        ours = set(self.storage.noted)
        foreign = [entry for entry in found if entry.number not in ours]
        if switched:
            self.dispatcher.reconsider()
        if any(entry.kind == "verdict.changed" for entry in foreign):
            await self.verdicts.load()
            self.dispatcher.reconsider()
        for entry in foreign:
            subject = (entry.payload or {}).get("message", entry.subject)
            self.planner.wakes[subject] = self.board.now()

    async def stop(self) -> None:
        """Die. Nothing that is still under way reaches anybody any more."""
        self.wire.cut = True
        self.wire.awake.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)

    @property
    def failures(self) -> list[BaseException]:
        """What ended a loop that should run for ever."""
        ended = [task for task in self._tasks if task.done() and not task.cancelled()]
        return [error for task in ended if (error := task.exception()) is not None]

    async def _heard(self, channel: str, finding: Finding) -> None:
        """The model judges channels by itself."""

    async def _changed(self, _: frozenset[str]) -> None:
        self.dispatcher.reconsider()
