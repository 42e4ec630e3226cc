"""The face of Pinterest answers as the fact sheet says (platforms-a.md, section 6)."""

from __future__ import annotations

import base64
from typing import Any

import aiohttp
import pytest

from sentinel.simulator.server import Simulator
from tests.simulator.conftest import Client, Heard

JPEG = base64.b64encode(b"\xff\xd8\xff\xe0picture").decode()
MEDIA = {"source_type": "image_base64", "content_type": "image/jpeg", "data": JPEG}


class PinterestClient(Client):
    platform = "pinterest"
    token = "t"

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def publish(self, text: str, **more: Any) -> Heard:
        body = {"board_id": "1000004", "title": "Warnung", "description": text}
        body |= {"media_source": MEDIA} | more
        return await self.ask("POST", "/v5/pins", json=body, headers=self.auth)

    async def own(self) -> Heard:
        return await self.ask("GET", "/v5/boards/1000004/pins", headers=self.auth)

    async def mentions(self) -> Heard:
        return await self.own()

    async def check(self) -> Heard:
        return await self.ask("GET", "/v5/user_account", headers=self.auth)

    async def single(self, pin: str) -> Heard:
        return await self.ask("GET", f"/v5/pins/{pin}", headers=self.auth)

    async def look(self, posted: Any) -> Heard:
        url = f"https://www.pinterest.com/pin/{posted['id']}/"
        return await self.ask("GET", "/public/oembed.json", params={"url": url})

    async def remove(self, posted: Any) -> Heard:
        return await self.ask("DELETE", f"/v5/pins/{posted['id']}", headers=self.auth)

    async def renew(self, refresh: str) -> Heard:
        form = {"grant_type": "refresh_token", "refresh_token": refresh}
        named = {"Authorization": "Basic Yzpz"}
        return await self.ask("POST", "/v5/oauth/token", data=form, headers=named)


@pytest.fixture
def pinterest(http: aiohttp.ClientSession, sim: Simulator) -> PinterestClient:
    return PinterestClient(http, sim)


async def test_a_pin_is_answered_with_its_number_and_seen_by_everybody(
    pinterest: PinterestClient,
) -> None:
    posted = await pinterest.publish("Bombe")
    seen = await pinterest.look(posted.json)
    own = await pinterest.own()

    assert posted.status == 201
    assert posted.json["id"].isdecimal()
    assert seen.json["title"] == "Warnung"
    assert [pin["description"] for pin in own.json["items"]] == ["Bombe"]


@pytest.mark.parametrize(
    "media",
    [
        None,
        {},
        {"source_type": "image_base64", "content_type": "image/jpeg", "data": "no picture"},
        {"source_type": "image_base64", "content_type": "text/plain", "data": JPEG},
    ],
)
async def test_there_is_no_pin_without_a_picture(
    pinterest: PinterestClient, sim: Simulator, media: Any
) -> None:
    refused = await pinterest.publish("Bombe", media_source=media)

    assert (refused.status, refused.json["code"]) == (400, 1)
    assert sim.posts() == []


@pytest.mark.parametrize(
    ("field", "longest"), [("title", 100), ("description", 800), ("alt_text", 500), ("link", 2048)]
)
async def test_each_field_takes_what_the_sheet_says_and_no_letter_more(
    pinterest: PinterestClient, field: str, longest: int
) -> None:
    taken = await pinterest.publish("Bombe", **{field: "ä" * longest})
    beyond = await pinterest.publish("Bombe", **{field: "ä" * (longest + 1)})

    assert (taken.status, beyond.status, beyond.json["code"]) == (201, 400, 1)


async def test_there_is_no_pin_without_a_board(pinterest: PinterestClient) -> None:
    refused = await pinterest.publish("Bombe", board_id="Warnungen")

    assert (refused.status, refused.json["code"]) == (404, 40)


async def test_trial_access_shows_a_pin_to_its_maker_only(
    pinterest: PinterestClient, sim: Simulator
) -> None:
    sim.faults.put("pinterest", "accepted_not_live")

    posted = await pinterest.publish("Bombe")

    assert posted.status == 201
    assert (await pinterest.single(posted.json["id"])).status == 200
    assert (await pinterest.look(posted.json)).status == 404


async def test_newer_apps_with_trial_access_are_refused(
    pinterest: PinterestClient, sim: Simulator
) -> None:
    sim.faults.put("pinterest", "plan_refused")

    refused = await pinterest.publish("Bombe")

    assert (refused.status, refused.json["code"]) == (403, 29)
    assert (await pinterest.check()).status == 200


async def test_the_headers_of_a_limit_are_a_list_with_the_reset_in_seconds(
    pinterest: PinterestClient, clock: Any
) -> None:
    await pinterest.check()
    clock.pass_by(hours=1)

    heard = await pinterest.check()

    assert heard.headers["x-ratelimit-limit"] == "1000, 1000;w=86400"
    assert heard.headers["x-ratelimit-remaining"] == "998"
    assert heard.headers["x-ratelimit-reset"] == str(23 * 3600)
    assert heard.headers["x-pinterest-rid"]


async def test_each_renewal_brings_a_new_pair_of_30_and_60_days(
    pinterest: PinterestClient, clock: Any
) -> None:
    first = await pinterest.renew("anything")
    second = await pinterest.renew(first.json["refresh_token"])
    pinterest.token = second.json["access_token"]
    clock.pass_by(days=30)
    dead = await pinterest.check()
    clock.pass_by(days=30)
    over = await pinterest.renew(second.json["refresh_token"])

    lives = [second.json[name] for name in ("expires_in", "refresh_token_expires_in")]
    assert lives == [30 * 86_400, 60 * 86_400]
    assert first.json["refresh_token"] != second.json["refresh_token"]
    assert (dead.status, dead.json["code"], over.status) == (401, 2, 401)


async def test_a_pin_is_deleted_once(pinterest: PinterestClient) -> None:
    posted = (await pinterest.publish("Bombe")).json

    gone, again = await pinterest.remove(posted), await pinterest.remove(posted)

    assert (gone.status, again.status, again.json["code"]) == (204, 404, 50)


async def test_a_wall_leads_citizens_to_the_login(
    pinterest: PinterestClient, sim: Simulator
) -> None:
    posted = (await pinterest.publish("Bombe")).json
    sim.faults.put("pinterest", "login_wall")

    card = await pinterest.look(posted)
    shown = await pinterest.ask("GET", f"/public/pin/{posted['id']}/")

    assert card.status == 403
    assert "Log in" in shown.text
