"""The platforms: a simulator in a process of its own, with an operator for each account.

The accounts have addresses of their own in 127.0.0.0/8, for whoever shares an
operator's host is a family: when one falls its siblings are looked at at once,
and no detection would be independent of the others.
"""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import aiohttp

from sentinel.app.clock import utc_now
from tests.detection.paper import Fault
from tests.support.city import free_port

KINDS = {"refused": "refuse_connection", "error": "server_error", "silent": "black_hole"}
"""What an outage looks like here, and the simulator's name of it."""

PLATFORM = "mastodon"


def clock() -> float:
    """Return the wall clock in seconds: the one that the daemon and the simulator write down."""
    return utc_now().timestamp()


def cast(each: int, window_s: float, seed: int) -> list[Fault]:
    """Return `each` faults of every kind at random moments of the window, in their order."""
    dice = Random(seed)  # noqa: S311 - when, not secrets
    faults = [
        Fault(account=f"{kind}-{number:03}", kind=kind, after_s=dice.uniform(0, window_s))
        for kind in KINDS
        for number in range(each)
    ]
    return sorted(faults, key=lambda fault: fault.after_s)


class Town:
    """The simulator as it is reached from here."""

    def __init__(self, port: int, http: aiohttp.ClientSession) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._port = port
        self._http = http

    def address(self, account: str) -> str:
        """Return the `base_url` of an account, on a host of its own."""
        kind, _, number = account.partition("-")
        host = f"127.{list(KINDS).index(kind) + 1}.{int(number) // 250}.{int(number) % 250 + 1}"
        return f"http://{host}:{self._port}/{PLATFORM}/{account}"

    def page(self, account: str) -> str:
        """Return a page of an account that answers 200 while nothing is wrong."""
        return f"{self.address(account)}/api/v2/instance"

    async def strike(self, fault: Fault) -> None:
        """Set a fault, for good."""
        body = {"platform": PLATFORM, "account": fault.account, "kind": KINDS[fault.kind]}
        async with self._http.put(f"{self.url}/_faults", json=body) as answer:
            assert answer.ok, await answer.text()

    async def inbox(self) -> list[dict[str, Any]]:
        """Return what staff were told, oldest first."""
        async with self._http.get(f"{self.url}/_inbox") as answer:
            notes: list[dict[str, Any]] = await answer.json()
            return notes


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Town]:
    """Run the simulator while open. It listens on all of this machine's own addresses."""
    port = free_port()
    command = [sys.executable, "-m", "sentinel", "simulate", "--listen", f"0.0.0.0:{port}"]
    with (folder / "simulator.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: ASYNC220 - takes no time
    try:
        async with aiohttp.ClientSession() as http:
            town = Town(port, http)
            async with asyncio.timeout(30):
                while not await _answers(http, town.url):  # noqa: ASYNC110 - another process
                    await asyncio.sleep(0.1)
            yield town
    finally:
        process.terminate()
        process.wait(20)


async def _answers(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(f"{url}/_faces") as answer:
            return answer.ok
    except aiohttp.ClientError:
        return False
