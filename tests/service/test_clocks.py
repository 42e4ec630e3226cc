"""When somebody sets the wall clock, pauses stay as long as they were meant, and promises stay."""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from sentinel.app.clock import Clock, elapsed
from sentinel.service.clockwatch import ClockWatch
from sentinel.service.leader import Leader
from sentinel.simulator.server import Simulator
from sentinel.storage.storage import Storage
from tests.service.test_dispatch import all_up, mastodon, quiet_rules
from tests.storage import values
from tests.support.house import House, until, utc_now

HOUR = timedelta(hours=1)


class Wall:
    """The wall clock, which a test sets."""

    def __init__(self) -> None:
        self.by = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.by


async def set_clock(house: House, wall: Wall, by: timedelta) -> None:
    """Set the clock, and wait until it is noticed and written down."""
    wall.by += by

    async def noticed() -> bool:
        return bool(await house.journal("clock.jumped"))

    await until(noticed, 10, "the jump to be noticed")


async def test_a_clock_set_back_an_hour_makes_nothing_an_hour_late(
    sim: Simulator, tmp_path: Path
) -> None:
    async def fail(_: web.Request) -> web.Response:
        return web.json_response({"error": "who knows"}, status=503)

    wall = Wall()
    async with mastodon(fail) as url:
        house = House(await quiet_rules(sim, tmp_path, "mastodon-stadt", base_url=url))
        house.clock = Clock(now=wall)
        async with house:
            await all_up(house, "mastodon-stadt")
            message = await house.send()

            async def looks() -> int:
                async with house.storage.read() as view:
                    deliveries = await view.deliveries_of(message["id"])
                return max((delivery.finds for delivery in deliveries), default=0)

            async def unclear() -> bool:
                return "unknown" in (await house.states(message)).values()

            await until(unclear, 10, "the outcome to be unclear")
            before = await looks()
            await set_clock(house, wall, -HOUR)
            await until(lambda: _more(looks, before + 1), 20, "two looks, after 2 and 5 seconds")
            (entry,) = await house.journal("clock.jumped")
            after = await house.message(message)

    assert -3605 < entry.payload["seconds"] < -3595
    assert after["expires_at"] == message["expires_at"]


async def _more(count: Callable[[], Awaitable[int]], than: int) -> bool:
    return await count() > than


async def test_checks_go_on_when_the_clock_was_set_back(sim: Simulator, tmp_path: Path) -> None:
    wall = Wall()
    house = House(await quiet_rules(sim, tmp_path, "mastodon-stadt"))
    house.clock = Clock(now=wall)
    async with house:
        await all_up(house, "mastodon-stadt")
        await set_clock(house, wall, -HOUR)
        sim.faults.put("mastodon", "server_error")
        await house.judged("mastodon-stadt", "publish", "down", "platform_fault", within_s=15)


async def test_a_clock_set_forward_makes_nothing_stale(sim: Simulator, tmp_path: Path) -> None:
    wall = Wall()
    house = House(await quiet_rules(sim, tmp_path, "mastodon-stadt"))
    house.clock = Clock(now=wall)
    async with house:
        await all_up(house, "mastodon-stadt")
        await set_clock(house, wall, HOUR)
        await house.live(await house.send(), within_s=10)
        states = [
            entry.payload["to"]
            for entry in await house.journal("verdict.changed")
            if entry.payload["ability"] == "publish"
        ]

    assert states == ["up"]


async def test_what_was_promised_in_wall_time_is_kept_in_wall_time(
    sim: Simulator, tmp_path: Path
) -> None:
    wall = Wall()
    house = House(await quiet_rules(sim, tmp_path, "mastodon-stadt"))
    house.clock = Clock(now=wall)
    soon = utc_now() + HOUR / 2
    async with house:
        await all_up(house, "mastodon-stadt")
        later = await house.send(not_before=soon.isoformat())
        await house.call("POST", "/api/v1/hold", {"reason": "Probe"})
        ends = await house.send(expires_at=soon.isoformat())
        await set_clock(house, wall, HOUR)

        async def over() -> bool:
            return bool((await house.message(ends))["state"] == "expired")

        await until(over, 10, "the message to end")
        await house.call("POST", "/api/v1/resume")
        await house.live(later, within_s=10)

    assert len(sim.posts("mastodon")) == 1


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    async with values.opened(f"sqlite:///{tmp_path}/sentinel.db", tmp_path) as opened:
        yield opened


class Two:
    """Both clocks, moved by hand; what was told of a jump."""

    def __init__(self, storage: Storage) -> None:
        self.wall, self.steady = values.Clock(), 100.0
        self.told: list[timedelta] = []
        self.written = 0
        self.watch = ClockWatch(
            storage=storage,
            leader=Leader(storage, "a", lambda: self.steady),
            now=self.wall,
            elapsed=lambda: self.steady,
            shifts=[self.told.append],
            written=self._wrote,
            node="a",
        )

    def _wrote(self) -> None:
        self.written += 1

    def passes(self, seconds: float, *, by_the_wall: float) -> None:
        self.steady += seconds
        self.wall.forward(timedelta(seconds=by_the_wall))


async def test_time_that_passes_is_no_jump_however_long_we_stood_still(storage: Storage) -> None:
    two = Two(storage)
    await two.watch.look()
    for seconds in (0.5, 1.5, 7200):
        two.passes(seconds, by_the_wall=seconds)
        await two.watch.look()

    assert two.told == []


async def test_a_jump_is_told_once_and_written_once_though_the_storage_refused(
    storage: Storage, tmp_path: Path
) -> None:
    two = Two(storage)
    await two.watch.look()
    holder = sqlite3.connect(tmp_path / "sentinel.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    two.passes(1, by_the_wall=61)
    await two.watch.look()
    before = two.written
    holder.execute("ROLLBACK")
    holder.close()
    two.passes(1, by_the_wall=1)
    await two.watch.look()
    await two.watch.look()

    async with storage.read() as view:
        entries = await view.entries(kinds=["clock.jumped"])
    assert two.told == [timedelta(seconds=60)]
    assert (before, two.written) == (0, 1)
    assert [entry.payload["seconds"] for entry in entries if entry.payload] == [60.0]


def test_the_clock_that_nobody_sets_only_goes_forward() -> None:
    first = elapsed()

    assert elapsed() >= first
