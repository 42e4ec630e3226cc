"""Statements that run where we stand: the same on both engines, and others get their turn."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sentinel.errors import StorageError
from sentinel.storage.messages import MESSAGE
from sentinel.storage.storage import Storage
from tests.storage.values import keep, message, opened


async def test_what_varies_in_a_statement_must_be_given(tmp_path: Path) -> None:
    async with opened(f"sqlite:///{tmp_path}/sentinel.db", tmp_path) as storage:
        with pytest.raises(ValueError, match="which"):
            async with storage.write() as unit:
                await unit._first(MESSAGE)  # noqa: SLF001 - what every question is made of


async def test_a_long_piece_of_work_lets_others_have_their_turn(storage: Storage) -> None:
    await keep(storage, message())
    turns = 0
    over = asyncio.Event()

    async def others() -> None:
        nonlocal turns
        while not over.is_set():
            turns += 1
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        group.create_task(others())
        async with storage.write() as unit:
            await unit.message("m1")
            before = turns
            for _ in range(2000):
                await unit.message("m1")
            meanwhile = turns - before
        over.set()

    assert meanwhile > 2


async def test_a_unit_that_failed_leaves_the_connection_fit_for_the_next(storage: Storage) -> None:
    await keep(storage, message())

    for _ in range(3):
        with pytest.raises(StorageError, match="somebody was faster"):
            await keep(storage, message())
    await keep(storage, message(2))

    async with storage.read() as view:
        assert {one.id for one in await view.open_messages()} == {"m1", "m2"}


async def test_views_are_looks_of_their_own_though_their_connections_stay_open(
    storage: Storage,
) -> None:
    for number in range(1, 8):
        await keep(storage, message(number))

        async with storage.read() as view, storage.read() as beside:
            assert len(await view.open_messages()) == number
            assert await beside.message(f"m{number}") is not None
