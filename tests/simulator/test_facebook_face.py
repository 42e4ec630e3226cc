"""The face of Facebook answers as the fact sheet says (platforms-b.md, sections 1 and 3)."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from sentinel.simulator.server import Simulator
from tests.simulator.conftest import Heard

PAGE = "100000000000001"
FEED = f"/v26.0/{PAGE}/feed"


class Client:
    """What a test says to the page, in Facebook's words."""

    def __init__(self, http: aiohttp.ClientSession, sim: Simulator) -> None:
        self.http = http
        self.base = f"{sim.url}/facebook/stadt"

    async def ask(self, method: str, path: str, *, bearer: str = "t", **how: Any) -> Heard:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        async with self.http.request(method, self.base + path, headers=headers, **how) as answer:
            return Heard(answer.status, answer.headers, await answer.text())

    async def say(self, **fields: Any) -> Heard:
        asked = {"fields": "id,permalink_url"}
        return await self.ask("POST", FEED, json={"published": True} | fields, params=asked)


@pytest.fixture
def page(http: aiohttp.ClientSession, sim: Simulator) -> Client:
    return Client(http, sim)


def code(heard: Heard) -> tuple[int, int, int | None]:
    error = heard.json["error"]
    return heard.status, error["code"], error.get("error_subcode")


async def test_one_call_posts_and_brings_number_and_permalink(page: Client, sim: Simulator) -> None:
    heard = await page.say(message="Bombe")

    assert heard.status == 200
    assert heard.json["id"].startswith(f"{PAGE}_")
    assert heard.json["permalink_url"].startswith("https://www.facebook.com/")
    assert heard.headers["facebook-api-version"] == "v26.0"
    assert [post["text"] for post in sim.posts()] == ["Bombe"]


async def test_the_page_lists_its_posts_with_a_time_without_a_colon_in_the_offset(
    page: Client,
) -> None:
    await page.say(message="Bombe")

    asked = {"fields": "id,message,created_time,is_published", "limit": "25"}
    heard = await page.ask("GET", f"/v26.0/{PAGE}/published_posts", params=asked)

    (shown,) = heard.json["data"]
    assert (shown["message"], shown["is_published"]) == ("Bombe", True)
    assert shown["created_time"] == "2026-11-20T12:00:00+0000"


async def test_an_unpublished_post_is_seen_by_nobody(page: Client, sim: Simulator) -> None:
    heard = await page.say(message="Bombe", published=False)

    assert heard.status == 200
    assert (sim.posts(), sim.arrivals()) == ([], [])


async def test_an_empty_post_is_refused_with_code_100_after_the_token_was_looked_at(
    page: Client, sim: Simulator
) -> None:
    empty = await page.ask("POST", FEED, json={"published": False})
    sim.faults.put("facebook", "plan_refused")
    not_allowed = await page.ask("POST", FEED, json={"published": False})

    assert code(empty) == (400, 100, None)
    assert code(not_allowed) == (403, 200, 1404078)


async def test_a_copy_is_taken_like_any_other_post(page: Client, sim: Simulator) -> None:
    """Seven identical ones got through (koala 699): the platform's guards are no key."""
    await page.say(message="Bombe")
    await page.say(message="Bombe")

    assert len(sim.posts()) == 2


async def test_an_error_although_live_is_http_500_code_2(page: Client, sim: Simulator) -> None:
    sim.faults.put("facebook", "accepted_then_error")

    heard = await page.say(message="Bombe")

    assert code(heard) == (500, 2, None)
    assert heard.json["error"]["is_transient"] is True
    assert len(sim.posts()) == 1


async def test_a_copy_that_is_refused_is_code_506(page: Client, sim: Simulator) -> None:
    sim.faults.put("facebook", "duplicate_refused")

    assert code(await page.say(message="Bombe")) == (400, 506, None)
    assert len(sim.posts()) == 1


async def test_a_link_whose_page_cannot_be_read_is_code_1609005(
    page: Client, sim: Simulator
) -> None:
    heard = await page.say(message="Bombe", link="https://stadt.invalid/17")

    assert code(heard) == (400, 1609005, None)
    assert sim.posts() == []


async def test_the_limit_is_63206_utf_16_units(page: Client) -> None:
    fits = await page.say(message="🚨" * 31_603)
    over = await page.say(message="🚨" * 31_604)

    assert (fits.status, code(over)) == (200, (400, 100, None))


async def test_who_the_token_is_and_what_is_known_of_it(page: Client) -> None:
    me = await page.ask("GET", "/v26.0/me", params={"fields": "id,name"})
    about = await page.ask("GET", "/v26.0/debug_token", params={"input_token": "t"})

    assert me.json == {"id": PAGE, "name": "stadt"}
    assert about.json["data"]["is_valid"] is True
    assert about.json["data"]["expires_at"] == 0
    assert "pages_manage_posts" in about.json["data"]["scopes"]


async def test_without_a_token_nothing_is_told(page: Client) -> None:
    assert (await page.ask("GET", "/v26.0/me", bearer="")).status == 401


async def test_use_is_told_in_percent_in_an_array_for_the_page_and_not_near_zero(
    page: Client,
) -> None:
    first, *_, fiftieth = [await page.ask("GET", "/v26.0/me") for _ in range(50)]

    assert "X-Business-Use-Case-Usage" not in first.headers
    ((use,),) = json.loads(fiftieth.headers["X-Business-Use-Case-Usage"]).values()
    assert (use["type"], use["call_count"], use["estimated_time_to_regain_access"]) == (
        *("pages", 1, 0),
    )


async def test_a_limit_is_a_400_with_the_minutes_to_wait(page: Client, sim: Simulator) -> None:
    sim.faults.put("facebook", "rate_limited", options={"seconds": 600})

    heard = await page.say(message="Bombe")

    assert code(heard) == (400, 80001, None)
    (uses,) = json.loads(heard.headers["X-Business-Use-Case-Usage"]).values()
    assert (uses[0]["call_count"], uses[0]["estimated_time_to_regain_access"]) == (100, 10)


async def test_the_embedded_view_needs_no_token_and_shows_live_posts_only(page: Client) -> None:
    posted = (await page.say(message="Bombe & <Rauch>")).json
    asked = {"url": posted["permalink_url"]}

    seen = await page.ask("GET", "/public/v26.0/oembed_post", bearer="", params=asked)
    await page.ask("DELETE", f"/v26.0/{posted['id']}")
    gone = await page.ask("GET", "/public/v26.0/oembed_post", bearer="", params=asked)

    assert "Bombe &amp; &lt;Rauch&gt;" in seen.json["html"]
    assert "author_name" not in seen.json
    assert code(gone) == (400, 100, 33)


async def test_another_page_is_not_ours(page: Client) -> None:
    heard = await page.ask("POST", "/v26.0/99/feed", json={"message": "Bombe"})

    assert code(heard) == (400, 100, 33)
