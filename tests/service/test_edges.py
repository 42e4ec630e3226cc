"""One edge in front of several channels, our own page among them (18 November 2025; drill D11)."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web

from sentinel.simulator.server import Simulator
from tests.service.quiet import QUIET
from tests.support import city
from tests.support.house import House, route, rules_for, until, utc_now

LOOKED_AT = {**QUIET, "reachability": {"every": "1s"}, "visibility": {"every": "1s"}}
ERROR = "<html><title>Internal server error</title></html>"


class OwnSite:
    """The city's web server as citizens see it: a folder, with an edge in front of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.edge_fails = False

    async def answer(self, request: web.Request) -> web.StreamResponse:
        marks = {"Server": "cloudflare", "CF-RAY": "8e1f00c0ffee-FRA"}
        if self.edge_fails:
            return web.Response(status=500, text=ERROR, content_type="text/html", headers=marks)
        file = self._folder / request.path.strip("/") / "index.html"
        if not file.is_file():
            return web.Response(status=404, headers=marks)
        page = file.read_text()
        return web.Response(text=page, content_type="text/html", headers=marks)


@asynccontextmanager
async def own_site(folder: Path) -> AsyncIterator[tuple[OwnSite, str]]:
    site, app, port = OwnSite(folder), web.Application(), city.free_port()
    app.router.add_get("/{path:.*}", site.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield site, f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def town(
    sim: Simulator, folder: Path, *priority: str
) -> AsyncIterator[tuple[House, OwnSite]]:
    """A running daemon whose posts link to a page behind an edge."""
    async with own_site(folder / "data/public") as (site, url):
        only, always = (*priority, "warnseite"), ["warnseite"]
        file = await rules_for(sim, folder, [route(*priority, always=always)], only=only)
        document: dict[str, Any] = yaml.safe_load(file.read_text())
        document["notice_link"] = "warnseite"
        document["channels"]["warnseite"]["public_url"] = url
        for channel in document["channels"].values():
            channel["probes"] = LOOKED_AT
        async with House(city.write(folder, document)) as house:
            for name in priority:
                await house.judged(name, "publish", "up", None)
            yield house, site


async def edges(house: House, kind: str) -> list[Mapping[str, Any]]:
    return [e.payload for e in await house.journal(kind) if e.payload.get("edge")]


async def test_an_edge_that_fails_is_one_outage_with_all_the_channels_behind_it(
    sim: Simulator, tmp_path: Path
) -> None:
    async with town(sim, tmp_path, "x-stadt", "mastodon-stadt") as (house, site):
        sim.faults.put("x", "edge_page", options={"status": 500})
        site.edge_fails = True
        await house.judged("x-stadt", "publish", "down", "platform_fault")
        await house.judged("warnseite", "public", "down", "platform_fault")
        (opened,) = await until(lambda: edges(house, "outage.opened"), 6, "the edge's outage")
        _, page = await house.call("GET", "/api/v1/outages")
        _, x = await house.call("GET", "/api/v1/channels/x-stadt")
        sim.faults.clear()
        site.edge_fails = False
        (closed,) = await until(lambda: edges(house, "outage.closed"), 10, "its end")

        async def told() -> bool:
            texts = [str(note["body"]) for note in sim.notes()]
            return any("Störung: Cloudflare" in text for text in texts) and any(
                "Wieder in Ordnung: Cloudflare" in text for text in texts
            )

        await until(told, 6, "the news")

    assert opened["sentence_de"] == (
        "Cloudflare ist gestört, ein Dienst, der vor mehreren Kanälen steht; betroffen: "
        "x-stadt und warnseite (auch unsere eigene Seite: warnseite)."
    )
    assert closed["channels"] == ["x-stadt", "warnseite"]
    (outage,) = [one for one in page["items"] if one["kind"] == "edge"]
    assert (outage["operator"], outage["cause"]) == ("cloudflare", "platform_fault")
    assert outage["channels"] == ["x-stadt", "warnseite"]
    assert "cloudflare" in {check["edge"] for check in x["abilities"]["publish"]["checks"]}


async def test_one_channel_behind_a_failing_edge_is_its_own_outage_only(
    sim: Simulator, tmp_path: Path
) -> None:
    async with town(sim, tmp_path, "x-stadt", "mastodon-stadt") as (house, _):
        sim.faults.put("x", "edge_page", options={"status": 500})
        await house.judged("x-stadt", "publish", "down", "platform_fault")

        async def told() -> list[str]:
            return [
                str(entry.payload["sentence_de"])
                for entry in await house.journal("outage.opened")
                if entry.payload["ability"] == "publish"
            ]

        (sentence,) = await until(told, 4, "the outage of publishing")
        await house.parts.watcher.tick()

        assert await edges(house, "outage.opened") == []
    assert "der vorgeschaltete Dienst Cloudflare statt der Plattform" in sentence


async def test_while_citizens_cannot_read_our_page_a_post_says_all_by_itself(
    sim: Simulator, tmp_path: Path
) -> None:
    async with town(sim, tmp_path, "mastodon-stadt") as (house, site):
        linked = await house.live(await house.send())
        site.edge_fails = True
        await house.judged("warnseite", "public", "down", "platform_fault")
        alone = await house.live(await house.send(headline="Deich gebrochen"))
        _, preview = await house.call(
            "POST",
            "/api/v1/preview",
            {"headline": "Deich gebrochen", "text": "Raus.", "severity": "severe"},
        )
        site.edge_fails = False
        await house.judged("warnseite", "public", "up", None)
        again = await house.live(await house.send(headline="Entwarnung folgt"))

    assert link_in(linked)
    assert not link_in(alone)
    assert "Der Pegel steigt." in text_of(alone)
    assert not any("http" in one["text"] for one in preview["items"])
    assert link_in(again)
    assert [d["state"] for d in alone["deliveries"] if d["channel"] == "warnseite"] == ["published"]


async def test_a_page_that_falls_after_planning_is_not_linked_to(
    sim: Simulator, tmp_path: Path
) -> None:
    async with town(sim, tmp_path, "mastodon-stadt") as (house, site):
        start = utc_now() + timedelta(seconds=3)
        message = await house.send(not_before=start.isoformat())
        site.edge_fails = True
        await house.judged("warnseite", "public", "down", "platform_fault")
        shape = await house.live(message, within_s=10)

    (post,) = sim.posts("mastodon")
    assert "http" not in post["text"]
    assert not link_in(shape)


def text_of(shape: Mapping[str, Any]) -> str:
    return next(str(d["text"]) for d in shape["deliveries"] if d["channel"] != "warnseite")


def link_in(shape: Mapping[str, Any]) -> bool:
    return "http" in text_of(shape)
