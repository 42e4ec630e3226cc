"""Two nodes on one PostgreSQL: one fetches calendars and tells, both know who is on call."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path

import pytest

from sentinel.domain.digest import Digest
from sentinel.service.digest import DailyDigest
from sentinel.service.ledger import Ledger
from tests.service.test_rotas import ANNA, NOON, Office, calendar, cloud, office
from tests.storage import engines

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def postgresql() -> Iterator[engines.Cluster]:
    with engines.cluster() as cluster:
        yield cluster


def digest(here: Office) -> DailyDigest:
    rules = here.board.rules
    daily = Digest(at=time(13, 30), notify=("berg",))
    here.board.rules = replace(rules, staff=replace(rules.staff, digest=daily))
    return DailyDigest(here.storage, here.board, Ledger(here.board), here.leader)


async def test_the_leader_fetches_and_tells_and_the_other_knows_the_same(
    postgresql: engines.Cluster, tmp_path: Path
) -> None:
    url = postgresql.empty()
    async with cloud() as (there, place):
        there.text = calendar(("Anna Berg", -1, 1), ("Ben Tal", 1.5, 60))
        async with (
            office(tmp_path, place, url=url) as one,
            office(tmp_path, place, url=url, node="b") as other,
        ):
            await one.leader.seek()
            await other.leader.seek()
            await other.rotas().tick()
            before = other.on_call(), there.asked
            await one.rotas().tick()
            await other.rotas().tick()
            asked, both = there.asked, (one.on_call(), other.on_call())
            gaps = await other.gaps()

    assert before == ((), 0)
    assert asked == 1
    assert both == (("berg",), ("berg",))
    assert len(gaps) == 1


async def test_a_digest_is_sent_by_the_leader_and_once_though_another_leads_the_next_moment(
    postgresql: engines.Cluster, tmp_path: Path
) -> None:
    url, file = postgresql.empty(), tmp_path / "plan.ics"
    file.write_text(calendar(ANNA))
    async with (
        office(tmp_path, str(file), url=url) as one,
        office(tmp_path, str(file), url=url, node="b") as other,
    ):
        await one.leader.seek()
        await other.leader.seek()
        for here in (one, other):
            await digest(here).tick()
            here.clock[0] = NOON + HOUR
        await digest(other).tick()
        async with one.storage.read() as view:
            before = await view.undelivered()
        await digest(one).tick()
        await one.leader.resign()
        later = digest(other)
        await other.leader.seek()
        await later.tick()
        async with one.storage.read() as view:
            after = await view.undelivered()

    assert before == []
    assert [found.contact for found in after] == ["berg"]
