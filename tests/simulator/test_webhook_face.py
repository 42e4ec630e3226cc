"""The face of a webhook's receiver answers as docs/platforms/webhook.md asks of one."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from sentinel.simulator.server import Simulator
from tests.simulator.conftest import Heard

SIGNED = {"Sentinel-Timestamp": "1795176000", "Sentinel-Signature": f"v1={'0a' * 32}"}


class WebhookClient:
    def __init__(self, http: aiohttp.ClientSession, sim: Simulator) -> None:
        self.http, self.base = http, f"{sim.url}/webhook/stadt"

    async def ask(self, method: str, path: str, **how: Any) -> Heard:
        async with self.http.request(method, self.base + path, **how) as answer:
            return Heard(answer.status, answer.headers, await answer.text())

    async def send(self, method: str = "POST", key: str = "k1", headline: str = "Bombe") -> Heard:
        headers = {**SIGNED, "Idempotency-Key": key}
        body = {"headline": headline, "text": headline} if method == "POST" else None
        return await self.ask(method, "", json=body, headers=headers)


@pytest.fixture
def webhook(http: aiohttp.ClientSession, sim: Simulator) -> WebhookClient:
    return WebhookClient(http, sim)


async def test_a_copy_is_dropped_and_told(webhook: WebhookClient, sim: Simulator) -> None:
    first, second = await webhook.send(), await webhook.send()

    assert (first.status, second.status) == (202, 409)
    assert [(post["key"], post["arrivals"]) for post in sim.posts()] == [("k1", 2)]


async def test_the_look_up_tells_what_was_taken(webhook: WebhookClient) -> None:
    before = await webhook.send("GET")
    await webhook.send()
    after = await webhook.send("GET")

    assert (before.status, before.json) == (404, {"key": "k1", "state": "unknown"})
    assert (after.status, after.json) == (200, {"key": "k1", "state": "taken"})


async def test_what_is_taken_down_is_unknown_and_does_not_come_back(
    webhook: WebhookClient, sim: Simulator
) -> None:
    await webhook.send()

    removed, again = await webhook.send("DELETE"), await webhook.send("DELETE")
    copy = await webhook.send()

    assert (removed.status, again.status, copy.status) == (200, 404, 409)
    assert [post["deleted"] for post in sim.posts()] == [True]


async def test_one_that_keeps_no_keys_shows_each_copy_and_offers_no_look_up(
    webhook: WebhookClient, sim: Simulator
) -> None:
    sim.faults.put("webhook", "ignores_key")

    await webhook.send()
    await webhook.send()
    looked = await webhook.send("GET")

    assert len(sim.posts()) == 2
    assert (looked.status, looked.headers["Allow"]) == (405, "POST")


async def test_what_is_unsigned_or_empty_is_refused(webhook: WebhookClient, sim: Simulator) -> None:
    unsigned = await webhook.ask("POST", "", json={"headline": "Bombe"})
    empty = await webhook.send(headline="")

    assert (unsigned.status, empty.status) == (401, 422)
    assert sim.posts() == []


async def test_one_too_many_is_told_when_to_come_back(webhook: WebhookClient) -> None:
    for number in range(60):
        assert (await webhook.send(key=f"k{number}")).status == 202

    heard = await webhook.send(key="k60")

    assert (heard.status, heard.headers["Retry-After"]) == (429, "60")
