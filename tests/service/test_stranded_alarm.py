"""A message that no channel carries: staff hear of it at once, with all they need to post it."""

import asyncio
from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from sentinel.domain.letter import DETAILS_ROOM
from sentinel.domain.news_item import News
from sentinel.errors import Phrase
from sentinel.service.letters import written
from sentinel.simulator.server import Simulator
from tests.support import city
from tests.support.house import House, route, rules_for, until

ALARM = "ALARM: Meldung Nr. 1 steckt fest"


async def rules_of(sim: Simulator, folder: Path, *names: str, language: str = "de") -> Path:
    """Rules with a route over these channels, and one contact."""
    file = await rules_for(sim, folder, [route(*names)], only=names)
    document = yaml.safe_load(file.read_text())
    document["staff"]["contacts"]["presse"]["language"] = language
    return city.write(folder, document)


async def alarm(sim: Simulator, title: str = ALARM) -> dict[str, Any]:
    """Wait for the alarm and return it."""
    return await until_told(sim, lambda body: body["title"].startswith(title))


async def until_told(sim: Simulator, meant: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Wait for the notification that is meant and return it; it may have come with others."""

    async def came() -> dict[str, Any] | None:
        return next((note["body"] for note in sim.notes("presse") if meant(note["body"])), None)

    return await until(came, 8, lambda: f"the notification, there are {sim.notes('presse')}")


def link_in(text: str, address: str) -> str:
    """Return the link that begins with `address`."""
    return next(word for word in text.split() if word.startswith(address))


def lines_of(details: str) -> set[str]:
    """Return what follows the words that ask to say so."""
    return {line.removeprefix("Danach melden: ") for line in details.splitlines()}


async def test_it_brings_the_text_the_place_to_post_it_and_how_to_say_so(
    sim: Simulator, tmp_path: Path
) -> None:
    for platform in ("x", "mastodon"):
        sim.faults.put(platform, "credential_revoked")
    async with House(await rules_of(sim, tmp_path, "x-stadt", "mastodon-stadt")) as house:
        message = await house.send()
        told = (await alarm(sim))["message"]
        shape = await house.message(message)

    texts = {delivery["channel"]: delivery["text"] for delivery in shape["deliveries"]}
    ids = {delivery["channel"]: delivery["id"] for delivery in shape["deliveries"]}
    link = link_in(told, "https://x.com/intent/tweet")
    summary, _, details = told.partition("== x-stadt, Nr. 1 ==")
    assert "(„Hochwasser an der Saar“)" in summary
    assert "Zu tun: Von Hand veröffentlichen auf: x-stadt, mastodon-stadt" in summary
    assert set(texts) == {"x-stadt", "mastodon-stadt"}
    for name, text in texts.items():
        assert text in details
        # One of the two may not have been planned yet when the alarm was written.
        assert {f"sentinel confirm {ids[name]}", f"sentinel confirm 1:{name}"} & lines_of(details)
    assert parse_qs(urlsplit(link).query)["text"] == [texts["x-stadt"]]
    assert "/mastodon/stadt/share?text=" in details


async def test_it_speaks_the_contacts_language(sim: Simulator, tmp_path: Path) -> None:
    sim.faults.put("x", "credential_revoked")
    async with House(await rules_of(sim, tmp_path, "x-stadt", language="en")) as house:
        await house.send()
        told = await alarm(sim, "ALARM: message no. 1 is stranded")

    assert "To do: Publish it by hand on: x-stadt" in told["message"]
    assert "Then say so: sentinel confirm " in told["message"]


async def test_a_channel_that_a_person_froze_is_not_offered(sim: Simulator, tmp_path: Path) -> None:
    sim.faults.put("x", "credential_revoked")
    async with House(await rules_of(sim, tmp_path, "x-stadt", "mastodon-stadt")) as house:
        frozen = {"reason": "Konto gekapert"}
        await house.call("POST", "/api/v1/channels/mastodon-stadt/freeze", frozen)
        await house.send()
        told = (await alarm(sim))["message"]

    assert "== x-stadt" in told
    assert "mastodon-stadt" not in told


async def test_a_channel_for_which_nothing_was_planned_has_its_text_too(
    sim: Simulator, tmp_path: Path
) -> None:
    for platform in ("x", "mastodon"):
        sim.faults.put(platform, "credential_revoked")
    async with House(await rules_of(sim, tmp_path, "mastodon-stadt", "x-stadt")) as house:
        for name in ("mastodon-stadt", "x-stadt"):
            await house.judged(name, "publish", "down", "credential_rejected")
        message = await house.send()
        told = (await alarm(sim))["message"]
        planned = (await house.message(message))["deliveries"]
        first = {delivery["channel"]: delivery["id"] for delivery in planned}
        other = ({"mastodon-stadt", "x-stadt"} - first.keys()).pop()
        call = f"/api/v1/deliveries/1:{other}/confirm"
        status, taken = await house.call("POST", call, {})
        again, same = await house.call("POST", call, {})
        unknown, _ = await house.call("POST", "/api/v1/deliveries/1:telegram/confirm", {})
        shape = await house.live(message)
        ended = f"Nr. 1 steckt nicht mehr fest; steht auf {other}."
        await until_told(sim, lambda body: ended in body["message"])
        sim.faults.clear()
        await asyncio.sleep(1)

    assert len(planned) == 1  # only the best of them is still tried
    assert told.count("Der Pegel steigt.\n\nNr. 1") == 2
    assert "== mastodon-stadt, Nr. 1 ==" in told
    assert "== x-stadt, Nr. 1 ==" in told
    assert f"sentinel confirm 1:{other}" in told
    assert told.count("Sentinel kann dort auch selbst noch senden") == 2
    assert (status, taken["state"], taken["channel"]) == (200, "published", other)
    assert (again, same["id"], unknown) == (200, taken["id"], 404)
    assert [one["id"] for one in shape["deliveries"] if one["state"] == "published"] == [
        taken["id"]
    ]
    # The better channel may come late; where a person posted, nothing is sent again.
    assert other.removesuffix("-stadt") not in {post["platform"] for post in sim.posts()}


async def test_what_is_withdrawn_cannot_be_confirmed_where_nothing_was_begun(
    sim: Simulator, tmp_path: Path
) -> None:
    for platform in ("x", "mastodon"):
        sim.faults.put(platform, "credential_revoked")
    async with House(await rules_of(sim, tmp_path, "mastodon-stadt", "x-stadt")) as house:
        for name in ("mastodon-stadt", "x-stadt"):
            await house.judged(name, "publish", "down", "credential_rejected")
        message = await house.send()
        await alarm(sim)
        planned = {one["channel"] for one in (await house.message(message))["deliveries"]}
        other = ({"mastodon-stadt", "x-stadt"} - planned).pop()
        withdraw = f"/api/v1/messages/{message['id']}/withdraw"
        gone, _ = await house.call("POST", withdraw, {"reason": "Irrtum"})
        late, _ = await house.call("POST", f"/api/v1/deliveries/1:{other}/confirm", {})
        nobody, _ = await house.call("POST", f"/api/v1/deliveries/9:{other}/confirm", {})
        told = [note["body"]["message"] for note in sim.notes("presse")]

    assert (gone, late, nobody) == (200, 409, 404)
    assert all("steckt nicht mehr fest" not in text for text in told)


async def test_the_journal_holds_none_of_it(sim: Simulator, tmp_path: Path) -> None:
    sim.faults.put("x", "credential_revoked")
    async with House(await rules_of(sim, tmp_path, "x-stadt")) as house:
        await house.send()
        await alarm(sim)
        entries = await house.journal()

    assert all("Pegel" not in repr(entry.payload) for entry in entries)


async def test_once_a_person_has_confirmed_it_is_out(sim: Simulator, tmp_path: Path) -> None:
    sim.faults.put("x", "credential_revoked")
    async with House(await rules_of(sim, tmp_path, "x-stadt")) as house:
        message = await house.send()
        told = (await alarm(sim))["message"]
        delivery = told.partition("sentinel confirm ")[2].split()[0]
        status, _ = await house.call("POST", f"/api/v1/deliveries/{delivery}/confirm", {})
        shape = await house.live(message)
        sim.faults.clear()
        await asyncio.sleep(1)

    assert status == 200
    assert shape["deliveries"][0]["state"] == "published"
    assert sim.posts() == []


@pytest.mark.parametrize(("size", "whole"), [(300, 3), (DETAILS_ROOM // 2, 2)])
def test_many_at_once_are_all_named_before_any_text(size: int, whole: int) -> None:
    details = [str(number) * size for number in (1, 2, 3)]
    news = [
        News(subject=both(f"Alarm {number}"), text=both(f"Nr. {number}"), details=both(text))
        for number, text in enumerate(details, 1)
    ]

    body = written(news, language="de", zone=UTC).text

    assert body.startswith("* Alarm 1\nNr. 1\n\n* Alarm 2\nNr. 2\n\n* Alarm 3\nNr. 3\n\n111")
    assert [text in body for text in details] == [True] * whole + [False] * (3 - whole)


def test_the_first_text_comes_whole_however_long_it_is() -> None:
    long = "1" * (2 * DETAILS_ROOM)

    news = News(subject=both("s"), text=both("Nr. 1"), details=both(long))
    body = written([news], language="de", zone=UTC).text

    assert body == f"Nr. 1\n\n{long}"


def both(text: str) -> Phrase:
    return Phrase(de=text, en=text)
