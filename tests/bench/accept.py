"""How many messages are accepted a second, each on disk before the caller hears of it."""

import asyncio
import sqlite3
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp

from sentinel.domain.cause import Severity
from sentinel.domain.message import Content
from sentinel.service.board import Hold
from sentinel.service.parts import Parts
from sentinel.storage.actor import Actor
from tests.bench.city import daemon
from tests.support.city import free_port

MESSAGES = 300
CALLERS = 8
INTAKE_FIGURE, HTTP_FIGURE = 0.40, 0.15
PERSON = Actor(kind="person", id="bench")


async def accept() -> list[str]:
    """Measure intake and HTTP beside bare commits on the same engine."""
    bare = await asyncio.to_thread(_bare_commits)
    with TemporaryDirectory() as folder:
        async with daemon(_rules(Path(folder))) as parts:
            # Delivering would share the one core; it has a measure of its own.
            parts.board.hold = Hold(reason="bench", by="bench", since=parts.board.now())
            intake = await _intake(parts)
            http = await _http(parts)
    return [
        f"accept a message, durably ({MESSAGES} messages, 1 notice board)",
        f"  bare SQLite commits (synchronous=FULL): {bare:.0f}/s",
        f"  intake: {intake:.0f}/s = {intake / bare:.0%} of bare   (figure: {INTAKE_FIGURE:.0%})",
        f"  HTTP, {CALLERS} callers: {http:.0f}/s = {http / bare:.0%} (figure: {HTTP_FIGURE:.0%})",
    ]


def _bare_commits() -> float:
    with TemporaryDirectory() as folder:
        db = sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("CREATE TABLE messages (id INTEGER PRIMARY KEY, body TEXT)")
        began = time.perf_counter()
        for number in range(MESSAGES):
            db.execute("BEGIN IMMEDIATE")
            db.execute("INSERT INTO messages (body) VALUES (?)", (f"{number} " + "x" * 500,))
            db.execute("COMMIT")
        took = time.perf_counter() - began
        db.close()
    return MESSAGES / took


async def _intake(parts: Parts) -> float:
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for caller in range(CALLERS):
            group.create_task(_send(parts, caller))
    return MESSAGES / (time.perf_counter() - began)


async def _send(parts: Parts, caller: int) -> None:
    for number in range(caller, MESSAGES, CALLERS):
        content = Content(
            headline=f"Probe {number}", text="Ein Satz. " * 40, severity=Severity.SEVERE
        )
        await parts.intake.accept(content, actor=PERSON)


async def _http(parts: Parts) -> float:
    socket = Path(parts.board.rules.storage_data) / "sentinel.sock"
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket))) as http:
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for caller in range(CALLERS):
                group.create_task(_post(http, caller))
        return MESSAGES / (time.perf_counter() - began)


async def _post(http: aiohttp.ClientSession, caller: int) -> None:
    for number in range(caller, MESSAGES, CALLERS):
        body = {"headline": f"Probe {number}", "text": "Ein Satz. " * 40, "severity": "severe"}
        async with http.post("http://sentinel/api/v1/messages", json=body) as answer:
            assert answer.status == 201


def _rules(folder: Path) -> dict[str, Any]:
    return {
        "version": 1,
        "organisation": {"name": "Bench"},
        "server": {"listen": f"127.0.0.1:{free_port()}"},
        "channels": {
            "warnseite": {
                "platform": "notice_board",
                "directory": str(folder / "public"),
                "uplink": "none",
                "mode": "active",
            }
        },
        "routes": [{"name": "all", "always": ["warnseite"]}],
    }
