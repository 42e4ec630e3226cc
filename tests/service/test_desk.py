"""What the last hand on a switch wanted is in force, also if two came at the same moment."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from sentinel.service.desk import Desk
from sentinel.service.leader import Leader
from sentinel.service.tally import Tally
from sentinel.service.verdicts import Verdicts
from tests.service import planning

MAYOR = planning.TOKEN
MOMENTS = range(12)  # turns of the loop by which the second hand comes later


@asynccontextmanager
async def open_desk(folder: Path) -> AsyncIterator[Desk]:
    async with planning.desk(folder, "x") as made:
        leader = Leader(made.storage, "a", lambda: 0.0)

        async def changed(_: frozenset[str]) -> None: ...

        verdicts = Verdicts(made.storage, made.board, leader, changed, Tally())
        yield Desk(made.storage, made.board, verdicts, lambda: None)


async def together(first: Coroutine[Any, Any, Any], second: Coroutine[Any, Any, Any]) -> None:
    """Both at once, whatever the storage is busy with meanwhile."""
    async with asyncio.TaskGroup() as group:
        group.create_task(first)
        group.create_task(second)


async def after(moments: int, work: Coroutine[Any, Any, Any]) -> None:
    for _ in range(moments):
        await asyncio.sleep(0.0002)
    await work


@pytest.mark.parametrize("moments", MOMENTS)
async def test_a_hold_that_is_answered_is_in_force_though_somebody_resumed(
    tmp_path: Path, moments: int
) -> None:
    async with open_desk(tmp_path) as desk:
        await desk.hold("erst", MAYOR)

        await together(
            desk.resume(MAYOR),
            after(moments, desk.hold("Fehlalarm", MAYOR)),
        )

        async with desk.storage.read() as view:
            kept = await view.flag("hold")
        assert (desk.board.hold is None) == (kept is None)


async def test_a_hold_stops_at_once_while_a_resume_is_on_its_way_to_disk(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await desk.hold("erst", MAYOR)
        seen: list[bool] = []

        async def watch() -> None:
            while len(seen) < 200:
                await asyncio.sleep(0)
                seen.append(desk.board.hold is not None)

        async with asyncio.TaskGroup() as group:
            group.create_task(desk.resume(MAYOR))
            group.create_task(desk.hold("Fehlalarm", MAYOR))
            group.create_task(watch())

        assert all(seen)
        assert desk.board.hold is not None
        assert desk.board.hold.reason == "Fehlalarm"
