"""A channel without an interface: people are asked, reminded once, believed by a signed link."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from sentinel.errors import RulesError
from sentinel.rules import load
from sentinel.simulator.server import Simulator
from tests.support import city
from tests.support.city import free_port
from tests.support.house import House, route, rules_for, until

HAND = {"platform": "whatsapp_channel", "contacts": ["presse"], "uplink": "none"}
ROUTINE = {"severity": "moderate"}


async def rules_of(
    sim: Simulator, folder: Path, *, within: str = "10m", always: bool = False, **route_more: Any
) -> Path:
    """Rules with a WhatsApp channel by hand before X, and a page for strangers."""
    names = () if always else ("kanal",)
    one = route(*names, "x-stadt", **({"always": ["kanal"]} if always else {}), **route_more)
    file = await rules_for(sim, folder, [one], only=("x-stadt",))
    document = yaml.safe_load(file.read_text())
    document["channels"]["kanal"] = {**HAND, "confirm_within": within}
    public = f"127.0.0.1:{free_port()}"
    document["server"] |= {"public_listen": public, "public_url": f"http://{public}"}
    return city.write(folder, document)


async def told(sim: Simulator, title: str, within_s: float = 6) -> str:
    """Wait for a notification whose title begins so, and return its text."""

    async def came() -> str | None:
        bodies = [note["body"] for note in sim.notes("presse")]
        return next((b["message"] for b in bodies if b["title"].startswith(title)), None)

    return await until(came, within_s, lambda: f"{title!r}, there are {sim.notes('presse')}")


def link_in(text: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:\d+/c/\S+", text)
    assert found, text
    return found[0]


async def page(house: House, method: str, link: str, **fields: str) -> tuple[int, str]:
    async with house.web.request(method, link, data=fields or None) as answer:
        return answer.status, await answer.text()


async def test_a_person_gets_the_text_posts_it_and_says_so_by_the_link(
    sim: Simulator, tmp_path: Path
) -> None:
    async with House(await rules_of(sim, tmp_path)) as house:
        message = await house.send(**ROUTINE)
        text = await told(sim, "Bitte veröffentlichen: Meldung Nr. 1 auf kanal")
        waiting = await house.message(message)
        link = link_in(text)

        looked, shown = await page(house, "GET", link)
        still = await house.states(message)
        pressed, thanks = await page(house, "POST", link)
        again, _ = await page(house, "POST", link)
        after = await house.live(message)
        entries = await house.journal("delivery.asked", "delivery.confirmed")

    (delivery,) = waiting["deliveries"]
    assert (delivery["state"], delivery["asked"]["contacts"]) == ("awaiting_person", ["presse"])
    assert delivery["text"] in text
    assert "https://wa.me/?text=" in text
    assert (looked, pressed, again) == (200, 200, 200)
    assert "Ich habe es veröffentlicht" in shown
    assert "<script" not in shown
    assert still == {"kanal": "awaiting_person"}, "looking at a link confirms nothing"
    assert "Bestätigt" in thanks
    assert "<form" not in thanks
    assert after["deliveries"][0]["confirmed_by"] == "link:presse"
    assert after["deliveries"][0]["read_back_at"] is None
    assert [(e.kind, e.actor.word) for e in entries] == [
        ("delivery.asked", "daemon:sentinel"),
        ("delivery.confirmed", "link:presse"),
    ]
    assert sim.posts() == []


async def test_who_has_the_address_at_hand_may_state_it_and_nonsense_confirms_nothing(
    sim: Simulator, tmp_path: Path
) -> None:
    async with House(await rules_of(sim, tmp_path)) as house:
        message = await house.send(**ROUTINE)
        link = link_in(await told(sim, "Bitte veröffentlichen"))
        wrong, shown = await page(house, "POST", link, permalink="javascript:alert(1)")
        waiting = await house.states(message)
        right, _ = await page(house, "POST", link, permalink=" https://chat.example/kanal/17 ")
        (delivery,) = (await house.live(message))["deliveries"]

    assert (wrong, right) == (422, 200)
    assert "das ist keine Adresse" in shown
    assert "<form" in shown
    assert waiting == {"kanal": "awaiting_person"}
    assert delivery["receipt"] == {"post_id": None, "permalink": "https://chat.example/kanal/17"}


async def test_an_exercise_says_so_first_wherever_it_is_read(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_of(sim, tmp_path)
    document = yaml.safe_load(file.read_text())
    document["channels"]["kanal"]["exercises"] = "allow"
    async with House(city.write(tmp_path, document)) as house:
        await house.send(**ROUTINE, exercise=True)
        text = await told(sim, "ÜBUNG: Bitte veröffentlichen: Meldung Nr. 1 auf kanal")
        _, shown = await page(house, "GET", link_in(text))

    assert text.startswith("ÜBUNG: Bitte bis ")
    assert "ÜBUNG" in shown.partition("<textarea")[2]


async def test_who_says_nothing_is_reminded_once_and_then_the_message_goes_on_without_them(
    sim: Simulator, tmp_path: Path
) -> None:
    async with House(await rules_of(sim, tmp_path, within="2s")) as house:
        message = await house.send(**ROUTINE)
        link = link_in(await told(sim, "Erinnerung: Bitte veröffentlichen: Meldung Nr. 1"))
        await house.live(message, within_s=8)
        moved = await house.states(message)
        late, shown = await page(house, "GET", link)
        pressed, _ = await page(house, "POST", link)
        confirmed = await house.states(message)

    titles = [note["body"]["title"] for note in sim.notes("presse")]
    assert sum("Bitte veröffentlichen" in title for title in titles) == 2
    assert moved == {"kanal": "moved", "x-stadt": "published"}
    assert (late, pressed) == (200, 200)
    assert "ohne diesen Kanal weitergegangen" in shown
    assert confirmed["kanal"] == "published"


async def test_what_is_withdrawn_is_not_to_be_posted_any_more_and_its_link_does_nothing(
    sim: Simulator, tmp_path: Path
) -> None:
    async with House(await rules_of(sim, tmp_path)) as house:
        message = await house.send(**ROUTINE)
        link = link_in(await told(sim, "Bitte veröffentlichen"))
        await house.call("POST", f"/api/v1/messages/{message['id']}/withdraw", {"reason": "Irrtum"})
        stopped = await told(sim, "Bitte NICHT mehr veröffentlichen: Meldung Nr. 1 auf kanal")
        status, shown = await page(house, "POST", link)
        states = await house.states(message)

    assert "bitte löschen" in stopped
    assert status == 409
    assert "NICHT mehr veröffentlichen" in shown
    assert states == {"kanal": "withdrawn"}


async def test_on_hold_nobody_is_asked_and_afterwards_they_are(
    sim: Simulator, tmp_path: Path
) -> None:
    async with House(await rules_of(sim, tmp_path)) as house:
        await house.call("POST", "/api/v1/hold", {"reason": "Lage unklar"})
        message = await house.send(**ROUTINE)
        held = await house.states(message)
        await house.call("POST", "/api/v1/resume", {})
        await told(sim, "Bitte veröffentlichen")
        titles = [note["body"]["title"] for note in sim.notes("presse")]

    assert held == {"kanal": "planned"}
    assert sum(title.startswith("Bitte veröffentlichen") for title in titles) == 1


async def test_after_a_restart_nobody_is_asked_again_and_the_old_link_still_holds(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_of(sim, tmp_path)
    async with House(file) as house:
        message = await house.send(**ROUTINE)
        link = link_in(await told(sim, "Bitte veröffentlichen"))
    async with House(file) as house:
        status, _ = await page(house, "POST", link)
        await house.live(message)
        titles = [note["body"]["title"] for note in sim.notes("presse")]

    assert status == 200
    assert sum("Bitte veröffentlichen" in title for title in titles) == 1


async def test_strangers_reach_the_page_and_nothing_behind_it(
    sim: Simulator, tmp_path: Path
) -> None:
    async with House(await rules_of(sim, tmp_path)) as house:
        public = house.parts.board.rules.server.public_url
        forged = [
            await page(house, method, f"{public}/c/{token}")
            for method in ("GET", "POST")
            for token in ("x", "e30.e30", "%00", "a" * 600)
        ]
        inside = (await page(house, "GET", f"{public}/api/v1/messages"))[0]
        async with house.web.get(f"{public}/c/x", headers={"Accept-Language": "en"}) as answer:
            english, headers = await answer.text(), answer.headers

    assert {status for status, _ in forged} == {404}
    assert inside == 404
    assert "This link is not valid" in english
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "script" not in headers["Content-Security-Policy"]


async def test_a_channel_on_which_nobody_is_asked_is_an_error_in_the_rules(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_of(sim, tmp_path)
    document = yaml.safe_load(file.read_text())
    document["channels"]["kanal"]["contacts"] = []

    with pytest.raises(RulesError) as refused:
        load(city.write(tmp_path, document), env=city.TOKENS)

    assert [problem.what.en for problem in refused.value.problems] == [
        "nobody is named who could be asked"
    ]


async def test_a_contact_nobody_knows_is_an_error_in_the_rules(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_of(sim, tmp_path)
    document = yaml.safe_load(file.read_text())
    document["channels"]["kanal"]["contacts"] = ["press"]

    with pytest.raises(RulesError) as refused:
        load(city.write(tmp_path, document), env=city.TOKENS)

    (problem,) = refused.value.problems
    assert "'press'" in problem.what.en
    assert problem.hint is not None
    assert "presse" in problem.hint.en
