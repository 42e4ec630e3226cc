"""From a failed severe post to the first byte of the post on the next channel."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from sentinel.domain.cause import Ability, Severity, State
from sentinel.domain.message import Content, MessageState
from sentinel.service.parts import Parts
from tests.bench.city import PERSON, Said, daemon, median, rules
from tests.support.city import free_port

ROUNDS = 60
FIGURE_MS = 50
FIRST, SECOND = "kanal-00", "kanal-01"


class Platforms:
    """Two platforms: one refuses every post, the other takes it. Notes when, by text."""

    def __init__(self) -> None:
        self.refused_at: dict[str, float] = {}
        self.taken_at: dict[str, float] = {}
        self.taken = asyncio.Event()

    async def refuse(self, request: web.Request) -> web.Response:
        text = (await request.json())["status"]
        self.refused_at[text] = time.perf_counter()
        return web.Response(status=406, text="<html>blocked</html>", content_type="text/html")

    async def take(self, request: web.Request) -> web.Response:
        began = time.perf_counter()
        text = (await request.json())["status"]
        self.taken_at[text] = began
        self.taken.set()
        shown = {"id": str(len(self.taken_at)), "url": None, "visibility": "public"}
        return web.json_response(shown | {"content": text})

    async def well(self, _: web.Request) -> web.Response:
        return web.json_response({"id": "1", "scopes": ["read", "write"], "version": "4.6.0"})

    def gap_ms(self, text: str) -> float:
        """Return the time from the refusal of a text to its arrival on the other platform."""
        return (self.taken_at[text] - self.refused_at[text]) * 1000


@asynccontextmanager
async def served(platforms: Platforms) -> AsyncIterator[str]:
    """Serve both platforms on a free port."""
    app = web.Application()
    app.router.add_post(f"/{FIRST}/api/v1/statuses", platforms.refuse)
    app.router.add_post(f"/{SECOND}/api/v1/statuses", platforms.take)
    app.router.add_route("*", "/{rest:.*}", platforms.well)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


async def measure() -> Said:
    """Measure our own time between the two, and a bare client's."""
    platforms = Platforms()
    async with served(platforms) as url:
        bare = await _bare(platforms, url)
        document = rules(url, 2, priority=[FIRST, SECOND])
        for channel in document["channels"].values():
            channel["probes"]["write_path"] = {"every": "60s"}
        async with daemon(document) as parts:
            while not all(_up(parts, name) for name in (FIRST, SECOND)):  # noqa: ASYNC110 - nobody tells us
                await asyncio.sleep(0.05)
            rounds = [await _round(parts, platforms, number) for number in range(ROUNDS)]
    gaps = [gap for gap in rounds if gap is not None]
    return Said(
        title=f"failed severe post -> first byte on the next channel ({len(gaps)} rounds)",
        lines=(
            (
                f"  ours: median {median(gaps):.1f} ms, worst {max(gaps):.1f} ms "
                f"(figure: {FIGURE_MS} ms)"
            ),
            f"  bare aiohttp client, two posts in a row: median {median(bare):.1f} ms",
        ),
    )


def _up(parts: Parts, channel: str) -> bool:
    verdict = parts.board.health(channel).verdicts.get(Ability.PUBLISH)
    return verdict is not None and verdict.state is State.UP


async def _round(parts: Parts, platforms: Platforms, number: int) -> float | None:
    """Return the time that one message took; None if both channels had it from the start.

    To a channel in doubt a severe message does not go alone, and then there is
    no failover to measure.
    """
    platforms.taken.clear()
    content = Content(headline=f"Probe {number}", text="Ein Satz.", severity=Severity.SEVERE)
    message = (await parts.intake.accept(content, actor=PERSON)).message
    parts.dispatcher.wake()
    async with asyncio.timeout(30):
        await platforms.taken.wait()
        while True:
            async with parts.storage.read() as view:
                state = await view.message_state(message.id)
                deliveries = await view.deliveries_of(message.id)
            if state is MessageState.LIVE:
                break
            await asyncio.sleep(0.02)
    second = next(one for one in deliveries if one.channel == SECOND)
    moved_on = second.planned_at > message.accepted_at
    return platforms.gap_ms(second.rendered.text) if moved_on else None


async def _bare(platforms: Platforms, url: str) -> list[float]:
    """Two posts in a row, each on a connection of its own, and nothing else."""
    for number in range(ROUNDS):
        for name in (FIRST, SECOND):
            connector = aiohttp.TCPConnector(force_close=True)
            async with (
                aiohttp.ClientSession(connector=connector) as http,
                http.post(f"{url}/{name}/api/v1/statuses", json={"status": str(number)}) as answer,
            ):
                await answer.read()
    return [platforms.gap_ms(str(number)) for number in range(ROUNDS)]
