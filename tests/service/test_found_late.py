"""After an unclear attempt others carry a grave message at once; what is found late is said."""

import asyncio
from collections.abc import Mapping
from copy import copy
from datetime import datetime
from pathlib import Path

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import FindResult, Found, NotSeen, Outcome, Receipt, Rendered, Unclear
from sentinel.platforms import Account, Platform, platforms
from sentinel.simulator.server import Simulator
from sentinel.wire import Steps, wait
from tests.service.test_dispatch import all_up, quiet_rules
from tests.support.house import House, until

LOOKS_FOR_S = 4.0


def doubtful(looks: list[datetime], found: Receipt) -> Platform:
    """A platform whose answers are lost, and whose look-ups take long and find the post."""

    def publish(_: Account, __: Rendered, ___: Mapping[str, str]) -> Steps[Outcome]:
        yield from ()
        return Unclear(Cause.PLATFORM_FAULT)

    def find(
        _: Account, __: Rendered, ___: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        looks.append(since)
        yield from wait(LOOKS_FOR_S if len(looks) == 1 else 0)
        return Found(found) if len(looks) > 1 else NotSeen()

    changed = copy(platforms()["mastodon"])
    vars(changed).update(publish=publish, find=find)
    return changed


async def test_a_grave_message_does_not_wait_for_the_look_and_both_channels_are_shown_live(
    sim: Simulator, tmp_path: Path
) -> None:
    looks: list[datetime] = []
    post = Receipt(post_id="114", permalink="https://social.example/@stadt/114")
    file = await quiet_rules(sim, tmp_path, "mastodon-stadt", "bluesky-stadt")
    async with House(file) as house:
        await all_up(house, "mastodon-stadt", "bluesky-stadt")
        house.parts.board.platforms = {
            **house.parts.board.platforms,
            "mastodon": doubtful(looks, post),
        }
        message = await house.send()
        await house.live(message, within_s=2)  # the first look has not even begun
        looks_until_live = len(looks)

        async def both_out() -> bool:
            return set((await house.states(message)).values()) == {"published"}

        await until(both_out, 20, "the post to be found")
        shape = await house.message(message)
        found = await house.journal("delivery.found")
        order = [
            entry.kind
            for entry in await house.journal("delivery.unclear", "message.live", "delivery.found")
        ]

    assert looks_until_live == 0
    assert order == ["delivery.unclear", "message.live", "delivery.found"]
    assert shape["state"] == "live"
    said = {(note["channel"], note["reason"]) for note in shape["explanations"]}
    assert ("mastodon-stadt", "unclear") in said
    assert found[0].payload["permalink"] == "https://social.example/@stadt/114"
    assert found[0].payload["also_on"] == ["bluesky-stadt"]


async def test_a_hold_stops_posting_and_not_looking(sim: Simulator, tmp_path: Path) -> None:
    file = await quiet_rules(sim, tmp_path, "x-stadt")
    async with House(file) as house:
        await all_up(house, "x-stadt")
        sim.faults.put("x", "accepted_then_error")
        message = await house.send()

        async def unclear() -> bool:
            return (await house.states(message)).get("x-stadt") == "unknown"

        await until(unclear, 4, "the doubt")
        await house.call("POST", "/api/v1/hold", {"reason": "Irrtum"})
        waiting = await house.send()

        async def found() -> bool:
            return (await house.states(message))["x-stadt"] == "published"

        await until(found, 10, "the post to be found during the hold")
        await asyncio.sleep(0.5)
        held = (await house.message(waiting))["state"]

    assert held == "held"
    assert len(sim.arrivals("x")) == 1
