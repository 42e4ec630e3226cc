"""What a platform took and does not admit, or admits and does not show."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from sentinel.simulator.server import Simulator

WEB = ("x", "threads", "mastodon", "bluesky")
# What is kept although the sender is told otherwise.
TOLD_OTHERWISE = {
    ("x", "accepted_then_error"): 503,
    ("x", "duplicate_refused"): 403,
    ("threads", "accepted_then_error"): 500,
    ("mastodon", "accepted_then_error"): 500,
    ("bluesky", "accepted_then_error"): 500,
}
Clients = Callable[[str], Any]


@pytest.mark.parametrize(("platform", "kind"), TOLD_OTHERWISE)
async def test_a_post_is_live_although_the_answer_says_otherwise(
    platform: str, kind: str, sim: Simulator, client_of: Clients
) -> None:
    client = client_of(platform)
    await client.prepare("Bombe")
    sim.faults.put(platform, kind)

    heard = await client.publish("Bombe")

    assert heard.status == TOLD_OTHERWISE[platform, kind]
    assert [(post["text"], post["visible"]) for post in sim.posts()] == [("Bombe", True)]
    assert "Bombe" in (await client.own()).text


@pytest.mark.parametrize("platform", WEB)
async def test_a_post_is_live_although_no_answer_comes(
    platform: str, sim: Simulator, client_of: Clients
) -> None:
    client = client_of(platform)
    await client.prepare("Bombe")
    sim.faults.put(platform, "accepted_then_timeout")

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await client.publish("Bombe")

    assert "Bombe" in (await client.own()).text
    assert [arrival["status"] for arrival in sim.arrivals()] == [None]


@pytest.mark.parametrize("platform", ["x", "threads"])
async def test_a_post_that_is_swallowed_is_neither_kept_nor_answered(
    platform: str, sim: Simulator, client_of: Clients
) -> None:
    client = client_of(platform)
    await client.prepare("Bombe")
    sim.faults.put(platform, "swallowed")

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await client.publish("Bombe")

    assert sim.posts() == []
    assert [arrival["status"] for arrival in sim.arrivals()] == [None]


@pytest.mark.parametrize("platform", WEB)
async def test_an_accepted_post_that_never_appears_is_seen_by_no_citizen(
    platform: str, sim: Simulator, client_of: Clients
) -> None:
    client = client_of(platform)
    sim.faults.put(platform, "accepted_not_live")

    heard = await client.say("Bombe")
    looked = await client.look(heard.json.get("data", heard.json))

    assert heard.status < 300
    assert "Bombe" not in looked.text
    assert [post["visible"] for post in sim.posts()] == [False]


@pytest.mark.parametrize("platform", WEB)
async def test_a_late_post_is_seen_after_its_time(
    platform: str, sim: Simulator, client_of: Clients, clock: Any
) -> None:
    client = client_of(platform)
    sim.faults.put(platform, "late_visible", options={"seconds": 20})
    posted = (await client.say("Bombe")).json
    posted = posted.get("data", posted)

    early = await client.look(posted)
    clock.pass_by(seconds=20)
    late = await client.look(posted)

    assert ("Bombe" in early.text, "Bombe" in late.text) == (False, True)


@pytest.mark.parametrize("platform", ["x", "threads", "mastodon"])
async def test_a_cut_post_is_shown_cut_while_the_answer_says_nothing(
    platform: str, sim: Simulator, client_of: Clients
) -> None:
    client = client_of(platform)
    sim.faults.put(platform, "truncated")

    heard = await client.say("Evakuierung bis 18 Uhr")

    assert heard.status < 300
    assert [post["text"] for post in sim.posts()] == ["Evakuierung bi"]
    assert "Evakuierung bi" in (await client.own()).text
    assert "18 Uhr" not in (await client.own()).text
