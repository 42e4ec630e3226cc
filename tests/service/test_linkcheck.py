"""Links of messages: looked at before posting, without making it wait, and again after it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from aiohttp import web

from sentinel.domain.cause import Severity
from sentinel.domain.message import Content
from tests.support.city import free_port
from tests.support.house import House, route, rules_for, simulator, until


class Site:
    """A city's website on a free port, whose answers a test chooses by path."""

    def __init__(self) -> None:
        self.answers: dict[str, int] = {}
        self.url, self.moved = "", ""
        self.paths: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.paths.append(request.path)
        status = self.answers.get(request.path, 200)
        headers = {"Location": self.moved} if self.moved else None
        return web.Response(status=status, text="Seite", headers=headers)


@asynccontextmanager
async def site() -> AsyncIterator[Site]:
    made, app = Site(), web.Application()
    app.router.add_get("/{path:.*}", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    made.url = f"http://127.0.0.1:{port}"
    try:
        yield made
    finally:
        await runner.cleanup()


@asynccontextmanager
async def town(folder: Path) -> AsyncIterator[tuple[House, Site]]:
    async with simulator() as sim, site() as city:
        only = ("mastodon-stadt",)
        file = await rules_for(sim, folder, [route("mastodon-stadt")], only=only)
        async with House(file) as house:
            yield house, city


async def test_whoever_sends_a_dead_link_is_warned_and_the_message_goes_out(tmp_path: Path) -> None:
    async with town(tmp_path) as (house, city):
        city.answers["/weg"] = 404

        message = await house.send(link=f"{city.url}/weg")

        assert [w for w in message["warnings"] if f"{city.url}/weg" in w and "404" in w]
        await house.live(message)


async def test_a_link_that_works_or_turns_programs_away_is_no_warning(tmp_path: Path) -> None:
    async with town(tmp_path) as (house, city):
        city.answers["/nicht-fuer-programme"] = 403
        city.answers["/nicht-fuer-programme-bei-linkedin"] = 999

        for path in ("/", "/nicht-fuer-programme", "/nicht-fuer-programme-bei-linkedin"):
            assert (await house.send(link=f"{city.url}{path}"))["warnings"] == []


async def test_a_preview_warns_too(tmp_path: Path) -> None:
    async with town(tmp_path) as (house, _):
        dead = f"http://127.0.0.1:{free_port()}/"
        body = {"headline": "Lage", "text": "Siehe dort.", "severity": "minor", "link": dead}

        status, shown = await house.call("POST", "/api/v1/preview", body)

        assert status == 200
        assert all(any(dead in w for w in item["warnings"]) for item in shown["items"])


async def test_a_page_that_hangs_keeps_the_message_from_nothing(tmp_path: Path) -> None:
    async def hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await gone.wait()
        writer.close()

    gone, port = asyncio.Event(), free_port()
    async with town(tmp_path) as (house, _), await asyncio.start_server(hang, "127.0.0.1", port):
        link = f"http://127.0.0.1:{port}/"
        async with asyncio.TaskGroup() as group:
            sending = group.create_task(house.send(severity="extreme", link=link))

            async def live() -> bool:
                return bool((await house.call("GET", "/api/v1/messages?state=live"))[1]["items"])

            await until(live, 5, "it to be live")
            assert not sending.done()  # whoever sent it still waits to hear of the link
        gone.set()

        assert any(link in warning for warning in sending.result()["warnings"])


async def test_a_link_that_dies_after_posting_is_told_once_and_when_it_is_back(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as (house, city):
        message = await house.live(await house.send(link=f"{city.url}/seite"))
        check = house.parts.links
        await check.tick()
        assert await house.journal("link.dead") == []

        city.answers["/seite"] = 500
        for _ in range(3):
            check.shift(-timedelta(hours=1))
            await check.tick()
        dead = await house.journal("link.dead")
        assert [(e.subject, e.payload["number"], e.payload["host"]) for e in dead] == [
            (message["id"], message["number"], "127.0.0.1")
        ]

        del city.answers["/seite"]
        check.shift(-timedelta(hours=1))
        await check.tick()
        assert len(await house.journal("link.works")) == 1


async def test_what_was_live_before_a_restart_is_looked_at_on(tmp_path: Path) -> None:
    async with simulator() as sim, site() as city:
        only = ("mastodon-stadt",)
        file = await rules_for(sim, tmp_path, [route("mastodon-stadt")], only=only)
        async with House(file) as house:
            message = await house.live(await house.send(link=f"{city.url}/seite"))
            await house.parts.links.tick()

        city.answers["/seite"] = 404
        async with House(file) as house:
            for _ in range(2):
                house.parts.links.shift(-timedelta(hours=1))
                await house.parts.links.tick()
            dead = await house.journal("link.dead")

    assert [entry.subject for entry in dead] == [message["id"]]


async def test_an_address_that_is_none_is_a_warning(tmp_path: Path) -> None:
    async with town(tmp_path) as (house, _):
        for link in ("https://[2001:db8/lage", "https://"):
            found = await house.parts.links.warnings(
                Content(headline="Lage", text="Text", severity=Severity.MINOR, link=link)
            )

            assert [w.en for w in found] == [f"link {link} is no web address"]


async def test_inside_only_hosts_that_the_rules_name_are_looked_at(tmp_path: Path) -> None:
    async def count(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.append(1)
        writer.close()

    met, port = list[int](), free_port()
    async with town(tmp_path) as (house, city):
        links = (
            f"http://127.0.0.2:{port}/admin",
            f"http://localhost:{port}/",
            f"http://[::1]:{port}/",
        )
        async with await asyncio.start_server(count, ("127.0.0.2", "127.0.0.1", "::1"), port):
            for link in links:
                message = await house.send(link=link, severity="minor")
                assert [w for w in message["warnings"] if link in w and "not looked at" in w]
                await house.live(message)
            await house.parts.links.tick()

        named = await house.send(link=f"{city.url}/seite")
        assert named["warnings"] == []
        assert await house.journal("link.dead") == []
    assert met == []


async def test_a_page_outside_does_not_lead_the_look_inside(tmp_path: Path) -> None:
    async with town(tmp_path) as (house, city):
        city.answers["/fort"] = 302
        city.moved = f"http://localhost:{city.url.rpartition(':')[2]}/geheim"

        assert (await house.send(link=f"{city.url}/fort"))["warnings"] == []

    assert "/geheim" not in city.paths
