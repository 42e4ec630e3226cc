"""A claim is renewed while work goes on, and worth nothing once it may be somebody else's."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from sentinel.app.clock import Clock, elapsed
from sentinel.domain.cause import Severity
from sentinel.platforms import platforms
from sentinel.rules import load
from sentinel.service.board import Board
from sentinel.service.leases import Leases
from sentinel.service.takeover import TakeOver
from sentinel.simulator.server import Simulator
from sentinel.storage.deliveries import Claim
from sentinel.storage.storage import Storage
from tests.service.test_dispatch import all_up, mastodon, quiet_rules
from tests.storage import values
from tests.support import city
from tests.support.house import House, route, until, utc_now

GONE = timedelta(seconds=-1)


class Watch:
    """A clock that a test moves by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    async with values.opened(f"sqlite:///{tmp_path}/sentinel.db", tmp_path) as opened:
        await values.outbox(opened, values.delivery(), values.delivery(account="x/feuerwehr"))
        yield opened


def board(folder: Path) -> Board:
    """Rules by which a lease is 40 seconds long: 30 that X may take, and a margin."""
    document = city.rules(
        "http://127.0.0.1:1",
        "smtp://127.0.0.1:2",
        listen="127.0.0.1:8080",
        routes=[route("x-stadt")],
        only=("x-stadt",),
    )
    rules = load(city.write(folder, document), env=city.TOKENS).rules
    return Board(rules=rules, platforms=platforms(), env={}, now=utc_now, new_id=str)


async def claimed(storage: Storage, leases: Leases) -> list[Claim]:
    since = leases.now()
    async with storage.write() as unit:
        claims = await unit.claim_due(values.NOON, lease=leases.length(), limit=10)
    for claim in claims:
        leases.hold(claim, length=leases.length(), since=since)
    return claims


async def test_a_lease_outlives_the_longest_honest_publish(
    storage: Storage, tmp_path: Path
) -> None:
    rules = board(tmp_path).rules
    (within,) = {channel.publish_within for channel in rules.channels.values()}

    leases = Leases(storage, board(tmp_path), Watch())

    assert leases.length() > within


async def test_what_is_in_hand_is_renewed_at_a_third_and_stays_fresh(
    storage: Storage, tmp_path: Path
) -> None:
    watch = Watch()
    leases = Leases(storage, board(tmp_path), watch)
    claims = await claimed(storage, leases)

    for _ in range(20):
        watch.seconds += 14
        await leases.renew()
        assert all(leases.fresh(claim) for claim in claims)

    assert len(claims) == 2


async def test_in_its_last_third_nothing_may_become_public_by_a_lease(
    storage: Storage, tmp_path: Path
) -> None:
    watch = Watch()
    leases = Leases(storage, board(tmp_path), watch)
    (claim, _) = await claimed(storage, leases)

    watch.seconds += 26
    early = leases.fresh(claim)
    watch.seconds += 1
    late = leases.fresh(claim)

    assert (early, late) == (True, False)


async def test_who_was_frozen_may_go_on_only_if_nobody_took_over(
    storage: Storage, tmp_path: Path
) -> None:
    watch = Watch()
    leases = Leases(storage, board(tmp_path), watch)
    (lost, kept) = await claimed(storage, leases)
    watch.seconds += 500
    before = leases.fresh(lost), leases.fresh(kept)
    async with storage.write() as unit:
        await unit.renew_leases([(lost.delivery.id, lost.token)], GONE)
        (taken,) = await unit.claim_due(values.NOON, lease=timedelta(minutes=1), limit=10)

    await leases.renew()

    assert taken.delivery.id == lost.delivery.id
    assert before == (False, False)
    assert (leases.fresh(lost), leases.fresh(kept)) == (False, True)


async def test_what_was_let_go_is_fresh_no_more(storage: Storage, tmp_path: Path) -> None:
    leases = Leases(storage, board(tmp_path), Watch())
    (claim, other) = await claimed(storage, leases)
    newer = replace(claim, token=claim.token + 1)

    leases.drop(newer)  # another's claim of the same delivery
    still = leases.fresh(claim)
    leases.drop(claim)

    assert still
    assert not leases.fresh(claim)
    assert set(leases.in_hand) == {other.delivery.id}


async def test_who_was_taken_over_between_two_steps_makes_nothing_public(
    sim: Simulator, tmp_path: Path
) -> None:
    slept = [0.0]

    def now() -> datetime:
        return utc_now() + timedelta(seconds=slept[0])

    house = House(await quiet_rules(sim, tmp_path, "threads-stadt"))
    house.clock = Clock(now=now, elapsed=lambda: elapsed() + slept[0])
    async with house:
        await all_up(house, "threads-stadt")
        sim.faults.put("threads", "slow", options={"seconds": 4.0})
        message = await house.send()

        async def begun() -> bool:
            return "publishing" in (await house.states(message)).values()

        await until(begun, 10, "the attempt to begin")
        slept[0] = 1000.0
        await thought_dead(house, message["id"])
        sim.faults.clear()
        shape = await house.live(message, within_s=30)
        kinds = [entry.kind for entry in await house.journal()]

    outcomes = [attempt["outcome"] for attempt in shape["deliveries"][0]["attempts"]]
    assert outcomes[0] == "unclear"
    assert kinds.count("delivery.accepted") + kinds.count("delivery.found") == 1
    assert len(sim.posts("threads")) == 1


async def test_a_receipt_that_comes_after_the_take_over_is_proof_all_the_same(
    sim: Simulator, tmp_path: Path
) -> None:
    arrived, answer = asyncio.Event(), asyncio.Event()

    async def wait(_: web.Request) -> web.Response:
        arrived.set()
        await answer.wait()
        return web.json_response({"id": "1", "url": "https://social.example/@stadt/1"})

    async with mastodon(wait) as url:
        file = await quiet_rules(sim, tmp_path, "mastodon-stadt", base_url=url)
        async with House(file) as house:
            await all_up(house, "mastodon-stadt")
            message = await house.send(severity=Severity.MINOR)
            await arrived.wait()
            await thought_dead(house, message["id"])
            states = await house.states(message)
            answer.set()
            shape = await house.live(message)
            kinds = [entry.kind for entry in await house.journal()]

    assert states == {"mastodon-stadt": "unknown"}
    (delivery,) = shape["deliveries"]
    assert delivery["receipt"]["post_id"] == "1"
    assert [attempt["outcome"] for attempt in delivery["attempts"]] == ["unclear"]
    assert kinds.count("delivery.unclear") == kinds.count("delivery.accepted") == 1


async def thought_dead(house: House, message_id: str) -> None:
    """Let another node find the lease at its end, and take the delivery over."""
    async with house.storage.read() as view:
        (delivery,) = await view.deliveries_of(message_id)
    async with house.storage.write() as unit:
        await unit.renew_leases([(delivery.id, 1)], GONE)
    settling = house.parts.dispatcher.settling
    assert await TakeOver(house.storage, house.parts.board, settling).abandoned(in_hand=())
