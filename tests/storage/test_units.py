"""A unit happens wholly or not at all, and what is kept can be copied."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from sentinel.errors import StorageError, StorageUnwritable
from sentinel.storage.storage import Storage
from tests.storage import engines
from tests.storage.values import DAEMON, TOKEN, delivery, keep, message, opened


def modes(folder: Path) -> dict[str, int]:
    """Return the permissions of each file in a folder."""
    return {file.name: file.stat().st_mode for file in folder.iterdir()}


async def test_what_was_written_is_there_after_a_restart(url: str, tmp_path: Path) -> None:
    async with opened(url, tmp_path) as storage:
        await keep(storage, message())
        first = storage.generation
    async with opened(url, tmp_path) as storage, storage.read() as view:
        assert await view.message("m1") == message()
        assert storage.generation != first


async def test_a_unit_that_fails_is_undone_though_others_went_with_it(storage: Storage) -> None:
    async def work(number: int) -> None:
        with suppress(RuntimeError):
            async with storage.write() as unit:
                await unit.add_message(message(number), key=None, body_hash="h", actor=TOKEN)
                unit.note("message.accepted", actor=TOKEN, subject=f"m{number}")
                if number % 3 == 0:
                    raise RuntimeError

    async with asyncio.TaskGroup() as group:
        for number in range(1, 31):
            group.create_task(work(number))

    async with storage.read() as view:
        kept = {m.number for m in await view.open_messages()}
        assert kept == {number for number in range(1, 31) if number % 3}
        assert {e.subject for e in await view.entries()} == {f"m{number}" for number in kept}
        assert (await view.verify_journal()).ok


async def test_a_unit_that_is_cancelled_is_undone_and_harms_nobody(storage: Storage) -> None:
    async def work(number: int) -> None:
        async with storage.write() as unit:
            await unit.add_message(message(number), key=None, body_hash="h", actor=TOKEN)
            if number % 2:
                await asyncio.sleep(30)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work(number)) for number in range(1, 7)]
        for task in tasks:
            await asyncio.sleep(0.02)
            task.cancel()
    async with storage.write() as unit:
        await unit.add_message(message(9), key=None, body_hash="h", actor=TOKEN)

    cancelled = {number for number, task in enumerate(tasks, 1) if task.cancelled()}
    async with storage.read() as view:
        kept = {m.number for m in await view.open_messages()}
    assert {1, 3, 5} <= cancelled
    assert kept & {1, 3, 5} == set()
    assert 9 in kept


async def test_an_error_of_the_database_can_be_caught_where_it_happens(storage: Storage) -> None:
    await keep(storage, message())

    with pytest.raises(StorageError, match="somebody was faster"):
        await keep(storage, message())
    with pytest.raises(StorageError, match="refused"):
        async with storage.write() as unit:
            await unit.add_delivery(delivery("nobody"))


async def test_a_view_sees_one_moment(storage: Storage) -> None:
    async with storage.read() as view:
        before = await view.open_messages()
        await keep(storage, message())
        after = await view.open_messages()

    assert (before, after) == ([], [])


async def test_a_backup_is_whole_and_replaces_nothing(tmp_path: Path) -> None:
    async with opened(f"sqlite:///{tmp_path}/sentinel.db", tmp_path) as storage:
        async with storage.write() as unit:
            unit.note("message.accepted", actor=DAEMON, subject="m1")
        await keep(storage, message())
        await storage.backup(tmp_path / "copy.db")
        with pytest.raises(StorageUnwritable, match="File exists"):
            await storage.backup(tmp_path / "copy.db")

    assert modes(tmp_path)["copy.db"] & 0o077 == 0
    assert not [name for name in modes(tmp_path) if name.endswith(".part")]
    async with opened(f"sqlite:///{tmp_path}/copy.db", tmp_path) as copy, copy.read() as view:
        assert await view.message("m1") == message()
        assert (await view.verify_journal()).checked == 1


async def test_postgresql_is_backed_up_with_its_own_tools(
    postgresql: engines.Cluster, tmp_path: Path
) -> None:
    url = postgresql.empty()
    async with opened(url, tmp_path) as storage:
        with pytest.raises(StorageError, match="pg_dump"):
            await storage.backup(tmp_path / "copy.db")
