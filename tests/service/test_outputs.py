"""Alerting chains that are there already: told in order, completely, and never waited for."""

import asyncio
import hashlib
import hmac
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from sentinel.simulator.server import Simulator
from tests.service.chain import ENV, SECRET, alertmanager, breaks, mends, told, webhook
from tests.support.house import House, until
from tests.support.receiver import Call, Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def hooks(receiver: Receiver) -> list[Call]:
    return receiver.on("/hook")


def said(receiver: Receiver) -> list[tuple[str, str]]:
    """Return kind and channel of each event that came."""
    return [(call.json["kind"], call.json["payload"]["channel"]) for call in hooks(receiver)]


async def events(receiver: Receiver, many: int, within_s: float = 10) -> list[tuple[str, str]]:
    async def enough() -> bool:
        return len(hooks(receiver)) >= many

    await until(enough, within_s, lambda: f"{many} events, not {said(receiver)}")
    return said(receiver)


async def begun(house: House, name: str = "webhook") -> None:
    """Wait until a webhook has its place in the journal."""

    async def so() -> bool:
        async with house.storage.read() as view:
            return f"output:{name}" in await view.cursors()

    await until(so, 5, "its place")


async def test_a_webhook_hears_what_happens_in_order_and_signed(
    sim: Simulator, tmp_path: Path, receiver: Receiver
) -> None:
    login = {"authorization": "${env:HOOK_LOGIN}"}
    async with House(await told(sim, tmp_path, webhook(receiver, **login)), ENV) as house:
        await begun(house)
        outage = await breaks(house, "x-stadt")
        await mends(house, outage)

        assert await events(receiver, 2) == [
            ("outage.opened", "x-stadt"),
            ("outage.closed", "x-stadt"),
        ]

    first = hooks(receiver)[0]
    at, key = first.headers["sentinel-timestamp"], first.headers["idempotency-key"]
    words = f"{at}.POST.{key}.".encode() + first.body
    right = hmac.new(SECRET.encode(), words, hashlib.sha256).hexdigest()
    assert first.headers["sentinel-signature"] == f"v1={right}"
    assert first.headers["authorization"] == "Bearer hook-login-canary-32"
    assert first.json["outage"]["id"] == outage.id
    assert first.json["organisation"] == "Stadt Musterstadt"


async def test_it_hears_nothing_of_the_time_before_it_was_named(
    sim: Simulator, tmp_path: Path, receiver: Receiver
) -> None:
    async with House(await told(sim, tmp_path), ENV) as house:
        await breaks(house, "before")
    async with House(await told(sim, tmp_path, webhook(receiver)), ENV) as house:
        await begun(house)
        await breaks(house, "after")

        assert await events(receiver, 1) == [("outage.opened", "after")]


async def test_nothing_is_lost_while_it_is_down_nor_over_a_restart(
    sim: Simulator, tmp_path: Path, receiver: Receiver
) -> None:
    file = await told(sim, tmp_path, webhook(receiver))
    async with House(file, ENV) as house:
        await begun(house)
        receiver.status = 503
        for number in range(3):
            await breaks(house, f"k{number}")
        await events(receiver, 1)
    refused = len(hooks(receiver))
    receiver.status = 200
    async with House(file, ENV) as house:
        await breaks(house, "k3")
        await events(receiver, refused + 4)

    came = said(receiver)
    keys = [call.headers["idempotency-key"] for call in hooks(receiver)]
    assert came[:refused] == [("outage.opened", "k0")] * refused
    assert came[refused:] == [("outage.opened", f"k{number}") for number in range(4)]
    assert len(set(keys[: refused + 1])) == 1


async def test_an_event_that_it_refuses_for_good_is_left_out_and_the_journal_says_so(
    sim: Simulator, tmp_path: Path, receiver: Receiver
) -> None:
    async with House(await told(sim, tmp_path, webhook(receiver)), ENV) as house:
        await begun(house)
        worker = house.parts.outputs.worker(house.parts.board.rules.staff.outputs[0])
        receiver.status = 422
        house.parts.board.rules = replace(  # the daemon's own loop ends, and we go round by hand
            house.parts.board.rules, staff=replace(house.parts.board.rules.staff, outputs=())
        )
        await asyncio.sleep(1.2)
        async with house.storage.write() as unit:
            await unit.set_cursor("output:webhook", await unit.journal_head())
        await breaks(house, "k0")
        pauses = [await worker.round() for _ in range(5)]
        receiver.status = 200
        await breaks(house, "k1")
        await worker.round()
        skipped = await house.journal("output.skipped")

    assert pauses == [1.0, 2.0, 4.0, 8.0, 0.0]
    assert [entry.payload["kind"] for entry in skipped] == ["outage.opened"]
    assert said(receiver)[-1] == ("outage.opened", "k1")


async def test_one_that_hangs_delays_neither_the_other_nor_staff(
    sim: Simulator, tmp_path: Path, receiver: Receiver
) -> None:
    with Receiver() as hangs:
        hangs.silent.set()
        outputs = (
            webhook(hangs, name="hangs"),
            webhook(receiver),
            alertmanager(hangs) | {"name": "also"},
        )
        async with House(await told(sim, tmp_path, *outputs), ENV) as house:
            await begun(house)
            await begun(house, "hangs")
            outage = await breaks(house, "x-stadt")
            await events(receiver, 1, within_s=5)
            await mends(house, outage)
            await events(receiver, 2, within_s=5)

            assert len(hooks(hangs)) <= 1
            hangs.silent.clear()


async def test_a_chain_that_the_rules_name_no_more_is_forgotten(
    sim: Simulator, tmp_path: Path, receiver: Receiver
) -> None:
    async with House(await told(sim, tmp_path, webhook(receiver)), ENV) as house:
        await begun(house)
        await told(sim, tmp_path)
        await house.parts.reload()

        async def forgotten() -> bool:
            async with house.storage.read() as view:
                return "output:webhook" not in await view.cursors()

        await until(forgotten, 5, "no place any more")


async def test_no_secret_of_it_is_in_the_log_or_the_database(
    sim: Simulator, tmp_path: Path, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    login = {"authorization": "${env:HOOK_LOGIN}"}
    async with House(await told(sim, tmp_path, webhook(receiver, **login)), ENV) as house:
        await begun(house)
        receiver.status = 403
        await breaks(house, "x-stadt")
        await events(receiver, 1)

    logged = capsys.readouterr().out
    with closing(sqlite3.connect(tmp_path / "data" / "sentinel.db")) as database:
        kept = "\n".join(database.iterdump())
    assert "output.failing" in logged
    for secret in ("canary-31", "canary-32"):
        assert secret not in logged
        assert secret not in kept
