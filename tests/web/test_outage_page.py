"""*Störungen*: what is open, who was told and who owns it, on one page; a button for who may."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from sentinel.simulator.server import Simulator
from tests.support.broken import broken, close, outages_of
from tests.support.house import House, route, rules_for
from tests.web.test_outages import SILENCES, later

SEEN = re.compile(r'name="seen" value="(\d+)"')
PROOF = re.compile(
    r'action="(/outages/[^"]+)">\s*<input type="hidden" name="proof" value="([^"]+)"'
)


@pytest.fixture
async def file(sim: Simulator, tmp_path: Path) -> Path:
    names = ("x-stadt", "mastodon-stadt")
    return await rules_for(sim, tmp_path, [route(*names)], only=names)


async def get(
    session: aiohttp.ClientSession, path: str, accept: str = "de"
) -> tuple[int, str, str]:
    headers = {"Accept-Language": accept}
    async with session.get(path, headers=headers, allow_redirects=False) as answer:
        return answer.status, await answer.text(), answer.headers["Content-Security-Policy"]


async def post(session: aiohttp.ClientSession, path: str, **fields: str) -> tuple[int, str]:
    async with session.post(path, data=fields, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location", "")


async def test_it_says_what_is_broken_who_was_told_and_what_is_silenced(file: Path) -> None:
    async with House(file) as house:
        await broken(house, "kanal-1", "kanal-2")
        await broken(house, "kanal-3", told=())
        over = await broken(house, "kanal-4")
        await close(house, over)
        reason = "<b>Umzug</b>"
        body = {"operator": "x", "ends_at": later(hours=2), "reason": reason}
        await house.call("POST", SILENCES, body)
        status, german, policy = await get(house.web, "/outages")
        _, english, _ = await get(house.web, "/outages?lang=en")
        _, lage, _ = await get(house.web, "/")

    assert status == 200
    assert "default-src 'none'" in policy
    assert "<script" not in german
    assert "Meta: Störung der Plattform (2 Störungen)" in german
    assert "Gemeldet an presse (Stufe 1 von 1), noch nicht übernommen." in german
    assert "Noch niemandem gemeldet." in german
    assert "kanal-4, Mitlesen: Störung der Plattform" in german.partition("Zuletzt vorbei")[2]
    assert "&lt;b&gt;Umzug&lt;/b&gt;" in german
    assert "Stille: " in german
    assert "Told to presse (level 1 of 1), not acknowledged yet." in english
    assert 'href="/outages?lang=de"' in lage
    assert "<form" not in german, "who only looks has no button"
    assert 'http-equiv="refresh"' in german


async def test_who_may_operate_takes_it_on_by_the_button(file: Path) -> None:
    async with House(file) as house:
        climb = await broken(house, "kanal-1", "kanal-2")
        _, shown, _ = await get(house.near, "/outages")
        (found,) = PROOF.findall(shown)
        status, onward = await post(house.near, found[0], proof=found[1], comment="ich rufe an")
        _, after, _ = await get(house.near, onward)
        owned = await outages_of(house, climb)

    assert 'http-equiv="refresh"' not in shown, "nobody types into a page that reloads"
    assert (status, onward) == (303, "/outages?lang=de")
    assert {outage.comment for outage in owned} == {"ich rufe an"}
    assert re.search(r"Übernommen von uid:\d+, .*„ich rufe an“", after)
    assert "<form" not in after


async def test_the_button_covers_nothing_that_came_after_the_page_was_opened(file: Path) -> None:
    async with House(file) as house:
        climb = await broken(house, "kanal-1", "kanal-2")
        _, shown, _ = await get(house.near, "/outages")
        (found,) = PROOF.findall(shown)
        (seen,) = SEEN.findall(shown)
        async with house.storage.write() as unit:
            first, later_one = await unit.outages_of(climb.id)
            await unit.save_told([replace(later_one, entry=int(seen) + 1)])
        await post(house.near, found[0], proof=found[1], seen=seen)
        owned = {one.id: one.acknowledged_by for one in await outages_of(house, climb)}

    assert owned[first.id] is not None
    assert owned[later_one.id] is None


async def test_no_other_site_can_press_it_and_nobody_who_may_not(file: Path) -> None:
    async with House(file) as house:
        climb = await broken(house, "kanal-1")
        other = await broken(house, "kanal-2")
        _, shown, _ = await get(house.near, "/outages")
        proofs = dict(PROOF.findall(shown))
        (path,) = [one for one in proofs if (await outages_of(house, climb))[0].id in one]
        (foreign,) = [one for one in proofs if (await outages_of(house, other))[0].id in one]
        tried = [
            (await post(house.near, path))[0],
            (await post(house.near, path, proof="x"))[0],
            (await post(house.near, path, proof=proofs[foreign]))[0],
            (await post(house.web, path, proof=proofs[path]))[0],
        ]
        (outage,) = await outages_of(house, climb)

    assert tried == [403, 403, 403, 401]
    assert outage.acknowledged_by is None


async def test_a_stranger_does_not_see_it(file: Path) -> None:
    async with House(file) as house:
        headers = {"X-Forwarded-For": "203.0.113.7"}
        async with house.web.get("/outages", headers=headers) as answer:
            status = answer.status

    assert status == 403
