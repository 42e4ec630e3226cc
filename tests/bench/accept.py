"""How many messages are accepted a second, each on disk before the caller hears of it."""

import asyncio
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import aiohttp

from sentinel.service.parts import Parts
from tests.bench import bare
from tests.bench.city import CALLERS, Said, Share, accept, daemon, hold, median, rules
from tests.support.city import free_port

MESSAGES = 300
ROUNDS = 5
INTAKE_FIGURE, HTTP_FIGURE = 0.40, 0.15


async def measure() -> Said:
    """Measure intake and HTTP beside bare commits, in turns: the machine is not ours alone."""
    one, city = rules("http://127.0.0.1:1", 0), rules("http://127.0.0.1:1", 6)
    one["channels"] = {
        "warnseite": {"platform": "notice_board", "directory": "public", "uplink": "none"}
    }
    one["routes"] = [{"name": "all", "always": ["warnseite"]}]
    one["server"] = {"listen": f"127.0.0.1:{free_port()}"}
    found: dict[str, list[float]] = {}
    async with daemon(one) as board, daemon(city) as six:
        hold(board)
        hold(six)
        for _ in range(ROUNDS):
            module = await asyncio.to_thread(bare.module_commits, MESSAGES)
            client = await bare.client_commits(MESSAGES, 1)
            crowd = await bare.client_commits(MESSAGES, CALLERS)
            for name, speed in (
                ("module", module),
                ("client", client),
                ("crowd", crowd),
                ("intake", await _timed(accept(board, MESSAGES))),
                ("city", await _timed(accept(six, MESSAGES))),
                ("http", await _timed(_http(board))),
            ):
                found.setdefault(name, []).append(speed)
    return _said({name: median(speeds) for name, speeds in found.items()})


def _said(speed: dict[str, float]) -> Said:
    client = speed["client"]
    return Said(
        title=f"accept a message, durably ({MESSAGES} messages, {CALLERS} callers, "
        f"medians of {ROUNDS} rounds)",
        lines=(
            (
                f"  bare commits, same engine and client: {client:.0f}/s one by one, "
                f"{speed['crowd']:.0f}/s by {CALLERS} callers"
            ),
            f"  bare commits, Python's sqlite3 alone: {speed['module']:.0f}/s",
        ),
        shares=(
            Share(
                name="intake, 1 channel", ours=speed["intake"], bare=client, figure=INTAKE_FIGURE
            ),
            Share(name="intake, 6 channels", ours=speed["city"], bare=client, figure=INTAKE_FIGURE),
            Share(name="HTTP, 1 channel", ours=speed["http"], bare=client, figure=HTTP_FIGURE),
            Share(
                name="intake, 1 channel, beside sqlite3 alone",
                ours=speed["intake"],
                bare=speed["module"],
            ),
            Share(
                name="HTTP, 1 channel, beside sqlite3 alone",
                ours=speed["http"],
                bare=speed["module"],
            ),
        ),
    )


async def _timed(work: Coroutine[Any, Any, None]) -> float:
    began = time.perf_counter()
    await work
    return MESSAGES / (time.perf_counter() - began)


async def _http(parts: Parts) -> None:
    socket = Path(parts.board.rules.storage_data) / "sentinel.sock"
    connector = aiohttp.UnixConnector(str(socket))
    async with aiohttp.ClientSession(connector=connector) as http, asyncio.TaskGroup() as group:
        for caller in range(CALLERS):
            group.create_task(_post(http, range(caller, MESSAGES, CALLERS)))


async def _post(http: aiohttp.ClientSession, numbers: range) -> None:
    for number in numbers:
        body = {"headline": f"Probe {number}", "text": bare.TEXT, "severity": "severe"}
        async with http.post("http://sentinel/api/v1/messages", json=body) as answer:
            assert answer.status == 201
