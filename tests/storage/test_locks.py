"""Two units never decide about one chain at the same time."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sentinel.storage.storage import Storage
from sentinel.storage.trouble import Deadlocked
from tests.storage import engines
from tests.storage.values import MINUTE, NOON, delivery, keep, message, opened, outbox

HOUR = timedelta(hours=1)


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


async def test_a_renewal_waits_for_nobody_and_what_is_locked_is_not_taken_for_lost(
    postgresql: engines.Cluster, tmp_path: Path
) -> None:
    async with opened(postgresql.empty(), tmp_path) as storage:
        await outbox(storage, *(delivery(account=f"x/{name}") for name in "ab"))
        async with storage.write() as unit:
            claims = await unit.claim_due(NOON, lease=MINUTE, limit=20)
        mine = [(claim.delivery.id, claim.token) for claim in claims]

        async with storage.write() as other:
            await other.delivery(mine[0][0])
            async with asyncio.timeout(2), storage.write() as unit:
                renewed, ours = await unit.renew_leases(mine, MINUTE), await unit.ours(mine)

    assert renewed == {mine[1][0]}
    assert ours == {one for one, _ in mine}


async def test_what_points_to_a_locked_message_is_written_without_waiting(
    postgresql: engines.Cluster, tmp_path: Path
) -> None:
    """Otherwise the two wait for each other as soon as the first needs what the second holds."""
    async with opened(postgresql.empty(), tmp_path) as storage:
        await outbox(storage, delivery(account="x/a"))

        async with storage.write() as deciding:
            await deciding.lock_message("m1")
            async with asyncio.timeout(2), storage.write() as unit:
                await unit.add_delivery(delivery(account="x/b"))

        async with storage.read() as view:
            kept = await view.deliveries_of("m1")
    assert {one.account for one in kept} == {"x/a", "x/b"}


async def test_a_clock_that_is_set_waits_for_whoever_decides_about_a_chain(
    storage: Storage,
) -> None:
    """Otherwise the decision would write the times of before over the moved ones."""
    await outbox(storage, delivery())
    begun = asyncio.Event()

    async def decide() -> None:
        async with storage.write() as unit:
            await unit.lock_message("m1")
            (known,) = await unit.deliveries_of("m1")
            begun.set()
            await asyncio.sleep(0.3)
            await unit.save_delivery(replace(known, attempts=1))

    async def shift() -> None:
        await begun.wait()
        async with storage.write() as unit:
            await unit.shift_pauses(HOUR, NOON + HOUR)

    async with asyncio.TaskGroup() as group:
        group.create_task(decide())
        group.create_task(shift())

    async with storage.read() as view:
        (kept,) = await view.deliveries_of("m1")
    assert (kept.attempts, kept.due_at) == (1, NOON + HOUR)


async def test_units_that_wait_for_each_other_end_and_the_one_that_gave_way_says_so(
    postgresql: engines.Cluster, tmp_path: Path
) -> None:
    async with opened(postgresql.empty(), tmp_path) as storage:
        await keep(storage, message(1))
        await keep(storage, message(2))
        gave_way = []

        async def lock(one: str, other: str) -> None:
            async with storage.write() as unit:
                await unit.lock_message(one)
                await asyncio.sleep(0.1)
                await unit.lock_message(other)

        async def tried(one: str, other: str) -> None:
            try:
                await lock(one, other)
            except Deadlocked:
                gave_way.append(one)

        async with asyncio.TaskGroup() as group:
            group.create_task(tried("m1", "m2"))
            group.create_task(tried("m2", "m1"))

    assert len(gave_way) == 1
