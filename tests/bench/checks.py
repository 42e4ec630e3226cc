"""How many checks a second one core makes; and what a city costs while nothing happens."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import aiohttp

from tests.bench.apart import Apart, apart
from tests.bench.city import Said, Share, rules
from tests.bench.platform import served
from tests.support.city import channels, free_port

CHANNELS, SETTLE_S, MEASURE_S = 400, 10, 20
"""Each is checked every second: much, and less than the core can do, so nothing piles up.

What one core makes is told by the processor time of one check: it does not depend on who
else is at work on the machine, as a daemon at its limit does.
"""

BARE_LANES, BARE_LOOKS = 50, 4_000
FIGURE = 0.35
AIM_PER_S = 1_000
CITY, REST_AFTER_S, REST_S = 30, 45, 90
CPU_FIGURE, MEMORY_FIGURE_MIB = 0.03, 180


async def measure() -> Said:
    """Measure both."""
    async with served() as url:
        bare = await _bare(url)
        with apart(rules_of_checks(url, CHANNELS, "1s")) as daemon:
            ours, made = await _pace(daemon)
    cpu, memory = await _at_rest()
    return Said(
        title="checks on one core, and a city at rest",
        lines=(
            (
                f"  {made:.0f} checks a second were made of {CHANNELS} that were due; one takes "
                f"{1000 / ours:.2f} ms of the processor (the aim: {1000 / AIM_PER_S:.0f} ms)"
            ),
            (
                f"  {CITY} channels of all platforms, all probes, 30 s: {cpu:.1%} of one core, "
                f"{memory:.0f} MiB (figures: {CPU_FIGURE:.0%}, {MEMORY_FIGURE_MIB} MiB)"
            ),
        ),
        shares=[
            Share(
                name="checks on one core, a new connection each",
                ours=ours,
                bare=bare,
                figure=FIGURE,
            )
        ],
    )


def rules_of_checks(url: str, many: int, every: str, *, all_probes: bool = False) -> dict[str, Any]:
    """Return rules of many channels that are only watched; each has a token of its own."""
    document = rules(url, many, priority=["kanal-00"])
    document["probing"] = {"every": every, "recheck_after": "1s"}
    for number, channel in enumerate(document["channels"].values()):
        channel["credentials"] = {"access_token": f"a-token-of-its-own-{number:05}"}
        if all_probes:
            del channel["probes"]
    return document


async def _pace(daemon: Apart) -> tuple[float, float]:
    """Return how many checks a second of processor time are, and how many were made a second."""
    await asyncio.sleep(SETTLE_S)
    began, done, used = time.perf_counter(), _checks(daemon), daemon.cpu_s()
    await asyncio.sleep(MEASURE_S)
    made = _checks(daemon) - done
    return made / (daemon.cpu_s() - used), made / (time.perf_counter() - began)


def _checks(daemon: Apart) -> float:
    return daemon.metrics().total("sentinel_checks_total")


async def _bare(url: str) -> float:
    """Return how many looks a second of processor time are, if nothing is kept or judged."""
    with _on_its_core():
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        async with aiohttp.ClientSession(connector=connector) as http:
            used = time.process_time()
            async with asyncio.TaskGroup() as group:
                for _ in range(BARE_LANES):
                    group.create_task(_look(http, url, BARE_LOOKS // BARE_LANES))
            return BARE_LOOKS / (time.process_time() - used)


async def _look(http: aiohttp.ClientSession, url: str, times: int) -> None:
    for _ in range(times):
        async with http.get(f"{url}/kanal-00") as answer:
            await answer.read()


@contextmanager
def _on_its_core() -> Iterator[None]:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {Apart.core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


async def _at_rest() -> tuple[float, float]:
    """Return the share of a core, and the memory, that a city takes while nothing happens."""
    async with _simulator() as url:
        document = rules(url, 1, priority=["x-stadt-0"])
        document["probing"] = {"every": "30s"}
        document["channels"] = await _city(url)
        with apart(document) as daemon:
            await asyncio.sleep(REST_AFTER_S)
            began, used = time.perf_counter(), daemon.cpu_s()
            await asyncio.sleep(REST_S)
            share = (daemon.cpu_s() - used) / (time.perf_counter() - began)
            return share, daemon.resident_mib()


async def _city(url: str) -> dict[str, dict[str, Any]]:
    """Return thirty channels: five accounts on each platform, every probe at its own pace."""
    found: dict[str, dict[str, Any]] = {}
    async with aiohttp.ClientSession() as http:
        for number in range(CITY // 6):
            async with http.get(f"{url}/email/amt{number}") as answer:
                smtp = (await answer.json())["base_url"]
            for name, channel in channels(url, smtp, f"amt{number}").items():
                channel.pop("probes", None)
                if channel["platform"] == "notice_board":
                    channel["directory"] = f"data/public-{number}"
                if channel["platform"] == "bluesky":
                    channel["credentials"]["identifier"] = f"amt{number}.test"
                found[f"{name}-{number}"] = channel
    return found


@asynccontextmanager
async def _simulator() -> AsyncIterator[str]:
    url = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "sentinel", "simulate", "--listen", url]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: ASYNC220 - starting it takes no time
    try:
        async with asyncio.timeout(30), aiohttp.ClientSession() as http:
            while not await _answers(http, f"http://{url}/_faces"):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.1)
        yield f"http://{url}"
    finally:
        process.terminate()
        process.wait(20)


async def _answers(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(url) as answer:
            return answer.ok
    except aiohttp.ClientError:
        return False
