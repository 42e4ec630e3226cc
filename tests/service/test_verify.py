"""A live post is looked at again: what was seen of it is said, and no more than that."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from sentinel.simulator.server import Simulator
from tests.support import city
from tests.support.house import House, route, rules_for, until

SOON = {"every": "1s"}


async def rules_of(sim: Simulator, folder: Path, name: str) -> Path:
    """Rules with one channel whose posts are looked at every second."""
    file = await rules_for(sim, folder, [route(name)], only=(name,))
    document = yaml.safe_load(file.read_text())
    document["channels"][name]["probes"] = {
        "quota": "off",
        "listening": "off",
        "write_path": "off",
        "read_back": SOON,
        "visibility": SOON,
    }
    return city.write(folder, document)


async def delivery_with(house: House, message: dict[str, Any], *keys: str) -> dict[str, Any]:
    """Wait until a message's one delivery has these values."""
    seen: dict[str, Any] = {}

    async def so() -> bool:
        seen.update((await house.message(message))["deliveries"][0])
        return all(seen[key] for key in keys)

    await until(so, 8, lambda: f"{keys}, it is {seen}")
    return seen


@pytest.mark.parametrize(("name", "platform"), [("mastodon-stadt", "mastodon"), ("x-stadt", "x")])
async def test_a_post_is_seen_by_us_and_by_a_citizen(
    sim: Simulator, tmp_path: Path, name: str, platform: str
) -> None:
    async with House(await rules_of(sim, tmp_path, name)) as house:
        message = await house.live(await house.send())
        seen = await delivery_with(house, message, "read_back_at", "public_at")
        entries = await house.journal("delivery.seen", "delivery.doubted")

    assert len(sim.posts(platform)) == 1
    assert message["accepted_at"] <= min(seen["read_back_at"], seen["public_at"])
    assert seen["note"] is None
    assert sorted(entry.payload["by"] for entry in entries) == ["read_back", "visibility"]
    assert {entry.kind for entry in entries} == {"delivery.seen"}


@pytest.mark.parametrize(("name", "platform"), [("mastodon-stadt", "mastodon"), ("x-stadt", "x")])
async def test_a_post_that_was_cut_is_left_there_and_a_person_is_asked(
    sim: Simulator, tmp_path: Path, name: str, platform: str
) -> None:
    sim.faults.put(platform, "truncated")
    async with House(await rules_of(sim, tmp_path, name)) as house:
        message = await house.live(await house.send())
        seen = await delivery_with(house, message, "note")
        doubted = await until(lambda: house.journal("delivery.doubted"), 4, "the doubt")

    assert seen["state"] == "published"
    assert seen["note"] == "truncated"
    assert seen["read_back_at"] is None
    assert doubted[0].payload["note"] == "truncated"
    assert len(sim.posts(platform)) == 1  # never deleted, and never sent again
