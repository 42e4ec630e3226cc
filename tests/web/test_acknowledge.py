"""The link of a notification: whoever presses its button takes the outage on, without login."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from sentinel.simulator.server import Simulator
from tests.support import city
from tests.support.broken import broken, close, link, outages_of, worsen
from tests.support.city import free_port
from tests.support.house import House, route, rules_for, until, utc_now

SCANNERS = ("GET", "HEAD", "GET")
"""What a mail scanner and a messenger's preview send before a person sees the link."""


@pytest.fixture
async def file(sim: Simulator, tmp_path: Path) -> Path:
    names = ("x-stadt", "mastodon-stadt")
    return await rules_for(sim, tmp_path, [route(*names)], only=names)


def with_rules(file: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the rules that a file states."""
    document = yaml.safe_load(file.read_text())
    change(document)
    city.write(file.parent, document)


async def page(house: House, method: str, url: str, **fields: str) -> tuple[int, str]:
    data = fields or None
    async with house.web.request(method, url, data=data, allow_redirects=False) as answer:
        return answer.status, await answer.text()


async def test_a_press_of_the_button_takes_it_on_and_looking_does_not(file: Path) -> None:
    async with House(file) as house:
        climb = await broken(house, "kanal-1", "kanal-2")
        url = await link(house, climb)

        looked = [await page(house, method, url) for method in SCANNERS]
        before = await outages_of(house, climb)
        pressed, thanks = await page(house, "POST", url, comment="Müller <ruft> an")
        after = await outages_of(house, climb)
        again, shown = await page(house, "GET", url)
        (entry,) = await house.journal("outage.acknowledged")

    assert [status for status, _ in looked] == [200, 200, 200]
    assert "Ich kümmere mich darum" in looked[0][1]
    assert "kanal-1, Mitlesen: Störung der Plattform" in looked[0][1]
    assert "<script" not in looked[0][1]
    assert [outage.acknowledged_by for outage in before] == [None, None]
    assert (pressed, again) == (200, 200)
    assert [outage.acknowledged_by for outage in after] == ["presse", "presse"]
    assert entry.actor.word == "link:presse"
    assert "Übernommen von presse" in thanks
    assert "„Müller &lt;ruft&gt; an“" in shown
    assert "<form" not in shown


async def test_the_link_that_staff_are_sent_takes_on_what_they_were_told_of(
    sim: Simulator, file: Path
) -> None:
    blind = {"read_back": "off", "visibility": "off", "listening": "off"}
    with_rules(file, lambda rules: rules["channels"]["x-stadt"]["probes"].update(blind))
    async with House(file) as house:
        await house.judged("x-stadt", "publish", "up", None)
        sim.faults.put("x", "server_error")

        async def told() -> str | None:
            notes = " ".join(note["body"]["message"] for note in sim.notes("presse"))
            found = re.findall(r"http://\S+?/a/[\w-]{40,}", notes)
            return found[0] if found else None

        url = urlsplit(await until(told, 20, lambda: f"a link, there are {sim.notes('presse')}"))
        looked, _ = await page(house, "GET", url.path)
        pressed, thanks = await page(house, "POST", url.path)
        entries = await house.journal("outage.acknowledged")

    assert (looked, pressed) == (200, 200)
    assert "Übernommen von presse" in thanks
    assert [entry.actor.word for entry in entries] == ["link:presse"]


async def test_a_second_press_says_who_was_first_and_stays_theirs(file: Path) -> None:
    async with House(file) as house:
        climb = await broken(house, "kanal-1")
        await page(house, "POST", await link(house, climb))
        status, shown = await page(house, "POST", await link(house, climb, contact="amtsleitung"))
        (outage,) = await outages_of(house, climb)
        entries = await house.journal("outage.acknowledged")

    assert status == 200
    assert "Übernommen von presse" in shown
    assert outage.acknowledged_by == "presse"
    assert len(entries) == 1


async def test_a_link_that_has_ended_takes_nothing_on(file: Path) -> None:
    async with House(file) as house:
        climb = await broken(house, "kanal-1")
        async with house.storage.write() as unit:  # it has been open for two days
            early = climb.begun_at - timedelta(days=2)
            await unit.save_escalations([replace(climb, begun_at=early)])
        url = await link(house, climb, told_at=utc_now() - timedelta(hours=25))
        looked, shown = await page(house, "GET", url)
        pressed, _ = await page(house, "POST", url)
        (outage,) = await outages_of(house, climb)

    assert (looked, pressed) == (200, 409)
    assert "Dieser Link ist abgelaufen" in shown
    assert "<form" not in shown
    assert outage.acknowledged_by is None


async def test_a_used_link_takes_nothing_on_that_its_holder_has_not_heard_of(file: Path) -> None:
    async with House(file) as house:
        climb = await broken(house, "kanal-1")
        url = await link(house, climb)
        await page(house, "POST", url)
        await worsen(house, climb)
        status, shown = await page(house, "POST", url)
        (outage,) = await outages_of(house, climb)

    assert status == 409
    assert "schlimmer geworden" in shown
    assert outage.acknowledged_by is None


async def test_what_is_over_is_said_to_be_over(file: Path) -> None:
    async with House(file) as house:
        climb = await broken(house, "kanal-1")
        url = await link(house, climb)
        await close(house, climb)
        looked, shown = await page(house, "GET", url)
        pressed, _ = await page(house, "POST", url)

    assert (looked, pressed) == (200, 409)
    assert "Vorbei seit" in shown


async def test_a_contact_reads_it_in_their_own_language(file: Path) -> None:
    with_rules(file, lambda rules: rules["staff"]["contacts"]["presse"].update(language="en"))
    async with House(file) as house:
        climb = await broken(house, "kanal-1")
        _, shown = await page(house, "GET", await link(house, climb))
        _, thanks = await page(house, "POST", await link(house, climb))

    assert "I take care of it" in shown
    assert "presse takes care of it, since" in thanks


async def test_hundreds_of_outages_are_one_page_that_can_be_read(file: Path) -> None:
    async with House(file) as house:
        climb = await broken(house, *[f"kanal-{number}" for number in range(500)])
        _, shown = await page(house, "GET", await link(house, climb))

    assert shown.count("<li>") == 21
    assert "… und 480 weitere" in shown


async def test_strangers_reach_the_page_and_nothing_else_by_it(file: Path) -> None:
    public = f"127.0.0.1:{free_port()}"
    with_rules(file, lambda rules: rules["server"].update(public_listen=public))
    async with House(file) as house:
        climb = await broken(house, "kanal-1")
        token = (await link(house, climb)).rpartition("/")[2]
        at = f"http://{public}"
        true = (await page(house, "GET", f"{at}/a/{token}"))[0]
        forged = [
            (await page(house, method, f"{at}{path}"))[0]
            for method in ("GET", "POST")
            for path in (f"/c/{token}", f"/a/{token[:-2]}AA", "/a/x", "/a/%00", f"/a/{'a' * 600}")
        ]
        inside = [
            (await page(house, "GET", f"{at}{path}"))[0]
            for path in ("/outages", "/api/v1/outages", "/api/v1/silences")
        ]

    assert true == 200
    assert set(forged) == {404}
    assert set(inside) == {404}


async def test_the_page_lists_what_stands_and_its_button_covers_no_more(file: Path) -> None:
    async with House(file) as house:
        climb = await broken(house, *[f"kanal-{number}" for number in range(24)])
        async with house.storage.write() as unit:
            for outage in (await unit.outages_of(climb.id))[:23]:
                await unit.save_outage(replace(outage, closed_at=utc_now()))
        url = await link(house, climb)
        _, shown = await page(house, "GET", url)
        async with house.storage.write() as unit:  # it is in other words now
            [stands] = [one for one in await unit.outages_of(climb.id) if not one.closed_at]
            await unit.save_told([replace(stands, entry=3)])
        early, again = await page(house, "POST", url, seen="0")
        pressed, thanks = await page(house, "POST", url, seen="3")

    assert shown.count("<li>") == 1
    assert 'name="seen" value="0"' in shown
    assert early == 409
    assert 'name="seen" value="3"' in again
    assert pressed == 200
    assert "Übernommen von presse" in thanks
