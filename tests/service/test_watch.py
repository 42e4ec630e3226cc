"""Watching: how soon a verdict falls and rises, and whom it blames."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from probes import Aim, Probe, Tools
from sentinel.domain.observation import Report
from sentinel.simulator.server import Simulator
from sentinel.storage.storage import Storage
from tests.support import city
from tests.support.house import House, route, rules_for, until, utc_now

OFF: Mapping[str, Any] = dict.fromkeys(
    ("quota", "write_path", "read_back", "visibility", "listening"), "off"
)


async def rules_of(sim: Simulator, folder: Path, *names: str, **channels: Any) -> Path:
    """Rules with some channels; `channels` are more, or changes, by name with `_` for `-`."""
    file = await rules_for(sim, folder, [route(*names)], only=names)
    document = yaml.safe_load(file.read_text())
    for channel in document["channels"].values():
        channel["probes"] = {**OFF, "credentials": {"every": "1s"}}
    for name, section in channels.items():
        document["channels"].setdefault(name.replace("_", "-"), {}).update(section)
    return city.write(folder, document)


async def test_it_falls_after_the_recheck_and_rises_again(sim: Simulator, tmp_path: Path) -> None:
    file = await rules_of(sim, tmp_path, "mastodon-stadt")
    async with House(file) as house:
        await house.judged("mastodon-stadt", "publish", "up", None)
        sim.faults.put("mastodon", "server_error")
        await house.judged("mastodon-stadt", "publish", "down", "platform_fault")
        sim.faults.clear()
        await house.judged("mastodon-stadt", "publish", "up", None)

        async def all_closed() -> bool:
            opened = await abilities(house, "outage.opened")
            closed = await abilities(house, "outage.closed")
            return "publish" in opened and sorted(opened) == sorted(closed)

        await until(all_closed, 10, "every outage to be closed in the journal")
        _, metrics = await house.call("GET", "/metrics")

    assert re.search(r"sentinel_detection_seconds_count [1-9]", metrics)


async def abilities(house: House, kind: str) -> list[str]:
    """Return the abilities that the journal's entries of a kind are about."""
    return [entry.payload["ability"] for entry in await house.journal(kind)]


async def test_a_rare_probe_that_fell_is_asked_again_before_its_turn(
    sim: Simulator, tmp_path: Path
) -> None:
    rare = {"probes": {**OFF, "credentials": {"every": "1h"}}}
    file = await rules_of(sim, tmp_path, "mastodon-stadt", mastodon_stadt=rare)
    sim.faults.put("mastodon", "server_error")
    async with House(file) as house:
        await house.judged("mastodon-stadt", "publish", "down", "platform_fault")
    async with House(file) as house:
        sim.faults.clear()
        await house.judged("mastodon-stadt", "publish", "up", None)


async def test_our_own_line_is_blamed_and_no_platform(sim: Simulator, tmp_path: Path) -> None:
    file = await rules_of(sim, tmp_path, "mastodon-stadt", "x-stadt")
    async with House(file) as house:
        for name in ("mastodon-stadt", "x-stadt"):
            await house.judged(name, "publish", "up", None)
        for target in ("_control", "mastodon", "x"):
            sim.faults.put(target, "refuse_connection")
        for name in ("mastodon-stadt", "x-stadt"):
            await house.judged(name, "publish", "unknown", "uplink_lost")
        lost = await house.journal("outage.opened")
        status, health = await house.call("GET", "/health")
        sim.faults.clear()
        for name in ("mastodon-stadt", "x-stadt"):
            await house.judged(name, "publish", "up", None)

        async def closed() -> bool:
            return bool(await house.journal("outage.closed"))

        await until(closed, 4, "the outage of the line to end")
        changes = [entry.payload["cause"] for entry in await house.journal("verdict.changed")]

    assert [entry.payload.get("uplink") for entry in lost] == ["default"]
    assert (status, health["status"]) == (503, "fail")  # nobody on the route has another line
    assert health["checks"]["uplink:default"][0]["status"] == "fail"
    assert "unreachable" not in changes


async def test_how_late_each_check_began_is_counted(sim: Simulator, tmp_path: Path) -> None:
    file = await rules_of(sim, tmp_path, "mastodon-stadt")
    async with House(file) as house:
        await house.judged("mastodon-stadt", "publish", "up", None)
        _, metrics = await house.call("GET", "/metrics")

    begun = r'sentinel_check_lateness_seconds_count{probe="reachability"} [1-9]'
    on_time = r'sentinel_check_lateness_seconds_bucket{le="30.0",probe="reachability"} [1-9]'
    assert re.search(begun, metrics)
    assert re.search(on_time, metrics)
    assert 'sentinel_check_lateness_seconds_count{probe="tick"}' not in metrics


async def test_a_lost_line_is_known_after_a_restart(sim: Simulator, tmp_path: Path) -> None:
    file = await rules_of(sim, tmp_path, "mastodon-stadt")
    sim.faults.put("_control", "refuse_connection")
    async with House(file) as house:

        async def lost() -> bool:
            return "default" in house.parts.board.lost_uplinks

        await until(lost, 4, "the line to be lost")
        await until(lambda: house.journal("outage.opened"), 4, "its outage")
    sim.faults.clear()
    async with House(file) as house:

        async def closed() -> bool:
            return bool(await house.journal("outage.closed"))

        await until(closed, 4, "the outage to end")
        opened = await house.journal("outage.opened")

    assert len(opened) == 1


async def test_a_token_error_in_a_falling_family_is_the_platforms_fault(
    sim: Simulator, tmp_path: Path
) -> None:
    other = {
        "platform": "threads",
        "base_url": f"{sim.url}/threads/feuerwehr",
        "public_url": f"{sim.url}/threads/feuerwehr/public",
        "credentials": {"access_token": "another-token-of-threads"},
        "probes": {**OFF, "credentials": {"every": "1s"}},
    }
    file = await rules_of(sim, tmp_path, "threads-stadt", threads_feuerwehr=other)
    async with House(file) as house:
        for name in ("threads-stadt", "threads-feuerwehr"):
            await house.judged(name, "publish", "up", None)
        sim.faults.put("threads", "credential_glitch")
        for name in ("threads-stadt", "threads-feuerwehr"):
            await house.judged(name, "publish", "down", "platform_fault")
        causes = {entry.payload["cause"] for entry in await house.journal("verdict.changed")}

    assert "credential_rejected" not in causes


async def test_a_revoked_token_alone_is_called_that(sim: Simulator, tmp_path: Path) -> None:
    file = await rules_of(sim, tmp_path, "mastodon-stadt")
    async with House(file) as house:
        await house.judged("mastodon-stadt", "publish", "up", None)
        sim.faults.put("mastodon", "credential_revoked")
        await house.judged("mastodon-stadt", "publish", "down", "credential_rejected")


class Broken(Probe):
    """A probe with a mistake in it."""

    name = "broken"
    every = timedelta(seconds=1)

    def applies(self, _: Aim) -> bool:
        return True

    async def run(self, _: Aim, __: Tools) -> Report:
        raise ZeroDivisionError


async def test_a_probe_that_crashes_has_no_vote(sim: Simulator, tmp_path: Path) -> None:
    file = await rules_of(sim, tmp_path, "mastodon-stadt")
    async with House(file) as house:
        looks = house.parts.watcher.looks
        await house.judged("mastodon-stadt", "publish", "up", None)
        broken = replace(looks, probes={**looks.probes, "broken": Broken()})
        channel = house.parts.board.rules.channels["mastodon-stadt"]
        checked = await broken.run(channel, "broken")
        _, metrics = await house.call("GET", "/metrics")

        assert checked is None
        assert house.verdict("mastodon-stadt", "publish") == ("up", None)
        assert 'probe="broken",result="crashed"} 1.0' in metrics


async def test_a_probe_that_hangs_delays_no_other(sim: Simulator, tmp_path: Path) -> None:
    file = await rules_of(sim, tmp_path, "x-stadt", "mastodon-stadt")
    async with House(file) as house:
        for name in ("mastodon-stadt", "x-stadt"):
            await house.judged(name, "publish", "up", None)
        sim.faults.put("x", "black_hole")
        sim.faults.put("mastodon", "server_error")
        await house.judged("mastodon-stadt", "publish", "down", "platform_fault", within_s=2)
        await house.judged("x-stadt", "publish", "down", "unreachable", within_s=9)


async def test_costly_probes_keep_their_rhythm_over_a_restart(
    sim: Simulator, tmp_path: Path
) -> None:
    costly = {"probes": {**OFF, "credentials": {"every": "10m"}}}
    file = await rules_of(sim, tmp_path, "mastodon-stadt", mastodon_stadt=costly)
    async with House(file) as house:
        await house.judged("mastodon-stadt", "publish", "up", None)
        await asyncio.sleep(1.3)  # what changes nothing is written once a second
    async with House(file) as house:
        after_restart = house.verdict("mastodon-stadt", "publish")
        await asyncio.sleep(0.5)
        _, metrics = await house.call("GET", "/metrics")

    assert after_restart == ("up", None)  # known without a new look
    assert 'probe="credentials"' not in metrics
    assert 'probe="reachability"' in metrics


async def test_new_rules_drop_the_checks_of_a_channel_that_is_gone(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_of(sim, tmp_path, "mastodon-stadt", "x-stadt")
    async with House(file) as house:
        sim.faults.put("x", "server_error")
        await house.judged("x-stadt", "publish", "down", "platform_fault")
        await rules_of(sim, tmp_path, "mastodon-stadt")
        status, _ = await house.call("POST", "/api/v1/rules/reload")
        jobs = house.parts.schedule.names()
        applied = await house.journal("rules.applied")
        _, outages = await house.call("GET", "/api/v1/outages")
        file.write_text("version: 2")
        refused = await house.call("POST", "/api/v1/rules/reload")
        still = list(house.parts.board.rules.channels)

    assert status == 200
    assert not [job for job in jobs if job.startswith("check x-stadt")]
    assert applied[0].payload["needs_restart"] == []  # --listen is no change
    assert all(outage["closed_at"] for outage in outages["items"])
    assert refused[0] == 422
    assert refused[1]["problems"][0]["line"] == 1
    assert still == ["mastodon-stadt"]


async def test_check_judges_at_once_and_says_what_it_saw(sim: Simulator, tmp_path: Path) -> None:
    file = await rules_of(sim, tmp_path, "mastodon-stadt")
    async with House(file) as house:
        await house.judged("mastodon-stadt", "publish", "up", None)
        sim.faults.put("mastodon", "server_error")
        status, said = await house.call("POST", "/api/v1/channels/mastodon-stadt/check")

    bad = [item for item in said["items"] if item["result"] == "bad"]
    assert status == 200
    assert bad
    assert set(bad[0]) == {
        "channel",
        "probe",
        "ability",
        "result",
        "cause",
        "evidence",
        "duration_ms",
    }
    assert said["channels"][0]["abilities"]["publish"]["state"] == "down"


async def test_a_quota_of_the_rules_is_counted(sim: Simulator, tmp_path: Path) -> None:
    few = {"quota": {"posts": {"limit": 2, "per": "24h", "reserve": 1}}}
    file = await rules_of(sim, tmp_path, "mastodon-stadt", mastodon_stadt=few)
    async with House(file) as house:
        await house.judged("mastodon-stadt", "publish", "up", None)
        await house.live(await house.send())
        await house.judged("mastodon-stadt", "publish", "degraded", "quota_low")
        await house.live(await house.send())
        await house.judged("mastodon-stadt", "publish", "down", "quota_exhausted")


async def test_two_hundred_channels_are_watched_soon_after_the_start(
    sim: Simulator, tmp_path: Path
) -> None:
    many = {
        f"m-{number}": {
            "platform": "mastodon",
            "base_url": f"{sim.url}/mastodon/m{number}",
            "credentials": {"access_token": f"the-token-of-number-{number}"},
            "probing": {"every": "30s"},
        }
        for number in range(200)
    }
    file = await rules_of(sim, tmp_path, "mastodon-stadt", **many)
    async with House(file) as house:

        async def all_known() -> bool:
            return all(
                any("reachability" in key for key in house.parts.board.health(name).tracks)
                for name in house.parts.board.rules.channels
            )

        await until(all_known, 40, "every channel's reachability to be known")


async def test_observations_are_on_disk(sim: Simulator, tmp_path: Path) -> None:
    file = await rules_of(sim, tmp_path, "mastodon-stadt")
    async with House(file) as house:
        await house.judged("mastodon-stadt", "publish", "up", None)
        await asyncio.sleep(1.2)
    url = f"sqlite:///{tmp_path}/data/sentinel.db"
    storage = await Storage.open(url, data=tmp_path / "data", node="later", now=utc_now)
    async with storage.read() as view:
        seen = await view.observations("mastodon-stadt")
    await storage.close()

    assert {one.probe for one in seen} >= {"reachability", "credentials"}
