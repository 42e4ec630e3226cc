"""What a person asks for is done, though PostgreSQL ends one of two that wait for each other."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from sentinel.simulator.server import Simulator
from tests.service.quiet import quiet_rules
from tests.storage import engines
from tests.support.house import House, until

HEAD = "SELECT * FROM journal_head FOR UPDATE"
SWITCH = "INSERT INTO flags (name, value) VALUES ('hold', 'null')"
CHAIN = "SELECT * FROM messages FOR UPDATE"
WAITING = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE wait_event_type = 'Lock' AND query LIKE '%journal_head%'"
)
MAYOR = {"headline": "Sturm", "text": "Bleiben Sie im Haus.", "severity": "severe"}


@pytest.fixture(scope="module")
def postgresql() -> Iterator[engines.Cluster]:
    with engines.cluster() as cluster:
        yield cluster


@asynccontextmanager
async def town(sim: Simulator, folder: Path, url: str, **more: Any) -> AsyncIterator[House]:
    file = await quiet_rules(sim, folder, "mastodon-stadt", **more)
    document: dict[str, Any] = yaml.safe_load(file.read_text())
    document["storage"] = {**document.get("storage", {}), "url": url}
    file.write_text(yaml.safe_dump(document))
    async with House(file) as house:
        yield house


async def crossed(
    house: House, url: str, path: str, body: Mapping[str, Any] | None, theirs: str
) -> tuple[int, Any]:
    """Call the API while somebody else locks first what it locks last, and the other way round."""
    async with (
        await psycopg.AsyncConnection.connect(url) as rival,
        await psycopg.AsyncConnection.connect(url, autocommit=True) as observer,
    ):
        await rival.execute("SET deadlock_timeout = '60s'")  # so that it is not the rival who ends
        await rival.execute(HEAD)
        call = asyncio.ensure_future(house.call("POST", path, body))

        async def waits() -> bool:
            row = await (await observer.execute(WAITING)).fetchone()
            return bool(row and row[0])

        await until(waits, 5, "the call to wait for the journal")
        await rival.execute(theirs)  # waits for the call: nobody can go on, until one is ended
        await rival.rollback()
        return await call


@pytest.mark.parametrize(
    ("action", "body"),
    [("withdraw", {"reason": "Irrtum"}), ("approve", {"comment": "Gefahr", "emergency": True})],
)
async def test_a_message_is_withdrawn_and_approved_though_the_unit_had_to_give_way(
    sim: Simulator,
    tmp_path: Path,
    postgresql: engines.Cluster,
    action: str,
    body: Mapping[str, Any],
) -> None:
    url = postgresql.empty()
    async with town(sim, tmp_path, url, approval="four_eyes") as house:
        message = await house.send()

        status, shape = await crossed(
            house, url, f"/api/v1/messages/{message['id']}/{action}", body, CHAIN
        )
        kinds = [entry.kind for entry in await house.journal()]

    assert status == 200, shape
    asked = {"message.withdrawn_by_person", "message.approval_overridden"}
    assert len([kind for kind in kinds if kind in asked]) == 1


async def test_a_hold_is_on_disk_though_its_unit_had_to_give_way(
    sim: Simulator, tmp_path: Path, postgresql: engines.Cluster
) -> None:
    url = postgresql.empty()
    async with town(sim, tmp_path, url) as house:
        status, shape = await crossed(house, url, "/api/v1/hold", {"reason": "Irrtum"}, SWITCH)
        async with house.storage.read() as view:
            kept = await view.flag("hold")

    assert status == 200, shape
    assert kept["reason"] == "Irrtum"


async def test_units_run_at_read_committed_whatever_the_servers_default_is(
    sim: Simulator, tmp_path: Path, postgresql: engines.Cluster
) -> None:
    url = postgresql.empty("-cdefault_transaction_isolation=serializable")
    async with town(sim, tmp_path, url) as house, asyncio.TaskGroup() as group:
        calls = [
            group.create_task(house.call("POST", "/api/v1/messages", MAYOR)) for _ in range(12)
        ]

    assert {call.result()[0] for call in calls} == {201}
