"""When nothing can be put on disk: nothing is accepted, and staff hear of it from memory."""

import asyncio
import sqlite3
from pathlib import Path

from sentinel.domain.news import STORAGE_BACK, STORAGE_LOST
from tests.support.house import WARNING, House, route, rules_for, simulator, until


async def test_staff_are_told_from_memory_and_nothing_is_accepted(tmp_path: Path) -> None:
    async with simulator() as sim:
        file = await rules_for(sim, tmp_path, routes=[route("mastodon-stadt")])
        async with House(file) as house:
            path = tmp_path / "data" / "sentinel.db"
            holder = sqlite3.connect(
                path, isolation_level=None, timeout=10, check_same_thread=False
            )
            await asyncio.to_thread(
                holder.execute, "BEGIN IMMEDIATE"
            )  # somebody else holds it, for longer than we wait

            async def told(subject: str) -> bool:
                return any(subject in str(note["body"]) for note in sim.notes())

            await until(lambda: told(STORAGE_LOST.subject.de), 30, "the alarm")
            status, problem = await house.call("POST", "/api/v1/messages", WARNING)
            health, _ = await house.call("GET", "/health")
            holder.execute("ROLLBACK")
            holder.close()
            await until(lambda: told(STORAGE_BACK.subject.de), 30, "the end of it")
            after = await house.send()

    assert (status, health) == (503, 503)
    assert problem["title"] == "Service Unavailable"
    assert after["number"] >= 1
