"""Units that share a commit share its end, whatever ends it."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

from sentinel.errors import StorageError
from sentinel.storage import engines, onehop, transactions
from tests.storage.values import MINUTE


class Unforeseen(Exception):
    """Something that is no complaint of the database."""


def break_at_commit(work: Any) -> None:
    if work is sqlite3.Connection.commit:
        raise Unforeseen


class Breaks(onehop.OneHop):
    """A connection whose thread breaks down at the commit, but not before."""

    async def hop(self, work: Any) -> Any:
        break_at_commit(work)
        return await super().hop(work)


async def test_none_hears_success_if_something_unforeseen_ends_the_commit(tmp_path: Path) -> None:
    engine = engines.sqlite_writer(tmp_path / "x.db", MINUTE)
    together = transactions.Together(engine)
    heard: list[str] = []

    async def unit() -> None:
        try:
            async with together.turn() as connection:
                onehop.driver(connection).__class__ = Breaks
                await asyncio.sleep(0.01)
        except (StorageError, Unforeseen) as error:
            heard.append(type(error).__name__)
        else:
            heard.append("success")

    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(unit())
    await together.close()
    await engine.dispose()

    assert sorted(heard) == ["StorageError", "StorageError", "Unforeseen"]
