"""Bare loops, to measure beside: the same engine, client and machine, and nothing else."""

import asyncio
import sqlite3
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
from sqlalchemy import Column, Integer, MetaData, Table, Text, insert
from sqlalchemy.ext.asyncio import AsyncEngine

from sentinel.storage import engines

TEXT = "Ein Satz. " * 40
ROW = "x" * 1500  # a message with its delivery takes as much

_TABLE = Table("bare", MetaData(), Column("id", Integer, primary_key=True), Column("body", Text))
_ADD = insert(_TABLE)


def module_commits(many: int) -> float:
    """Return how many rows a second Python's own sqlite3 commits, one by one."""
    with TemporaryDirectory() as folder:
        db = sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, body TEXT)")
        began = time.perf_counter()
        for _ in range(many):
            db.execute("BEGIN IMMEDIATE")
            db.execute("INSERT INTO bare (body) VALUES (?)", (ROW,))
            db.execute("COMMIT")
        took = time.perf_counter() - began
        db.close()
    return many / took


async def client_commits(many: int, callers: int) -> float:
    """Return how many rows a second our own client commits, with our driver and settings."""
    with TemporaryDirectory() as folder:
        engine = engines.sqlite_writer(Path(folder) / "bare.db", timedelta(seconds=5))
        async with engine.begin() as connection:
            await connection.run_sync(_TABLE.create)
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for caller in range(callers):
                group.create_task(_commit(engine, len(range(caller, many, callers))))
        took = time.perf_counter() - began
        await engine.dispose()
    return many / took


async def _commit(engine: AsyncEngine, many: int) -> None:
    for _ in range(many):
        async with engine.connect() as connection:
            await connection.begin()
            await connection.execute(_ADD, {"body": ROW})
            await connection.commit()


async def posts(url: str, many: int, lanes: int, *, fresh: bool) -> float:
    """Return how many posts a second a bare client makes, `lanes` at once, and keeps nothing.

    `fresh`: each on a connection of its own, as Sentinel posts.
    """
    connector = aiohttp.TCPConnector(limit=0, force_close=fresh)
    async with aiohttp.ClientSession(connector=connector) as http:
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for lane in range(lanes):
                group.create_task(_post(http, url, range(lane, many, lanes)))
        return many / (time.perf_counter() - began)


async def _post(http: aiohttp.ClientSession, url: str, numbers: range) -> None:
    for number in numbers:
        body = {"status": f"Probe {number}\n\n{TEXT}", "visibility": "public", "language": "de"}
        async with http.post(f"{url}/bare/api/v1/statuses", json=body) as answer:
            assert (await answer.json())["id"]
