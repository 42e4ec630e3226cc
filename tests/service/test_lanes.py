"""Who waits for whom: a slow platform keeps no other waiting, and looks do not wait for posts."""

import asyncio
from datetime import timedelta
from pathlib import Path

import yaml
from aiohttp import web

from sentinel.domain.observation import Window
from sentinel.simulator.server import Simulator
from tests.service.test_dispatch import QUIET, all_up, mastodon, quiet_rules
from tests.support import city
from tests.support.house import House, rules_for, until

FAST = ("x-stadt", "threads-stadt", "bluesky-stadt", "presse-mail", "warnseite")
BACKLOG = 41  # on six channels more than is claimed at once


async def test_a_platform_that_answers_nothing_delays_no_other(
    sim: Simulator, tmp_path: Path
) -> None:
    hanging = asyncio.Event()

    async def black_hole(_: web.Request) -> web.Response:
        await hanging.wait()
        return web.json_response({"id": "1"})

    async with mastodon(black_hole) as url:
        every = ("mastodon-stadt", *FAST)
        file = await rules_for(
            sim, tmp_path, [{"name": "alle", "match": {}, "always": list(every)}]
        )
        document = yaml.safe_load(file.read_text())
        for channel in document["channels"].values():
            channel["probes"] = QUIET
        document["channels"]["mastodon-stadt"]["base_url"] = url
        async with House(city.write(tmp_path, document)) as house:
            await house.call("POST", "/api/v1/hold", {"reason": "Rückstau"})
            for number in range(BACKLOG):
                await house.send(headline=f"Probe {number}")
            await house.call("POST", "/api/v1/resume")

            async def others_out() -> bool:
                async with house.storage.read() as view:
                    pending = await view.pending_by_channel()
                return set(pending) == {"mastodon-stadt"}

            await until(others_out, 60, "all other channels to be done")
            async with house.storage.read() as view:
                pending = await view.pending_by_channel()
            hanging.set()

    assert pending == {"mastodon-stadt": BACKLOG}
    assert len(sim.posts("bluesky")) == len(sim.posts("x")) == BACKLOG


async def test_looks_go_on_while_publishing_is_on_hold(sim: Simulator, tmp_path: Path) -> None:
    file = await quiet_rules(sim, tmp_path, "mastodon-stadt")
    async with House(file) as house:
        await all_up(house, "mastodon-stadt")
        sim.faults.put("mastodon", "accepted_then_error")
        message = await house.send(severity="minor")

        async def unclear() -> bool:
            return "unknown" in (await house.states(message)).values()

        await until(unclear, 10, "the outcome to be unclear")
        await house.call("POST", "/api/v1/hold", {"reason": "Fehlalarm"})
        sim.faults.clear()

        async def found() -> bool:
            return "published" in (await house.states(message)).values()

        await until(found, 15, "the post to be found")
        on_hold = house.parts.board.hold is not None

    assert on_hold
    assert len(sim.posts("mastodon")) == 1


async def test_a_burst_never_has_more_posts_under_way_than_the_platform_has_left(
    sim: Simulator, tmp_path: Path
) -> None:
    under_way, most, posted = 0, 0, 0

    async def take(_: web.Request) -> web.Response:
        nonlocal under_way, most, posted
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.1)
        under_way -= 1
        posted += 1
        return web.json_response({"id": str(posted), "url": f"https://social.example/{posted}"})

    async with mastodon(take) as url:
        file = await quiet_rules(sim, tmp_path, "mastodon-stadt", base_url=url)
        async with House(file) as house:
            await all_up(house, "mastodon-stadt")
            channel = house.parts.board.rules.channels["mastodon-stadt"]
            await house.call("POST", "/api/v1/hold", {"reason": "Rückstau"})
            for number in range(6):
                await house.send(headline=f"Probe {number}", severity="minor")
            house.parts.ledger.take(
                channel,
                [Window(name="posts", limit=300, remaining=2, per=timedelta(minutes=5))],
            )
            await house.call("POST", "/api/v1/resume")
            await asyncio.sleep(2.5)

    assert most <= 2
    assert posted == 2


async def test_what_the_rules_keep_in_reserve_is_for_grave_messages(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await quiet_rules(sim, tmp_path, "mastodon-stadt")
    document = yaml.safe_load(file.read_text())
    document["channels"]["mastodon-stadt"]["quota"] = {
        "posts": {"limit": 3, "per": "24h", "reserve": 2}
    }
    async with House(city.write(tmp_path, document)) as house:
        await all_up(house, "mastodon-stadt")
        await house.call("POST", "/api/v1/hold", {"reason": "Rückstau"})
        routine = [await house.send(headline=f"Probe {n}", severity="minor") for n in range(2)]
        grave = [await house.send(headline=f"Ernst {n}") for n in range(2)]
        await house.call("POST", "/api/v1/resume")
        for message in grave:
            await house.live(message)
        await asyncio.sleep(1.5)
        states = [(await house.message(message))["state"] for message in routine]

    assert len(sim.posts("mastodon")) == 2
    assert "live" not in states


async def test_the_route_still_has_its_first_choice(sim: Simulator, tmp_path: Path) -> None:
    """Lanes and pace change when, and never where, a message goes."""
    file = await quiet_rules(sim, tmp_path, "mastodon-stadt", "bluesky-stadt")
    async with House(file) as house:
        await all_up(house, "mastodon-stadt", "bluesky-stadt")
        sent = [await house.send(headline=f"Probe {number}") for number in range(12)]
        for message in sent:
            await house.live(message, within_s=20)

    assert len(sim.posts("mastodon")) == 12
    assert sim.posts("bluesky") == []
