"""What several lanes, several nodes and a clock that is set need of the storage."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sentinel.domain.delivery import DeliveryState
from sentinel.storage.notifications import Notification
from sentinel.storage.storage import Storage
from tests.storage import engines
from tests.storage.values import MINUTE, NOON, Clock, delivery, keep, message, opened, outbox

GONE = timedelta(seconds=-1)
HOUR = timedelta(hours=1)


async def test_no_channel_gets_more_than_its_share_however_much_is_due_on_it(
    storage: Storage,
) -> None:
    crowd = [delivery(account=f"slow/{number:03}") for number in range(60)]
    await outbox(storage, *crowd, delivery(account="x/a"), delivery(account="y/a"))

    async with storage.write() as unit:
        claims = await unit.claim_due(NOON, lease=MINUTE, limit=20, each=3)

    channels = sorted(claim.delivery.channel for claim in claims)
    assert channels == ["slow", "slow", "slow", "x", "y"]


async def test_looks_and_posts_are_claimed_apart(storage: Storage) -> None:
    unclear = delivery(account="x/b", state=DeliveryState.UNKNOWN)
    await outbox(storage, delivery(account="x/a"), unclear)

    async with storage.write() as unit:
        looks = await unit.claim_due(NOON, lease=MINUTE, limit=20, looks=True)
        posts = await unit.claim_due(NOON, lease=MINUTE, limit=20, looks=False)

    assert [claim.delivery.account for claim in looks] == ["x/b"]
    assert [claim.delivery.account for claim in posts] == ["x/a"]


async def test_all_leases_are_renewed_at_once_and_the_lost_ones_named(storage: Storage) -> None:
    await outbox(storage, *(delivery(account=f"x/{name}") for name in "abc"))
    async with storage.write() as unit:
        claims = await unit.claim_due(NOON, lease=GONE, limit=20)
        (other,) = await unit.claim_due(NOON, lease=MINUTE, limit=1)

    async with storage.write() as unit:
        kept = await unit.renew_leases([(c.delivery.id, c.token) for c in claims], MINUTE)
        nothing = await unit.renew_leases([], MINUTE)
        free = await unit.claim_due(NOON, lease=MINUTE, limit=20)

    assert kept == {claim.delivery.id for claim in claims} - {other.delivery.id}
    assert nothing == frozenset()
    assert free == []


async def test_who_holds_a_lease_knows_it_in_the_very_unit_that_writes(storage: Storage) -> None:
    async with storage.write() as unit:
        await unit.hold_lease("leader", "a", MINUTE)
        await unit.hold_lease("node/old", "b", GONE)
        held = [await unit.still_holds("leader", who) for who in ("a", "b")]
        late = await unit.still_holds("node/old", "b")
        holders = await unit.holders("node/"), await unit.holders("lead")
        await unit.forget_leases("node/")

    assert held == [True, False]
    assert late is False
    assert holders == ({}, {"leader": "a"})


async def test_when_the_clock_is_set_pauses_move_and_promises_do_not(storage: Storage) -> None:
    waiting = delivery(account="x/a", due_at=NOON + MINUTE)
    out = delivery(account="x/b", state=DeliveryState.PUBLISHED, posted_at=NOON)
    going = replace(out, id="m1@x/c", account="x/c", take_down_at=NOON + MINUTE)
    await outbox(storage, waiting, out, going)
    untold = Notification(
        id="n1",
        journal_number=1,
        contact="presse",
        due_at=NOON,
        attempts=0,
        subject="s",
        text="t",
        created_at=NOON,
    )
    async with storage.write() as unit:
        await unit.add_notification(untold)

    async with storage.write() as unit:
        moved = await unit.shift_pauses(-HOUR, NOON - HOUR)

    async with storage.read() as view:
        kept = {d.account: d for d in await view.deliveries_of("m1")}
        (news,) = await view.undelivered()
        after = await view.message("m1")
    assert moved == 3
    assert kept["x/a"].due_at == NOON + MINUTE - HOUR
    assert (kept["x/a"].planned_at, kept["x/a"].since) == (NOON - HOUR, NOON - HOUR)
    assert kept["x/b"] == out
    assert kept["x/c"] == replace(going, take_down_at=NOON + MINUTE - HOUR)
    assert news.due_at == NOON - HOUR
    assert after == message()


async def test_what_was_written_since_the_clock_was_set_does_not_move(storage: Storage) -> None:
    later = NOON + HOUR
    fresh = delivery(account="x/b", planned_at=later, since=later, due_at=later + MINUTE)
    await outbox(storage, delivery(account="x/a"), fresh)

    async with storage.write() as unit:
        moved = await unit.shift_pauses(HOUR, NOON + HOUR + timedelta(seconds=0.5))

    async with storage.read() as view:
        kept = {d.account: d for d in await view.deliveries_of("m1")}
    assert moved == 1
    assert kept["x/a"].due_at == NOON + HOUR
    assert kept["x/b"] == fresh


async def test_on_sqlite_a_lease_does_not_end_because_somebody_set_the_clock(
    tmp_path: Path,
) -> None:
    wall, steady = Clock(), Clock()
    storage = await Storage.open(
        f"sqlite:///{tmp_path}/sentinel.db", data=tmp_path, node="a", now=wall, steady=steady
    )
    await outbox(storage, delivery())
    async with storage.write() as unit:
        await unit.claim_due(NOON, lease=MINUTE, limit=1)

    wall.forward(HOUR)
    async with storage.write() as unit:
        at_once = await unit.claim_due(NOON + HOUR, lease=MINUTE, limit=1)
    steady.forward(2 * MINUTE)
    async with storage.write() as unit:
        later = await unit.claim_due(NOON + HOUR, lease=MINUTE, limit=1)
    await storage.close()

    assert at_once == []
    assert len(later) == 1


async def test_each_node_sees_what_the_others_have_in_hand(
    postgresql: engines.Cluster, tmp_path: Path
) -> None:
    url = postgresql.empty()
    async with opened(url, tmp_path) as one, opened(url, tmp_path) as two:
        await keep(one, message())
        async with one.write() as unit:
            await unit.add_deliveries([delivery(account=f"x/{number}") for number in range(5)])
            await unit.claim_due(NOON, lease=MINUTE, limit=3)

        async with one.write() as mine, two.write() as other:
            seen = await mine.leased_elsewhere(), await other.leased_elsewhere()

    assert seen == ({}, {"x": 3})


async def test_nodes_claim_one_after_the_other(postgresql: engines.Cluster, tmp_path: Path) -> None:
    url = postgresql.empty()
    order: list[str] = []
    async with opened(url, tmp_path) as one, opened(url, tmp_path) as two:

        async def first() -> None:
            async with one.write() as unit:
                await unit.take_turns()
                order.append("first")
                await asyncio.sleep(0.3)
                order.append("first is done")

        async def second() -> None:
            await asyncio.sleep(0.1)
            async with two.write() as unit:
                await unit.take_turns()
                order.append("second")

        async with asyncio.TaskGroup() as group:
            group.create_task(first())
            group.create_task(second())

    assert order == ["first", "first is done", "second"]


async def test_a_node_that_was_stopped_in_mid_transaction_holds_nobody_up_for_long(
    postgresql: engines.Cluster, tmp_path: Path
) -> None:
    url = postgresql.empty()
    async with opened(url, tmp_path) as stopped, opened(url, tmp_path) as other:
        frozen, goes_on = asyncio.Event(), asyncio.Event()

        async def stop() -> None:
            async with stopped.write() as unit:
                await unit.take_turns()
                frozen.set()
                await goes_on.wait()

        async with asyncio.TaskGroup() as group:
            standing = group.create_task(_swallowed(stop()))
            await frozen.wait()
            async with asyncio.timeout(20), other.write() as unit:
                await unit.take_turns()
            goes_on.set()

        assert standing.result() == "StorageError"


async def _swallowed(work: object) -> str:
    """Return the name of the storage's complaint."""
    try:
        await work  # type: ignore[misc]
    except Exception as error:  # noqa: BLE001 - which it is, is the question
        return type(error).__name__
    return ""
