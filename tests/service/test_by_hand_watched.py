"""A channel that a person posts on and the machine watches: who is asked, and who goes on."""

from __future__ import annotations

from pathlib import Path

import yaml

from sentinel.simulator.server import Simulator
from tests.support import city
from tests.support.house import House, route, rules_for, until


async def rules_of(sim: Simulator, folder: Path) -> Path:
    """Rules with YouTube, which names nobody to ask, before X."""
    file = await rules_for(sim, folder, [route("kanal", "x-stadt")], only=("x-stadt",))
    document = yaml.safe_load(file.read_text())
    document["channels"]["kanal"] = {
        "platform": "youtube",
        "channel": "UCmusterstadt",
        "credentials": {"client_id": "c", "client_secret": "s", "refresh_token": "r"},
        "base_url": await sim.address("youtube", "stadt"),
        "public_url": sim.public_address("youtube", "stadt"),
    }
    return city.write(folder, document)


async def asked(sim: Simulator) -> str:
    """Wait for the notification that asks, and return its text."""

    async def came() -> str | None:
        bodies = [note["body"] for note in sim.notes("presse")]
        return next((b["message"] for b in bodies if "auf kanal" in b["title"]), None)

    return await until(came, 6, lambda: f"{sim.notes('presse')}")


async def test_a_channel_that_names_nobody_asks_whoever_hears_of_trouble_first(
    sim: Simulator, tmp_path: Path
) -> None:
    async with House(await rules_of(sim, tmp_path)) as house:
        message = await house.send(severity="moderate")
        text = await asked(sim)
        waiting = await house.message(message)

    (delivery,) = waiting["deliveries"]
    assert (delivery["channel"], delivery["state"]) == ("kanal", "awaiting_person")
    assert delivery["text"] in text
    assert sim.posts() == []


async def test_a_grave_message_does_not_wait_for_the_person_although_the_channel_is_well(
    sim: Simulator, tmp_path: Path
) -> None:
    async with House(await rules_of(sim, tmp_path)) as house:
        _, checked = await house.call("POST", "/api/v1/channels/kanal/check", {})
        message = await house.send(severity="extreme")
        await house.live(message)
        states = await house.states(message)

    found = {(item["probe"], item["ability"], item["cause"]) for item in checked["items"]}
    assert ("credentials", "read_back", None) in found
    assert ("visibility", "public", None) in found
    assert states == {"kanal": "awaiting_person", "x-stadt": "published"}
