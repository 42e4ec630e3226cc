"""The face of LinkedIn answers as the fact sheet says (platforms-a.md, section 5)."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from sentinel.simulator.server import Simulator
from tests.simulator.conftest import Client, Heard

PAGE = "urn:li:organization:1000003"
APP = {"client_id": "c", "client_secret": "s"}


class LinkedInClient(Client):
    platform = "linkedin"
    token = "t"
    version = "202607"

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "LinkedIn-Version": self.version}

    async def publish(self, text: str, author: str = PAGE) -> Heard:
        body = {
            "author": author,
            "commentary": text,
            "visibility": "PUBLIC",
            "distribution": {"feedDistribution": "MAIN_FEED"},
            "lifecycleState": "PUBLISHED",
        }
        return await self.ask("POST", "/rest/posts", json=body, headers=self.auth)

    async def own(self) -> Heard:
        asked = {"q": "author", "author": PAGE, "count": "5"}
        finder = {**self.auth, "X-RestLi-Method": "FINDER"}
        return await self.ask("GET", "/rest/posts", params=asked, headers=finder)

    async def mentions(self) -> Heard:
        return await self.own()

    async def check(self) -> Heard:
        asked = {"q": "roleAssignee"}
        return await self.ask("GET", "/rest/organizationAcls", params=asked, headers=self.auth)

    async def single(self, urn: str) -> Heard:
        encoded = urn.replace(":", "%3A")
        return await self.ask("GET", f"/rest/posts/{encoded}", headers=self.auth)

    async def look(self, posted: Any) -> Heard:
        return await self.ask("GET", f"/public/embed/feed/update/{posted}")

    async def remove(self, posted: Any) -> Heard:
        return await self.ask("DELETE", f"/rest/posts/{posted}", headers=self.auth)

    async def oauth(self, what: str, **form: str) -> Heard:
        return await self.ask("POST", f"/public/oauth/v2/{what}", data=APP | form)


@pytest.fixture
def linkedin(http: aiohttp.ClientSession, sim: Simulator) -> LinkedInClient:
    return LinkedInClient(http, sim)


async def test_success_has_no_body_and_the_name_stands_in_a_header(
    linkedin: LinkedInClient,
) -> None:
    posted = await linkedin.publish("Bombe")

    assert (posted.status, posted.text) == (201, "")
    assert posted.headers["x-restli-id"].startswith("urn:li:share:")


@pytest.mark.parametrize(
    ("commentary", "live"),
    [
        ("This is a test. (This is also a test.)", "This is a test. "),
        (r"This is a test. \(This is also a test.\)", "This is a test. (This is also a test.)"),
        ("Va al repo (durable)", "Va al repo "),
        (r"{hashtag|\#|Hinweis} an alle", "#Hinweis an alle"),
        (r"\#Hinweis", "#Hinweis"),
    ],
)
async def test_a_post_ends_in_silence_at_the_first_reserved_character(
    linkedin: LinkedInClient, sim: Simulator, commentary: str, live: str
) -> None:
    posted = await linkedin.publish(commentary)

    assert posted.status == 201
    assert [post["text"] for post in sim.posts()] == [live]


async def test_an_equal_text_is_refused_with_the_name_of_the_first_even_if_that_is_gone(
    linkedin: LinkedInClient, clock: Any
) -> None:
    urn = (await linkedin.publish("Bombe")).headers["x-restli-id"]
    await linkedin.remove(urn)

    again = await linkedin.publish("Bombe")
    ghost = await linkedin.single(urn)
    clock.pass_by(hours=49)
    later = await linkedin.publish("Bombe")

    assert again.status == 422
    assert again.json["errorDetails"]["inputErrors"][0]["code"] == "DUPLICATE_POST"
    assert again.json["message"].endswith(urn)
    assert (ghost.status, later.status) == (404, 201)


async def test_a_version_that_has_ended_or_is_missing_is_refused(
    linkedin: LinkedInClient,
) -> None:
    linkedin.version = "202507"
    ended = await linkedin.publish("Bombe")
    missing = await linkedin.ask(
        "GET", "/rest/organizationAcls", headers={"Authorization": "Bearer t"}
    )

    assert (ended.status, ended.json["code"]) == (426, "NONEXISTENT_VERSION")
    assert (missing.status, missing.json["code"]) == (400, "VERSION_MISSING")


async def test_the_page_is_one_of_those_that_the_owner_administers(
    linkedin: LinkedInClient,
) -> None:
    roles = (await linkedin.check()).json["elements"]
    other = await linkedin.publish("Bombe", author="urn:li:organization:7")

    assert [(each["organization"], each["role"]) for each in roles] == [(PAGE, "ADMINISTRATOR")]
    assert (other.status, other.json["serviceErrorCode"]) == (403, 100)


async def test_a_text_of_more_than_3000_units_is_refused(linkedin: LinkedInClient) -> None:
    longest = await linkedin.publish("a" * 2998 + "😀")
    beyond = await linkedin.publish("a" * 2999 + "😀")

    assert (longest.status, beyond.status) == (201, 422)


async def test_a_post_is_read_as_little_text_listed_and_seen_without_login(
    linkedin: LinkedInClient,
) -> None:
    urn = (await linkedin.publish(r"Bombe \(Nord\)")).headers["x-restli-id"]

    read, own, seen = await linkedin.single(urn), await linkedin.own(), await linkedin.look(urn)

    assert read.json["commentary"] == r"Bombe \(Nord\)"
    assert [each["id"] for each in own.json["elements"]] == [urn]
    assert "Bombe (Nord)" in seen.text


async def test_a_token_lives_60_days_and_the_consent_a_year(
    linkedin: LinkedInClient, clock: Any
) -> None:
    fresh = await linkedin.oauth("accessToken", grant_type="refresh_token", refresh_token="r")
    linkedin.token = fresh.json["access_token"]
    stands = await linkedin.oauth("introspectToken", token=linkedin.token)
    clock.pass_by(days=60)
    dead = await linkedin.check()
    ended = await linkedin.oauth("introspectToken", token=linkedin.token)
    again = await linkedin.oauth("accessToken", grant_type="refresh_token", refresh_token="r")
    clock.pass_by(days=305)
    over = await linkedin.oauth("accessToken", grant_type="refresh_token", refresh_token="r")

    assert (fresh.json["expires_in"], fresh.json["refresh_token"]) == (5_184_000, "r")
    assert (stands.json["active"], ended.json["status"]) == (True, "expired")
    assert (dead.status, dead.json["code"]) == (401, "EXPIRED_ACCESS_TOKEN")
    assert again.json["refresh_token_expires_in"] == 305 * 86_400
    assert over.status == 400


async def test_a_revoked_token_is_told_by_each_in_its_own_words(
    linkedin: LinkedInClient, sim: Simulator
) -> None:
    sim.faults.put("linkedin", "credential_revoked")

    used = await linkedin.check()
    asked = await linkedin.oauth("introspectToken", token="t")
    renewed = await linkedin.oauth("accessToken", grant_type="refresh_token", refresh_token="r")

    assert (used.status, used.json["serviceErrorCode"]) == (401, 65601)
    assert (asked.json["active"], renewed.status) == (False, 400)


async def test_a_wall_leads_citizens_to_a_page_of_its_own(
    linkedin: LinkedInClient, sim: Simulator
) -> None:
    urn = (await linkedin.publish("Bombe")).headers["x-restli-id"]
    sim.faults.put("linkedin", "login_wall")

    seen = await linkedin.look(urn)

    assert "Bombe" not in seen.text
    assert "Sign Up" in seen.text


async def test_no_header_tells_of_a_limit(linkedin: LinkedInClient, sim: Simulator) -> None:
    sim.faults.put("linkedin", "rate_limited")

    limited = await linkedin.publish("Bombe")

    assert limited.status == 429
    assert not [
        name for name in limited.headers if "limit" in name.lower() or name == "Retry-After"
    ]
