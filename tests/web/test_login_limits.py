"""How often one may try to log in: per name, per address, and whose word on addresses counts."""

import asyncio
from pathlib import Path

import pytest

from sentinel.simulator.server import Simulator
from tests.support.browser import WRONG, added, browser
from tests.support.house import House, route, rules_for


@pytest.fixture
async def file(sim: Simulator, tmp_path: Path) -> Path:
    return await rules_for(sim, tmp_path, [route(always=["warnseite"])], only=("warnseite",))


async def test_a_name_can_be_tried_five_times_and_then_waits(file: Path) -> None:
    async with House(file) as house, browser(house) as stranger:
        person = await added(house, "anna", "read")
        statuses = [await stranger.log_in("anna", WRONG) for _ in range(5)]
        held_off = await stranger.log_in("anna")
        wait = int(stranger.headers["Retry-After"])
        unknown = [await stranger.log_in("nobody", WRONG) for _ in range(6)]
        entries = await house.journal("login.refused")

    assert statuses == [403] * 5
    assert held_off == 429  # with the right password too
    assert 1 <= wait <= 30
    assert unknown == [*[403] * 5, 429]
    assert [(one.subject, one.payload) for one in entries] == [
        (person, {"tries": 1, "throttled": 0})
    ]


async def test_a_hundred_tries_at_once_count_as_a_hundred(file: Path) -> None:
    async with House(file) as house, browser(house) as stranger:
        await added(house, "anna", "read")
        await stranger.get("/login")
        fields = {"name": "anna", "password": WRONG, "csrf_token": stranger.proof}

        async def tries() -> int:
            async with stranger.session.post("/login", data=fields) as answer:
                return answer.status

        async with asyncio.TaskGroup() as group:
            running = [group.create_task(tries()) for _ in range(30)]

    statuses = sorted(task.result() for task in running)
    assert statuses == [*[403] * 5, *[429] * 25]


async def test_an_address_can_try_twenty_names_and_then_waits(
    sim: Simulator, tmp_path: Path
) -> None:
    """Behind a proxy of ours the caller is whom it names last; what strangers claim is nothing."""
    file = await rules_for(
        sim,
        tmp_path,
        [route(always=["warnseite"])],
        only=("warnseite",),
        server={
            "listen": "127.0.0.1:8080",
            "public_url": "http://127.0.0.1:8080",
            "trusted_proxies": ["127.0.0.1", "10.0.0.0/8"],
        },
    )
    async with House(file) as house, browser(house) as guess:
        await added(house, "anna", "read")
        tries = 0
        while (
            tries < 50
            and await guess.log_in(  # a slow machine is given some more
                f"name {tries}",
                WRONG,
                **{"X-Forwarded-For": f"198.51.100.{tries}, 203.0.113.7, 10.0.0.9"},
            )
            == 403
        ):
            tries += 1
        last = guess.status
        elsewhere = await guess.log_in("anna", **{"X-Forwarded-For": "203.0.113.7, 203.0.113.8"})

    assert 20 <= tries < 50
    assert last == 429
    assert elsewhere == 303


async def test_without_a_proxy_of_ours_no_header_makes_a_new_caller(file: Path) -> None:
    async with House(file) as house, browser(house) as guess:
        await added(house, "anna", "read")
        tries = 0
        while (
            tries < 50
            and await guess.log_in(  # a slow machine is given some more
                f"name {tries}", WRONG, **{"X-Forwarded-For": f"198.51.100.{tries}"}
            )
            == 403
        ):
            tries += 1

    assert 20 <= tries < 50
    assert guess.status == 429


async def test_who_logs_in_rightly_uses_up_nothing(file: Path) -> None:
    async with House(file) as house, browser(house) as anna:
        await added(house, "anna", "read")
        wrong = [await anna.log_in("anna", WRONG) for _ in range(4)]
        right = [await anna.log_in("anna") for _ in range(2)]

    assert wrong == [403] * 4
    assert right == [303] * 2
