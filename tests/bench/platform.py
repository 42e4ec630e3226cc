"""A platform that takes every post at once, in a process of its own beside the daemon's.

It speaks as much of Mastodon's language as posting needs. Everything before
`/api/` in a path is the name of an account, so one server is many platforms.
"""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp
from aiohttp import web

from sentinel.platforms.mastodon import Mastodon
from tests.support.city import free_port


class Fast(Mastodon):
    """Mastodon without its quota: the pace is to be ours alone."""

    facts = replace(Mastodon.facts, quotas=())


class Taker:
    """Answers with an id and keeps count."""

    def __init__(self) -> None:
        self.posts = 0

    async def take(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.posts += 1
        shown = {"id": str(self.posts), "url": None, "visibility": "public"}
        return web.json_response(shown | {"content": body["status"]})

    async def count(self, _: web.Request) -> web.Response:
        return web.json_response({"posts": self.posts})

    async def well(self, _: web.Request) -> web.Response:
        return web.json_response({"id": "1", "scopes": ["read", "write"], "version": "4.6.0"})


async def serve(port: int) -> None:
    """Serve until the process is ended."""
    platform = Taker()
    app = web.Application()
    app.router.add_post("/{account}/api/v1/statuses", platform.take)
    app.router.add_get("/count", platform.count)
    app.router.add_route("*", "/{rest:.*}", platform.well)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    await asyncio.Event().wait()


@asynccontextmanager
async def served() -> AsyncIterator[str]:
    """Run the platform in another process and yield its address."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.platform", str(port)]
    process = subprocess.Popen(command)  # noqa: ASYNC220 - starting it takes no time
    try:
        url = f"http://127.0.0.1:{port}"
        async with asyncio.timeout(20):
            while not await _answers(url):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)
        yield url
    finally:
        process.kill()
        process.wait()


async def _answers(url: str) -> bool:
    try:
        async with aiohttp.ClientSession() as http, http.get(f"{url}/count") as answer:
            return answer.ok
    except aiohttp.ClientError:
        return False


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
