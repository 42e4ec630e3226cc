"""A hold, or a message's end, stops a conversation before it makes anything public."""

from datetime import timedelta
from pathlib import Path

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
