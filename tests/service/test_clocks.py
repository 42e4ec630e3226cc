"""When somebody sets the wall clock, pauses stay as long as they were meant, and promises stay."""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from copy import copy
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from sentinel.app.clock import Clock, elapsed
from sentinel.domain.cause import Cause
from sentinel.domain.delivery import Failed, FindResult, NotSeen, Outcome, Rendered, Unclear
from sentinel.platforms import Account, platforms
from sentinel.service.clockwatch import ClockWatch
from sentinel.service.leader import Leader
from sentinel.simulator.server import Simulator
from sentinel.storage.storage import Storage
from sentinel.wire import Steps, wait
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


async def test_what_was_judged_before_the_clock_was_set_back_is_no_news_after_a_restart(
    sim: Simulator, tmp_path: Path
) -> None:
    wall, file = Wall(), await quiet_rules(sim, tmp_path, "mastodon-stadt")
    house = House(file)
    house.clock = Clock(now=wall)
    async with house:
        await all_up(house, "mastodon-stadt")

    wall.by = -HOUR
    again = House(file)
    again.clock = Clock(now=wall)
    async with again:
        kept = again.parts.board.health("mastodon-stadt").verdicts.values()

        assert [verdict for verdict in kept if verdict.since > wall()] == []


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
        ends = await house.send(expires_at=soon.isoformat(), severity="minor")  # opens no crisis
        await set_clock(house, wall, HOUR)

        async def over() -> bool:
            return bool((await house.message(ends))["state"] == "expired")

        await until(over, 10, "the message to end")
        await house.call("POST", "/api/v1/resume")
        await house.live(later, within_s=10)

    assert len(sim.posts("mastodon")) == 1


async def test_a_clock_set_during_a_look_repeats_nothing_before_its_time(
    sim: Simulator, tmp_path: Path
) -> None:
    wall, posts, looks = Wall(), list[str](), list[str]()

    def publish(_: Account, rendered: Rendered, __: Mapping[str, str]) -> Steps[Outcome]:
        posts.append(rendered.key)
        yield from wait(0)
        return Unclear(Cause.PLATFORM_FAULT)

    def find(_: Account, rendered: Rendered, *__: object) -> Steps[FindResult]:
        looks.append(rendered.key)
        wall.by = HOUR  # nobody has noticed when the result of this look is judged
        yield from wait(0)
        return NotSeen(repeatable=True)

    unsure = copy(platforms()["mastodon"])
    vars(unsure).update(publish=publish, find=find)
    house = House(await quiet_rules(sim, tmp_path, "mastodon-stadt"))
    house.clock = Clock(now=wall)
    async with house:
        await all_up(house, "mastodon-stadt")
        house.parts.board.platforms = {**house.parts.board.platforms, "mastodon": unsure}
        message = await house.send()
        await until(lambda: _many(looks, 2), 20, "two looks")
        states = await house.states(message)
        (entry,) = await house.journal("clock.jumped")

    assert len(posts) == 1
    assert states == {"mastodon-stadt": "unknown"}
    assert 3595 < entry.payload["seconds"] < 3605


async def _many(done: list[str], enough: int) -> bool:
    return len(done) >= enough


async def test_nothing_is_begun_until_what_waits_has_moved_along(
    sim: Simulator, tmp_path: Path
) -> None:
    house = House(await quiet_rules(sim, tmp_path, "mastodon-stadt"))
    async with house:
        await all_up(house, "mastodon-stadt")
        asked: list[str] = []

        def moved() -> bool:
            asked.append("again")
            return False

        house.parts.board.clock_holds, before = moved, house.parts.board.clock_holds
        message = await house.send()
        await until(lambda: _many(asked, 6), 10, "the rounds to go on")
        waiting = await house.message(message)
        house.parts.board.clock_holds = before
        await house.live(message)

    assert [one["attempts"] for one in waiting["deliveries"]] == [[]]


async def test_what_was_due_and_is_not_any_more_waits_for_its_time_again(
    sim: Simulator, tmp_path: Path
) -> None:
    wall, tried, well = Wall(), list[str](), platforms()["mastodon"]

    def publish(account: Account, rendered: Rendered, memory: Mapping[str, str]) -> Steps[Outcome]:
        tried.append(rendered.key)
        if len(tried) == 1:
            return Failed(Cause.PLATFORM_FAULT)
        return (yield from well.publish(account, rendered, memory))

    slow = copy(well)
    vars(slow).update(publish=publish)
    house = House(await quiet_rules(sim, tmp_path, "mastodon-stadt"))
    house.clock = Clock(now=wall)
    async with house:
        await all_up(house, "mastodon-stadt")
        house.parts.board.platforms = {**house.parts.board.platforms, "mastodon": slow}
        message = await house.send(not_before=(utc_now() + timedelta(seconds=0.5)).isoformat())
        await until(lambda: _many(tried, 1), 10, "the first try, which fails")
        await set_clock(house, wall, -HOUR)

        async def due() -> datetime | None:
            async with house.storage.read() as view:
                (delivery,) = await view.deliveries_of(message["id"])
            return delivery.due_at if delivery.due_at > wall() + HOUR / 2 else None

        again = await until(due, 10, "it to wait for its time")
        waiting = await house.message(message)
        wall.by += HOUR
        await house.live(message, within_s=10)

    assert again >= datetime.fromisoformat(message["not_before"])
    assert waiting["state"] == "scheduled"
    assert len(tried) == 2


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


async def test_from_the_jump_until_it_is_written_the_clock_does_not_hold(
    storage: Storage,
) -> None:
    two = Two(storage)
    await two.watch.look()
    two.passes(0.1, by_the_wall=0.1)
    before = two.watch.holds()

    two.passes(0.1, by_the_wall=3600.1)
    at_once, told = two.watch.holds(), list(two.told)
    two.passes(0.1, by_the_wall=0.1)
    still = two.watch.holds()
    await two.watch.look()

    assert (before, at_once, still, two.watch.holds()) == (True, False, False, True)
    assert told == two.told == [HOUR]
    assert two.written == 1


async def test_a_clock_that_is_set_and_set_back_before_that_is_written_moves_nothing(
    storage: Storage,
) -> None:
    two = Two(storage)
    await two.watch.look()

    two.passes(0.1, by_the_wall=3600.1)
    assert not two.watch.holds()
    two.passes(0.1, by_the_wall=-3599.9)

    assert two.watch.holds()
    assert two.told == [HOUR, -HOUR]


def test_the_clock_that_nobody_sets_only_goes_forward() -> None:
    first = elapsed()

    assert elapsed() >= first
