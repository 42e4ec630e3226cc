"""A writer killed at any moment leaves a store in which everything acknowledged is there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sentinel.storage.storage import Storage
from tests.storage.values import Clock

# Writes messages as fast as it can, says so after each commit, and never ends by itself.
WRITER = """
import asyncio, os, sys
from pathlib import Path
from sentinel import failpoints
from sentinel.storage.storage import Storage
from tests.storage.values import TOKEN, Clock, delivery, message

async def write(storage, worker):
    for count in range(10_000):
        async with storage.write() as unit:
            number = await unit.next_number()
            await unit.add_message(message(number), key=None, body_hash="h", actor=TOKEN)
            await unit.add_delivery(delivery(f"m{number}"))
            unit.note("message.accepted", actor=TOKEN, subject=f"m{number}")
        os.write(1, f"m{number}\\n".encode())

async def main():
    url, data, armed = sys.argv[1:]
    storage = await Storage.open(url, data=Path(data), node="a", now=Clock())
    failpoints.arm(armed)
    async with asyncio.TaskGroup() as group:
        for worker in range(4):
            group.create_task(write(storage, worker))

asyncio.run(main())
"""


def run_writer(url: str, data: Path, *, armed: str = "", kill_after_s: float = 20.0) -> list[str]:
    """Run the writer until it dies, and return what it acknowledged."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, url, str(data), armed],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.stdout is not None
    with process, process.stdout as said:
        lines = [said.readline()]
        if not armed:
            time.sleep(kill_after_s)
            process.kill()
        lines += said.readlines()
        assert process.wait() == -signal.SIGKILL
    return [line.decode().strip() for line in lines if line.endswith(b"\n")]


async def check(url: str, data: Path, acknowledged: list[str]) -> int:
    """Assert that the store is whole; return how many messages it holds."""
    storage = await Storage.open(url, data=data, node="b", now=Clock())
    async with storage.read() as view:
        kept = [message.id for message in await view.open_messages()]
        entries = [entry.subject for entry in await view.entries(limit=100_000)]
        deliveries = await view.deliveries_of_many(kept)
        verified = await view.verify_journal()
    async with storage.write() as unit:
        next_number = await unit.next_number()
    await storage.close()

    assert set(acknowledged) <= set(kept)
    assert sorted(kept) == sorted(entries)
    assert all(len(found) == 1 for found in deliveries.values())
    assert verified.ok
    assert next_number == len(kept) + 1
    return len(kept)


async def test_killed_at_any_moment(url: str, tmp_path: Path) -> None:
    acknowledged = run_writer(url, tmp_path, kill_after_s=0.3)

    assert len(acknowledged) > 3
    await check(url, tmp_path, acknowledged)


@pytest.mark.parametrize("armed", ["storage.before_commit:3", "storage.after_commit:3"])
async def test_killed_beside_a_commit(url: str, tmp_path: Path, armed: str) -> None:
    acknowledged = run_writer(url, tmp_path, armed=armed)

    kept = await check(url, tmp_path, acknowledged)

    assert kept >= 2
    if "after" in armed:
        assert kept > len(acknowledged)
