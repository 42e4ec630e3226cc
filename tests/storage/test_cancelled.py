"""Whoever is cancelled while it waits to write must not keep the others from writing."""

import asyncio
from pathlib import Path

import pytest

from sentinel.storage.storage import Storage
from tests.support.house import utc_now


@pytest.mark.parametrize("steps", range(12))
async def test_a_unit_that_is_cancelled_at_any_moment_leaves_the_storage_free(
    tmp_path: Path, steps: int
) -> None:
    url = f"sqlite:///{tmp_path}/sentinel.db"
    storage = await Storage.open(url, data=tmp_path, node="one", now=utc_now)

    async def write() -> None:
        async with storage.write() as unit:
            await unit.beat()

    tasks = [asyncio.ensure_future(write()) for _ in range(3)]
    for _ in range(steps):
        await asyncio.sleep(0.0005)
    tasks[steps % 3].cancel()
    async with asyncio.timeout(5):
        await asyncio.wait(tasks)
        works = await storage.writable()
    await storage.close()

    again = await Storage.open(url, data=tmp_path, node="two", now=utc_now)
    assert works
    assert await again.writable()
    await again.close()
