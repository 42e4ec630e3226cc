"""Bringing messages out: written down first, moved on at once when grave, never posted twice."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web

from sentinel.domain.delivery import DeliveryState, step
from sentinel.simulator.server import Simulator
from sentinel.storage.storage import Storage
from tests.support import city
from tests.support.house import House, route, rules_for, until, utc_now

PROBES = ("quota", "write_path", "read_back", "visibility", "listening")
QUIET: dict[str, Any] = {**dict.fromkeys(PROBES, "off"), "credentials": {"every": "1h"}}
ROUTINE = {"severity": "minor"}


async def quiet_rules(
    sim: Simulator, folder: Path, *priority: str, base_url: str | None = None, **more: Any
) -> Path:
    """Rules whose channels are looked at once, and then only for reachability.

    `base_url` is the first one's, if it is not the simulator's.
    """
    file = await rules_for(sim, folder, [route(*priority, **more)], only=priority)
    document = yaml.safe_load(file.read_text())
    for channel in document["channels"].values():
        channel["probes"] = QUIET
    if base_url is not None:
        document["channels"][priority[0]]["base_url"] = base_url
    return city.write(folder, document)


async def all_up(house: House, *names: str) -> None:
    for name in names:
        await house.judged(name, "publish", "up", None)


@asynccontextmanager
async def mastodon(
    handler: Callable[[web.Request], Awaitable[web.Response]],
) -> AsyncIterator[str]:
    """A server that answers posts as `handler` does, and every look like a good account."""

    async def look(_: web.Request) -> web.Response:
        return web.json_response({"id": "1", "acct": "stadt", "source": {"privacy": "public"}})

    app = web.Application()
    app.add_routes([web.post("/api/v1/statuses", handler), web.get("/{path:.*}", look)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_the_attempt_is_on_disk_before_the_network_is_touched(
    sim: Simulator, tmp_path: Path
) -> None:
    seen = []

    async def look_into_the_database(_: web.Request) -> web.Response:
        database = sqlite3.connect(f"file:{tmp_path}/data/sentinel.db?mode=ro", uri=True)
        seen.extend(database.execute("SELECT started_at, ended_at FROM attempts").fetchall())
        seen.extend(database.execute("SELECT state FROM deliveries").fetchall())
        database.close()
        return web.json_response({"id": "1", "url": "https://social.example/@stadt/1"})

    async with mastodon(look_into_the_database) as url:
        file = await quiet_rules(sim, tmp_path, "mastodon-stadt", base_url=url)
        async with House(file) as house:
            await house.live(await house.send())

    (started_at, ended_at), (state,) = seen
    assert started_at is not None
    assert ended_at is None
    assert state == "publishing"


async def test_a_failed_severe_post_moves_on_at_once(sim: Simulator, tmp_path: Path) -> None:
    file = await quiet_rules(sim, tmp_path, "x-stadt", "mastodon-stadt")
    async with House(file) as house:
        await all_up(house, "x-stadt", "mastodon-stadt")
        sim.faults.put("x", "rate_limited")
        shape = await house.live(await house.send(), within_s=2)
        rerouted = await house.journal("message.rerouted")
        _, metrics = await house.call("GET", "/metrics")

    by_channel = {d["channel"]: d for d in shape["deliveries"]}
    assert by_channel["mastodon-stadt"]["state"] == "published"
    assert by_channel["x-stadt"]["attempts"][0]["cause"] == "rate_limited"
    assert [entry.payload["onto"] for entry in rerouted] == [["mastodon-stadt"]]
    assert len(sim.posts("mastodon")) == 1
    assert "sentinel_failover_seconds_count 1.0" in metrics


async def test_a_routine_post_waits_for_its_channel(sim: Simulator, tmp_path: Path) -> None:
    file = await quiet_rules(sim, tmp_path, "x-stadt", "mastodon-stadt", fail_over_when="down")
    async with House(file) as house:
        await all_up(house, "x-stadt", "mastodon-stadt")
        sim.faults.put("x", "accepted_then_error", lasts=timedelta(seconds=1))
        message = await house.send(**ROUTINE)
        shape = await house.live(message, within_s=8)

    assert [d["channel"] for d in shape["deliveries"]] == ["x-stadt"]
    assert len(sim.posts("x")) == 1
    assert sim.posts("mastodon") == []


async def test_a_throttled_post_that_would_wait_too_long_moves_on(
    sim: Simulator, tmp_path: Path
) -> None:
    routine = {"reroute_after": "1s"}
    file = await quiet_rules(sim, tmp_path, "x-stadt", "mastodon-stadt", **routine)
    async with House(file) as house:
        await all_up(house, "x-stadt", "mastodon-stadt")
        sim.faults.put("x", "rate_limited", options={"seconds": 600})
        shape = await house.live(await house.send(**ROUTINE), within_s=5)

    assert {d["channel"]: d["state"] for d in shape["deliveries"]}["mastodon-stadt"] == "published"
    assert sim.posts("x") == []


async def test_an_unclear_post_is_looked_up_and_never_sent_again(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await quiet_rules(sim, tmp_path, "mastodon-stadt", "bluesky-stadt")
    async with House(file) as house:
        await all_up(house, "mastodon-stadt", "bluesky-stadt")
        sim.faults.put("mastodon", "accepted_then_error")
        message = await house.send()
        await house.live(message, within_s=2)  # over bluesky, at once
        sim.faults.clear()

        async def found() -> bool:
            states = await house.states(message)
            return states["mastodon-stadt"] == "published"

        await until(found, 6, "the post to be found")
        found_entries = await house.journal("delivery.found")

    assert len(sim.arrivals("mastodon")) == 1
    assert len(sim.posts("mastodon")) == 1
    assert len(found_entries) == 1


async def test_a_duplicate_refusal_is_looked_up_first(sim: Simulator, tmp_path: Path) -> None:
    file = await quiet_rules(sim, tmp_path, "x-stadt")
    async with House(file) as house:
        await all_up(house, "x-stadt")
        sim.faults.put("x", "duplicate_refused")
        shape = await house.live(await house.send(), within_s=8)

    assert shape["deliveries"][0]["receipt"]["post_id"] == sim.posts("x")[0]["id"]
    assert len(sim.posts("x")) == 1


async def test_refused_content_ends_this_delivery_and_the_route_moves_on(
    sim: Simulator, tmp_path: Path
) -> None:
    async def refuse(_: web.Request) -> web.Response:
        return web.json_response({"error": "Validation failed"}, status=422)

    async with mastodon(refuse) as url:
        file = await quiet_rules(sim, tmp_path, "mastodon-stadt", "bluesky-stadt", base_url=url)
        async with House(file) as house:
            await all_up(house, "mastodon-stadt", "bluesky-stadt")
            shape = await house.live(await house.send())
            verdict = house.verdict("mastodon-stadt", "publish")

    states = {d["channel"]: (d["state"], d["cause"]) for d in shape["deliveries"]}
    assert states["mastodon-stadt"] == ("refused", "content_rejected")
    assert states["bluesky-stadt"] == ("published", None)
    assert verdict == ("up", None)  # the text was wrong, not the channel


async def test_a_missing_credential_stops_neither_the_daemon_nor_the_message(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await quiet_rules(sim, tmp_path, "mastodon-stadt", "bluesky-stadt")
    env = {name: value for name, value in city.TOKENS.items() if name != "MASTODON_TOKEN"}
    async with House(file, env) as house:
        shape = await house.live(await house.send())
        await house.judged("mastodon-stadt", "publish", "down", "bad_configuration")
        health = house.parts.board.health("mastodon-stadt")
        status, said = await house.call("GET", "/health")
        entries = await house.journal("outage.opened")

    assert {d["channel"]: d["state"] for d in shape["deliveries"]}["bluesky-stadt"] == "published"
    assert all("MASTODON_TOKEN" in v.evidence for v in health.verdicts.values())
    assert (status, said["status"]) == (200, "pass")  # not configured: does not count
    assert entries == []


async def test_hold_stops_everything_until_resume(sim: Simulator, tmp_path: Path) -> None:
    file = await quiet_rules(sim, tmp_path, "mastodon-stadt")
    async with House(file) as house:
        await all_up(house, "mastodon-stadt")
        await house.call("POST", "/api/v1/hold", {"reason": "Irrtum"})
        message = await house.send()
        await asyncio.sleep(0.8)
        held = (await house.message(message))["state"]
        posts = sim.posts("mastodon")
    async with House(file) as house:  # also over a restart
        await asyncio.sleep(0.8)
        still = (await house.message(message))["state"]
        await house.call("POST", "/api/v1/resume")
        await house.live(message)

    assert (held, posts, still) == ("held", [], "held")
    assert len(sim.posts("mastodon")) == 1


async def test_nothing_is_posted_after_it_expired(sim: Simulator, tmp_path: Path) -> None:
    file = await quiet_rules(sim, tmp_path, "mastodon-stadt")
    async with House(file) as house:
        await house.call("POST", "/api/v1/hold", {"reason": "Irrtum"})
        soon = utc_now() + timedelta(seconds=0.8)
        message = await house.send(expires_at=soon.isoformat())

        async def expired() -> bool:
            shape = await house.message(message)
            return bool(shape["state"] == "expired")

        await until(expired, 4, "the message to expire")
        await house.call("POST", "/api/v1/resume")
        await asyncio.sleep(0.7)

    assert sim.arrivals("mastodon") == []


async def test_what_is_planned_for_later_goes_out_when_its_time_comes(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await quiet_rules(sim, tmp_path, "mastodon-stadt")
    async with House(file) as house:
        start = utc_now() + timedelta(seconds=1)
        message = await house.send(not_before=start.isoformat())
        assert message["state"] == "scheduled"
        shape = await house.live(message)

    assert shape["deliveries"][0]["posted_at"] >= start.isoformat()[:23]


async def test_a_frozen_channel_is_passed_over_until_it_is_released(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await quiet_rules(sim, tmp_path, "mastodon-stadt", "bluesky-stadt")
    async with House(file) as house:
        await all_up(house, "mastodon-stadt", "bluesky-stadt")
        status, _ = await house.call(
            "POST", "/api/v1/channels/mastodon-stadt/freeze", {"reason": "Konto übernommen"}
        )
        first = await house.live(await house.send())
        await house.call("POST", "/api/v1/channels/mastodon-stadt/release")
        second = await house.live(await house.send())

    assert status == 200
    assert [d["channel"] for d in first["deliveries"]] == ["bluesky-stadt"]
    assert [d["channel"] for d in second["deliveries"]] == ["mastodon-stadt"]
    assert [(n["channel"], n["reason"]) for n in first["explanations"]] == [
        ("mastodon-stadt", "frozen")
    ]


async def test_after_a_locked_account_the_first_message_goes_alone(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await quiet_rules(sim, tmp_path, "mastodon-stadt")
    async with House(file) as house:
        await all_up(house, "mastodon-stadt")
        sim.faults.put("mastodon", "account_locked")
        messages = [await house.send()]
        await house.judged("mastodon-stadt", "publish", "down", "account_locked")
        messages += [await house.send() for _ in range(2)]
        sim.faults.clear()
        sim.faults.put("mastodon", "slow", options={"seconds": 0.4})
        await house.call("POST", "/api/v1/channels/mastodon-stadt/release")
        for message in messages:
            await house.live(message, within_s=8)

    first, second = sorted(utc_now().fromisoformat(post["at"]) for post in sim.posts("mastodon"))[
        :2
    ]
    assert second - first >= timedelta(seconds=0.35)


async def test_an_attempt_that_a_crash_cut_off_is_looked_up_and_not_repeated(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await quiet_rules(sim, tmp_path, "mastodon-stadt", "bluesky-stadt")
    async with House(file) as house:
        await house.call("POST", "/api/v1/hold", {"reason": "Probe"})
        message = await house.send()
        await all_up(house, "mastodon-stadt", "bluesky-stadt")
    await cut_off_in_mid_attempt(tmp_path)

    async with House(file) as house:
        shape = await house.live(message)
        unclear = await house.journal("delivery.unclear")
        states = await house.states(message)

    cut = next(d for d in shape["deliveries"] if d["channel"] == "mastodon-stadt")
    assert [attempt["outcome"] for attempt in cut["attempts"]] == ["unclear"]
    assert len(unclear) == 1
    assert states == {"mastodon-stadt": "unknown", "bluesky-stadt": "published"}
    assert sim.posts("mastodon") == []  # whether it had gone out, nobody knows


async def cut_off_in_mid_attempt(folder: Path) -> None:
    """Leave the database as a power cut between attempt and outcome would."""
    url = f"sqlite:///{folder}/data/sentinel.db"
    storage = await Storage.open(url, data=folder / "data", node="before", now=utc_now)
    async with storage.write() as unit:
        await unit.set_flag("hold", None)
        for claim in await unit.claim_due(utc_now(), lease=timedelta(seconds=60), limit=10):
            if claim.delivery.channel == "mastodon-stadt":
                at = utc_now()
                await unit.save_delivery(
                    step(claim.delivery, DeliveryState.PUBLISHING, at, attempts=1)
                )
                await unit.begin_attempt(claim.delivery.id, at=at, node="before")
    await storage.close()


async def test_a_locked_storage_stops_nothing_for_good(sim: Simulator, tmp_path: Path) -> None:
    file = await quiet_rules(sim, tmp_path, "mastodon-stadt")
    async with House(file) as house:
        await all_up(house, "mastodon-stadt")
        intruder = sqlite3.connect(
            tmp_path / "data" / "sentinel.db", isolation_level=None, check_same_thread=False
        )
        await asyncio.to_thread(intruder.execute, "BEGIN IMMEDIATE")
        await asyncio.sleep(5.5)  # longer than the storage is patient
        intruder.execute("ROLLBACK")
        intruder.close()
        await house.live(await house.send())

    assert len(sim.posts("mastodon")) == 1
