"""Platforms that call back: signed, limited, harmless when repeated, believed of recipients."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from sentinel.domain.receipts import summary
from sentinel.simulator.server import Simulator
from sentinel.wire.hooks import signed
from tests.support import city
from tests.support.city import free_port
from tests.support.guest import guests
from tests.support.house import House, route, rules_for, simulator

NUMBERS = ["+491511111111", "+491512222222"]
GUESTS = Path(__file__).parents[1] / "support" / "guests"


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with simulator() as running:
        yield running


@pytest.fixture
async def house(sim: Simulator, tmp_path: Path) -> AsyncIterator[House]:
    with guests(GUESTS):
        file = await rules_for(sim, tmp_path, [route("sms")], only=("warnseite",))
        document = yaml.safe_load(file.read_text())
        document["channels"]["sms"] = {
            "platform": "gateway",
            "base_url": f"{sim.url}/_control/gateway",
            "credentials": {"secret": "s3cret"},
            "recipients": NUMBERS,
            "probes": {"reachability": "off"},
        }
        document["server"]["public_listen"] = f"127.0.0.1:{free_port()}"
        async with House(city.write(tmp_path, document)) as running:
            yield running


async def call(
    house: House, body: dict[str, Any] | bytes, *, key: str = "s3cret", channel: str = "sms"
) -> int:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"X-Signature": signed(key, raw)}
    async with house.web.post(f"/hooks/{channel}", data=raw, headers=headers) as answer:
        await answer.read()
        return answer.status


async def heard(house: House, message: dict[str, Any]) -> dict[str, int]:
    async with house.storage.read() as view:
        (delivery,) = await view.deliveries_of(message["id"])
    return summary(delivery.memory)


async def test_receipts_say_of_each_recipient_what_became_of_it_and_twice_changes_nothing(
    house: House,
) -> None:
    message = await house.live(await house.send())
    first, second = (f"id-{number}" for number in NUMBERS)

    statuses = [
        await call(house, {"id": first, "state": "delivered"}),
        await call(house, {"id": first, "state": "read"}),
        await call(house, {"id": first, "state": "delivered"}),
        await call(house, {"id": second, "state": "failed", "code": "131026"}),
        await call(house, {"id": second, "state": "failed", "code": "131026"}),
        await call(house, {"id": "id-of-somebody-else", "state": "read"}),
    ]
    failed = await house.journal("recipient.failed")

    assert statuses == [200] * 6
    assert await heard(house, message) == {"read": 1, "failed": 1}
    assert [entry.payload["evidence"] for entry in failed] == ["131026"]
    assert all(number not in json.dumps(entry.payload) for entry in failed for number in NUMBERS)


async def test_a_call_that_is_not_signed_counts_for_nothing_and_is_journalled_once(
    house: House,
) -> None:
    message = await house.live(await house.send())
    word = {"id": f"id-{NUMBERS[0]}", "state": "failed"}

    statuses = [await call(house, word, key="guessed") for _ in range(5)]

    assert statuses == [403] * 5
    assert await heard(house, message) == {}
    assert len(await house.journal("hook.refused")) == 1


async def test_a_platform_that_proves_our_address_gets_its_challenge_back(house: House) -> None:
    async with house.web.get("/hooks/sms?challenge=1158201444") as answer:
        said = await answer.text()

    assert (answer.status, said) == (200, "1158201444")


async def test_a_channel_that_is_unknown_or_never_called_is_not_found(house: House) -> None:
    assert await call(house, {}, channel="nobody") == 404
    assert await call(house, {}, channel="warnseite") == 404


async def test_a_body_beyond_any_reason_is_not_read(house: House) -> None:
    assert await call(house, b"x" * (256 * 1024 + 1)) == 413


async def test_what_a_call_says_of_the_account_is_judged_like_any_observation(
    house: House,
) -> None:
    assert await call(house, {"locked": True}) == 200

    await house.judged("sms", "publish", "down", "account_locked")


async def test_the_public_listener_takes_hooks_and_shows_nothing_of_the_inside(
    house: House,
) -> None:
    public = house.parts.board.rules.server.public_listen
    async with aiohttp.ClientSession(f"http://{public}") as web:
        async with web.get("/hooks/sms?challenge=7") as hook:
            said = await hook.text()
        inside = [
            (await web.get(path)).status
            for path in ("/", "/health", "/api/v1/channels", "/metrics")
        ]
        notices = (await web.get("/notices/nothing")).status

    assert (hook.status, said) == (200, "7")
    assert inside == [404, 404, 404, 404]
    assert notices == 404
