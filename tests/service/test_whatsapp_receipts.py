"""WhatsApp in a whole daemon: who got no answer is settled by a receipt, not by a copy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from sentinel.simulator.server import Simulator
from sentinel.wire.hooks import signed
from tests.support import city
from tests.support.house import House, route, rules_for, until

NUMBER = "106540352242922"
SECRETS = {"WA_TOKEN": "t", "WA_SECRET": "app-secret", "WA_VERIFY": "verify-word"}


async def rules_of(sim: Simulator, folder: Path) -> Path:
    file = await rules_for(sim, folder, [route("whatsapp")], only=("warnseite",))
    document = yaml.safe_load(file.read_text())
    document["channels"]["whatsapp"] = {
        "platform": "whatsapp_cloud",
        "base_url": f"{sim.url}/whatsapp_cloud/stadt",
        "credentials": {
            "access_token": "${env:WA_TOKEN}",
            "app_secret": "${env:WA_SECRET}",
            "verify_token": "${env:WA_VERIFY}",
        },
        "phone_number_id": NUMBER,
        "template": "warnung",
        "recipients": ["+491511111111"],
    }
    return city.write(folder, document)


async def call(house: House, status: dict[str, Any], secret: str = "app-secret") -> int:  # noqa: S107 - a test's
    value = {"metadata": {"phone_number_id": NUMBER}, "statuses": [status]}
    change = {"field": "messages", "value": value}
    body = {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}
    raw = json.dumps(body).encode()
    headers = {"X-Hub-Signature-256": f"sha256={signed(secret, raw)}"}
    async with house.web.post("/hooks/whatsapp", data=raw, headers=headers) as answer:
        return answer.status


async def test_a_receipt_settles_a_message_whose_answer_was_lost(
    sim: Simulator, tmp_path: Path
) -> None:
    sim.faults.put("whatsapp_cloud", "accepted_then_error")
    async with House(await rules_of(sim, tmp_path), env=city.TOKENS | SECRETS) as house:
        message = await house.send()

        async def unclear() -> bool:
            return (await house.states(message)).get("whatsapp") == "unknown"

        await until(unclear, 8, "the outcome to be unclear")
        (post,) = sim.posts("whatsapp_cloud")
        sim.faults.clear()
        told = {"id": post["id"], "status": "delivered", "biz_opaque_callback_data": post["key"]}
        forged = await call(house, told, secret="guessed")
        taken = await call(house, told)
        live = await house.live(message, within_s=20)

    (delivery,) = [d for d in live["deliveries"] if d["channel"] == "whatsapp"]
    assert (forged, taken) == (403, 200)
    assert (delivery["state"], delivery["recipients"]) == ("published", {"delivered": 1})
    assert len(sim.posts("whatsapp_cloud")) == 1


async def test_metas_own_question_is_answered_with_its_challenge(
    sim: Simulator, tmp_path: Path
) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "verify-word", "hub.challenge": "117"}
    async with (
        House(await rules_of(sim, tmp_path), env=city.TOKENS | SECRETS) as house,
        house.web.get("/hooks/whatsapp", params=query) as answer,
    ):
        assert (answer.status, await answer.text()) == (200, "117")
