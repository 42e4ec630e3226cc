"""Follow-ups by several nodes at once: one chain, in order, and nobody waits for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from sentinel.domain.cause import Severity
from sentinel.domain.message import Content, Kind
from sentinel.service.followups import FollowUps
from sentinel.service.intake import Intake
from sentinel.service.planner import Planner
from sentinel.storage.storage import Storage
from tests.service.planning import desk
from tests.storage.engines import cluster
from tests.support.house import TESTER, utc_now

ALARM = Content(headline="Bombe", text="Bitte gehen.", severity=Severity.SEVERE)
UPDATE = {"headline": "Bombe", "text": "Bleiben Sie weg.", "severity": Severity.SEVERE}


@asynccontextmanager
async def two_nodes(folder: Path) -> AsyncIterator[list[FollowUps]]:
    """Two nodes on one database, in which Nr. 1 is an alarm."""
    with cluster() as server:
        async with AsyncExitStack() as closing:
            async with desk(folder, "x") as made:
                board = made.board
            url, nodes = server.empty(), []
            for name in ("a", "b"):
                node = await Storage.open(url, data=folder, node=name, now=utc_now)
                closing.push_async_callback(node.close)
                nodes.append(FollowUps(node, board, Planner(board)))
            await Intake(nodes[0].storage, board, nodes[0].planner).accept(ALARM, actor=TESTER)
            yield nodes


async def test_equal_keys_at_once_are_one_all_clear(tmp_path: Path) -> None:
    taken = []

    async def call(node: FollowUps) -> None:
        taken.append(await node.accept("1", Kind.ALL_CLEAR, {}, actor=TESTER, key="ende"))

    async with two_nodes(tmp_path) as nodes, asyncio.TaskGroup() as group:
        for node in nodes * 4:
            group.create_task(call(node))

    assert sorted(one.created for one in taken) == [False] * 7 + [True]
    assert len({one.message.id for one in taken}) == 1


async def test_updates_at_once_follow_each_other_and_only_the_last_is_in_effect(
    tmp_path: Path,
) -> None:
    async def call(node: FollowUps) -> None:
        await node.accept("1", Kind.UPDATE, UPDATE, actor=TESTER)

    async with two_nodes(tmp_path) as nodes:
        async with asyncio.timeout(30), asyncio.TaskGroup() as group:
            for node in nodes * 4:
                group.create_task(call(node))
        async with nodes[0].storage.read() as view:
            first = await view.message_by_number(1)
            assert first is not None
            chain = await view.chain(first.id)

    assert [len(link.references) for link in chain] == list(range(9))
    assert [link.superseded_at is None for link in chain] == [False] * 8 + [True]


async def test_withdrawing_and_updating_at_once_end_both_ways_but_never_hang(
    tmp_path: Path,
) -> None:
    async def update(node: FollowUps) -> None:
        await node.accept("1", Kind.UPDATE, UPDATE, actor=TESTER)

    async def withdraw(node: FollowUps) -> None:
        await node.withdraw("1", "falscher Ort", actor=TESTER)

    async with two_nodes(tmp_path) as nodes:
        await nodes[0].accept("1", Kind.UPDATE, UPDATE, actor=TESTER)
        async with asyncio.timeout(30), asyncio.TaskGroup() as group:
            for node in nodes * 3:
                group.create_task(update(node))
                group.create_task(withdraw(node))
        async with nodes[0].storage.read() as view:
            first = await view.message_by_number(1)
            assert first is not None
            deliveries = await view.deliveries_of(first.id)

    assert first.withdrawn_at is not None
    assert {delivery.state.value for delivery in deliveries} == {"withdrawn"}
