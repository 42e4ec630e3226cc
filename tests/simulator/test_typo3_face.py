"""The face of TYPO3 answers as the fact sheet and the extension's source say."""

# ruff: noqa: ARG002 - every client keeps one signature, needed or not
from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from sentinel.simulator.faces.typo3 import NOBODY
from sentinel.simulator.server import Simulator
from tests.simulator.conftest import Client, Heard

REACTION = "5e0f3c1a-0000-4000-8000-000000000001"


class Typo3Client(Client):
    platform = "typo3"
    secret = "secret"

    async def react(self, reaction: str = REACTION, **fields: str) -> Heard:
        headers = {"x-api-key": self.secret} if self.secret else {}
        path = f"/typo3/reaction/{reaction}"
        return await self.ask("POST", path, json=fields, headers=headers)

    async def publish(self, text: str) -> Heard:
        return await self.react(title="Bombe", text=text)

    async def own(self) -> Heard:
        return await self.ask("GET", "/public")

    async def mentions(self) -> Heard:
        raise NotImplementedError("nothing is listened to")

    async def check(self) -> Heard:
        return await self.react()

    async def look(self, posted: Any) -> Heard:
        return await self.ask("GET", "/public", allow_redirects=False)

    async def remove(self, posted: Any) -> Heard:
        raise NotImplementedError("a reaction removes nothing")


@pytest.fixture
def site(http: aiohttp.ClientSession, sim: Simulator) -> Typo3Client:
    return Typo3Client(http, sim)


async def test_a_call_makes_a_record_that_the_public_page_lists(site: Typo3Client) -> None:
    heard = await site.publish("Bitte <sofort> gehen.\n\nNr. 17")
    page = await site.own()

    assert (heard.status, heard.json) == (201, {"success": True})
    assert heard.headers["X-TYPO3-Reaction-Success"] == "true"
    assert "<h2>Bombe</h2><p>Bitte &lt;sofort&gt; gehen.</p><p>Nr. 17</p>" in page.text


async def test_the_same_call_twice_makes_two_records(site: Typo3Client, sim: Simulator) -> None:
    await site.publish("Bombe")
    await site.publish("Bombe")

    assert len(sim.posts()) == 2


@pytest.mark.parametrize(
    ("secret", "reaction", "status"),
    [
        ("", REACTION, 400),
        ("secret", "no-uuid", 400),
        ("secret", NOBODY, 404),
        ("wrong", REACTION, 401),
        ("secret", REACTION, 400),  # without any field no record is made
    ],
)
async def test_a_call_that_makes_no_record_says_so_in_json(
    site: Typo3Client, sim: Simulator, secret: str, reaction: str, status: int
) -> None:
    site.secret = secret

    heard = await site.react(reaction)

    assert (heard.status, heard.json["success"]) == (status, False)
    assert sim.posts() == []


async def test_the_page_does_not_know_a_query(site: Typo3Client) -> None:
    assert (await site.ask("GET", "/public?sentinel=1")).status == 404


async def test_a_changed_secret_is_wrong_only_where_one_is_sent(
    site: Typo3Client, sim: Simulator
) -> None:
    sim.faults.put("typo3", "credential_revoked")

    posted = await site.publish("Bombe")
    site.secret = ""
    asked = await site.check()

    assert (posted.status, posted.json["error"]) == (401, "Invalid secret given")
    assert asked.status == 400
    assert sim.posts() == []


async def test_a_private_page_leads_citizens_to_the_login(
    site: Typo3Client, sim: Simulator
) -> None:
    sim.faults.put("typo3", "login_wall")

    heard = await site.look(None)

    assert heard.status == 302
    assert heard.headers["Location"].endswith("/typo3/stadt/public/anmeldung")
