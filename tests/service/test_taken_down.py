"""A person wants a live post gone: the whole daemon takes it down on every platform that can."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from sentinel.simulator.server import Simulator
from tests.support import city
from tests.support.house import House, route, rules_for, until

CAN = (
    ("x-stadt", "x"),
    ("threads-stadt", "threads"),
    ("mastodon-stadt", "mastodon"),
    ("bluesky-stadt", "bluesky"),
)


async def rules_of(sim: Simulator, folder: Path, *names: str) -> Path:
    """Rules with one route on which every one of these channels must carry a message."""
    file = await rules_for(sim, folder, [route(*names, copies=len(names))], only=names)
    return city.write(folder, yaml.safe_load(file.read_text()))


async def withdraw(house: House, message: dict[str, Any]) -> None:
    """Have a message withdrawn, and what is live of it deleted."""
    body = {"reason": "Fehlalarm", "delete": True}
    status, answer = await house.call("POST", f"/api/v1/messages/{message['id']}/withdraw", body)
    assert status == 200, answer


async def gone(house: House, message: dict[str, Any], within_s: float = 8) -> dict[str, Any]:
    """Wait until no delivery of a message stands any more."""
    seen: dict[str, Any] = {}

    async def so() -> bool:
        seen.update(await house.message(message))
        return all(each["state"] == "withdrawn" for each in seen["deliveries"])

    await until(so, within_s, lambda: f"all to be withdrawn: {seen}")
    return seen


async def told(sim: Simulator, title: str, within_s: float = 8) -> dict[str, Any]:
    """Wait for a notification with this title and return it."""

    async def came() -> dict[str, Any] | None:
        bodies = [note["body"] for note in sim.notes("presse")]
        return next((body for body in bodies if title in body["message"] + body["title"]), None)

    return await until(came, within_s, lambda: f"{title!r}, there are {sim.notes('presse')}")


@pytest.mark.parametrize(("name", "platform"), CAN)
async def test_what_is_live_is_deleted_and_the_message_is_withdrawn(
    sim: Simulator, tmp_path: Path, name: str, platform: str
) -> None:
    async with House(await rules_of(sim, tmp_path, name)) as house:
        message = await house.live(await house.send())
        await withdraw(house, message)
        shape = await gone(house, message)
        kinds = [entry.kind for entry in await house.journal()]

    assert shape["state"] == "withdrawn"
    assert [(p["deleted"], p["visible"]) for p in sim.posts(platform)] == [(True, False)]
    assert kinds.index("delivery.taking_down") < kinds.index("delivery.withdrawn")
    assert not [note for note in sim.notes() if "gelöscht" in note["body"]["title"]]


async def test_the_page_of_a_notice_says_that_it_was_withdrawn(
    sim: Simulator, tmp_path: Path
) -> None:
    async with House(await rules_of(sim, tmp_path, "warnseite")) as house:
        message = await house.live(await house.send())
        await withdraw(house, message)
        await gone(house, message)
        async with house.web.get(f"/notices/{message['id']}/") as answer:
            page, status = await answer.text(), answer.status
        async with house.web.get("/notices/feed.json") as answer:
            feed = await answer.json(content_type=None)

    assert status == 200
    assert "Die Meldung, die hier stand, ist zurückgezogen." in page
    assert "Pegel" not in page
    assert feed["items"] == []


async def test_a_platform_that_refuses_is_asked_again_and_staff_hear_of_both(
    sim: Simulator, tmp_path: Path
) -> None:
    async with House(await rules_of(sim, tmp_path, "x-stadt", "mastodon-stadt")) as house:
        message = await house.live(await house.send())
        sim.faults.put("x", "account_locked")
        await withdraw(house, message)
        trouble = await told(sim, "Noch nicht gelöscht: Meldung Nr. 1 auf x-stadt")
        others = await house.states(message)
        sim.faults.clear()
        await gone(house, message, within_s=20)
        await told(sim, "Jetzt gelöscht: Meldung Nr. 1 auf x-stadt")

    assert "weil unser Konto gesperrt ist" in trouble["message"]
    assert "https://x.com/stadt/status/" in trouble["message"]
    assert others["x-stadt"] == "published"
    assert all(post["deleted"] for post in sim.posts())


async def test_a_mail_cannot_be_called_back_and_staff_are_told_at_once(
    sim: Simulator, tmp_path: Path
) -> None:
    async with House(await rules_of(sim, tmp_path, "presse-mail")) as house:
        message = await house.live(await house.send())
        await withdraw(house, message)
        note = await told(sim, "Bitte von Hand löschen: Meldung Nr. 1 auf presse-mail")
        shape = await house.message(message)

    assert "kann Sentinel nicht löschen" in note["message"]
    assert shape["deliveries"][0]["state"] == "published"
    assert shape["deliveries"][0]["take_down_at"] is None


async def test_a_hold_does_not_keep_a_post_up(sim: Simulator, tmp_path: Path) -> None:
    async with House(await rules_of(sim, tmp_path, "mastodon-stadt")) as house:
        message = await house.live(await house.send())
        await house.call("POST", "/api/v1/hold", {"reason": "Konto gekapert"})
        await withdraw(house, message)
        await gone(house, message)

    assert [post["deleted"] for post in sim.posts()] == [True]


async def test_a_post_that_somebody_else_deleted_counts_as_withdrawn(
    sim: Simulator, tmp_path: Path
) -> None:
    async with House(await rules_of(sim, tmp_path, "threads-stadt")) as house:
        message = await house.live(await house.send())
        post_id = sim.posts("threads")[0]["id"]
        url = f"{sim.url}/threads/stadt/v1.0/{post_id}"
        async with house.web.delete(url, headers={"Authorization": "Bearer t"}) as answer:
            assert answer.status == 200
        await withdraw(house, message)
        await gone(house, message)
        withdrawn = await house.journal("delivery.withdrawn")

    assert "gone already" in withdrawn[0].payload["evidence"]


async def test_a_daemon_that_was_stopped_goes_on_where_it_was(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_of(sim, tmp_path, "x-stadt")
    async with House(file) as house:
        message = await house.live(await house.send())
        sim.faults.put("x", "account_locked")
        await withdraw(house, message)
        await told(sim, "Noch nicht gelöscht")
    sim.faults.clear()
    async with House(file) as house:
        await gone(house, message, within_s=20)
        began = await house.journal("delivery.taking_down")

    assert len(began) == 1
    assert [post["deleted"] for post in sim.posts()] == [True]
