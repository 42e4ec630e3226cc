"""From a failed severe post to the first byte of the post on the next channel."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from sentinel.domain.cause import Severity
from sentinel.domain.message import Content
from sentinel.storage.actor import Actor
from tests.bench.city import daemon, median
from tests.support.city import free_port

ROUNDS = 60
FIGURE_MS = 50
PERSON = Actor(kind="person", id="bench")


class Platforms:
    """Two platforms: one refuses every post, the other takes it. Notes when."""

    def __init__(self) -> None:
        self.refused_at = 0.0
        self.gaps_ms: list[float] = []
        self.taken = asyncio.Event()
        self.number = 0

    async def refuse(self, request: web.Request) -> web.Response:
        await request.read()
        self.refused_at = time.perf_counter()
        return web.Response(status=406, text="<html>blocked</html>", content_type="text/html")

    async def take(self, request: web.Request) -> web.Response:
        self.gaps_ms.append((time.perf_counter() - self.refused_at) * 1000)
        body = await request.post() if request.content_type != "application/json" else {}
        self.number += 1
        self.taken.set()
        text = str(body.get("status", ""))
        return web.json_response(
            {"id": str(self.number), "url": None, "visibility": "public", "content": text}
        )

    async def well(self, _: web.Request) -> web.Response:
        return web.json_response({"id": "1", "scopes": ["read", "write"], "version": "4.6.0"})


@asynccontextmanager
async def served(platforms: Platforms) -> AsyncIterator[str]:
    """Serve both platforms on a free port."""
    app = web.Application()
    app.router.add_post("/first/api/v1/statuses", platforms.refuse)
    app.router.add_post("/second/api/v1/statuses", platforms.take)
    app.router.add_route("*", "/{rest:.*}", platforms.well)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


async def failover() -> list[str]:
    """Measure our own time between the two, and a bare client's."""
    platforms = Platforms()
    async with served(platforms) as url:
        bare = await _bare(platforms, url)
        platforms.gaps_ms.clear()
        async with daemon(_rules(url)) as parts:
            for number in range(ROUNDS):
                platforms.taken.clear()
                content = Content(
                    headline=f"Probe {number}", text="Ein Satz.", severity=Severity.SEVERE
                )
                await parts.intake.accept(content, actor=PERSON)
                parts.dispatcher.wake()
                async with asyncio.timeout(30):
                    await platforms.taken.wait()
    ours = platforms.gaps_ms
    ratio = median(ours) / median(bare)
    return [
        f"failed severe post -> first byte on the next channel ({ROUNDS} rounds)",
        f"  ours: median {median(ours):.1f} ms, worst {max(ours):.1f} ms (figure: {FIGURE_MS} ms)",
        f"  bare aiohttp client: median {median(bare):.1f} ms, ratio {ratio:.1f}",
    ]


async def _bare(platforms: Platforms, url: str) -> list[float]:
    """Two posts in a row, each on a connection of its own, and nothing else."""
    for _ in range(ROUNDS):
        for name in ("first", "second"):
            connector = aiohttp.TCPConnector(force_close=True)
            async with (
                aiohttp.ClientSession(connector=connector) as http,
                http.post(f"{url}/{name}/api/v1/statuses", json={"status": "x"}) as answer,
            ):
                await answer.read()
    return list(platforms.gaps_ms)


def _rules(url: str) -> dict[str, Any]:
    def channel(name: str) -> dict[str, Any]:
        off = dict.fromkeys(
            ("credentials", "quota", "write_path", "read_back", "visibility", "listening"), "off"
        )
        return {
            "platform": "mastodon",
            "base_url": f"{url}/{name}",
            "credentials": {"access_token": "${env:MASTODON_TOKEN}"},
            "account": name,
            "probes": off,
        }

    return {
        "version": 1,
        "organisation": {"name": "Bench"},
        "server": {"listen": f"127.0.0.1:{free_port()}"},
        "uplinks": {"default": {"controls": [f"{url}/control"], "lost_below": 1}},
        "probing": {"every": "60s", "fall": 100, "recheck_after": "30s"},
        "channels": {"first": channel("first"), "second": channel("second")},
        "routes": [{"name": "all", "priority": ["first", "second"]}],
    }
