"""Credentials that end are renewed long before, kept sealed, and staff hear early of a failure."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from sentinel.service.accounts import digest_of
from sentinel.simulator.server import Simulator
from tests.support import city
from tests.support.house import House, route, rules_for, simulator, until, utc_now


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with simulator() as running:
        yield running


@pytest.fixture
async def rules(sim: Simulator, tmp_path: Path) -> Path:
    return await rules_for(sim, tmp_path, [route("threads-stadt")], only=("threads-stadt",))


async def end_of(house: House) -> object:
    account = house.parts.board.rules.channels["threads-stadt"].account
    async with house.storage.read() as view:
        return await view.session_expiry(account)


async def test_a_token_whose_end_nobody_knows_is_renewed_and_kept_with_its_end(
    rules: Path,
) -> None:
    async with House(rules) as house:
        await until(lambda: end_of(house), 8, "a renewed token")
        end = await end_of(house)
        folder = Path(house.parts.board.rules.storage_data)

    lives = end - utc_now()  # type: ignore[operator]
    assert timedelta(days=59) < lives < timedelta(days=61)
    assert b"THSIM" not in (folder / "sentinel.db").read_bytes()


async def test_a_token_that_is_good_for_long_is_left_alone(rules: Path) -> None:
    async with House(rules) as house:
        await until(lambda: end_of(house), 8, "a renewed token")
        before = await end_of(house)

        await house.parts.refresher.run()

        assert await end_of(house) == before


async def test_staff_hear_once_that_renewing_fails_while_there_is_time_left(
    sim: Simulator, rules: Path
) -> None:
    async with House(rules) as house:
        await until(lambda: end_of(house), 8, "a renewed token")
        channel = house.parts.board.rules.channels["threads-stadt"]
        async with house.storage.write() as unit:
            await unit.drop_session(channel.account)
        account = await house.parts.receipts.accounts.account("threads-stadt")
        ends = utc_now() + timedelta(days=20)
        async with house.storage.write() as unit:
            await unit.keep_session(
                channel.account,
                {"access_token": "old"},
                expires_at=ends,
                config_digest=digest_of(account),
            )
        sim.faults.put("threads", "server_error")

        for _ in range(2):
            await house.parts.refresher.run()
        told = await house.journal("credential.unrenewed")

    assert [(entry.subject, entry.payload["cause"]) for entry in told] == [
        ("threads-stadt", "platform_fault")
    ]


async def test_an_account_that_was_given_nothing_to_renew_with_is_left_alone(
    sim: Simulator, tmp_path: Path
) -> None:
    file = await rules_for(sim, tmp_path, [route("x-stadt")], only=("x-stadt",))
    document = yaml.safe_load(file.read_text())
    document["channels"]["linkedin-stadt"] = {
        "platform": "linkedin",
        "organisation": "1000003",
        "credentials": {"access_token": "t", "client_id": "c", "client_secret": "s"},
        "base_url": await sim.address("linkedin", "stadt"),
        "public_url": sim.public_address("linkedin", "stadt"),
    }
    async with House(city.write(tmp_path, document)) as house:
        channel = house.parts.board.rules.channels["linkedin-stadt"]
        async with house.storage.write() as unit:
            await unit.save_credential_expiry(channel.account, utc_now() + timedelta(days=20))

        await house.parts.refresher.run()
        told = await house.journal("credential.unrenewed")

    assert told == []
