"""Rate limits over the whole daemon: whose doing a refusal is, the reserve, and the forecast."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from sentinel.domain.cause import Ability
from sentinel.domain.observation import Owner, Window
from sentinel.simulator.server import Simulator
from tests.support import city
from tests.support.house import House, route, rules_for, until, utc_now

QUIET = dict.fromkeys(
    ("quota", "write_path", "read_back", "visibility", "listening", "status_page"), "off"
)
QUARTER, DAY = timedelta(minutes=15), timedelta(hours=24)
CHANNELS = {
    "x": "x-stadt",
    "threads": "threads-stadt",
    "mastodon": "mastodon-stadt",
    "bluesky": "bluesky-stadt",
}


async def rules_of(
    sim: Simulator, folder: Path, *names: str, quota: Any = None, probes: Any = None
) -> Path:
    """Rules with some channels of one route; `quota` is the first one's."""
    file = await rules_for(sim, folder, [route(*names)], only=names)
    document = yaml.safe_load(file.read_text())
    for channel in document["channels"].values():
        channel["probes"] = {**QUIET, "credentials": {"every": "1s"}, **(probes or {})}
    if quota:
        document["channels"][names[0]]["quota"] = quota
    return city.write(folder, document)


async def causes(house: House, kind: str) -> list[str]:
    return [entry.payload["cause"] for entry in await house.journal(kind)]


@pytest.mark.parametrize(
    ("fault", "cause"),
    [("rate_limited_low_use", "platform_defending"), ("rate_limited", "rate_limited")],
)
async def test_a_refused_post_is_known_for_whose_doing_it_is(
    sim: Simulator, tmp_path: Path, fault: str, cause: str
) -> None:
    file = await rules_of(sim, tmp_path, *CHANNELS.values(), "presse-mail")
    async with House(file) as house:
        for name in CHANNELS.values():
            await house.judged(name, "publish", "up", None)
        for platform in CHANNELS:
            sim.faults.put(platform, fault)
        message = await house.live(await house.send())
        refused = await house.journal("delivery.throttled")

    assert {e.payload["channel"]: e.payload["cause"] for e in refused} == dict.fromkeys(
        CHANNELS.values(), cause
    )
    assert {d["channel"]: d["state"] for d in message["deliveries"]}["presse-mail"] == "published"


async def test_the_platform_defending_itself_is_counted_and_an_outage(
    sim: Simulator, tmp_path: Path
) -> None:
    probes = {"write_path": {"every": "1s"}}
    file = await rules_of(sim, tmp_path, "threads-stadt", "mastodon-stadt", probes=probes)
    async with House(file) as house:
        await house.judged("threads-stadt", "publish", "up", None)
        sim.faults.put("threads", "rate_limited_low_use")
        await house.judged("threads-stadt", "publish", "down", "platform_defending")
        opened = await until(lambda: house.journal("outage.opened"), 4, "the outage")
        sim.faults.clear()
        await house.judged("threads-stadt", "publish", "up", None)

    assert [entry.payload["cause"] for entry in opened] == ["platform_defending"]
    assert "unter Last" in opened[0].payload["sentence_de"]


async def test_our_own_doing_acts_at_once_and_ends_at_the_reset(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_of(sim, tmp_path, "x-stadt", "mastodon-stadt")
    async with House(file) as house:
        for name in ("x-stadt", "mastodon-stadt"):
            await house.judged(name, "publish", "up", None)
        sim.faults.put("x", "rate_limited", options={"seconds": 2})
        await house.live(await house.send())
        await house.judged("x-stadt", "publish", "down", "rate_limited", within_s=1)
        sim.faults.clear()
        await house.judged("x-stadt", "publish", "up", None)


async def test_what_the_ledger_knows_outranks_a_full_window_in_the_answer(
    sim: Simulator, tmp_path: Path
) -> None:
    """X shows a fresh quarter of an hour; that the day is spent was stated before."""
    file = await rules_of(sim, tmp_path, "x-stadt")
    async with House(file) as house:
        await house.judged("x-stadt", "publish", "up", None)
        channel = house.parts.board.rules.channels["x-stadt"]
        sim.faults.put("x", "rate_limited_low_use")
        spent = Window(
            name="posts/24h", limit=300, remaining=0, resets_at=utc_now() + timedelta(hours=9)
        )
        house.parts.ledger.take(channel, [spent])
        await house.judged("x-stadt", "publish", "down", "rate_limited")
        await house.send()  # the last channel of a route is tried all the same
        refused = await until(lambda: house.journal("delivery.throttled"), 4, "the refusal")
        _, shape = await house.call("GET", "/api/v1/channels/x-stadt")

    assert refused[0].payload["cause"] == "rate_limited"
    assert refused[0].payload["until"].startswith(f"{spent.resets_at:%Y-%m-%dT%H:%M:%S}")
    [day] = [one for one in shape["quota"] if one["name"] == "posts/24h"]
    assert (day["remaining"], day["nearness"], day["source"]) == (0, "over", "headers")
    assert day["sentence_en"].startswith("The quota posts/24h of x-stadt is used up; free again")


async def test_a_day_that_is_spent_after_a_quarter_of_an_hour_is_said_to_end_with_the_day(
    sim: Simulator, tmp_path: Path
) -> None:
    """Else the channel would count as open for a moment when the quarter of an hour is over."""
    file = await rules_of(sim, tmp_path, "x-stadt")
    async with House(file) as house:
        await house.judged("x-stadt", "publish", "up", None)
        channel = house.parts.board.rules.channels["x-stadt"]
        soon, late = (utc_now() + timedelta(minutes=m) for m in (10, 540))
        for name, resets_at, per in (("posts", soon, QUARTER), ("posts/24h", late, DAY)):
            spent = Window(name=name, limit=300, remaining=0, resets_at=resets_at, per=per)
            house.parts.ledger.take(channel, [spent])
            await house.judged("x-stadt", "publish", "down", "rate_limited")

        async def to_the_end() -> bool:
            return house.parts.board.health("x-stadt").verdicts[Ability.PUBLISH].until == late

        await until(to_the_end, 4, "the later of the two resets")


async def test_what_an_app_may_do_both_accounts_that_post_through_it_share(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_of(sim, tmp_path, "x-stadt", "mastodon-stadt")
    document = yaml.safe_load(file.read_text())
    second = yaml.safe_load(file.read_text())["channels"]["x-stadt"]
    second |= {"base_url": f"{sim.url}/x/feuerwehr", "account": "feuerwehr"}
    second["credentials"] |= {"access_token": "another-token", "access_secret": "another-secret"}
    document["channels"]["x-feuerwehr"] = second
    async with House(city.write(tmp_path, document)) as house:
        await house.judged("x-feuerwehr", "publish", "up", None)
        channel = house.parts.board.rules.channels["x-stadt"]
        spent = Window(
            name="posts/24h-app",
            limit=10_000,
            remaining=0,
            resets_at=utc_now() + timedelta(hours=9),
            per=timedelta(hours=24),
            scope=Owner.APP,
        )
        house.parts.ledger.take(channel, [spent])
        await house.judged("x-feuerwehr", "publish", "down", "rate_limited")
        _, shape = await house.call("GET", "/api/v1/channels/x-feuerwehr")

    [app] = [one for one in shape["quota"] if one["name"] == "posts/24h-app"]
    assert (app["remaining"], app["shared_with"]) == (0, ["x-stadt"])


async def test_routine_messages_leave_before_they_touch_the_reserve(
    sim: Simulator, tmp_path: Path
) -> None:
    quota = {"posts": {"limit": 5, "per": "24h", "reserve": 2}}
    file = await rules_of(sim, tmp_path, "mastodon-stadt", "x-stadt", quota=quota)
    async with House(file) as house:
        for name in ("mastodon-stadt", "x-stadt"):
            await house.judged(name, "publish", "up", None)
        minor = [await house.send(severity="minor", headline=f"Hinweis {n}") for n in range(6)]
        for message in minor:
            await house.live(message, within_s=10)
        routine = len(sim.posts("mastodon"))
        grave = [await house.send(severity="severe", headline=f"Warnung {n}") for n in range(2)]
        for message in grave:
            await house.live(message)
        refused = await house.journal("delivery.throttled", "delivery.refused")

    assert routine == 3
    assert len(sim.posts("mastodon")) == 5
    assert len(sim.posts("x")) == 3
    assert refused == []


async def test_staff_hear_once_that_a_limit_runs_out_and_everybody_sees_when(
    sim: Simulator, tmp_path: Path
) -> None:
    quota = {"posts": {"limit": 14, "per": "24h", "reserve": 2}}
    file = await rules_of(sim, tmp_path, "mastodon-stadt", "x-stadt", quota=quota)
    async with House(file) as house:
        await house.judged("mastodon-stadt", "publish", "up", None)
        for number in range(9):
            await house.live(await house.send(severity="severe", headline=f"Warnung {number}"))

        async def told() -> list[Any]:
            return await house.journal("quota.endangered")

        async def noted() -> list[str]:
            return [n["body"]["message"] for n in sim.notes() if "knapp" in n["body"]["title"]]

        await until(told, 8, "the forecast to be told")
        notes = await until(noted, 8, "staff to hear of it")
        await house.live(await house.send(severity="severe", headline="Noch eine"))
        _, shape = await house.call("GET", "/api/v1/channels/mastodon-stadt")
        _, risks = await house.call("GET", "/api/v1/risks")
        _, page = await house.call("GET", "/?lang=de")
        _, metrics = await house.call("GET", "/metrics")
    async with House(file) as house:
        await house.live(await house.send(severity="severe", headline="Nach dem Neustart"))
        await asyncio.sleep(1.2)  # the quotas are judged once a second
        entries = await house.journal("quota.endangered")

    assert len(entries) == 1
    payload = entries[0].payload
    assert (payload["window"], payload["channels"]) == ("posts/24h", ["mastodon-stadt"])
    assert payload["earliest"] <= payload["likely"] <= payload["latest"]
    assert "Die letzten 2 bleiben extremen und schweren Meldungen" in notes[0]
    [day] = [one for one in shape["quota"] if one["name"] == "posts/24h"]
    assert (day["limit"], day["remaining"], day["reserve"]) == (14, 4, 2)
    assert day["exhausted_earliest"] <= day["exhausted_at"] <= day["exhausted_latest"]
    assert day["reserved_at"] < day["exhausted_at"]
    assert day["sentence_de"] in page
    assert [r["gravity"] for r in risks["items"] if r["kind"] == "quota"] == ["act"]
    assert 'sentinel_quota_remaining_ratio{channel="mastodon-stadt",window="posts/24h"}' in metrics


@pytest.mark.parametrize("fault", ["plan_refused", "payment_required"])
async def test_what_only_money_or_a_contract_mends_is_called_that(
    sim: Simulator, tmp_path: Path, fault: str
) -> None:
    """April 2023: from one minute to the next writing is refused, and the token is good."""
    file = await rules_of(sim, tmp_path, "x-stadt", "mastodon-stadt")
    async with House(file) as house:
        for name in ("x-stadt", "mastodon-stadt"):
            await house.judged(name, "publish", "up", None)
        sim.faults.put("x", fault)
        message = await house.live(await house.send())
        await house.judged("x-stadt", "publish", "down", fault)
        changed = [
            e.payload for e in await house.journal("verdict.changed") if e.subject == "x-stadt"
        ]

    assert {d["channel"]: d["cause"] for d in message["deliveries"]}["x-stadt"] == fault
    assert {payload["cause"] for payload in changed} <= {None, fault}
