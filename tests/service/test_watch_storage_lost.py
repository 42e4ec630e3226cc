"""When the database refuses for a moment, nothing that watching knew or meant to do is lost."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from sentinel.domain.observation import Window
from sentinel.domain.posture import Posture
from sentinel.errors import StorageError
from sentinel.service.ledger import Ledger
from sentinel.simulator.server import Simulator
from sentinel.storage.tables import CHECKS, DELIVERIES, HEALTH, WINDOWS
from tests.service.quiet import all_up
from tests.service.test_family_glitch import CHANNELS, TOKENS, meta_rules
from tests.service.test_leases import board
from tests.service.test_posture import checks, town
from tests.storage import values
from tests.support.house import TESTER, House, until


@asynccontextmanager
async def without(file: Path, table: str) -> AsyncIterator[None]:
    """Take a table away for as long as this is open: whoever needs it is refused at once."""
    database = sqlite3.connect(file, isolation_level=None, timeout=10, check_same_thread=False)
    await asyncio.to_thread(database.execute, f"ALTER TABLE {table} RENAME TO away")
    try:
        yield
    finally:
        await asyncio.to_thread(database.execute, f"ALTER TABLE away RENAME TO {table}")
        database.close()


def leave_alone(house: House) -> None:
    """Drop every planned run: from here on only the test does anything."""
    for job in house.parts.schedule.names():
        house.parts.schedule.drop(job)


def window(name: str, remaining: float) -> Window:
    return Window(name=name, limit=300, remaining=remaining, per=timedelta(hours=24))


async def test_a_limit_that_could_not_be_written_is_judged_and_written_later(
    tmp_path: Path,
) -> None:
    file, known = tmp_path / "sentinel.db", board(tmp_path)
    x = known.rules.channels["x-stadt"]
    async with values.opened(f"sqlite:///{file}", tmp_path) as storage:
        ledger = Ledger(known)
        ledger.take(x, [window("posts/24h", 3)])
        async with without(file, WINDOWS.name):
            with pytest.raises(StorageError):
                await ledger.keep(storage)

        changed = await ledger.keep(storage)

        again = Ledger(known)
        await again.load(storage)
    assert changed == {x.account}
    assert [one.window.remaining for one in again.readings(x)] == [3]


async def test_a_limit_keeps_the_time_at_which_it_was_read(tmp_path: Path) -> None:
    """With a later time it would pass for news, and posts since would be forgotten."""
    known = board(tmp_path)
    x = known.rules.channels["x-stadt"]
    async with values.opened(f"sqlite:///{tmp_path}/sentinel.db", tmp_path) as storage:
        mine, others = Ledger(known), Ledger(known)
        mine.take(x, [window("posts/24h", 50)])
        await mine.keep(storage)
        others.take(x, [window("posts/24h", 3)])  # another node, a moment later
        await others.keep(storage)
        mine.take(x, [window("reads/15m", 290)])  # this answer says nothing of posts
        await mine.keep(storage)

        await mine.follow(storage)

    left = {one.window.name: one.window.remaining for one in mine.readings(x)}
    assert left == {"posts/24h": 3, "reads/15m": 290}


async def test_a_limit_that_could_not_be_judged_is_judged_with_the_next_tick(
    sim: Simulator, tmp_path: Path
) -> None:
    async with House(await town(sim, tmp_path)) as house:
        await all_up(house, "mastodon-stadt")
        leave_alone(house)
        await house.parts.watcher.tick()
        x = house.parts.board.rules.channels["mastodon-stadt"]
        house.parts.ledger.take(x, [window("posts/24h", 0)])
        async with without(tmp_path / "data/sentinel.db", DELIVERIES.name):
            with pytest.raises(StorageError):
                await house.parts.watcher.tick()

        await house.parts.watcher.tick()

        assert house.verdict("mastodon-stadt", "publish") == ("down", "rate_limited")


async def test_the_pace_of_a_crisis_that_could_not_be_planned_is_planned_later(
    sim: Simulator, tmp_path: Path
) -> None:
    async with House(await town(sim, tmp_path)) as house:
        await all_up(house, "mastodon-stadt")
        leave_alone(house)
        await house.parts.postures.set(Posture.CRISIS, "Sturm", TESTER)
        async with without(tmp_path / "data/sentinel.db", CHECKS.name):
            with pytest.raises(StorageError):
                await house.parts.watcher.tick()
        before = checks(house)

        await house.parts.watcher.tick()

        async def again() -> bool:
            return checks(house) >= before + 3

        await until(again, 5, "three more checks within seconds")


async def test_a_family_that_cannot_be_written_down_takes_nobody_down(
    sim: Simulator, tmp_path: Path
) -> None:
    """Several nodes hear of each other in one loop, and with it the whole daemon would end."""
    async with House(await meta_rules(sim, tmp_path), env=TOKENS) as house:
        await all_up(house, *CHANNELS)
        leave_alone(house)
        sim.faults.put("threads", "server_error")

        async with without(tmp_path / "data/sentinel.db", HEALTH.name):
            for _ in range(3):
                await house.parts.watcher.ask_family(CHANNELS[0])

        assert house.verdict(CHANNELS[1], "publish") == ("down", "platform_fault")
