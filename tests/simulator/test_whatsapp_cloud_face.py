"""The face of WhatsApp's Cloud API answers as the fact sheet says (platforms-b.md, section 5.2)."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from sentinel.simulator.server import Simulator

AUTH = {"Authorization": "Bearer t"}
TO = "491511111111"


def sending(text: str = "Bombe", to: str = TO, language: str = "de", slots: int = 1) -> Any:
    parameters = [{"type": "text", "text": text}] * slots
    return {
        "messaging_product": "whatsapp",
        "to": to,
        "type": "template",
        "template": {
            "name": "warnung",
            "language": {"code": language},
            "components": [{"type": "body", "parameters": parameters}],
        },
        "biz_opaque_callback_data": "0123456789ab",
    }


@pytest.fixture
def ask(sim: Simulator, http: aiohttp.ClientSession) -> Any:
    async def asked(method: str, path: str, **how: Any) -> tuple[int, Any, Any]:
        url = f"{sim.url}/whatsapp_cloud/stadt/v26.0/{path}"
        async with http.request(method, url, headers=how.pop("headers", AUTH), **how) as answer:
            return answer.status, await answer.json(), answer.headers

    return asked


async def test_what_is_taken_is_accepted_under_a_name_of_its_own(ask: Any, sim: Simulator) -> None:
    status, body, _ = await ask("POST", "1/messages", json=sending())

    (post,) = sim.posts()
    assert status == 200
    assert body["contacts"] == [{"input": TO, "wa_id": TO}]
    assert body["messages"] == [{"id": post["id"], "message_status": "accepted"}]
    assert post["id"].startswith("wamid.")
    assert (post["text"], post["to"], post["key"]) == ("Bombe", [TO], "0123456789ab")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (sending(to=""), 400, 100),
        (sending(to="stadt"), 400, 131009),
        (sending(language="tr"), 404, 132001),
        (sending(slots=2), 400, 132000),
        (sending("a\nb"), 400, 132012),
        (sending("a" * 925), 400, 132005),
        (sending() | {"type": "text"}, 400, 131047),
        (sending() | {"messaging_product": "sms"}, 400, 100),
    ],
)
async def test_what_is_wrong_is_refused_with_its_code(
    ask: Any, sim: Simulator, body: Any, status: int, code: int
) -> None:
    heard, told, _ = await ask("POST", "1/messages", json=body)

    assert (heard, told["error"]["code"]) == (status, code)
    assert sim.posts() == []


async def test_one_person_is_written_to_once_in_six_seconds(ask: Any, clock: Any) -> None:
    codes = []
    for seconds in (0, 5, 1):
        clock.pass_by(seconds=seconds)
        _, body, _ = await ask("POST", "1/messages", json=sending())
        codes.append(body.get("error", {}).get("code"))

    assert codes == [None, 131056, None]


async def test_more_than_eighty_in_a_second_are_too_fast(ask: Any) -> None:
    told = [
        (await ask("POST", "1/messages", json=sending(to=f"4915100{n:05}")))[1] for n in range(81)
    ]

    assert [body["error"]["code"] for body in told if "error" in body] == [130429]


async def test_without_a_token_nothing_is_told(ask: Any) -> None:
    status, body, _ = await ask("GET", "1", headers={})

    assert (status, body["error"]["code"]) == (401, 190)


async def test_the_number_tells_health_quality_and_limit_and_no_field_that_is_not(ask: Any) -> None:
    fields = "id,quality_rating,health_status,whatsapp_business_manager_messaging_limit"
    _, body, headers = await ask("GET", "1", params={"fields": fields})
    _, none, _ = await ask("GET", "1", params={"fields": "id,messaging_limit_tier"})

    assert headers["facebook-api-version"] == "v26.0"
    assert body["whatsapp_business_manager_messaging_limit"] == "TIER_2K"
    assert body["health_status"]["can_send_message"] == "AVAILABLE"
    assert none["error"]["code"] == 100


async def test_an_unpaid_bill_blocks_sending_and_shows_in_the_health(
    ask: Any, sim: Simulator
) -> None:
    sim.faults.put("whatsapp_cloud", "payment_required")

    _, refused, _ = await ask("POST", "1/messages", json=sending())
    _, node, _ = await ask("GET", "1", params={"fields": "health_status"})

    assert refused["error"]["code"] == 131042
    assert node["health_status"]["can_send_message"] == "BLOCKED"


async def test_templates_are_told_by_the_account_they_belong_to(ask: Any) -> None:
    _, node, _ = await ask("GET", "1", params={"fields": "health_status"})
    entities = node["health_status"]["entities"]
    waba = next(each["id"] for each in entities if each["entity_type"] == "WABA")

    _, body, _ = await ask("GET", f"{waba}/message_templates", params={"name": "warnung"})
    _, none, _ = await ask("GET", "7/message_templates", params={"name": "warnung"})

    assert {each["status"] for each in body["data"]} == {"APPROVED"}
    assert none["error"]["error_subcode"] == 33


async def test_a_token_can_be_inspected(ask: Any) -> None:
    _, body, _ = await ask("GET", "debug_token", params={"input_token": "t"})

    assert (body["data"]["is_valid"], body["data"]["expires_at"]) == (True, 0)
