"""Whether pages answer while everything is rerouted; how soon a start knows its channels."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import aiohttp

from sentinel.domain.track import REACHABILITY
from sentinel.service.parts import Parts
from tests.bench.city import Said, accept, daemon, hold, median, rules
from tests.bench.growth import reroute
from tests.bench.platform import served

MESSAGES = 500
P99_FIGURE_MS = 100
TIMES = 10
CHANNELS = 30
START_FIGURE_S = 2.0
_PATHS = ("/", "/healthz", "/readyz")


async def measure() -> Said:
    """Measure both."""
    async with served() as url:
        calm, busy = await _pages(url)
        known = await _start(url)
    return Said(
        title=f"pages while {MESSAGES} messages are rerouted, and a start with {CHANNELS} channels",
        lines=(
            (
                f"  status page and health endpoints: p99 {_p99(busy):.0f} ms, "
                f"median {median(busy):.1f} ms of {len(busy)} (figure: p99 {P99_FIGURE_MS} ms); "
                f"at rest: p99 {_p99(calm):.0f} ms"
            ),
            (
                f"  every channel's reachability known {known:.2f} s after the start "
                f"(figure: {START_FIGURE_S:.0f} s)"
            ),
        ),
    )


async def _pages(url: str) -> tuple[list[float], list[float]]:
    names = ["kanal-00", "kanal-01"]
    async with daemon(rules(url, 2, priority=names)) as parts:
        hold(parts)
        await accept(parts, MESSAGES)
        calm = await _asked(parts, asyncio.sleep(1))
        busy = await _asked(parts, _there_and_back(parts, names))
    return calm, busy


async def _there_and_back(parts: Parts, names: list[str]) -> None:
    """Reroute everything several times, so that there are enough answers for a p99."""
    for number in range(TIMES):
        parts.board.freezes.clear()
        await reroute(parts, names[number % 2])


async def _asked(parts: Parts, work: Coroutine[Any, Any, None]) -> list[float]:
    """Ask for the pages again and again until `work` has ended; return each answer's time in ms."""
    times: list[float] = []
    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as group:
        working = group.create_task(work)
        while not working.done():
            for path in _PATHS:
                began = time.perf_counter()
                async with http.get(f"http://{parts.address}{path}") as answer:
                    await answer.read()
                times.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(0.005)
    return times


async def _start(url: str) -> float:
    began = time.perf_counter()
    async with daemon(rules(url, CHANNELS)) as parts:
        while len(await _looked_at(parts)) < CHANNELS:  # noqa: ASYNC110 - nobody tells us
            await asyncio.sleep(0.02)
        return time.perf_counter() - began


async def _looked_at(parts: Parts) -> list[str]:
    async with parts.storage.read() as view:
        return [channel for channel, probe in await view.last_checks() if probe == REACHABILITY]


def _p99(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]
