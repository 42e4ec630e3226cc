"""The posture on disk, on both engines: kept whole, turned by one at a time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from sentinel.domain.cause import Severity
from sentinel.domain.posture import Posture, Stance, Why
from sentinel.storage.storage import Storage
from tests.storage.values import NOON, TOKEN, message

CRISIS = Stance(
    posture=Posture.CRISIS,
    since=NOON,
    why=Why.PERSON,
    by="person:uid:1000",
    reason="Sturm",
    number=18,
    renewed_at=NOON,
    heeded=frozenset({"m1", "m2"}),
    released=frozenset({"m3"}),
)


async def test_it_is_read_as_it_was_written(storage: Storage) -> None:
    async with storage.read() as view:
        assert await view.stance() is None

    async with storage.write() as unit:
        assert await unit.lock_stance() is None
        await unit.set_stance(CRISIS)

    async with storage.read() as view:
        assert await view.stance() == CRISIS


async def test_who_turns_it_sees_what_the_one_before_wrote(storage: Storage) -> None:
    async def add(name: str) -> None:
        async with storage.write() as unit:
            known = await unit.lock_stance() or CRISIS
            await asyncio.sleep(0)
            await unit.set_stance(replace(known, released=known.released | {name}))

    async with asyncio.TaskGroup() as group:
        for name in "abcde":
            group.create_task(add(name))

    async with storage.read() as view:
        stance = await view.stance()
    assert stance is not None
    assert stance.released == frozenset({"m3", *"abcde"})


async def test_it_is_judged_by_the_grave_messages_that_stand(storage: Storage) -> None:
    grave = {"effective_severity": Severity.EXTREME, "expires_at": NOON + timedelta(hours=1)}
    links = [
        message(1, **grave),
        message(2, **{**grave, "effective_severity": Severity.MINOR}),
        message(3, **{**grave, "expires_at": NOON}),
        message(4, **grave, withdrawn_at=NOON),
        message(5, **grave, superseded_at=NOON),
    ]
    async with storage.write() as unit:
        for link in links:
            await unit.next_number()
            await unit.add_message(link, key=None, body_hash="h", actor=TOKEN)

    async with storage.read() as view:
        scene = await view.scene(NOON)

    assert [link.number for link in scene.links] == [1]
    assert scene.number == 6
