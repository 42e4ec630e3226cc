"""Two units never decide about one chain at the same time."""

import asyncio
from dataclasses import replace

import pytest

from sentinel.storage.storage import Storage
from tests.storage.values import keep, message


@pytest.mark.parametrize(("one", "other"), [(1, 1), (1, 2), (2, 3)])
async def test_who_comes_second_waits_until_the_first_has_ended(
    storage: Storage, one: int, other: int
) -> None:
    """On PostgreSQL the row of the chain's first link holds the second back.

    On SQLite the one writer does. Every link stands for the whole chain.
    """
    links = [replace(message(number), chain=message(1).id) for number in (1, 2, 3)]
    for link in links:
        await keep(storage, link)
    begun, course = asyncio.Event(), []

    async def first() -> None:
        async with storage.write() as unit:
            await unit.lock_message(links[one - 1].id)
            begun.set()
            await asyncio.sleep(0.3)
            course.append("first has ended")

    async def second() -> None:
        await begun.wait()
        async with storage.write() as unit:
            await unit.lock_message(links[other - 1].id)
            course.append("second has begun")

    async with asyncio.TaskGroup() as group:
        group.create_task(first())
        group.create_task(second())

    assert course == ["first has ended", "second has begun"]
