"""The face of WordPress answers as the fact sheet says, and as a real one did."""

from __future__ import annotations

import base64
from typing import Any

import aiohttp
import pytest

from sentinel.simulator.server import Simulator
from tests.simulator.conftest import Client, Heard

API = "/wp-json/wp/v2"


class WordPressClient(Client):
    platform = "wordpress"
    password = "abcd efgh"

    async def call(self, method: str, path: str, **how: Any) -> Heard:
        pair = base64.b64encode(f"sentinel:{self.password}".encode()).decode()
        headers = {"Authorization": f"Basic {pair}"} if self.password else {}
        return await self.ask(method, f"{API}{path}", headers=headers, **how)

    async def draft(self, text: str = "<p>Bombe</p>", slug: str = "warnung-1") -> Any:
        body = {"status": "draft", "slug": slug, "title": "Bombe", "content": text}
        return (await self.call("POST", "/posts", json=body)).json

    async def publish(self, text: str) -> Heard:
        draft = await self.draft(text)
        return await self.call("POST", f"/posts/{draft['id']}", json={"status": "publish"})

    async def own(self) -> Heard:
        return await self.call("GET", "/posts")

    async def mentions(self) -> Heard:
        raise NotImplementedError("nothing is listened to")

    async def check(self) -> Heard:
        return await self.call("GET", "/users/me", params={"context": "edit"})

    async def look(self, posted: Any) -> Heard:
        return await self.ask("GET", f"/{posted['slug']}/", allow_redirects=False)

    async def remove(self, posted: Any) -> Heard:
        return await self.call("DELETE", f"/posts/{posted['id']}", params={"force": "false"})


@pytest.fixture
def site(http: aiohttp.ClientSession, sim: Simulator) -> WordPressClient:
    return WordPressClient(http, sim)


async def test_a_draft_is_no_post_until_it_is_published_and_then_one_however_often(
    site: WordPressClient, sim: Simulator
) -> None:
    draft = await site.draft()
    before = (sim.posts(), (await site.look(draft)).status)
    path, body = f"/posts/{draft['id']}", {"status": "publish"}

    first = await site.call("POST", path, json=body)
    again = await site.call("POST", path, json=body)

    assert before == ([], 404)
    assert (first.status, first.json["status"]) == (200, "publish")
    assert again.json["id"] == first.json["id"]
    assert [(post["key"], post["arrivals"]) for post in sim.posts()] == [("warnung-1", 2)]
    assert "<h1>Bombe</h1>" in (await site.look(draft)).text


async def test_the_same_address_twice_is_not_refused(site: WordPressClient) -> None:
    first, second = await site.draft(), await site.draft()

    assert first["id"] != second["id"]


async def test_a_post_dated_ahead_of_the_servers_clock_is_future_and_seen_only_then(
    site: WordPressClient, clock: Any
) -> None:
    draft = await site.draft()
    body = {"status": "publish", "date_gmt": "2026-11-20T12:03:00"}

    posted = await site.call("POST", f"/posts/{draft['id']}", json=body)
    before = (await site.look(draft)).status
    clock.pass_by(minutes=4)

    assert posted.json["status"] == "future"
    assert (before, (await site.look(draft)).status) == (404, 200)


async def test_what_is_dated_ahead_can_be_dated_anew(site: WordPressClient) -> None:
    draft = await site.draft()
    path = f"/posts/{draft['id']}"
    await site.call("POST", path, json={"status": "publish", "date_gmt": "2026-11-20T12:03:00"})

    now = {"status": "publish", "date_gmt": draft["modified_gmt"]}
    posted = await site.call("POST", path, json=now)

    assert posted.json["status"] == "publish"
    assert (await site.look(draft)).status == 200


async def test_drafts_and_trash_are_listed_to_whoever_asks_for_them(site: WordPressClient) -> None:
    await site.draft()
    gone = (await site.publish("<p>weg</p>")).json
    removed = await site.remove(gone)

    latest = await site.own()
    drafts = await site.call("GET", "/posts", params={"status": "draft", "slug": "warnung-1"})
    trash = await site.call("GET", "/posts", params={"status": "trash", "search": "weg"})

    assert removed.json["status"] == "trash"
    assert latest.json == []
    assert [each["status"] for each in drafts.json] == ["draft"]
    assert [each["slug"] for each in trash.json] == ["warnung-1__trashed"]
    assert (await site.remove(gone)).json["code"] == "rest_already_trashed"


async def test_a_stranger_is_told_so_in_the_words_of_what_was_asked(site: WordPressClient) -> None:
    site.password = ""

    me = await site.check()
    posted = await site.call("POST", "/posts", json={"title": "x"})
    drafts = await site.call("GET", "/posts", params={"status": "draft"})

    assert (me.status, me.json["code"]) == (401, "rest_not_logged_in")
    assert (posted.status, posted.json["code"]) == (401, "rest_cannot_create")
    assert (drafts.status, drafts.json["code"]) == (400, "rest_invalid_param")


async def test_what_is_not_there_is_named_by_its_code_or_shown_as_a_page(
    site: WordPressClient,
) -> None:
    route = await site.call("GET", "/nothing")
    post = await site.call("GET", "/posts/1")
    page = await site.ask("GET", "/nichts/")

    assert (route.status, route.json["code"]) == (404, "rest_no_route")
    assert (post.status, post.json["code"]) == (404, "rest_post_invalid_id")
    assert (page.status, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


async def test_a_guards_refusal_is_a_page_with_a_wait(
    site: WordPressClient, sim: Simulator
) -> None:
    sim.faults.put("wordpress", "rate_limited")

    heard = await site.call("POST", "/posts", json={"status": "draft"})

    assert heard.status == 429
    assert heard.headers["Content-Type"].startswith("text/html")
    assert heard.headers["Retry-After"] == "900"


async def test_an_image_is_kept_with_what_it_shows(site: WordPressClient) -> None:
    form = aiohttp.FormData()
    form.add_field("file", b"\x89PNG", filename="karte.png", content_type="image/png")
    form.add_field("alt_text", "Karte")
    form.add_field("post", "101")

    heard = await site.call("POST", "/media", data=form)

    assert heard.status == 201
    assert (heard.json["alt_text"], heard.json["post"]) == ("Karte", 101)


async def test_a_private_site_leads_citizens_to_the_login(
    site: WordPressClient, sim: Simulator
) -> None:
    posted = (await site.publish("<p>Bombe</p>")).json
    sim.faults.put("wordpress", "login_wall")

    heard = await site.look(posted)

    assert heard.status == 302
    assert heard.headers["Location"].endswith("/wordpress/stadt/wp-login.php")
