"""Taking a post down: it is gone for citizens and for us, unless a fault refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sentinel.simulator.server import Simulator

WEB = ("x", "threads", "mastodon", "bluesky")
Clients = Callable[[str], Any]

REFUSED = {
    **{(name, "edge_page"): 403 for name in WEB},
    **{(name, "html_error"): 503 for name in WEB},
    ("x", "server_error"): 503,
    ("x", "credential_revoked"): 401,
    ("x", "plan_refused"): 403,
    ("x", "payment_required"): 402,
    ("x", "account_locked"): 403,
    ("threads", "server_error"): 500,
    ("threads", "credential_revoked"): 400,
    ("threads", "account_locked"): 400,
    ("mastodon", "server_error"): 500,
    ("mastodon", "credential_revoked"): 401,
    ("mastodon", "account_locked"): 403,
    ("bluesky", "server_error"): 500,
    ("bluesky", "credential_revoked"): 400,
    ("bluesky", "account_locked"): 401,
}


async def post(client: Any) -> Any:
    """Have a post taken; return it as its platform names it."""
    heard = (await client.say("Bombe in Wilhelmsburg")).json
    return heard.get("data", heard)


@pytest.mark.parametrize("platform", WEB)
async def test_what_is_deleted_neither_citizens_nor_we_find(
    platform: str, sim: Simulator, client_of: Clients
) -> None:
    client = client_of(platform)
    posted = await post(client)
    before = (await client.own()).text, (await client.look(posted)).text

    gone = await client.remove(posted)

    assert all("Wilhelmsburg" in text for text in before)
    assert gone.status == 200
    assert "Wilhelmsburg" not in (await client.own()).text
    assert "Wilhelmsburg" not in (await client.look(posted)).text
    assert [(each["deleted"], each["visible"]) for each in sim.posts()] == [(True, False)]


@pytest.mark.parametrize(("platform", "kind"), REFUSED)
async def test_a_refusal_leaves_the_post_where_it_is(
    platform: str, kind: str, sim: Simulator, client_of: Clients
) -> None:
    client = client_of(platform)
    posted = await post(client)
    sim.faults.put(platform, kind)

    heard = await client.remove(posted)

    assert heard.status == REFUSED[platform, kind]
    assert [each["deleted"] for each in sim.posts()] == [False]


@pytest.mark.parametrize("platform", ["x", "threads", "mastodon"])
async def test_a_post_on_its_way_out_is_refused_nothing_when_only_posting_is_limited(
    platform: str, sim: Simulator, client_of: Clients
) -> None:
    client = client_of(platform)
    posted = await post(client)
    sim.faults.put(platform, "rate_limited")

    assert (await client.remove(posted)).status == 200


async def test_mastodon_lets_thirty_be_deleted_in_half_an_hour(
    client_of: Clients, clock: Any
) -> None:
    mastodon = client_of("mastodon")
    posted = await post(mastodon)
    statuses = [(await mastodon.remove({"id": number})).status for number in range(30)]

    over = await mastodon.remove(posted)
    clock.pass_by(minutes=30)
    later = await mastodon.remove(posted)

    assert set(statuses) == {404}
    assert (over.status, later.status) == (429, 200)


async def test_threads_lets_a_hundred_be_deleted_a_day_and_says_how_many_were(
    client_of: Clients, clock: Any
) -> None:
    threads = client_of("threads")
    posts = [await post(threads) for _ in range(101)]
    statuses = {(await threads.remove(each)).status for each in posts[:100]}
    asked = {"fields": "delete_quota_usage"}
    used = await threads.ask(
        "GET", "/v1.0/me/threads_publishing_limit", params=asked, headers=threads.auth
    )

    over = await threads.remove(posts[100])

    assert statuses == {200}
    assert used.json["data"] == [{"delete_quota_usage": 100}]
    assert (over.status, over.json["error"]["code"]) == (400, 9)
    clock.pass_by(hours=24)
    assert (await threads.remove(posts[100])).status == 200
