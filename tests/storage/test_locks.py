"""Two units never decide about one message at the same time."""

import asyncio

from sentinel.storage.storage import Storage
from tests.storage.values import keep, message


async def test_who_comes_second_waits_until_the_first_has_ended(storage: Storage) -> None:
    """On PostgreSQL the message's row holds the second back; on SQLite the one writer does."""
    about = message(1)
    await keep(storage, about)
    begun, course = asyncio.Event(), []

    async def first() -> None:
        async with storage.write() as unit:
            await unit.lock_message(about.id)
            begun.set()
            await asyncio.sleep(0.3)
            course.append("first has ended")

    async def second() -> None:
        await begun.wait()
        async with storage.write() as unit:
            await unit.lock_message(about.id)
            course.append("second has begun")

    async with asyncio.TaskGroup() as group:
        group.create_task(first())
        group.create_task(second())

    assert course == ["first has ended", "second has begun"]
