"""A city's Alertmanager hears what stands, and when it is over; a real one in `tests/e2e`."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sentinel.domain.cause import Ability, Cause
from sentinel.domain.silence import Silence
from sentinel.simulator.server import Simulator
from sentinel.storage.outages import Outage
from tests.service.chain import ENV, alertmanager, breaks, mends, told
from tests.support.house import House, until, utc_now
from tests.support.receiver import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def alerts(receiver: Receiver) -> list[dict[str, Any]]:
    """Return every alert that was pushed, in order."""
    return [alert for call in receiver.on("/am/api/v2/alerts") for alert in call.json]


async def test_alertmanager_hears_what_stands_and_when_it_is_over(
    sim: Simulator, tmp_path: Path, receiver: Receiver
) -> None:
    async with House(await told(sim, tmp_path, alertmanager(receiver)), ENV) as house:
        outage = await breaks(house, "x-stadt")

        async def fires() -> bool:
            return bool(alerts(receiver))

        await until(fires, 5, "the alert")
        await mends(house, outage)

        async def ended() -> bool:
            at = utc_now().isoformat()
            return any(alert["endsAt"] < at for alert in alerts(receiver))

        await until(ended, 5, "its end")

    first, last = alerts(receiver)[0], alerts(receiver)[-1]
    assert first["labels"]["channel"] == "x-stadt"
    assert first["annotations"]["outage"] == outage.id
    assert first["generatorURL"].endswith("/outages")
    assert last["labels"] == first["labels"]


async def test_an_end_that_alertmanager_did_not_hear_is_told_after_a_restart(
    sim: Simulator, tmp_path: Path, receiver: Receiver
) -> None:
    file = await told(sim, tmp_path, alertmanager(receiver))
    async with House(file, ENV) as house:
        outage = await breaks(house, "x-stadt")

        async def fires() -> bool:
            return bool(alerts(receiver))

        await until(fires, 5, "the alert")
        receiver.status = 503
        await mends(house, outage)
    heard = len(alerts(receiver))
    receiver.status = 200
    async with House(file, ENV):

        async def more() -> bool:
            return len(alerts(receiver)) > heard

        await until(more, 5, "more")

    assert alerts(receiver)[-1]["endsAt"] < utc_now().isoformat()


async def test_five_hundred_outages_are_three_calls(
    sim: Simulator, tmp_path: Path, receiver: Receiver
) -> None:
    async with House(await told(sim, tmp_path, alertmanager(receiver)), ENV) as house:
        async with house.storage.write() as unit:
            for number in range(500):
                await unit.open_outage(
                    Outage(
                        id=house.parts.board.new_id(),
                        kind="channel",
                        channel=f"k{number}",
                        ability=Ability.PUBLISH,
                        operator="meta",
                        cause=Cause.PLATFORM_FAULT,
                        opened_at=utc_now() - timedelta(seconds=1),
                    )
                )

        async def all_of_them() -> bool:
            return len(alerts(receiver)) >= 500

        await until(all_of_them, 10, "all of them")

    assert len(receiver.on("/am/api/v2/alerts")) == 3
    assert {len(call.json) for call in receiver.on("/am/api/v2/alerts")} == {200, 100}


async def test_what_a_silence_covers_from_its_begin_is_not_told_and_the_rest_is(
    sim: Simulator, tmp_path: Path, receiver: Receiver
) -> None:
    async with House(await told(sim, tmp_path, alertmanager(receiver)), ENV) as house:
        async with house.storage.write() as unit:
            await unit.add_silence(
                Silence(
                    id=house.parts.board.new_id(),
                    kind="silence",
                    operator="meta",
                    starts_at=utc_now() - timedelta(minutes=1),
                    ends_at=utc_now() + timedelta(hours=1),
                    reason="Umbau",
                    actor_kind="person",
                    actor_id="tester",
                    created_at=utc_now(),
                )
            )
        await breaks(house, "threads-stadt", "meta")
        await breaks(house, "x-stadt", "x")

        async def fires() -> bool:
            return bool(alerts(receiver))

        await until(fires, 5, "an alert")

    assert {alert["labels"]["channel"] for alert in alerts(receiver)} == {"x-stadt"}


async def stands(house: House, many: int) -> None:
    """Open so many outages at once."""
    async with house.storage.write() as unit:
        for number in range(many):
            await unit.open_outage(
                Outage(
                    id=house.parts.board.new_id(),
                    kind="channel",
                    channel=f"k{number}",
                    ability=Ability.PUBLISH,
                    operator="meta",
                    cause=Cause.PLATFORM_FAULT,
                    opened_at=utc_now() - timedelta(seconds=1),
                )
            )


async def test_what_is_too_large_for_a_proxy_before_it_goes_in_smaller_calls(
    sim: Simulator, tmp_path: Path, receiver: Receiver
) -> None:
    receiver.room = 4_000
    async with House(await told(sim, tmp_path, alertmanager(receiver)), ENV) as house:
        await stands(house, 20)

        def heard() -> set[str]:
            calls = receiver.on("/am/api/v2/alerts")
            small = [call for call in calls if len(call.body) <= 4_000]
            return {alert["labels"]["channel"] for call in small for alert in call.json}

        async def all_of_them() -> bool:
            return len(heard()) == 20

        await until(all_of_them, 10, "all of them")


@pytest.mark.parametrize("status", [409, 410, 413, 415, 422])
async def test_what_something_else_at_its_address_refused_is_told_again_and_counts_as_failed(
    sim: Simulator, tmp_path: Path, receiver: Receiver, status: int
) -> None:
    receiver.status = status
    async with House(await told(sim, tmp_path, alertmanager(receiver)), ENV) as house:
        await breaks(house, "x-stadt")

        async def twice() -> bool:
            return len(alerts(receiver)) >= 2

        await until(twice, 10, "another try")
        results = dict(house.parts.outputs.results)

    assert results[("alertmanager", "failed")] >= 1
    assert ("alertmanager", "sent") not in results
