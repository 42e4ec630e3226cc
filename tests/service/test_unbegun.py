"""A claim on which no work began is given back: soon, and without standing in anybody's way."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from sentinel.service.claims import Claims
from sentinel.service.leases import Leases
from sentinel.service.ledger import Ledger
from sentinel.service.paces import Paces
from sentinel.storage.storage import Storage
from tests.service.test_leases import Watch, board
from tests.storage import engines, values


@pytest.fixture(scope="module")
def postgresql() -> Iterator[engines.Cluster]:
    with engines.cluster() as cluster:
        yield cluster


def claims_of(storage: Storage, folder: Path) -> Claims:
    known = board(folder)
    leases = Leases(storage, known, Watch())
    return Claims(storage, known, leases, Paces(known, Ledger(known)))


async def test_giving_claims_back_and_a_decision_about_them_never_wait_for_each_other(
    postgresql: engines.Cluster, tmp_path: Path
) -> None:
    first, second = (values.delivery(account=f"x-stadt/{name}") for name in "ab")
    async with values.opened(postgresql.empty(), tmp_path) as storage:
        await values.outbox(storage, first, second)
        async with storage.write() as unit:
            claimed = await unit.claim_due(values.NOON, lease=values.MINUTE, limit=10)
        claims = claims_of(storage, tmp_path)
        for claim in sorted(claimed, key=lambda one: one.delivery.id, reverse=True):
            claims.unbegun(claim)

        async with asyncio.TaskGroup() as group, storage.write() as decision:
            await decision.delivery(first.id)
            again = group.create_task(claims.next())
            await asyncio.sleep(0.3)
            await decision.delivery(second.id)

    assert {claim.delivery.id for claim in again.result()} == {first.id, second.id}


@pytest.mark.parametrize("moments", range(6))
async def test_none_is_forgotten_that_comes_while_others_are_given_back(
    tmp_path: Path, moments: int
) -> None:
    late = values.delivery(account="x-stadt/a")
    async with values.opened(f"sqlite:///{tmp_path}/sentinel.db", tmp_path) as storage:
        await values.outbox(storage, late)
        async with storage.write() as unit:
            (claim,) = await unit.claim_due(values.NOON, lease=values.MINUTE, limit=10)
        claims = claims_of(storage, tmp_path)

        async with asyncio.TaskGroup() as group:
            at_once = group.create_task(claims.next())
            for _ in range(moments):
                await asyncio.sleep(0.0002)
            claims.unbegun(claim)
        later = await claims.next()

    assert [one.delivery.id for one in (*at_once.result(), *later)] == [late.id]
