"""A hold, or a message's end, stops a conversation before it makes anything public."""

from datetime import timedelta
from pathlib import Path

import pytest

from sentinel.domain.delivery import Delivery, DeliveryState, step
from tests.support.house import House, route, rules_for, simulator, until, utc_now

SLOW = {"seconds": 1.5}  # each of Threads' two steps takes this long


async def test_a_hold_stops_a_post_between_its_two_steps(tmp_path: Path) -> None:
    async with simulator() as sim:
        file = await rules_for(sim, tmp_path, routes=[route("threads-stadt")])
        async with House(file) as house:
            sim.faults.put("threads", "slow", options=SLOW)
            message = await house.send()

            async def begun() -> bool:
                shape = await house.message(message)
                return any(d["state"] == "publishing" for d in shape["deliveries"])

            await until(begun, 10, "the attempt to begin")
            await house.call("POST", "/api/v1/hold", {"reason": "Fehlalarm"})

            async def ended() -> bool:
                shape = await house.message(message)
                tries = [a["outcome"] for d in shape["deliveries"] for a in d["attempts"]]
                return tries == ["withheld"]

            await until(ended, 15, "the attempt to be withheld")
            held, kept = await house.message(message), len(sim.posts("threads"))
            sim.faults.clear()
            await house.call("POST", "/api/v1/resume")
            after = await house.live(message, 10)

        assert (held["state"], kept) == ("held", 0)
        assert [d["state"] for d in after["deliveries"]] == ["published"]
        assert len(sim.posts("threads")) == 1


async def test_a_mail_that_a_hold_stopped_is_sent_once_after_it(tmp_path: Path) -> None:
    async with simulator() as sim:
        file = await rules_for(sim, tmp_path, routes=[route("presse-mail")])
        async with House(file) as house:
            sim.faults.put("email", "slow", options=SLOW)
            message = await house.send()

            async def begun() -> bool:
                return set((await house.states(message)).values()) == {"publishing"}

            await until(begun, 10, "the attempt to begin")
            await house.call("POST", "/api/v1/hold", {"reason": "Fehlalarm"})

            async def ended() -> bool:
                shape = await house.message(message)
                tries = [a["outcome"] for d in shape["deliveries"] for a in d["attempts"]]
                return tries == ["withheld"]

            await until(ended, 15, "the attempt to be withheld")
            kept = len(sim.posts("email"))
            sim.faults.clear()
            await house.call("POST", "/api/v1/resume")
            after = await house.live(message, 10)

        assert kept == 0
        assert [d["state"] for d in after["deliveries"]] == ["published"]
        assert len(sim.posts("email")) == 1


async def test_nothing_becomes_public_once_the_message_has_ended(tmp_path: Path) -> None:
    async with simulator() as sim:
        file = await rules_for(sim, tmp_path, routes=[route("threads-stadt")])
        async with House(file) as house:
            sim.faults.put("threads", "slow", options=SLOW)
            end = utc_now() + timedelta(seconds=1)
            message = await house.send(expires_at=end.isoformat())

            async def over() -> bool:
                return bool((await house.message(message))["state"] == "expired")

            await until(over, 15, "the message to end")
            await until(lambda: _ended(house, message), 15, "the attempt to end")

        assert sim.posts("threads") == []


async def _ended(house: House, message: dict[str, object]) -> bool:
    shape = await house.message(message)
    return all(a["ended_at"] for d in shape["deliveries"] for a in d["attempts"])


@pytest.mark.parametrize(
    ("path", "body"), [("all-clear", {}), ("withdraw", {"reason": "Irrtum"})], ids=["end", "no"]
)
async def test_an_alarm_does_not_become_public_after_its_all_clear_or_withdrawal(
    tmp_path: Path, path: str, body: dict[str, str]
) -> None:
    async with simulator() as sim:
        file = await rules_for(sim, tmp_path, routes=[route("threads-stadt")])
        async with House(file) as house:
            sim.faults.put("threads", "slow", options=SLOW)
            message = await house.send()

            async def begun() -> bool:
                shape = await house.message(message)
                return any(d["state"] == "publishing" for d in shape["deliveries"])

            await until(begun, 10, "the attempt to begin")
            await house.call("POST", f"/api/v1/messages/{message['id']}/{path}", body)

            async def over() -> bool:
                shape = await house.message(message)
                return [d["state"] for d in shape["deliveries"]] == ["withdrawn"]

            await until(over, 15, "the delivery to be withdrawn")
            tries = (await house.message(message))["deliveries"][0]["attempts"]

        assert [one["outcome"] for one in tries] == ["withheld"]
        assert sim.posts("threads") == []


async def test_a_worker_that_was_shut_out_remembers_nothing_for_the_next(tmp_path: Path) -> None:
    async with simulator() as sim:
        file = await rules_for(sim, tmp_path, routes=[route("threads-stadt")])
        async with House(file) as house:
            sim.faults.put("threads", "slow", options=SLOW)
            message = await house.send()

            async def begun() -> Delivery | None:
                async with house.storage.read() as view:
                    found = await view.deliveries_of(message["id"])
                return next((d for d in found if d.state is DeliveryState.PUBLISHING), None)

            under_way = await until(begun, 10, "the attempt to begin")
            await house.call("POST", "/api/v1/hold", {"reason": "nobody begins anew"})
            async with house.storage.write() as unit:
                await unit.save_delivery(step(under_way, DeliveryState.UNKNOWN, utc_now()))
            await until(lambda: _ended(house, message), 15, "the attempt to end")
            async with house.storage.read() as view:
                (after,) = await view.deliveries_of(message["id"])

        assert dict(after.memory) == {}
        assert sim.posts("threads") == []
