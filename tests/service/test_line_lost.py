"""While our own line is lost, what is not grave waits, and nothing is tried in vain (drill D6)."""

from pathlib import Path

from sentinel.simulator.server import Simulator
from tests.service.quiet import all_up
from tests.support.house import House, route, rules_for, until


async def test_a_routine_message_waits_for_our_line_and_then_goes_out_once(
    sim: Simulator, tmp_path: Path
) -> None:
    lines = ("x-stadt", "mastodon-stadt")
    file = await rules_for(
        sim, tmp_path, [route(*lines, always=["warnseite"])], only=(*lines, "warnseite")
    )
    async with House(file) as house:
        await all_up(house, *lines)
        for everything in ("_control", "x", "mastodon"):
            sim.faults.put(everything, "refuse_connection")
        await house.judged("x-stadt", "publish", "unknown", "uplink_lost")
        await house.judged("mastodon-stadt", "publish", "unknown", "uplink_lost")
        message = await house.send(severity="minor")

        async def on_the_board() -> bool:
            return (await house.states(message))["warnseite"] == "published"

        await until(on_the_board, 10, "the channel that needs no line")
        waiting = await house.states(message)
        tried = list(sim.arrivals())
        sim.faults.clear()
        live = await house.live(message, within_s=15)

    assert waiting == {"x-stadt": "planned", "warnseite": "published"}
    assert tried == []
    assert {d["channel"] for d in live["deliveries"] if d["state"] == "published"} == {
        "x-stadt",
        "warnseite",
    }
    assert [(a["platform"], a["status"]) for a in sim.arrivals()] == [("x", 201)]
