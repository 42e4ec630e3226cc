"""A live post is looked at again: what was seen of it is said, and no more than that."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from sentinel.domain import verification
from sentinel.simulator.server import Simulator
from tests.support import city
from tests.support.house import House, route, rules_for, until

SOON, RARELY = {"every": "1s"}, {"every": "1h"}


async def rules_of(
    sim: Simulator, folder: Path, name: str, look: dict[str, str] = SOON, **more: Any
) -> Path:
    """Rules with one channel whose latest post is looked at every second, or as `look` says."""
    file = await rules_for(sim, folder, [route(name)], only=(name,))
    document = yaml.safe_load(file.read_text())
    document["channels"][name]["probes"] = {
        "quota": "off",
        "listening": "off",
        "write_path": "off",
        "read_back": look,
        "visibility": look,
    }
    document["channels"][name].update(more)
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


async def unseen(house: House, messages: list[dict[str, Any]], key: str) -> int:
    """Return of how many messages' deliveries this has not been seen."""
    shapes = [(await house.message(message))["deliveries"][0] for message in messages]
    return sum(shape[key] is None for shape in shapes)


async def test_every_post_of_a_burst_is_looked_at_and_not_only_the_latest(
    sim: Simulator, tmp_path: Path
) -> None:
    async with House(await rules_of(sim, tmp_path, "mastodon-stadt", RARELY)) as house:
        messages = [await house.live(await house.send()) for _ in range(4)]

        async def all_seen() -> bool:
            unread = await unseen(house, messages, "read_back_at")
            return unread + await unseen(house, messages, "public_at") == 0

        await until(all_seen, 25, "every post to be seen")
        entries = await house.journal("delivery.seen", "delivery.doubted")

    assert len(entries) == 8
    assert {entry.kind for entry in entries} == {"delivery.seen"}
    assert len(sim.arrivals("mastodon")) == 4


async def test_a_post_that_shows_late_ends_as_seen(sim: Simulator, tmp_path: Path) -> None:
    sim.faults.put("mastodon", "late_visible", options={"seconds": 1.5})
    async with House(await rules_of(sim, tmp_path, "mastodon-stadt", RARELY)) as house:
        message = await house.live(await house.send())
        at_first = (await house.message(message))["deliveries"][0]
        seen = await delivery_with(house, message, "read_back_at", "public_at")
        doubted = await house.journal("delivery.doubted")

    assert (at_first["read_back_at"], at_first["public_at"]) == (None, None)
    assert seen["note"] is None
    assert doubted == []  # a new post may take its time


async def test_a_post_that_never_shows_is_a_finding_for_a_person(
    sim: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "SETTLES_WITHIN", timedelta())
    sim.faults.put("mastodon", "accepted_not_live")
    async with House(await rules_of(sim, tmp_path, "mastodon-stadt", RARELY)) as house:
        message = await house.live(await house.send())
        seen = await delivery_with(house, message, "note")
        doubted = await until(lambda: house.journal("delivery.doubted"), 4, "the doubt")

    assert (seen["state"], seen["note"]) == ("published", "not_visible")
    assert (seen["read_back_at"], seen["public_at"]) == (None, None)
    assert doubted[0].payload["note"] == "not_visible"


async def test_what_was_never_seen_until_the_last_look_is_said(
    sim: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "LOOKS_AFTER", (timedelta(seconds=1),))
    sim.faults.put("mastodon", "accepted_not_live")
    async with House(await rules_of(sim, tmp_path, "mastodon-stadt", RARELY)) as house:
        message = await house.live(await house.send())
        over = await until(lambda: house.journal("delivery.unseen"), 8, "the end of looking")
        seen = (await house.message(message))["deliveries"][0]

    assert [entry.payload["evidence"] for entry in over] == ["never seen: read_back, public"]
    assert (seen["state"], seen["note"]) == ("published", None)


async def test_paid_looks_keep_their_pace_however_much_goes_out(
    sim: Simulator, tmp_path: Path
) -> None:
    async with House(await rules_of(sim, tmp_path, "x-stadt", RARELY)) as house:
        account = house.parts.board.rules.channels["x-stadt"].account
        messages = [await house.live(await house.send()) for _ in range(4)]

        async def citizens_see_all() -> bool:
            return await unseen(house, messages, "public_at") == 0

        await until(citizens_see_all, 20, "citizens to see every post")
        paid = house.parts.watcher.looks.made_on(account, "read_back")
        unread = await unseen(house, messages, "read_back_at")

    assert len(paid) == 2
    assert unread >= 2  # honestly: these nobody has read back


async def test_looks_never_use_the_last_of_a_limit(sim: Simulator, tmp_path: Path) -> None:
    ten = {"reads": {"limit": 10, "per": "1h"}}
    file = await rules_of(sim, tmp_path, "mastodon-stadt", RARELY, quota=ten)
    async with House(file) as house:
        account = house.parts.board.rules.channels["mastodon-stadt"].account
        looks = house.parts.watcher.looks
        messages = [await house.live(await house.send()) for _ in range(5)]

        def made() -> int:
            return sum(len(looks.made_on(account, name)) for name in ("read_back", "visibility"))

        async def spent() -> bool:
            return made() >= 8

        await until(spent, 20, "eight looks")
        await house.live(await house.send())  # posting goes on
        still = made()
        left = await unseen(house, messages, "read_back_at")

    assert still == 8
    assert left >= 1


async def falls(house: House) -> list[dict[str, Any]]:
    """Return what the journal has of abilities that a channel lost."""
    entries = await house.journal("verdict.changed")
    return [entry.payload for entry in entries if entry.payload["to"] == "down"]


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("bluesky-stadt", ("read_back_at", "public_at")),
        ("mastodon-stadt", ("read_back_at", "public_at")),
        ("threads-stadt", ("read_back_at",)),  # it told no address that a citizen could open
        ("x-stadt", ("read_back_at", "public_at")),
    ],
)
async def test_no_channel_is_judged_by_a_new_post_that_is_still_on_its_way(
    sim: Simulator, tmp_path: Path, name: str, seen: tuple[str, ...]
) -> None:
    sim.faults.put(name.removesuffix("-stadt"), "late_visible", options={"seconds": 3})
    async with House(await rules_of(sim, tmp_path, name)) as house:
        message = await house.live(await house.send())
        await delivery_with(house, message, *seen)
        fell = await falls(house)

    assert fell == []


async def test_a_channel_whose_post_still_does_not_show_is_looked_at_when_it_should(
    sim: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "SETTLES_WITHIN", timedelta(seconds=2))
    sim.faults.put("bluesky", "late_visible", options={"seconds": 600})
    async with House(await rules_of(sim, tmp_path, "bluesky-stadt", RARELY)) as house:
        message = await house.live(await house.send())
        await house.judged("bluesky-stadt", "public", "down", "not_visible", within_s=12)
        posted_at = (await house.message(message))["deliveries"][0]["posted_at"]

        async def fell() -> list[datetime]:
            entries = await house.journal("verdict.changed")
            return [entry.at for entry in entries if entry.payload["to"] == "down"]

        [since] = await until(fell, 5, "the verdict in the journal")

    assert since - datetime.fromisoformat(posted_at) >= timedelta(seconds=2)
