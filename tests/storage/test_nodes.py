"""Several nodes on one PostgreSQL do not get in each other's way."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sentinel.storage.notifications import Notification
from sentinel.storage.storage import Storage
from tests.storage import engines
from tests.storage.values import DAEMON, MINUTE, NOON, Clock, delivery, keep, message, opened


async def test_two_nodes_at_once_never_claim_the_same(
    postgresql: engines.Cluster, tmp_path: Path
) -> None:
    url = postgresql.empty()
    async with opened(url, tmp_path) as one, opened(url, tmp_path) as two:
        await keep(one, message())
        async with one.write() as unit:
            for number in range(60):
                await unit.add_delivery(delivery(account=f"x/{number}"))

        claimed: list[str] = []

        async def work(node: Storage) -> None:
            while True:
                async with node.write() as unit:
                    claims = await unit.claim_due(NOON, lease=MINUTE, limit=4)
                    unit.note("delivery.claimed", actor=DAEMON, subject=str(len(claims)))
                    await asyncio.sleep(0.001)
                if not claims:
                    return
                claimed.extend(claim.delivery.id for claim in claims)

        async with asyncio.TaskGroup() as group:
            for node in (one, two, one, two):
                group.create_task(work(node))
        async with two.read() as view:
            assert (await view.verify_journal()).ok

    assert len(claimed) == 60
    assert len(set(claimed)) == 60


async def test_two_nodes_that_start_at_once_make_the_tables_once(
    postgresql: engines.Cluster, tmp_path: Path
) -> None:
    url = postgresql.empty()
    async with asyncio.TaskGroup() as group:
        starts = [
            group.create_task(Storage.open(url, data=tmp_path, node=node, now=Clock()))
            for node in ("a", "b")
        ]
    for start in starts:
        assert await start.result().writable()
        await start.result().close()


async def test_a_server_that_was_restarted_is_found_again(
    postgresql: engines.Cluster, tmp_path: Path
) -> None:
    url = postgresql.empty()
    async with opened(url, tmp_path) as storage:
        await keep(storage, message())
        postgresql.end_connections()

        async with storage.read() as view:
            assert await view.message("m1") == message()
        assert await storage.writable()


async def test_a_node_that_slept_longer_than_its_claim_undoes_no_report_of_another(
    postgresql: engines.Cluster, tmp_path: Path
) -> None:
    url = postgresql.empty()
    note = Notification(
        id="n1",
        journal_number=7,
        contact="leitstelle",
        due_at=NOON,
        subject="X gestört",
        text="X nimmt nichts an.",
        created_at=NOON,
    )
    async with opened(url, tmp_path) as slow, opened(url, tmp_path) as quick:
        async with slow.write() as unit:
            await unit.add_notification(note)
            (mine,) = await unit.claim_notifications(NOON, 1, lease=timedelta(seconds=-1))
        async with quick.write() as unit:
            (theirs,) = await unit.claim_notifications(NOON, 1)
        async with slow.write() as unit:
            while_claimed = await unit.save_notification(replace(mine, attempts=1))
        async with quick.write() as unit:
            kept = await unit.save_notification(replace(theirs, state="sent", sent_at=NOON))
        async with slow.write() as unit:
            once_sent = await unit.save_notification(replace(mine, attempts=1))
            again = await unit.claim_notifications(NOON + MINUTE, 1)

    assert (while_claimed, kept, once_sent) == (False, True, False)
    assert again == []
