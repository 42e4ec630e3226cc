"""What people read: Lage for the crisis team, the notices for everybody."""

import asyncio
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from aiohttp import ClientResponse

from sentinel.domain.cause import Cause, State
from sentinel.domain.delivery import DeliveryState
from sentinel.domain.message import MessageState
from sentinel.simulator.server import Simulator
from sentinel.web.pages import cause_word
from sentinel.web.wording import STATES
from tests.support.house import House, route, rules_for

NASTY = "<script>alert('x')</script> & \"Hochwasser\""


@pytest.fixture
async def file(sim: Simulator, tmp_path: Path) -> Path:
    return await rules_for(
        sim,
        tmp_path,
        [route("x-stadt", "mastodon-stadt", always=["warnseite"])],
        only=("warnseite", "mastodon-stadt", "x-stadt"),
        notice_link="warnseite",
    )


class Tags(HTMLParser):
    """Collects the tags of a page, and the words between them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words += data


async def get(house: House, path: str, **headers: str) -> tuple[ClientResponse, str]:
    async with house.web.get(path, headers=headers, allow_redirects=False) as answer:
        return answer, await answer.text()


async def test_lage_says_in_words_what_works(sim: Simulator, file: Path) -> None:
    async with House(file) as house:
        await house.judged("mastodon-stadt", "publish", "up", None)
        sim.faults.put("x", "server_error")
        await house.judged("x-stadt", "publish", "down", "platform_fault")
        await house.live(await house.send(headline="Bombenfund in der Altstadt"))
        answer, german = await get(house, "/", **{"Accept-Language": "de-DE,de;q=0.9"})
        _, english = await get(house, "/?lang=en", **{"Accept-Language": "de"})

    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "script" not in Tags(german).tags
    for word in ("gestört", "in Ordnung", "Offene Störungen", "Bombenfund in der Altstadt"):
        assert word in Tags(german).words
    for word in ("down", "up", "Open outages", "Bombenfund in der Altstadt"):
        assert word in Tags(english).words
    assert "Belege" in Tags(german).words
    assert "reachability, " in Tags(german).words  # what looked, and from where
    assert '<html lang="de">' in german
    assert '<html lang="en">' in english


async def test_nothing_that_was_sent_becomes_markup(file: Path) -> None:
    async with House(file) as house:
        await house.call("POST", "/api/v1/hold", {"reason": NASTY})
        message = await house.send(headline=NASTY, text=NASTY, instruction=NASTY)
        frozen = {"reason": NASTY}
        await house.call("POST", "/api/v1/channels/x-stadt/freeze", frozen)
        _, lage = await get(house, f"/?lang={NASTY}")
        await house.call("POST", "/api/v1/resume")
        await house.live(message)
        _, notice = await get(house, f"/notices/{message['id']}/")

    for page in (lage, notice):
        assert "script" not in Tags(page).tags
        assert NASTY in Tags(page).words


async def test_a_notice_is_cacheable_and_says_when_it_did_not_change(file: Path) -> None:
    async with House(file) as house:
        message = await house.send()
        await house.live(message)
        path = f"/notices/{message['id']}/"
        first, body = await get(house, path)
        tag = first.headers["ETag"]
        again, empty = await get(house, path, **{"If-None-Match": tag})
        weak, _ = await get(house, path, **{"If-None-Match": f'"x", W/{tag}'})
        other, _ = await get(house, path, **{"If-None-Match": '"x"'})

    assert first.status == 200
    assert message["headline"] in body
    assert first.headers["Cache-Control"].startswith("public, max-age=")
    assert "script-src" not in first.headers["Content-Security-Policy"]
    assert (again.status, weak.status, other.status) == (304, 304, 200)
    assert empty == ""


async def test_the_feeds_have_their_types(file: Path) -> None:
    async with House(file) as house:
        message = await house.send()
        await house.live(message)
        types = {
            path: (await get(house, f"/notices/{path}"))[0].content_type
            for path in ("", "feed.atom", "feed.json", f"{message['id']}.cap.xml")
        }
        redirect, _ = await get(house, "/notices")

    assert list(types.values()) == [
        "text/html",
        "application/atom+xml",
        "application/feed+json",
        "application/cap+xml",
    ]
    assert (redirect.status, redirect.headers["Location"]) == (301, "/notices/")


@pytest.mark.parametrize(
    "path",
    [
        "../sentinel.db",
        "..%2fsentinel.db",
        "%2e%2e/storage.key",
        "..%5cstorage.key",
        "//etc/passwd",
        "%2fetc%2fpasswd",
        ".hidden.html",
        "feed.atom%00.html",
        "feed.atom/",
        "no-such-notice/",
        "x" * 5000,
    ],
)
async def test_nothing_but_notices_can_be_fetched(file: Path, tmp_path: Path, path: str) -> None:
    async with House(file) as house:
        await house.live(await house.send())
        hidden = tmp_path / "data" / "public" / ".hidden.html"
        await asyncio.to_thread(hidden.write_text, "hidden")
        reader, writer = await asyncio.open_connection(*house.parts.address.split(":"))
        writer.write(
            f"GET /notices/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        )
        status = int((await reader.read()).split()[1])
        writer.close()
        await writer.wait_closed()

    assert status in {400, 404}


async def test_a_crash_tells_nothing_away(file: Path) -> None:
    async with House(file) as house:
        board = house.parts.board
        board.rules = replace(board.rules, timezone="Geheim/Geheim")
        german, said = await get(house, "/", **{"Accept-Language": "de"})
        alive, _ = await get(house, "/healthz")

    assert (german.status, german.content_type) == (500, "application/problem+json")
    assert "Ein unerwarteter Fehler" in said
    assert "Traceback" not in said
    assert "Geheim" not in said
    assert alive.status == 200


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_state_and_cause_has_a_word(language: str) -> None:
    words = [cause_word(cause, language) for cause in Cause]
    states = [STATES[state].in_(language) for state in (*State, *MessageState, *DeliveryState)]

    assert all(words)
    assert all(states)
    assert not [word for word in (*words, *states) if "_" in word]
