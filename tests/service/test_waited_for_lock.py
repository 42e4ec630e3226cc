"""Who waited for a chain's lock decides for the moment at which it has it.

Otherwise an attempt that was begun first could bear a later time than the
all-clear that came after it, and what expired meanwhile would still be begun.
"""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import psycopg
import pytest

from tests.storage import engines
from tests.support.house import House, route, rules_for, simulator, until, utc_now

LOCKING = "SELECT id FROM messages WHERE id = %s FOR UPDATE"


@pytest.fixture(scope="module")
def postgresql() -> Iterator[engines.Cluster]:
    with engines.cluster() as cluster:
        yield cluster


async def test_an_all_clear_that_waited_takes_effect_when_its_turn_has_come(
    tmp_path: Path, postgresql: engines.Cluster
) -> None:
    url = postgresql.empty()
    async with simulator() as sim:
        file = await rules_for(sim, tmp_path, routes=[route("x-stadt")], storage={"url": url})
        async with House(file) as house:
            alarm = await house.live(await house.send())
            path = f"/api/v1/messages/{alarm['id']}/all-clear"
            async with await psycopg.AsyncConnection.connect(url) as other:
                await other.execute(LOCKING, [alarm["id"]])
                async with asyncio.TaskGroup() as group:
                    ending = group.create_task(house.call("POST", path, {}))

                    async def waits() -> bool:
                        found = await other.execute("SELECT FROM pg_locks WHERE NOT granted")
                        return found.rowcount > 0

                    await until(waits, 5, "the all-clear to wait")
                    released = utc_now()
                    await other.rollback()
            status, _ = ending.result()
            over = await house.message(alarm)

        assert status == 201
        assert datetime.fromisoformat(over["superseded_at"]) >= released
