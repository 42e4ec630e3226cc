"""Availability is accounted for once a minute, exactly once, whatever happens in between."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sentinel.domain.availability import Figures, Mark, together
from sentinel.domain.cause import Ability, State
from sentinel.domain.health import blank
from sentinel.domain.rules import Channel, Rules
from sentinel.service.board import Board
from sentinel.service.keep import Keeper
from sentinel.service.leader import Leader
from sentinel.service.rollups import Rollups
from sentinel.storage.actor import Actor
from sentinel.storage.storage import Storage
from tests.service.planning import Pinboard

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
DAEMON = Actor(kind="daemon", id="sentinel")
PUBLISH = Ability.PUBLISH


@dataclass
class Town:
    """One channel, and a clock that goes when it is told to."""

    storage: Storage
    board: Board
    clock: list[datetime] = field(default_factory=lambda: [NOON])

    def rollups(self) -> Rollups:
        return Rollups(self.storage, self.board, Leader(self.storage, "a", lambda: 0.0))

    async def tell(self, state: State) -> None:
        async with self.storage.write() as unit:
            payload = {"ability": PUBLISH, "from": State.UNKNOWN, "to": state}
            unit.note("verdict.changed", actor=DAEMON, subject="p", payload=payload)

    async def pass_by(self, minutes: int) -> None:
        """Let minutes pass, with a round in each."""
        for _ in range(minutes):
            self.clock[0] += MINUTE
            await self.rollups().roll()

    async def figures(self) -> Figures:
        async with self.storage.read() as view:
            found = await view.rollups(NOON - 9 * DAY, NOON + 9999 * DAY)
        return together(one.figures for one in found)


@asynccontextmanager
async def town(folder: Path) -> AsyncIterator[Town]:
    """Open one; it was just begun to be accounted for, at noon, and is up."""
    clock = [NOON]
    url = f"sqlite:///{folder}/sentinel.db"
    storage = await Storage.open(url, data=folder, node="a", now=lambda: clock[0])
    channel = Channel(name="p", platform="pinboard", operator="own", account="p")
    board = Board(
        rules=Rules(organisation="Stadt", channels={"p": channel}, routes=()),
        platforms={"pinboard": Pinboard()},
        env={},
        now=lambda: clock[0],
        new_id=lambda: "1",
    )
    health = blank("p", [PUBLISH], NOON)
    up = replace(health.verdicts[PUBLISH], state=State.UP, cause=None)
    board.healths["p"] = replace(health, verdicts={PUBLISH: up})
    made = Town(storage, board, clock)
    await made.rollups().roll()
    yield made
    await storage.close()


async def test_an_outage_is_accounted_for_to_the_second(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        await it.pass_by(2)
        it.clock[0] += timedelta(seconds=20)
        await it.tell(State.DOWN)
        it.clock[0] += timedelta(seconds=30)
        await it.tell(State.UP)
        await it.pass_by(1)

        assert await it.figures() == Figures(up_ms=200_000, down_ms=30_000)


async def test_rounds_that_come_at_once_or_by_another_count_nothing_twice(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        await it.pass_by(5)
        for _ in range(3):
            await it.rollups().roll()

        assert await it.figures() == Figures(up_ms=300_000)


async def test_while_the_daemon_did_not_run_nothing_is_known(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        await it.pass_by(1)
        it.clock[0] += timedelta(hours=5)
        await it.tell(State.DOWN)  # the first thing that a restart finds out
        await it.pass_by(1)
        await it.pass_by(1)

        assert await it.figures() == Figures(up_ms=60_000, unknown_ms=18_060_000, down_ms=60_000)


async def test_a_channel_that_is_gone_is_accounted_for_no_further_and_its_past_stays(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as it:
        await it.pass_by(2)
        it.board.rules = replace(it.board.rules, channels={})
        await it.pass_by(2)
        async with it.storage.read() as view:
            marks = await view.marks()

        assert marks == {}
        assert await it.figures() == Figures(up_ms=120_000)


async def test_a_node_that_does_not_lead_adds_nothing(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        follower = Leader(it.storage, "b", lambda: 0.0)
        it.storage.engine = "postgresql"  # there, another may lead
        it.clock[0] += MINUTE

        await Rollups(it.storage, it.board, follower).roll()

        assert await it.figures() == Figures()


async def test_after_a_month_hours_become_days_and_after_the_retention_they_go(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as it:
        await it.pass_by(2)
        keeper = Keeper(it.storage, it.board, lambda: it.clock[0])
        it.clock[0] = NOON + 31 * DAY
        await keeper.tidy()
        async with it.storage.read() as view:
            month = await view.rollups(NOON - DAY, NOON + DAY)
            marks = await view.marks()
        it.clock[0] = NOON + 801 * DAY
        await keeper.tidy()
        years = await it.figures()

    assert [(one.grain, one.start, one.figures) for one in month] == [
        ("day", datetime(2030, 1, 1, tzinfo=UTC), Figures(up_ms=120_000))
    ]
    assert marks == {("p", PUBLISH): Mark(state=State.UP, until=NOON + 2 * MINUTE)}
    assert years == Figures()
