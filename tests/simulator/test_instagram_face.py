"""The face of Instagram answers as the fact sheet says (platforms-b.md, sections 1 and 4)."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from sentinel.simulator.server import Simulator
from tests.simulator.conftest import Heard

USER = "17840000000000001"
CARD = "https://stadt.example/warnung.jpg"


class Client:
    """What a test says to the account, in Instagram's words."""

    def __init__(self, http: aiohttp.ClientSession, sim: Simulator) -> None:
        self.http = http
        self.base = f"{sim.url}/instagram/stadt"

    async def ask(self, method: str, path: str, *, bearer: str = "t", **how: Any) -> Heard:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        async with self.http.request(method, self.base + path, headers=headers, **how) as answer:
            return Heard(answer.status, answer.headers, await answer.text())

    async def make(self, caption: str = "Bombe", image_url: str = CARD) -> Heard:
        body = {"image_url": image_url, "caption": caption, "alt_text": "Text der Tafel"}
        return await self.ask("POST", f"/v26.0/{USER}/media", json=body)

    async def publish(self, container: str) -> Heard:
        body = {"creation_id": container}
        return await self.ask("POST", f"/v26.0/{USER}/media_publish", json=body)

    async def status(self, container: str) -> Any:
        asked = {"fields": "id,status_code,status"}
        return (await self.ask("GET", f"/v26.0/{container}", params=asked)).json

    async def say(self, caption: str = "Bombe") -> Heard:
        return await self.publish((await self.make(caption)).json["id"])


@pytest.fixture
def stadt(http: aiohttp.ClientSession, sim: Simulator) -> Client:
    return Client(http, sim)


def code(heard: Heard) -> tuple[int, int, int | None]:
    error = heard.json["error"]
    return heard.status, error["code"], error.get("error_subcode")


async def test_a_container_becomes_a_post_with_an_id_of_its_own(
    stadt: Client, sim: Simulator
) -> None:
    container = (await stadt.make()).json["id"]
    before = await stadt.status(container)

    posted = await stadt.publish(container)

    after = await stadt.status(container)
    assert (before["status_code"], after["status_code"]) == ("FINISHED", "PUBLISHED")
    assert before["status"].startswith("Finished: Media has been uploaded")
    assert posted.json["id"] != container
    assert [(post["text"], post["key"]) for post in sim.posts()] == [("Bombe", container)]


async def test_a_container_alone_makes_nothing_public(stadt: Client, sim: Simulator) -> None:
    await stadt.make()

    assert (sim.posts(), sim.arrivals()) == ([], [])


async def test_a_container_is_published_once(stadt: Client, sim: Simulator) -> None:
    container = (await stadt.make()).json["id"]
    await stadt.publish(container)

    again = await stadt.publish(container)

    assert code(again) == (400, 9007, 2207027)
    assert [post["arrivals"] for post in sim.posts()] == [2]


async def test_a_container_ends_after_a_day(stadt: Client, clock: Any) -> None:
    container = (await stadt.make()).json["id"]
    clock.pass_by(hours=24)

    assert (await stadt.status(container))["status_code"] == "EXPIRED"


async def test_an_unknown_container_is_not_there(stadt: Client) -> None:
    assert code(await stadt.publish("123")) == (400, 24, 2207006)


@pytest.mark.parametrize(
    ("image_url", "said"),
    [
        ("", (400, 9004, 2207052)),
        ("https://bilder.invalid/a.jpg", (400, 9004, 2207052)),
        ("https://stadt.example/a.png", (400, 36001, 2207005)),
    ],
)
async def test_a_picture_has_to_be_a_jpeg_at_an_address_that_can_be_fetched(
    stadt: Client, image_url: str, said: tuple[int, int, int]
) -> None:
    assert code(await stadt.make(image_url=image_url)) == said


@pytest.mark.parametrize(
    "caption",
    [
        "a" * 2201,
        " ".join(f"#t{number}" for number in range(31)),
        " ".join(f"@p{number}" for number in range(21)),
    ],
)
async def test_a_caption_has_2200_characters_30_hashtags_and_20_mentions(
    stadt: Client, caption: str
) -> None:
    shorter = caption.rpartition(" ")[0] or caption[:-1]

    assert (await stadt.make(shorter)).status == 200
    assert code(await stadt.make(caption)) == (400, 36004, 2207010)


async def test_the_day_has_a_hundred_posts_and_says_how_many_are_used(
    stadt: Client, sim: Simulator
) -> None:
    for _ in range(100):
        await stadt.say()

    asked = {"fields": "quota_usage,config"}
    limit = await stadt.ask("GET", f"/v26.0/{USER}/content_publishing_limit", params=asked)
    one_more = await stadt.say()

    assert limit.json == {
        "data": [{"quota_usage": 100, "config": {"quota_total": 100, "quota_duration": 86400}}]
    }
    assert code(one_more) == (400, 9, 2207042)
    assert len(sim.posts()) == 100


async def test_an_error_although_live_is_the_one_of_july_2026(
    stadt: Client, sim: Simulator
) -> None:
    container = (await stadt.make()).json["id"]
    sim.faults.put("instagram", "accepted_then_error")

    heard = await stadt.publish(container)

    assert code(heard) == (403, 4, 2207051)
    assert len(sim.posts()) == 1
    assert (await stadt.status(container))["status_code"] == "PUBLISHED"


async def test_a_post_shows_caption_permalink_and_alternative_text(stadt: Client) -> None:
    posted = (await stadt.say()).json["id"]

    asked = {"fields": "id,caption,permalink,timestamp,media_type,alt_text"}
    heard = await stadt.ask("GET", f"/v26.0/{posted}", params=asked)
    listed = await stadt.ask("GET", f"/v26.0/{USER}/media", params=asked)

    assert heard.json["permalink"].startswith("https://www.instagram.com/p/")
    assert (heard.json["caption"], heard.json["alt_text"]) == ("Bombe", "Text der Tafel")
    assert heard.json["timestamp"] == "2026-11-20T12:00:00+0000"
    assert listed.json["data"] == [heard.json]


async def test_a_token_is_renewed_when_a_day_old_and_ends_after_sixty(
    stadt: Client, clock: Any
) -> None:
    async def refresh(token: str) -> Heard:
        asked = {"grant_type": "ig_refresh_token", "access_token": token}
        return await stadt.ask("GET", "/refresh_access_token", params=asked, bearer="")

    fresh = (await refresh("first")).json
    too_soon = await refresh(fresh["access_token"])
    clock.pass_by(days=60)
    ended = await stadt.ask("GET", f"/v26.0/{USER}", bearer=fresh["access_token"])

    assert fresh["expires_in"] == 60 * 86400
    assert code(too_soon) == (400, 100, None)
    assert code(ended) == (400, 190, 463)


async def test_a_limit_of_calls_is_a_400_with_a_code_of_its_own(
    stadt: Client, sim: Simulator
) -> None:
    sim.faults.put("instagram", "rate_limited")

    assert code(await stadt.make()) == (400, 80002, None)


async def test_the_embedded_view_shows_live_posts_only(stadt: Client) -> None:
    posted = (await stadt.say("Bombe <hier>")).json["id"]
    shown = await stadt.ask("GET", f"/v26.0/{posted}", params={"fields": "permalink"})
    asked = {"url": shown.json["permalink"]}

    seen = await stadt.ask("GET", "/public/v26.0/instagram_oembed", bearer="", params=asked)
    other = {"url": "https://www.instagram.com/p/none/"}
    gone = await stadt.ask("GET", "/public/v26.0/instagram_oembed", bearer="", params=other)

    assert "Bombe &lt;hier&gt;" in seen.json["html"]
    assert code(gone) == (400, 100, 33)
