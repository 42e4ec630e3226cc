"""Another node that goes without a goodbye is an outage, until it is back."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from sentinel.domain.escalation import Escalation
from sentinel.domain.rules import Rules
from sentinel.platforms import platforms
from sentinel.service.board import Board
from sentinel.service.leader import Leader
from sentinel.service.missing import Missing
from sentinel.storage.outages import Outage
from sentinel.storage.storage import Storage
from tests.storage import engines
from tests.support.house import utc_now


@pytest.fixture(scope="module")
def postgresql() -> Iterator[engines.Cluster]:
    with engines.cluster() as cluster:
        yield cluster


@dataclass
class Steady:
    """A clock that only the test moves."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Node:
    """One node's part in the roll call."""

    storage: Storage
    leader: Leader
    missing: Missing
    clock: Steady

    async def passes(self, seconds: float) -> None:
        """Let time pass by its own clock; the lease of the leadership is kept."""
        self.clock.seconds += seconds
        await self.leader.seek()
        await self.missing.round()

    async def outages(self) -> list[Outage]:
        async with self.storage.read() as view:
            return list((await view.outages()).items)

    async def journal(self) -> list[str]:
        async with self.storage.read() as view:
            return [
                f"{entry.kind} {(entry.payload or {}).get('node')}"
                for entry in await view.entries()
            ]


@asynccontextmanager
async def node(url: str, folder: Path, name: str) -> AsyncIterator[Node]:
    clock, numbers = Steady(), iter(range(100))
    rules = Rules(organisation="Stadt", channels={}, routes=())
    board = Board(
        rules=rules,
        platforms=platforms(),
        env={},
        now=utc_now,
        new_id=lambda: f"{name}-{next(numbers)}",
    )
    storage = await Storage.open(url, data=folder / "data", node=name, now=utc_now)
    try:
        leader = Leader(storage, name, clock)
        await leader.seek()
        yield Node(storage, leader, Missing(storage, board, leader, clock), clock)
    finally:
        await storage.close()


async def lapsed(one: Node, other: Node) -> None:
    """As if the six seconds of the other node's last word were over."""
    async with one.storage.write() as unit:
        for name, holder in (await unit.holders("node/")).items():
            if holder == other.storage.generation:
                await unit.drop_lease(name, holder)


async def test_a_node_that_is_gone_is_an_outage_and_closed_when_it_is_back(
    postgresql: engines.Cluster, tmp_path: Path
) -> None:
    url = postgresql.empty()
    async with node(url, tmp_path, "a") as leader, node(url, tmp_path, "b") as other:
        await leader.missing.round()
        await lapsed(leader, other)
        await leader.passes(2)
        await leader.passes(9)
        too_soon = await leader.outages()
        await leader.passes(2)
        (gone,) = await leader.outages()
        await leader.passes(60)
        await other.passes(120)
        await leader.passes(2)
        (back,) = await leader.outages()
        told = await leader.journal()

    assert too_soon == []
    assert (gone.kind, gone.operator, gone.closed_at) == ("node", "b", None)
    assert back.id == gone.id
    assert back.closed_at is not None
    assert told == ["outage.opened b", "outage.closed b"]


async def test_a_node_that_says_goodbye_is_not_missed(
    postgresql: engines.Cluster, tmp_path: Path
) -> None:
    url = postgresql.empty()
    async with node(url, tmp_path, "a") as leader, node(url, tmp_path, "b") as other:
        await leader.missing.round()
        await other.leader.resign()
        await leader.passes(2)
        await leader.passes(600)

        assert await leader.outages() == []


async def test_whoever_takes_the_lead_misses_the_last_leader_and_counts_from_then_on(
    postgresql: engines.Cluster, tmp_path: Path
) -> None:
    url = postgresql.empty()
    async with node(url, tmp_path, "a") as leader, node(url, tmp_path, "b") as other:
        await leader.missing.round()
        await lapsed(other, leader)
        async with other.storage.write() as unit:
            await unit.drop_lease("leader", leader.storage.generation)
        await other.passes(2)
        await other.passes(9)
        too_soon = await other.outages()
        await other.passes(2)
        (gone,) = await other.outages()

    assert too_soon == []
    assert gone.operator == "a"


async def test_a_node_that_does_not_lead_says_nothing(
    postgresql: engines.Cluster, tmp_path: Path
) -> None:
    url = postgresql.empty()
    async with node(url, tmp_path, "a") as leader, node(url, tmp_path, "b") as other:
        await leader.missing.round()
        await lapsed(other, leader)
        for _ in range(3):
            other.clock.seconds += 60
            await other.missing.round()

        assert await other.outages() == []


async def test_a_node_that_is_forgotten_has_its_escalation_looked_at_though_somebody_owns_it(
    postgresql: engines.Cluster, tmp_path: Path
) -> None:
    began = utc_now() - timedelta(days=8)
    climb = Escalation(
        id="e1",
        key="node:b",
        opened_at=began,
        begun_at=began,
        climbs_from=began,
        due_at=None,
        acknowledged_at=began,
        acknowledged_by="presse",
    )
    gone = Outage(id="o1", kind="node", operator="b", opened_at=began, escalation_id="e1")
    async with node(postgresql.empty(), tmp_path, "a") as leader:
        async with leader.storage.write() as unit:
            await unit.open_escalation(climb)
            await unit.open_outage(gone)
        await leader.missing.round()
        (outage,) = await leader.outages()
        async with leader.storage.read() as view:
            due = await view.next_escalation_due()

    assert outage.closed_at is not None
    assert due == outage.closed_at
