"""After an unclear outcome, the look-up asks for posts from when the attempt began."""

from collections.abc import Mapping
from copy import copy
from datetime import datetime, timedelta
from pathlib import Path

from sentinel.domain.cause import Cause
from sentinel.domain.delivery import FindResult, NotSeen, Outcome, Rendered, Unclear
from sentinel.platforms import Account, platforms
from sentinel.wire import Steps, wait
from tests.support.house import House, route, rules_for, simulator, until

TOOK = timedelta(seconds=1)


async def test_a_post_that_took_long_is_not_looked_for_too_late(tmp_path: Path) -> None:
    asked: list[datetime] = []

    def publish(_: Account, __: Rendered, ___: Mapping[str, str]) -> Steps[Outcome]:
        yield from wait(TOOK.total_seconds())
        return Unclear(Cause.PLATFORM_FAULT)

    def find(
        _: Account, __: Rendered, ___: Mapping[str, str], since: datetime
    ) -> Steps[FindResult]:
        asked.append(since)
        yield from ()
        return NotSeen()

    slow = copy(platforms()["mastodon"])
    vars(slow).update(publish=publish, find=find)
    async with simulator() as sim:
        file = await rules_for(sim, tmp_path, routes=[route("mastodon-stadt")])
        async with House(file) as house:
            house.parts.board.platforms = {**house.parts.board.platforms, "mastodon": slow}
            message = await house.send()

            async def looked() -> bool:
                return bool(asked)

            await until(looked, 15, "the look-up")
            async with house.storage.read() as view:
                delivery = (await view.deliveries_of(message["id"]))[0]
                attempt = (await view.attempts_of(delivery.id))[0]

    assert asked[0] == attempt.started_at
    assert delivery.since - asked[0] >= TOOK
